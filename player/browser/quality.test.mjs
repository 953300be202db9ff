// What the player notices of its own troubles, in the real, running system.
// Settings as in journey.test.mjs.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, need, signIn, until, untilPlayer } from "./browser.mjs";

const base = need("BASE_URL", "where the pages are").replace(/\/$/, "");
const webinar = need("WEBINAR_ID", "a webinar with a published recording");

let browser, context;
before(async () => {
  browser = await launch();
  context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, base, need("MAIL_DIR", "folder with outgoing mails"), need("DOCTOR_EMAIL", "a doctor enrolled in the webinar's program"));
  await page.close();
});
after(() => browser?.close());

/** A player that was asked to play and whose segments come only once open is called. */
async function held() {
  let open;
  const gate = new Promise((done) => (open = done));
  const page = await context.newPage();
  await page.addInitScript(() => (navigator.sendBeacon = () => false)); // the page then fetches, which can be read here
  await page.route(/\/seg_\d+\.m4s/, async (route) => {
    await gate;
    await route.continue().catch(() => undefined);
  });
  const told = [];
  page.on("request", (r) => r.url().includes("/beats") && told.push(...(r.postDataJSON()?.events ?? [])));
  await page.goto(`${base}/webinars/${webinar}`);
  await until("the engine", () => page.locator("#player").getAttribute("data-engine"), 60_000);
  await page.locator("#video").evaluate((video) => void video.play().catch(() => undefined));
  return { page, open, find: (kind) => until(`a beat that tells of ${kind}`, () => told.find((e) => e.kind === kind)) };
}

test("a start that stalls is told with its length", async () => {
  const slow = 1500;
  const { page, open, find } = await held();
  setTimeout(open, slow);
  await untilPlayer(page, "play", (p) => p.state === "playing" && p.time > 0, 60_000);
  await until("the quality in use", async () => (await page.locator("#quality option").first().textContent()).includes("("));
  await page.locator("#video").evaluate((video) => video.pause());
  const [play, start, rung] = [await find("play"), await find("start"), await find("rung")];
  assert.equal(play.engine, "hls.js");
  assert.ok(typeof play.network === "string" && play.save_data === false, JSON.stringify(play));
  assert.ok(start.ms >= slow - 100 && start.ms < 60_000, `it took ${start.ms} ms to start`);
  assert.ok(rung.height > 0, JSON.stringify(rung));
  await page.close();
});

test("leaving before anything is seen is told", async () => {
  const { page, find } = await held();
  await page.evaluate(() => window.dispatchEvent(new Event("pagehide")));
  assert.ok((await find("exit")).ms >= 0);
  await page.close();
});
