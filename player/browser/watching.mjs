// What stands around the picture: the transcript, the list of keys, saving
// data, the end, and the report of a fault. Started by TestWatchingInBrowser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { launch, need, playerState, until, untilPlayer, withoutHls } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
const axe = readFileSync(path.join(import.meta.dirname, "../node_modules/axe-core/axe.min.js"), "utf8");
let browser, context, page;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
});
afterEach(() => context.close());

const open = async () => {
  await page.goto(`${base}/webinars/web_2`);
  await untilPlayer(page, "the first frame", (p) => p.state === "ready");
};

/** Fails with what axe finds on the page as it is now, and leaves a picture of it. The viewer's mark stands where chance puts it and is left out, as in looksRight. */
async function clean(name) {
  const found = await page.evaluate(async (source) => {
    if (window.axe === undefined) new Function(source)();
    const { violations } = await window.axe.run({ exclude: [".mark"] });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
  }, axe);
  if (process.env.ROUNDS_SCREENSHOTS) await page.screenshot({ path: path.join(process.env.ROUNDS_SCREENSHOTS, `player-${name}.png`), fullPage: true });
  assert.deepEqual(found, [], name);
}

test("the transcript follows play, is searched, and each line leads to its second", async () => {
  await open();
  await page.locator("#transcript summary").focus();
  await page.keyboard.press("Enter");
  const lines = page.locator("#transcript-lines button");
  await until("four lines", async () => (await lines.count()) === 4);
  assert.match(await page.locator("#transcript-lines [aria-current]").innerText(), /number 3/);
  await page.getByLabel("Search in what is said").fill("NUMBER 2");
  await page.getByText("Lines found: 1").waitFor();
  assert.equal(await lines.filter({ visible: true }).count(), 1);
  await clean("transcript");
  await lines.filter({ visible: true }).focus();
  await page.keyboard.press("Enter");
  await untilPlayer(page, "play from 10 s", (p) => p.state === "playing" && p.time >= 10 && p.time < 20);
  await until("its mark", async () => /number 2/.test(await page.locator("#transcript-lines [aria-current]").innerText()));
});

test("the keys are listed, and the question mark opens the list", async () => {
  await open();
  await page.locator("#play").focus();
  await page.keyboard.press("?");
  assert.ok(await page.getByText("Back and forward 10 seconds").isVisible());
  await clean("keys");
  await page.keyboard.press("?");
  assert.ok(await page.getByText("Back and forward 10 seconds").isHidden());
});

test("qualities tell what the rest takes, and the data saver is kept on this device", async () => {
  await open();
  const select = page.locator("#quality");
  const texts = await until("the quality in use", async () => {
    const all = (await select.locator("option").allInnerTexts()).join("|"); // it is known a moment after the first frame
    return all.startsWith("Auto (") && all;
  });
  assert.match(texts, /^Auto \(\d+p\)\|Data saver\|360p · \d+ MB left\|240p · \d+ MB left$/);
  await select.selectOption("saver");
  await page.reload();
  await untilPlayer(page, "the first frame", (p) => p.state === "ready");
  await until("the kept choice", async () => (await select.inputValue()) === "saver");
});

test("the end offers the next webinar", async () => {
  await open();
  await page.locator("#seek").evaluate((bar) => {
    bar.value = "38.5";
    bar.dispatchEvent(new Event("change"));
  });
  await page.locator("#play").click();
  await untilPlayer(page, "the end", (p) => p.state === "ended");
  const next = page.locator("#ended-ways a");
  assert.equal(await next.getAttribute("href"), "/webinars/web_3");
  assert.ok(await next.isVisible());
  await page.getByText("This webinar is not completed yet.").waitFor(); // the server's word, after the last beat
  await clean("ended");
  await page.locator("#back").click();
  await until("the picture again", () => next.isHidden());
});

test("what is wrong is reported with one tap, and arrives with the session's beat", async () => {
  await withoutHls(page); // one file: its faults are known at once
  await page.route("**/fallback.mp4", (route) => route.fulfill({ status: 500 }));
  await page.goto(`${base}/webinars/web_2`);
  await page.getByRole("button", { name: "Report this" }).click({ timeout: 60_000 });
  await page.locator("#status", { hasText: "Your report has been sent" }).waitFor(); // the curtain goes when play is tried again
  await clean("fault");
  const { session } = await playerState(page);
  const all = await (await fetch(`${base}/test/beats`)).json();
  const told = all.filter((b) => b.session === session).flatMap((b) => b.events ?? []);
  assert.ok(told.some((e) => e.kind === "report" && e.error.length > 0), JSON.stringify(told));
});
