// Load scenarios, run by k6 (`make load`). One is chosen by SCENARIO:
//
//   arrivals  doctors come within ten minutes: course page, player page, playback
//             start, playlists, key, then a few beats
//   watching  beats of doctors who watch, one in ten seconds each
//   signin    doctors ask for a one-time code and sign in with it, then open their courses
//   spot      doctors in a hall register with an event code, sign in with the mailed code
//             and open the webinar
//   evening   WATCHERS doctors (13,000) watch, one beat in ten seconds each; once all have
//             begun, others sign in beside them as in signin
//   crowd     RATE times 13,000 doctors watch, as in watching; once all have begun, as many
//             arrive beside them as in arrivals
//   herd      a live start: everybody opens the same webinar within half a minute
//
// RATE scales all of them, of evening those who sign in: 1 is 13,000 doctors in ten
// minutes, 4 is the peak that is planned for. DURATION is how long they last, the herd
// apart. But for those who sign in or register, doctors are signed in already: DOCTORS
// is a file with their session cookies, SIGN_INS says how many sign in, from the one
// after SIGN_IN_FROM on, CODES is an address that tells the codes that were mailed,
// EVENT_CODES are the codes of registration windows, each for 20,000 doctors, and RUN
// is what tells this run's new doctors from others (see main.go).
import { check, sleep } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { SharedArray } from "k6/data";
import { Trend } from "k6/metrics";

const base = __ENV.BASE_URL;
const webinar = __ENV.WEBINAR_ID;
const rate = Number(__ENV.RATE || 1);
const duration = __ENV.DURATION || "10m";
const scenario = __ENV.SCENARIO || "arrivals";
const doctors = new SharedArray("doctors", () => JSON.parse(open(__ENV.DOCTORS)));

/** Expected doctors, and how many of them arrive in a second. */
const expected = 13_000;
const arrivalsPerSecond = expected / 600;

/** Nobody watches twice: in each virtual user is one doctor. */
const most = Math.min(2000, Math.floor(doctors.length / (scenario === "crowd" ? 3 : 1)));

/** How long it takes until all watch in the evening. */
const settling = 30;
const watchers = Number(__ENV.WATCHERS || (scenario === "crowd" ? expected * rate : expected));
const beatsPerSecond = Math.max(1, Math.round(watchers / 10));

/** From asking for a code until it was mailed, looked for every 0.3 s. */
const codeArrives = new Trend("code_arrives", true);

const perSecond = (times) => Math.max(1, Math.round(times * rate));
const arriving = (times, lasts) => ({
  executor: "constant-arrival-rate", rate: perSecond(times), timeUnit: "1s", duration: lasts,
  preAllocatedVUs: Math.min(400, most, perSecond(times) * 2), maxVUs: most,
});

const scenarios = {
  arrivals: { ...arriving(arrivalsPerSecond, duration), exec: "arrive" },
  watching: { ...arriving(expected / 10, duration), exec: "watch" },
  signin: { ...arriving(arrivalsPerSecond, duration), exec: "signIn" },
  spot: { ...arriving(arrivalsPerSecond, duration), exec: "registerOnSpot" },
  evening: { ...arriving(arrivalsPerSecond, duration), exec: "signIn", startTime: `${settling}s` },
  crowd: { ...arriving(arrivalsPerSecond, duration), exec: "arrive", startTime: `${settling}s` },
  herd: { ...arriving(expected / 30, "30s"), exec: "herd" },
};

/** Those who watch while others come. */
const watching = {
  executor: "ramping-arrival-rate", exec: "watch", startRate: 1, timeUnit: "1s", gracefulStop: "0s",
  preAllocatedVUs: Math.min(most, beatsPerSecond * 2), maxVUs: most,
  stages: [{ target: beatsPerSecond, duration: `${settling}s` }, { target: beatsPerSecond, duration }],
};

/** What goes on beside a scenario. */
const beside = { evening: { watchers: watching }, crowd: { watchers: watching } };

export const options = {
  scenarios: { [scenario]: scenarios[scenario], ...beside[scenario] },
  thresholds: {
    checks: ["rate>0.999"],
    http_req_failed: ["rate<0.001"],
    "http_req_duration{name:start}": ["p(99)<250"],
    "http_req_duration{name:beat}": ["p(99)<250"],
    "http_req_duration{name:key}": ["p(99)<250"],
    "http_req_duration{name:register}": ["p(99)<500"],
    "http_req_duration{name:code}": ["p(99)<500"],
    "http_req_duration{name:sign-in}": ["p(99)<500"],
    code_arrives: ["p(99)<5000"],
    dropped_iterations: ["count<10"],
  },
  summaryTrendStats: ["med", "p(95)", "p(99)", "max"],
  discardResponseBodies: false,
};

/** In the crowd nobody arrives who watches: the last doctors arrive. */
const seats = scenario === "crowd" ? Math.floor(doctors.length / 3) * 2 : doctors.length;

/** Somebody who has not been here yet, or not for a while. */
const next = () => doctors[scenario === "crowd" ? seats + (exec.scenario.iterationInTest % (doctors.length - seats)) : exec.scenario.iterationInTest % doctors.length];

function request(method, path, name, doctor, body) {
  const headers = { Cookie: `rounds_session=${doctor}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = http.request(method, path.startsWith("http") ? path : base + path, body === undefined ? null : JSON.stringify(body), { headers, tags: { name } });
  check(response, { [`${name} answers`]: (r) => r.status === 200 || r.status === 201 });
  return response;
}

/** Opens a playback session; k6 keeps its cookies. */
function start(doctor) {
  http.cookieJar().clear(base);
  const response = request("POST", `/v1/webinars/${webinar}/playback`, "start", doctor);
  return response.status === 201 ? response.json() : undefined;
}

function beat(doctor, session, seq) {
  const to = seq * 10;
  request("POST", `/v1/playback/${session}/beats`, "beat", doctor, { seq, position_s: to, rate: 1, watched: [[to - 10, to]] });
}

/** Media need the cookies of the playback session beside the login's. */
function media(address, name, doctor) {
  const jar = http.cookieJar().cookiesForURL(address);
  const grant = ["CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"].map((n) => `${n}=${(jar[n] || [""])[0]}`).join("; ");
  const response = http.get(address, { headers: { Cookie: `rounds_session=${doctor}; ${grant}` }, tags: { name } });
  check(response, { [`${name} answers`]: (r) => r.status === 200 });
  return response.status === 200 ? response.body : "";
}

export function arrive() {
  const doctor = next();
  request("GET", "/courses", "courses", doctor);
  request("GET", `/webinars/${webinar}`, "player page", doctor);
  const playback = start(doctor);
  if (playback === undefined) return;
  const master = media(playback.manifest_url, "master playlist", doctor);
  const variant = master.split("\n").find((line) => line !== "" && !line.startsWith("#"));
  if (variant === undefined) return;
  const folder = playback.manifest_url.split("?")[0].replace(/[^/]*$/, "");
  const playlist = media(folder + variant, "media playlist", doctor);
  const key = /URI="([^"]*\/key)"/.exec(playlist);
  if (key !== null) request("GET", key[1], "key", doctor);
  beat(doctor, playback.session_id, 1);
}

/** By a code from the mail; each doctor once. */
export function signIn() {
  const n = exec.scenario.iterationInTest;
  if (n >= Number(__ENV.SIGN_INS)) return;
  const email = `load-${Number(__ENV.SIGN_IN_FROM) + n + 1}@example.org`;
  if (!ask("/v1/auth/otp", "code", { email })) return;
  const cookie = enterCode(email);
  if (cookie !== undefined) request("GET", "/courses", "courses", cookie);
}

/** With the code on the screen of the hall; everybody is new. */
export function registerOnSpot() {
  const n = exec.scenario.iterationInTest;
  if (n >= doctors.length) return;
  const email = `spot-${__ENV.RUN}-${n + 1}@example.org`;
  const event = __ENV.EVENT_CODES.split(",")[Math.floor(n / 20_000)];
  if (!ask("/v1/auth/register", "register", { invitation_code: event, email, name: `Dr Load ${n + 1}`, country: "PT", time_zone: "Europe/Lisbon" })) return;
  const cookie = enterCode(email);
  if (cookie === undefined) return;
  request("GET", "/courses", "courses", cookie);
  start(cookie);
}

/** Has a one-time code mailed, as nobody yet. */
function ask(path, name, body) {
  http.cookieJar().clear(base);
  const asked = http.post(base + path, JSON.stringify(body), { headers: { "Content-Type": "application/json" }, tags: { name } });
  return check(asked, { [`${name} answers`]: (r) => r.status === 202 });
}

/** Signs in with the code that was mailed; returns the session's cookie. */
function enterCode(email) {
  let mailed = { status: 0 };
  const asked = Date.now();
  for (let tries = 0; tries < 100 && mailed.status !== 200; tries++) {
    sleep(0.3); // as long as a doctor at least needs to look
    mailed = http.get(`${__ENV.CODES}/?email=${email}`, { tags: { name: "mail" }, responseCallback: http.expectedStatuses(200, 404) });
  }
  if (!check(mailed, { "code is mailed": (r) => r.status === 200 })) return undefined;
  codeArrives.add(Date.now() - asked);
  const signed = http.post(`${base}/v1/auth/session`, JSON.stringify({ email, code: mailed.body }), { headers: { "Content-Type": "application/json" }, tags: { name: "sign-in" } });
  return check(signed, { "sign-in answers": (r) => r.status === 201 }) ? signed.cookies.rounds_session[0].value : undefined;
}

export function herd() {
  start(next());
}

const sessions = {};

/** One doctor's beat; the session is opened with the first. */
export function watch() {
  const n = (exec.vu.idInTest - 1) % seats;
  const doctor = doctors[n];
  sessions[n] = sessions[n] || { id: (start(doctor) || {}).session_id, seq: 0 };
  if (sessions[n].id !== undefined) beat(doctor, sessions[n].id, ++sessions[n].seq);
}
