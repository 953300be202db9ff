// Measures one player in Chromium and prints one line of JSON a run.
//
//   measure.mjs first   the first frame at the resume point: time from navigation, bytes until then
//   measure.mjs trace   the time that the picture stood over a bad line's trace
//
// Settings (environment): BASE_URL, PEERS_URL, MAIL_DIR, DOCTOR_EMAIL, WEBINAR_ID,
// RUNS, ONLY (one player), SECONDS of the trace.
import { launch, need, signIn } from "../../../player/browser/browser.mjs";

const base = need("BASE_URL", "where the pages are");
const peers = need("PEERS_URL", "where the peers' pages are");
const webinar = need("WEBINAR_ID", "the webinar to play");
const runs = Number(process.env.RUNS ?? 5);
const traceSeconds = Number(process.env.SECONDS ?? 90);
const players = ["rounds", "hls.js", "Video.js", "Shaka UI"].filter((p) => !process.env.ONLY || p === process.env.ONLY);
const pages = { "hls.js": "hlsjs", "Video.js": "videojs", "Shaka UI": "shaka" };
const resumeAt = 62;
const line = { latency: 150, rate: 1.5e6 };

const browser = await launch();
const viewport = { width: 1280, height: 800 };
const state = await signedIn();
await watchedUntil(resumeAt);

const measure = { first: firstFrames, trace: traces }[process.argv[2]];
await measure();
await browser.close();

async function signedIn() {
  const context = await browser.newContext({ viewport });
  await signIn(await context.newPage(), base, need("MAIL_DIR", "folder with mails"), need("DOCTOR_EMAIL", "an enrolled doctor"));
  const kept = await context.storageState();
  await context.close();
  return kept;
}

/** Opens a playback session beside the page, as a server that renders the peer's page would. */
async function session(context) {
  const answer = await context.request.post(`${base}/v1/webinars/${webinar}/playback`);
  if (!answer.ok()) throw new Error(`playback: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

async function watchedUntil(second) {
  const context = await browser.newContext({ storageState: state });
  const { session_id } = await session(context);
  const beat = { seq: 1, position_s: second, rate: 1, watched: [] };
  const answer = await context.request.post(`${base}/v1/playback/${session_id}/beats`, { data: beat });
  if (!answer.ok()) throw new Error(`beat: ${await answer.text()}`);
  await context.close();
}

/** Each player in turn, again and again, each with an empty cache on the same line. */
async function firstFrames() {
  for (let run = 0; run < runs; run++) {
    for (const player of players) tell({ player, run, ...(await firstFrame(player)) });
  }
}

async function firstFrame(player) {
  const { context, page, cdp, address } = await prepared(player);
  const bytes = counted(cdp);
  const seen = new Promise((done) => page.exposeBinding("firstFrame", (_, ms, at) => done({ ms, at, ...bytes() })));
  await page.addInitScript(watchFirstFrame, resumeAt);
  await slow(cdp, line.rate);
  await page.goto(address, { waitUntil: "commit", timeout: 60_000 });
  const result = await within(60_000, seen, () => page.evaluate(() => { const v = document.querySelector("video"); return JSON.stringify([v?.currentTime, v?.readyState, v?.error?.message]); }));
  if (process.env.LOUD) for (const r of bytes().all) console.error(player, r);
  delete result.all;
  await context.close();
  return result;
}

/** A fresh browser profile that is signed in, and the address of the player's page. */
async function prepared(player) {
  const context = await browser.newContext({ storageState: state, viewport });
  let address = `${base}/webinars/${webinar}`;
  if (player !== "rounds") {
    const { manifest_url } = await session(context);
    const { pathname, search } = new URL(manifest_url);
    address = `${peers}/peers/${pages[player]}.html#${new URLSearchParams({ manifest: pathname + search, at: String(resumeAt) })}`;
  }
  const page = await context.newPage();
  if (process.env.LOUD) page.on("console", (m) => console.error(player, m.text()));
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  return { context, page, cdp, address };
}

function slow(cdp, rate) {
  return cdp.send("Network.emulateNetworkConditions", { offline: false, latency: line.latency, downloadThroughput: rate / 8, uploadThroughput: rate / 8 });
}

/** Counts what comes over the line: headers and bodies as they are sent. */
function counted(cdp) {
  const requests = new Map();
  const started = Date.now();
  cdp.on("Network.requestWillBeSent", (e) => requests.set(e.requestId, { url: e.request.url.slice(0, 140), from: Date.now() - started, bytes: 0 }));
  const add = (id, n) => requests.has(id) && ((requests.get(id).bytes += n), (requests.get(id).to = Date.now() - started));
  cdp.on("Network.responseReceived", (e) => add(e.requestId, e.response.encodedDataLength));
  cdp.on("Network.dataReceived", (e) => add(e.requestId, e.encodedDataLength));
  cdp.on("Network.loadingFinished", (e) => add(e.requestId, Math.max(0, e.encodedDataLength - (requests.get(e.requestId)?.bytes ?? 0))));
  return () => {
    const all = [...requests.values()].filter((r) => !r.url.startsWith("blob:") && !r.url.startsWith("data:"));
    return { bytes: all.reduce((sum, r) => sum + r.bytes, 0), requests: all.length, all };
  };
}

/** Runs in the page: tells when a frame at the resume point, or close behind it, is on the screen. */
function watchFirstFrame(target) {
  const look = () => {
    const video = document.querySelector("video");
    if (video === null) return void requestAnimationFrame(look);
    const frame = (now, { mediaTime }) => {
      if (Math.abs(mediaTime - target) < 1) window.firstFrame(now, mediaTime);
      else video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  };
  look();
}

/** All players side by side over the same trace, each with a line of its own. */
async function traces() {
  for (let run = 0; run < runs; run++) {
    // Ours sends beats: without this the second run would begin where the first ended, and the third reach the recording's end.
    await watchedUntil(resumeAt);
    // The peers' sessions are open before ours, which is opened by its page: the last one is not taken over.
    const ready = [];
    for (const player of players) ready.push({ player, ...(await prepared(player)) });
    for (const result of await Promise.all(ready.map(overTrace))) tell({ run, ...result });
  }
}

/** The trace in bits a second: a new rate every five seconds, 0.2·10^frac(k·0.618) Mb/s, which spreads
 *  the steps evenly over the logarithm from 0.2 to 2 Mb/s. */
function rateOf(k) {
  return 0.2e6 * 10 ** ((k * 0.6180339887) % 1);
}

async function overTrace({ player, context, page, cdp, address }) {
  await page.addInitScript(watchPlay);
  await slow(cdp, rateOf(0));
  await page.goto(address, { waitUntil: "commit", timeout: 60_000 });
  const started = Date.now();
  for (let k = 1; k * 5 <= traceSeconds; k++) {
    await new Promise((done) => setTimeout(done, started + k * 5000 - Date.now()));
    await slow(cdp, rateOf(k));
  }
  const result = await page.evaluate(() => window.played());
  await context.close();
  if (result.start_ms === null) throw new Error(`${player} did not start`);
  if (result.ended) throw new Error(`${player} came to the recording's end, from ${result.from_s} s on: what is behind that is no play`);
  return { player, ...result };
}

/** Runs in the page: plays from where the player starts, without sound, and sums up by the clock, from the first
 *  movement on: how long the picture moved, how long it stood for want of data (a quarter of a second or more:
 *  less nobody sees), and how long it stood although there was data (a second or more: less is a busy machine).
 *  Together they are all the time there was: nothing that stands goes uncounted. */
function watchPlay() {
  const sums = { moved_s: 0, stood_s: 0, silent_s: 0 };
  let first, from, last, lines = 0, starved = 0, silent = 0;
  const settle = () => {
    if (starved >= 250) sums.stood_s += starved / 1000;
    if (silent >= 1000) sums.silent_s += silent / 1000;
    starved = silent = 0;
  };
  const look = () => {
    const video = document.querySelector("video");
    requestAnimationFrame(look);
    if (video === null || video.readyState < 1) return;
    video.muted = true;
    if (video.paused && !video.ended) void video.play().catch(() => undefined);
    const now = performance.now();
    const moved = last === undefined ? 0 : video.currentTime - last.at;
    if (first === undefined && moved > 0 && moved < 1 && !video.seeking) [first, from] = [now, last.at];
    if (first !== undefined && !video.ended) {
      const step = now - last.now;
      if (moved > 0) {
        settle();
        sums.moved_s += step / 1000;
        lines += (step / 1000) * video.videoHeight;
      } else if (video.readyState < 3) starved += step; // it lacks data
      else silent += step;
    }
    last = { at: video.currentTime, now };
  };
  requestAnimationFrame(look);
  window.played = () => {
    settle();
    const video = document.querySelector("video");
    return { start_ms: first ?? null, ...sums, from_s: from, to_s: video.currentTime, ended: video.ended, lines: sums.moved_s > 0 ? lines / sums.moved_s : 0 };
  };
}

function tell(result) {
  console.log(JSON.stringify(result));
}

async function within(ms, work, why) {
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(async () => fail(new Error(`no first frame in ${ms} ms: ${await why()}`)), ms)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
