// Browsers with less: without modules (the ES5 script), and without scripts.
// Started by TestPlainBrowsers.
import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { launch, need, until } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
let browser, context, page;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  page = await context.newPage();
});
afterEach(() => context.close());

const beats = async () => ((await (await fetch(`${base}/test/beats`)).json()) ?? []);
const video = () => page.locator("#video").evaluate((v) => ({ time: v.currentTime, paused: v.paused, ready: v.readyState, controls: v.controls, src: v.src }));

/** Opens the player as a browser without modules reads it. */
async function open() {
  await page.route("**/webinars/web_2", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace(/<script type="module"[^>]*><\/script>/g, "").replace("<script nomodule", "<script");
    await route.fulfill({ response: answer, body });
  });
  await page.goto(`${base}/webinars/web_2`);
  return until("the picture at the resume point", async () => {
    const now = await video();
    return now.ready >= 2 && Math.abs(now.time - 24) < 0.1 && now;
  });
}

test("without modules the recording resumes, plays as one file with the browser's controls, and is credited", async () => {
  const failures = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  const opened = await open();
  assert.ok(opened.controls && opened.src.includes("/fallback.mp4"), JSON.stringify(opened));
  assert.ok(await page.locator("#controls").isHidden());
  await page.locator("#video").evaluate((v) => void v.play());
  await until("two seconds", async () => (await video()).time > 26.2);
  await page.locator("#video").evaluate((v) => (v.currentTime = 5));
  await until("play there", async () => (await video()).time > 6);
  await page.locator("#video").evaluate((v) => v.pause());
  const watched = await until("a beat with both", async () => {
    const ranges = (await beats()).flatMap((b) => b.watched);
    return ranges.some(([from, to]) => from >= 24 && to > 25.5) && ranges.some(([from, to]) => from >= 5 && from < 6 && to > 5.5 && to < 20) && ranges;
  });
  assert.ok(watched.every(([from, to]) => to > from && (from >= 24 || (from >= 5 && to < 20))), JSON.stringify(watched));
  await page.getByText(/^All saved/).waitFor();
  assert.deepEqual(failures, []);
});

test("without modules the place of a question is where play stands, and can be left out", async () => {
  await open();
  const part = page.locator("#questions");
  const text = part.getByLabel("Your question");
  const place = part.getByLabel("Place in the recording");
  await part.getByText("Ask the presenter a question").click();
  await text.focus();
  assert.equal(await place.inputValue(), "0:24");
  await page.locator("#video").evaluate((v) => new Promise((done) => { v.onseeked = done; v.currentTime = 5; }));
  await place.focus();
  await text.focus();
  assert.equal(await place.inputValue(), "0:05", "nobody has written there");
  await place.fill("");
  await text.fill("In general?");
  assert.equal(await place.inputValue(), "");
  await page.unroute("**/webinars/web_2");
  await part.getByRole("button", { name: "Ask", exact: true }).click();
  await page.waitForURL(/done=sent/);
  const asked = page.locator("#questions li", { hasText: "In general?" });
  await asked.waitFor();
  assert.doesNotMatch(await asked.innerText(), /At /);
});

test("without modules, what was not saved is sent by the next visit", async () => {
  await open();
  await fetch(`${base}/test/refuse?status=503`, { method: "POST" });
  await page.locator("#video").evaluate((v) => void v.play());
  await until("the words that it waits", async () => (await page.locator("#status").innerText()).startsWith("Waiting"));
  const entry = await until("the journal of more play", async () => {
    const kept = await page.evaluate(() => Object.entries(localStorage).find(([key]) => key.startsWith("rounds.beats.")));
    return kept !== undefined && JSON.parse(kept[1]).watched.some(([, to]) => to > 27) && kept;
  });
  await page.goto("about:blank");
  await fetch(`${base}/test/refuse?status=0`, { method: "POST" });
  await open();
  const session = entry[0].slice("rounds.beats.".length);
  await until("its beat", async () => (await beats()).some((b) => b.session === session && b.watched.some(([, to]) => to > 27)));
  await until("an empty journal", async () => (await page.evaluate((key) => localStorage.getItem(key), entry[0])) === null);
});

test("without scripts the page says before play that nothing is credited, and plays", async () => {
  await context.close();
  context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 640 } });
  page = await context.newPage();
  await page.goto(`${base}/webinars/web_2`);
  assert.match(await page.locator("noscript p").innerText(), /nothing will be credited/); // not by its text: that looks past noscript
  assert.ok(await page.locator("noscript p").isVisible());
  if (process.env.ROUNDS_SCREENSHOTS) await page.screenshot({ path: `${process.env.ROUNDS_SCREENSHOTS}/player-noscript.png` });
  const asked = page.waitForResponse((r) => r.url().endsWith("/fallback.mp4") && r.status() < 300);
  await page.locator("noscript button").click();
  await page.getByText("is not credited").waitFor();
  await asked;
  assert.match(await page.locator("video").getAttribute("src"), /fallback\.mp4#t=24$/);
  if (process.env.ROUNDS_SCREENSHOTS) await page.screenshot({ path: `${process.env.ROUNDS_SCREENSHOTS}/player-plain.png` });
});
