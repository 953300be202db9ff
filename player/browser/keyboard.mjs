// The player page by keyboard alone and from right to left: everything is reached
// in order, seen while it has the focus, and does what it says; in Arabic, with
// the system's own colours and with text of twice the size nothing is cut off.
// Started by TestPlayerByKeyboard.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, looksRight, need, playerState, until, untilPlayer } from "./browser.mjs";

const base = need("BASE_URL", "the pages of somebody who reads Arabic, with the API in memory");
let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function open(viewport) {
  const context = await browser.newContext({ viewport, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${base}/webinars/web_2`);
  await untilPlayer(page, "the first frame", (p) => p.state === "ready");
  return page;
}

/** What has the focus: its id or words, and whether one can see it and that it is there. */
const focused = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const shown = box.width > 0 && box.top >= -1 && box.bottom <= innerHeight + 1 && box.left >= -1 && box.right <= innerWidth + 1;
    return { name: node.id || node.textContent.trim().slice(0, 40), shown, ring: style.outlineStyle !== "none" || style.boxShadow !== "none", free: top !== null && (node.contains(top) || top.contains(node)) };
  });

test("all of the player is reached by Tab in order, and works by keys", async () => {
  const page = await open({ width: 1280, height: 800 });
  const seen = [];
  await until("the end of the player", async () => {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    assert.ok(now.shown && now.ring && now.free, JSON.stringify(now));
    seen.push(now.name);
    return now.name === "missed";
  });
  const order = ["big-play", "seek", "play", "back", "forward", "mute", "volume", "captions", "speed", "quality"];
  assert.deepEqual(seen.filter((name) => order.includes(name)), order, seen.join(", "));
  await page.locator("#big-play").focus();
  await page.keyboard.press("Enter");
  await untilPlayer(page, "play", (p) => p.state === "playing");
  assert.equal((await focused(page)).name, "play", "the focus is not lost with the button");
  await page.locator("#seek").focus();
  const { time } = await playerState(page);
  await page.keyboard.press("ArrowRight"); // time runs from left to right in Arabic, too
  await untilPlayer(page, "five seconds on", (p) => p.time > time + 4);
  assert.equal(await page.locator("#seek").evaluate((e) => getComputedStyle(e).direction), "ltr");
  await page.locator("#play").focus();
  await page.keyboard.press("k");
  await untilPlayer(page, "a pause", (p) => p.paused);
  await page.context().close();
});

test("from right to left, in the system's colours and with large text nothing is cut off", async () => {
  const page = await open({ width: 360, height: 640 });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).direction), "rtl");
  const look = async (name) => {
    await looksRight(page, `player-ar-${name}`);
    const cut = await page.evaluate(() => [...document.querySelectorAll("main a, main button, main select, main h1, main p, main dt, main dd")]
      .filter((e) => e.offsetParent && !e.closest(".visually-hidden, .scroll"))
      .filter((e) => e.getBoundingClientRect().left < -1 || e.getBoundingClientRect().right > innerWidth + 1 || (e.matches("button, p, h1") && e.scrollWidth > e.clientWidth + 2 && getComputedStyle(e).overflow !== "visible"))
      .map((e) => e.id || e.textContent.trim().slice(0, 40)));
    assert.deepEqual(cut, [], name);
  };
  await look("phone");
  await page.emulateMedia({ forcedColors: "active" });
  await look("phone-forced");
  await page.emulateMedia({ forcedColors: "none" });
  await page.setViewportSize({ width: 1280, height: 800 });
  await look("desktop");
  await page.addStyleTag({ content: "html { font-size: 200% }" });
  await look("desktop-large");
  await page.setViewportSize({ width: 360, height: 640 });
  await look("phone-large");
  const { play, seek } = await page.evaluate(() => Object.fromEntries([["play", "#big-play"], ["seek", "#seek"]].map(([name, id]) => [name, document.querySelector(id).getBoundingClientRect().toJSON()])));
  assert.ok(play.height > 0 && play.bottom < seek.top, `the big play button (${play.top} to ${play.bottom}) leaves the seek bar (${seek.top}) free`);
  await page.context().close();
});
