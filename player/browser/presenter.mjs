// What presenters do with their recordings, in Chromium, under the pages' own
// content policy. Started by TestPresentersInBrowser.
import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { launch, need, until } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
let browser, context, page, failures;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(() => open({}));
afterEach(async () => {
  await context.close();
});

async function open(settings) {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
  page = await context.newPage();
  failures = [];
  page.on("pageerror", (error) => failures.push(String(error)));
}

test("start and end are taken from the player, tried, and sent", async () => {
  await page.goto(`${base}/recordings/rec_1`);
  const video = page.locator("#source-video");
  await video.evaluate((v) => v.load());
  await until("the file's length", () => video.evaluate((v) => v.readyState > 0));
  await video.evaluate((v) => (v.currentTime = 1.5));
  await page.getByRole("button", { name: "Begin where the player is" }).click();
  assert.equal(await page.getByLabel("Begin at").inputValue(), "0:01.5");
  await video.evaluate((v) => (v.currentTime = 4));
  await page.getByRole("button", { name: "End where the player is" }).click();
  assert.equal(await page.getByLabel("End at").inputValue(), "0:04");
  await page.getByRole("button", { name: "Try the end" }).click();
  await until("the trial's end", () => video.evaluate((v) => v.paused && v.currentTime >= 4));
  const sent = page.waitForRequest((r) => r.method() === "POST");
  await page.getByRole("button", { name: "Cut", exact: true }).click();
  assert.equal((await sent).postData(), "from=0%3A01.5&to=0%3A04");
  await page.waitForURL(/recordings\/rec_2\?saved=trimmed/);
  await page.getByText("The shorter recording is being made.").waitFor({ state: "attached" });
  assert.deepEqual(failures, []);
});

test("what must not be seen is withdrawn with two presses and a reason, and shown again, also without scripts", async () => {
  for (const javaScriptEnabled of [true, false]) {
    await open({ javaScriptEnabled });
    await page.goto(`${base}/recordings/rec_1`);
    await page.locator("#shown summary").click();
    await page.getByText("at most 15 minutes").waitFor();
    const button = page.getByRole("button", { name: "Withdraw now" });
    await page.getByLabel("Reason, for the record").fill("A patient's name on slide 12");
    const sent = page.waitForRequest((r) => r.method() === "POST");
    await button.click();
    assert.match((await sent).postData(), /reason=A\+patient/);
    await page.goto(`${base}/recordings/rec_4`);
    await page.getByRole("button", { name: "Show it to doctors again" }).click();
    await page.waitForURL(/recordings\/rec_4#shown/);
    assert.deepEqual(failures, []);
  }
});

test("a recording is cut without scripts", async () => {
  await open({ javaScriptEnabled: false });
  await page.goto(`${base}/recordings/rec_1`);
  assert.equal(await page.getByRole("button", { name: "Begin where the player is" }).isVisible(), false);
  await page.getByLabel("Begin at").fill("0:42.5");
  await page.getByLabel("End at").fill("50:00");
  await page.getByRole("button", { name: "Cut", exact: true }).click();
  await page.waitForURL(/saved=trimmed/);
});
