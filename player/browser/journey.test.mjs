// Journeys through the real, running system. Settings (environment):
//
//   BASE_URL           where the pages are
//   MAIL_DIR           folder with outgoing mails, one .eml each
//   DOCTOR_EMAIL       a registered doctor, enrolled in the webinar's program
//   WEBINAR_ID         a webinar with a published recording of 30 s or more
//   PRESENTER_EMAIL    a presenter …
//   UPLOAD_WEBINAR_ID  … of this webinar
//   UPLOAD_FILE        a recording to upload, of more than one part (8 MiB)
//   UPLOAD_STATE       the state it must end in (default: ready)
//   CHROMIUM           another browser binary (default: /usr/bin/chromium)
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, need, playerState, segments, signIn, until, untilPlayer, withoutHls } from "./browser.mjs";

const base = need("BASE_URL", "where the pages are").replace(/\/$/, "");
const mailDir = need("MAIL_DIR", "folder with outgoing mails");
const doctor = need("DOCTOR_EMAIL", "a doctor enrolled in the webinar's program");
const webinar = need("WEBINAR_ID", "a webinar with a published recording");

let browser, context;
before(async () => {
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await signIn(page, base, mailDir, doctor);
  assert.equal(new URL(page.url()).pathname, "/courses", "a doctor arrives at the courses");
  await page.close();
});
after(() => browser?.close());

/** Opens the player; returns the answer that opened the playback session too. */
async function open(prepare = async (page) => page) {
  const page = await prepare(await context.newPage());
  const asked = segments(page);
  const answered = page.waitForResponse((r) => new URL(r.url()).pathname === `/v1/webinars/${webinar}/playback`);
  await page.goto(`${base}/webinars/${webinar}`);
  const response = await answered;
  assert.equal(response.status(), 201, `opening a playback session: ${await response.text()}`);
  const playback = await response.json();
  await untilPlayer(page, "the first frame", (p) => p.state === "ready" && p.ready >= 2, 60_000);
  return { page, playback, asked };
}

async function play(page) {
  await page.locator("#big-play").click();
  await untilPlayer(page, "play", (p) => p.state === "playing");
}

async function seek(page, to) {
  await page.locator("#seek").evaluate((bar, value) => {
    bar.value = String(value);
    bar.dispatchEvent(new Event("input"));
    bar.dispatchEvent(new Event("change"));
  }, to);
  await untilPlayer(page, `play at ${to} s`, (p) => p.time >= to && p.time < to + 20 && p.ready >= 2);
}

/** Waits for the server's word on a beat whose position is at least this. */
function acknowledged(page, position) {
  return page.waitForResponse(
    (r) => r.url().includes("/beats") && r.status() === 200 && (r.request().postDataJSON()?.position_s ?? -1) >= position,
    { timeout: 60_000 },
  );
}

test("play, seek to 60 %, close, come back: the first frame is at the resume point and nothing before it is asked for", async () => {
  const first = await open();
  const target = Math.floor(first.playback.duration_s * 0.6);
  await play(first.page);
  await seek(first.page, target);
  const ack = await acknowledged(first.page, target + 2);
  const reached = ack.request().postDataJSON().position_s;
  await first.page.close({ runBeforeUnload: true });

  const second = await open();
  const at = second.playback.resume_at_s;
  assert.ok(at >= reached - 0.001 && at < reached + 15, `resumes at ${at} s, the last acknowledged beat was at ${reached} s`);
  const shown = Number((await playerState(second.page)).firstFrame);
  assert.ok(Math.abs(shown - at) < 0.1, `the first frame is at ${shown} s, the resume point at ${at} s`);
  const earliest = Math.floor(at / 6);
  assert.ok(second.asked.length > 0, "segments were asked for");
  assert.ok(Math.min(...second.asked) >= earliest, `segments asked for: ${second.asked}; the resume point lies in ${earliest}`);
  assert.ok(covers(second.playback.watched, [target + 0.5, reached - 0.5]), `watched ${JSON.stringify(second.playback.watched)} lacks ${target}–${reached}`);
  await second.page.close();
});

test("seconds watched without a connection are delivered when it is back", async () => {
  const { page, playback } = await open();
  await play(page);
  await seek(page, 0);
  await acknowledged(page, 0.5);
  const from = (await playerState(page)).time;
  await context.setOffline(true);
  try {
    await untilPlayer(page, "the words that it waits", (p) => p.status === "waiting", 60_000);
  } finally {
    await context.setOffline(false);
  }
  await untilPlayer(page, "all saved", (p) => p.status === "saved", 60_000);
  const to = (await playerState(page)).time;
  const left = await page.evaluate((id) => localStorage.getItem(`rounds.beats.${id}`), playback.session_id);
  assert.ok(left === null || JSON.parse(left).watched.length < 2, `the journal still holds ${left}`);
  await page.close({ runBeforeUnload: true });
  const again = await open();
  assert.ok(covers(again.playback.watched, [from + 0.5, Math.max(from + 0.6, to - 11)]), `watched ${JSON.stringify(again.playback.watched)} lacks ${from}–${to}`);
  await again.page.close();
});

test("a browser without HLS plays one file by ranges, resumes and earns coverage", async () => {
  const ranges = [];
  const prepared = async (page) => {
    await withoutHls(page);
    page.on("request", async (r) => r.url().endsWith("/fallback.mp4") && ranges.push((await r.allHeaders()).range));
    return page;
  };
  const { page, playback, asked } = await open(prepared);
  const target = Math.floor(playback.duration_s * 0.4);
  await play(page);
  await seek(page, target);
  const ack = await acknowledged(page, target + 2);
  const reached = ack.request().postDataJSON().position_s;
  assert.equal((await playerState(page)).engine, "mp4");
  assert.deepEqual(asked, [], "no segment is asked for");
  await page.close({ runBeforeUnload: true });

  const again = await open(prepared);
  const shown = Number((await playerState(again.page)).firstFrame);
  assert.ok(Math.abs(shown - again.playback.resume_at_s) < 0.1, `the first frame is at ${shown} s, the resume point at ${again.playback.resume_at_s} s`);
  assert.ok(covers(again.playback.watched, [target + 0.5, reached - 0.5]), `watched ${JSON.stringify(again.playback.watched)} lacks ${target}–${reached}`);
  assert.ok(ranges.length > 0 && ranges.every((r) => r?.startsWith("bytes=")), `ranges asked for: ${ranges}`);
  await again.page.close();
});

test("a second device takes over, the first says so", async () => {
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await signIn(other, base, mailDir, doctor);
  const { page } = await open();
  await play(page);
  await seek(page, 0); // so that it has not ended before the other one is there
  await other.goto(`${base}/webinars/${webinar}`);
  await untilPlayer(other, "the first frame", (p) => p.state === "ready", 60_000);
  await other.locator("#big-play").click();
  await untilPlayer(page, "the takeover message", (p) => p.curtain.includes("another device") && p.paused, 60_000);
  await elsewhere.close();
  await page.close();
});

/** Whether an address is that of a part in the storage (S3: UploadPart), and its number. */
const isPart = (url) => url.searchParams.has("partNumber");
const number = (url) => Number(new URL(url).searchParams.get("partNumber"));

test("a presenter uploads a file; an interrupted upload goes on after a refresh", async () => {
  const id = need("UPLOAD_WEBINAR_ID", "a webinar of the presenter");
  const file = need("UPLOAD_FILE", "a recording to upload");
  const own = await browser.newContext();
  const page = await own.newPage();
  await signIn(page, base, mailDir, need("PRESENTER_EMAIL", "the presenter"));
  await page.goto(`${base}/upload/${id}`);
  page.on("dialog", (dialog) => dialog.accept());
  let parts = 0;
  await page.route(isPart, (route) => (route.request().method() === "PUT" && parts++ > 0 ? undefined : route.continue())); // all but one never arrive
  const first = page.waitForResponse((r) => r.request().method() === "PUT" && r.ok(), { timeout: 60_000 });
  await page.locator("#file").setInputFiles(file);
  const sent = number((await first).url());
  await until("another part on its way", () => parts > 1);
  await page.reload();
  await page.unroute(isPart); // only now: it lets go on what is held
  const again = [];
  page.on("request", (r) => r.method() === "PUT" && again.push(number(r.url())));
  await page.locator("#drop-text", { hasText: "Choose the same file again" }).waitFor();
  await page.locator("#file").setInputFiles(file);
  const wanted = process.env.UPLOAD_STATE ?? "ready";
  const state = await until(
    `the state ${wanted}`,
    async () => {
      const { state, phase } = await page.locator("#upload").evaluate((e) => ({ ...e.dataset }));
      if (phase === "failed") throw new Error(`the upload failed: ${await page.locator("#problem").innerText()}`);
      return ["ready", "failed"].includes(state) && state;
    },
    300_000,
  );
  assert.equal(state, wanted, await page.locator("#problem").textContent());
  assert.ok(again.length > 0 && !again.includes(sent), `part ${sent} was there, these were sent again: ${again}`);
  await own.close();
});

/** Whether the ranges hold all of one stretch. */
function covers(ranges, [from, to]) {
  return ranges.some(([a, b]) => a <= from && b >= to);
}
