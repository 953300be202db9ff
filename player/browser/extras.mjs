// What belongs to a recording beside its picture and sound, in Chromium, under
// the pages' own content policy. Started by TestExtrasInBrowser.
import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { launch, need, playerState, until, untilPlayer } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
let browser, context, page, failures;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "ar-EG" });
  page = await context.newPage();
  failures = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
});
afterEach(async () => {
  await context.close();
});

const open = async () => {
  await page.goto(`${base}/webinars/web_2`);
  await untilPlayer(page, "the first frame", (p) => p.state === "ready");
};

/** The captions that are on the picture. */
const shown = () =>
  page.locator("#video").evaluate((v) => [...v.textTracks].filter((t) => t.mode === "showing").flatMap((t) => [...(t.activeCues ?? [])].map((c) => c.text)));

test("captions are loaded when asked for, in the reader's language, and the choice is kept", async () => {
  const asked = [];
  page.on("request", (r) => r.url().includes("/captions/") && asked.push(r.url()));
  await open();
  assert.deepEqual(asked, [], "nothing is loaded before");
  assert.deepEqual(await page.locator("#caption-language option").allInnerTexts(), ["English", "العربية"]);
  await page.locator("#captions").click();
  await until("the Arabic caption of second 24", async () => (await shown()).join() === "ar: caption number 3");
  await page.locator("#caption-language").selectOption({ label: "English" });
  await until("the English caption", async () => (await shown()).join() === "en: caption number 3");
  assert.equal(await page.locator("#captions").getAttribute("aria-pressed"), "true");
  await page.reload();
  await untilPlayer(page, "the first frame", (p) => p.state === "ready");
  await until("English again", async () => (await shown()).join() === "en: caption number 3");
  await page.locator("#play").focus();
  await page.keyboard.press("c");
  await until("no captions", async () => (await shown()).length === 0);
  await page.reload();
  await untilPlayer(page, "the first frame", (p) => p.state === "ready");
  assert.equal(await page.locator("#captions").getAttribute("aria-pressed"), "false");
  assert.deepEqual(failures, []);
});

test("a chapter is jumped to by click and by keyboard, and the one that plays is marked", async () => {
  await open();
  const links = page.locator("#chapters a");
  await until("the mark of second 24", async () => (await links.nth(1).getAttribute("aria-current")) === "true");
  await links.nth(0).click();
  await untilPlayer(page, "play from the start", (p) => p.state === "playing" && p.time < 8);
  await until("its mark", async () => (await links.nth(0).getAttribute("aria-current")) === "true");
  assert.equal(new URL(page.url()).hash, "", "the address stays");
  await links.nth(2).focus();
  await page.keyboard.press("Enter");
  await untilPlayer(page, "play at 30 s", (p) => p.time >= 30 && p.ready >= 2);
  await until("the next mark", async () => (await page.locator("#chapters a[aria-current]").innerText()).includes("Potassium"));
  assert.equal(await page.locator(".ticks rect").count(), 2);
  assert.equal(await page.locator("#video").getAttribute("poster"), null, "the first picture is the one at the resume point");
  assert.deepEqual(failures, []);
});

test("a seek by chapter earns nothing of what it passes over", async () => {
  await open();
  await page.locator("#chapters a").nth(2).click();
  await untilPlayer(page, "play at 30 s", (p) => p.time > 31);
  const { session } = await playerState(page);
  const watched = await until("a beat with what was watched", async () => {
    const all = (await (await fetch(`${base}/test/beats`)).json()) ?? [];
    const ranges = all.filter((b) => b.session === session).flatMap((b) => b.watched);
    return ranges.length > 0 && ranges;
  });
  assert.ok(watched.every(([from]) => from >= 29.5), JSON.stringify(watched));
});

test("a presenter watches the uploaded file; what cannot be played is said in words", async () => {
  await page.goto(`${base}/recordings/rec_1`);
  const video = page.locator("video[data-source]");
  const state = () => video.evaluate((v) => ({ time: v.currentTime, length: v.duration, ready: v.readyState, error: v.error?.message ?? "" }));
  await video.evaluate((v) => void v.play());
  await until("play", async () => (await state()).time > 0.3);
  assert.ok((await state()).length > 4);
  assert.equal(await page.locator("#source .note").isVisible(), false);
  await page.goto(`${base}/recordings/rec_3`);
  await video.evaluate((v) => void v.play().catch(() => undefined));
  await page.locator("#source .note").waitFor({ state: "visible" });
});

test("chapters and captions are changed without scripts", async () => {
  await context.close();
  context = await browser.newContext({ javaScriptEnabled: false });
  page = await context.newPage();
  await page.goto(`${base}/recordings/rec_1`);
  await page.locator('input[name="title"]').first().fill("Welcome");
  await page.getByRole("button", { name: "Save chapters" }).click();
  await page.getByText("The chapters are saved.").waitFor();
  await page.locator('select[name="lang"]').selectOption("de");
  await page.locator('input[name="file"]').setInputFiles({ name: "a.srt", mimeType: "application/x-subrip", buffer: Buffer.from("1\n00:00:01,000 --> 00:00:02,000\nHi\n") });
  await page.getByRole("button", { name: "Upload captions" }).click();
  await page.getByText("The captions are saved.").waitFor();
  await page.goto(`${base}/webinars/web_2`);
  assert.equal(await page.getByText("Small doses, quickly").isVisible(), true, "the chapters are a list");
});
