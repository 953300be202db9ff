// The page that tests this device. Started by TestDevicesInBrowser.
import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { launch, looksRight, need, withoutHls } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
let browser, context, page;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 360, height: 640 }, bypassCSP: true, permissions: ["clipboard-read", "clipboard-write"] });
  page = await context.newPage();
});
afterEach(() => context.close());

/** Opens the page and returns its verdict and its lines. */
async function checked() {
  await page.goto(`${base}/check`);
  await page.locator("html[data-checked]").waitFor({ state: "attached" });
  return { verdict: await page.locator("#verdict").innerText(), lines: await page.locator("#device-rows tr").allInnerTexts() };
}

test("a browser that can all says so, and the result goes to support with one tap", async () => {
  const { verdict, lines } = await checked();
  assert.equal(verdict, "You can watch on this device.");
  assert.equal(lines.length, 7, lines.join("; "));
  assert.ok(lines.every((l) => /Good/.test(l)), lines.join("; "));
  assert.match(lines.join("; "), /Connection.*megabits a second/);
  await looksRight(page, "device-phone");
  await page.setViewportSize({ width: 1280, height: 800 });
  await looksRight(page, "device-desktop");
  await page.locator("#device-copy").click();
  await page.getByText("Copied.").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^You can watch.*\nVideo: Good, Streams/);
  await page.locator("#device-report").click();
  assert.match(await page.locator("textarea").inputValue(), /^You can watch on this device\.\nVideo: Good/);
});

test("a browser without HLS, one without cookies, and a line that is dead are told in words", async () => {
  await withoutHls(page);
  assert.equal((await checked()).verdict, "You can watch on this device, in one quality.");
  await page.route("**/check", (route) => (route.request().method() === "HEAD" ? route.abort() : route.continue()));
  const { verdict, lines } = await checked();
  assert.equal(verdict, "The service cannot be reached right now. Check your connection.");
  assert.match(lines.join("; "), /Connection\s+Missing/);
  await page.addInitScript(() => Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => undefined }));
  assert.equal((await checked()).verdict, "You cannot watch yet: switch cookies on for this site.");
});

test("without scripts the page says what it can", async () => {
  await context.close();
  context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 640 } });
  page = await context.newPage();
  await page.goto(`${base}/check`);
  assert.match(await page.locator("noscript p").innerText(), /nothing will be credited/);
  await page.getByText("the service can be reached from here").waitFor();
  assert.ok(await page.locator("#verdict").isHidden());
});
