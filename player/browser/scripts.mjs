// The scripts against an API in memory and a real stream: playing, beating,
// losing the connection, being taken over, uploading. Started by
// TestScriptsInBrowser, one file after the other in one Chromium.
import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { launch, need, playerState, segments, until, untilPlayer, withoutHls } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
let browser, context, page;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, timezoneId: "UTC" });
  page = await context.newPage();
});
afterEach(async () => {
  await refuse(0);
  await context.close();
});

const beats = async () => (await fetch(`${base}/test/beats`)).json().then((all) => all ?? []);
const refuse = (status) => fetch(`${base}/test/refuse?status=${status}`, { method: "POST" });
const ready = () => untilPlayer(page, "the first frame", (p) => p.state === "ready");

/** Opens the player and plays. */
async function play() {
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  await page.locator("#big-play").click();
  return untilPlayer(page, "playing", (p) => p.state === "playing" && p.time > 24.5);
}

test("the first frame is the one at the resume point, and nothing before it is asked for", async () => {
  const asked = segments(page);
  await page.goto(`${base}/webinars/web_2`);
  const state = await ready();
  assert.equal(Number(state.firstFrame), 24);
  assert.equal(state.engine, "hls.js");
  assert.ok(asked.length > 0 && Math.min(...asked) === 4, `segments asked for: ${asked}`);
  assert.equal(await page.locator("#big-play").innerText(), "Continue from 0:24");
});

test("where another device or the live session left off is told before play, with its time", async () => {
  const words = async (query) => {
    await fetch(`${base}/test/from?${new URLSearchParams(query)}`, { method: "POST" });
    await page.goto(`${base}/webinars/web_2`);
    await ready();
    return page.locator("#big-play").innerText();
  };
  try {
    await page.clock.setFixedTime("2026-11-23T18:30:00Z"); // midnight is far, in every zone's winter
    assert.match(await words({ source: "device", device: "phone", at: "2026-11-23T00:12:00Z" }), /^Continue from 0:24\s+Phone, today 00:12$/);
    assert.match(await words({ source: "live", at: "2026-01-05T12:00:00Z" }), /^Continue from 0:24\s+Where you left the live session, Jan 5, 2026 12:00$/);
    assert.match(await words({ source: "device", device: "", at: "" }), /^Continue from 0:24\s+Another device$/);
  } finally {
    await fetch(`${base}/test/from`, { method: "POST" });
  }
});

test("only what was missed is played, part after part, by keyboard, and the end is told in words", async () => {
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  await page.locator("#gap-bars rect").nth(1).waitFor({ state: "attached" });
  await page.evaluate(() => {
    const line = document.querySelector("#missed-status"); // a part is over in seconds: the page itself writes down what is said
    window.said = [];
    new MutationObserver(() => window.said.push(line.textContent)).observe(line, { childList: true });
  });
  assert.equal(await page.locator("#gap-bars rect").count(), 2);
  const button = page.getByRole("button", { name: "Play only what I missed (4 s)" });
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByText("That was all you had missed, and this webinar is completed.").waitFor();
  const end = await playerState(page);
  assert.ok(end.paused && end.time > 26 && end.time < 32, `ends at ${end.time}`);
  const said = await page.evaluate(() => window.said.map((words) => words.replace(/\..*/, "")));
  assert.deepEqual(said, ["Part 1 of 2: 0:15–0:17", "Part 2 of 2: 0:24–0:26", "That was the last part", "That was all you had missed, and this webinar is completed"]);
  const { session } = end;
  const watched = (await beats()).filter((b) => b.session === session).flatMap((b) => b.watched);
  assert.ok(watched.every(([from, to]) => to <= 21 || from >= 22), `what was watched before is skipped: ${JSON.stringify(watched)}`);
});

test("what was missed is no longer framed nor listed once it is watched", async () => {
  await play(); // from 24; missed were 15–17 and 24–26
  await until("a part less", async () => (await page.locator("#gap-bars rect").count()) === 1);
  assert.deepEqual(await page.locator("#missed-list li").allTextContents(), ["0:15–0:17"]);
});

test("two quick taps at a side of the picture move by ten seconds; one tap pauses", async () => {
  await context.close();
  context = await browser.newContext({ viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true });
  page = await context.newPage();
  await play();
  const twice = (across) => page.evaluate((across) => { // within one turn, so that no slow machine makes two single taps of it
    const video = document.querySelector("#video");
    const { left, top, width, height } = video.getBoundingClientRect();
    const tap = { pointerType: "touch", bubbles: true, clientX: left + width * across, clientY: top + height / 2 };
    for (let i = 0; i < 2; i++) video.dispatchEvent(new PointerEvent("click", tap));
    return [video.currentTime, video.paused];
  }, across);
  const [ahead, stopped] = await twice(0.9);
  assert.ok(ahead > 34 && !stopped, `to ${ahead}`);
  const [back] = await twice(0.1);
  assert.ok(back > 24 && back < ahead - 5, `back to ${back}`);
  const { x, y, width, height } = await page.locator("#video").boundingBox();
  await page.touchscreen.tap(x + width * 0.9, y + height / 2);
  await untilPlayer(page, "a pause", (p) => p.paused);
});

test("the seek bar shows where a press would lead: the time and a picture, which nobody fetches before", async () => {
  const asked = [];
  page.on("request", (r) => r.url().includes("/thumbs/") && asked.push(r.url()));
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  assert.deepEqual(asked, []);
  const { x, y, width, height } = await page.locator("#seek").boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  const drawn = (wide) => until(`a picture ${wide} pixels wide`, () => page.evaluate((wide) => {
    const canvas = document.querySelector("#glimpse-picture");
    return !canvas.hidden && canvas.width === wide && canvas.getContext("2d").getImageData(9, 9, 1, 1).data[3] === 255;
  }, wide), 8000);
  await drawn(64);
  assert.equal(await page.locator("#glimpse-time").innerText(), "0:20");
  await page.mouse.move(x + width - 2, y + height / 2);
  await drawn(32); // that of the last seconds, and the card stays over the picture
  const [card, stage] = [await page.locator("#glimpse").boundingBox(), await page.locator("#stage").boundingBox()];
  assert.ok(card.x + card.width <= stage.x + stage.width, `${JSON.stringify(card)} in ${JSON.stringify(stage)}`);
  await page.mouse.move(x + width / 2, 5);
  await page.locator("#glimpse").waitFor({ state: "hidden" });
});

test("beats carry exactly what was played, a seek none of what it skipped", async () => {
  await play();
  await untilPlayer(page, "two seconds", (p) => p.time > 26);
  const { session } = await playerState(page);
  const left = await page.locator("#seek").evaluate((bar) => {
    const at = document.querySelector("#video").currentTime;
    bar.value = "5";
    bar.dispatchEvent(new Event("input"));
    bar.dispatchEvent(new Event("change"));
    return at;
  });
  await untilPlayer(page, "play at the new place", (p) => p.time > 6 && p.time < 20);
  await page.locator("#play").click();
  const paused = await untilPlayer(page, "a saved pause", (p) => p.paused && p.status === "saved");
  const mine = await until("the pause's beat", async () => {
    const all = (await beats()).filter((b) => b.session === session);
    return all.some((b) => Math.abs(b.position_s - paused.time) < 0.01) && all;
  });
  const watched = mine.flatMap((b) => b.watched);
  assert.equal(Math.min(...watched.filter(([from]) => from > 20).map(([from]) => from)), 24, "from the very first millisecond");
  assert.ok(watched.some(([from]) => from === 5), `from the very place of the seek: ${JSON.stringify(watched)}`);
  for (const [from, to] of watched) {
    assert.ok(to > from && ((from >= 24 && to <= left + 0.1) || (from >= 5 && to <= paused.time + 0.01)), `watched ${from}–${to}`);
  }
  assert.deepEqual(mine.map((b) => b.seq), mine.map((_, i) => i + 1), "numbers without a gap");
});

test("what is watched during an outage is kept and delivered afterwards", async () => {
  await refuse(503); // before play: no beat can be saved in between
  await play();
  await untilPlayer(page, "the words that it waits", (p) => p.status === "waiting");
  await untilPlayer(page, "more play", (p) => p.time > 29);
  await refuse(0);
  const { session } = await untilPlayer(page, "all saved", (p) => p.status === "saved");
  const mine = (await beats()).filter((b) => b.session === session);
  assert.ok(mine.some((b) => b.watched.some(([from, to]) => from === 24 && to > 28.5)), JSON.stringify(mine));
});

test("a page closed during an outage is made good by the next visit", async () => {
  await refuse(503);
  await play();
  const { session } = await untilPlayer(page, "unsaved seconds", (p) => p.status === "waiting");
  const kept = () => page.evaluate((id) => localStorage.getItem(`rounds.beats.${id}`), session);
  await until("the journal of them", async () => JSON.parse((await kept()) ?? "{}").watched?.some(([, to]) => to > 26.5));
  await page.close();
  await refuse(0);
  page = await context.newPage();
  await page.goto(`${base}/help`);
  await until("the end of the closed page", () => page.evaluate(async (id) => !(await navigator.locks.query()).held.some((l) => l.name.endsWith(id)), session));
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  // The farewell of the closing page may have arrived as well; it changes nothing then.
  await until("a beat that delivers it", async () => (await beats()).some((b) => b.session === session && b.watched.some(([, to]) => to > 26.5)));
  await until("an empty journal", async () => (await kept()) === null);
});

test("closing the page sends a last beat", async () => {
  await play();
  const { session } = await playerState(page);
  const before = (await beats()).filter((b) => b.session === session).length;
  await page.goto(`${base}/help`); // in the same process, which has the time it needs for its last words
  await until("the farewell", async () => (await beats()).filter((b) => b.session === session).length > before);
});

test("a takeover stops play with words and a way back", async () => {
  await play();
  await refuse(409);
  const state = await untilPlayer(page, "the takeover message", (p) => p.curtain.includes("another device"));
  assert.ok(state.paused);
  await refuse(0);
  await page.getByRole("button", { name: "Continue here" }).click();
  await untilPlayer(page, "a new session", (p) => p.session !== state.session && p.curtain === "");
});

test("media that are refused are asked for again with fresh cookies, without a word", async () => {
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  await fetch(`${base}/test/deny`, { method: "POST" });
  await page.locator("#play").focus();
  await page.keyboard.press("0");
  await page.keyboard.press("k");
  const state = await untilPlayer(page, "play from the start", (p) => p.state === "playing" && p.time > 0.5 && p.time < 10);
  assert.equal(state.curtain, "");
});

test("what play begins with is asked for once, and early", async () => {
  const asked = [];
  page.on("request", (r) => asked.push(new URL(r.url()).pathname));
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  for (const once of ["/v1/webinars/web_2/playback", "/media/master.m3u8", "/media/v1/index.m3u8", "/media/v1/init_1.mp4", "/media/v1/seg_00004.m4s"]) {
    assert.equal(asked.filter((path) => path === once).length, 1, `${once} in ${asked.join(" ")}`);
  }
  const first = asked.indexOf("/media/v1/seg_00004.m4s");
  assert.ok(!asked.slice(0, first).some((path) => path.includes("/picture") || path.endsWith("/progress")), `needless before the first picture: ${asked}`);
  await until("the pictures of the chapters, afterwards", () => asked.some((path) => path.includes("/picture")));
});

test("a browser without HLS plays one file, from the resume point, and earns what it plays", async () => {
  const engines = [];
  page.on("request", (r) => r.url().includes("/assets/hls-engine") && engines.push(r.url()));
  await withoutHls(page);
  const state = await play();
  assert.equal(state.engine, "mp4");
  assert.deepEqual(engines, [], "hls.js is not loaded in vain");
  assert.equal(Number(state.firstFrame), 24);
  assert.ok(await page.locator("#quality-choice").isHidden(), "there is one quality");
  await untilPlayer(page, "two seconds", (p) => p.time > 26);
  await page.locator("#seek").focus();
  await page.keyboard.press("0");
  await untilPlayer(page, "play from the start", (p) => p.time > 0.5 && p.time < 10);
  await page.locator("#play").click();
  await untilPlayer(page, "a saved pause", (p) => p.paused && p.status === "saved");
  const told = async () => (await beats()).filter((b) => b.session === state.session).flatMap((b) => b.watched);
  await until("the beat of the pause", async () => (await told()).some(([, to]) => to > 0.4 && to < 24)); // “saved” may be the word of the beat before
  const watched = await told();
  assert.ok(watched.some(([from, to]) => from === 24 && to > 25.5), JSON.stringify(watched));
  assert.ok(watched.some(([from]) => from < 5), JSON.stringify(watched));
});

test("a refused file is asked for again in a new session; one that is not there is told in words", async () => {
  await withoutHls(page);
  let sessions = 0;
  page.on("request", (request) => (sessions += Number(request.url().endsWith("/playback"))));
  await page.route("**/fallback.mp4", (route) => route.fulfill({ status: 403 }), { times: 2 }); // the file, and the question why
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  assert.equal(sessions, 2);
  await page.route("**/fallback.mp4", (route) => route.fulfill({ status: 404 }));
  await page.reload();
  await untilPlayer(page, "the words", (p) => p.curtain.includes("cannot play"));
});

/** Freezes the picture with all its data, as a decoder does that gives up: it neither pauses nor says anything. */
const freeze = () => page.locator("#video").evaluate((v) => (v.playbackRate = 0));
/** Stops the page's clock: from here on it moves by runFor alone, however long that takes. */
const stopClock = async () => page.clock.pauseAt((await page.evaluate(() => Date.now())) + 60_000);
/** How often the media were given to the browser anew. */
const emptied = () => page.evaluate(() => window.emptied);

test("a picture that stands with data moves again by itself", async () => {
  await page.clock.install();
  await play();
  await page.locator("#video").evaluate((v) => ((window.emptied = 0), v.addEventListener("emptied", () => window.emptied++)));
  await freeze();
  await stopClock();
  const { time } = await playerState(page);
  await page.clock.runFor(5_000);
  assert.ok((await playerState(page)).time - time < 0.05, "it stands, and is left alone so far");
  await page.clock.runFor(2_000);
  assert.ok(Math.abs((await playerState(page)).time - time - 0.1) < 0.05, "a nudge");
  assert.equal(await emptied(), 0);
  await page.clock.runFor(6_000); // given anew, it has its speed again
  await page.clock.resume();
  const moved = await untilPlayer(page, "play", (p) => p.time > time + 2);
  assert.equal(await emptied(), 1);
  assert.equal(moved.curtain, "");
  await until("a beat that tells of a stall", async () => (await beats()).some((b) => b.session === moved.session && b.events?.some((e) => e.kind === "stall_end" && e.ms >= 6000)));
});

test("a picture that nothing moves is told of in words, with a report and a way on", async () => {
  await page.clock.install();
  await play();
  await page.locator("#video").evaluate((v) => (v.defaultPlaybackRate = v.playbackRate = 0)); // also when it is loaded anew
  await until("the words", async () => {
    const now = await playerState(page);
    if (now.ready > 2) await page.clock.runFor(2_000); // what is being loaded has all the time it needs
    return now.curtain.includes("stands still");
  });
  await page.locator("#curtain-report").click();
  await until("the report", async () => (await beats()).some((b) => b.events?.some((e) => e.kind === "report" && e.error.startsWith("stands"))));
  await page.getByRole("button", { name: "Try again" }).click();
  await untilPlayer(page, "no words", (p) => p.curtain === "");
});

test("media that the browser refuses are given anew, and play goes on", async () => {
  await page.addInitScript(() => {
    const append = SourceBuffer.prototype.appendBuffer;
    window.refuse = 0;
    SourceBuffer.prototype.appendBuffer = function (data) {
      if (window.refuse > 0 && window.refuse--) throw new Error("refused");
      return append.call(this, data);
    };
  });
  let later;
  const released = new Promise((release) => (later = release));
  await page.route("**/seg_00005.m4s", async (route) => (await released, route.continue()));
  await play();
  await page.evaluate(() => ((window.refuse = 3), (window.emptied = 0), document.querySelector("#video").addEventListener("emptied", () => window.emptied++)));
  later();
  await untilPlayer(page, "play behind it", (p) => p.time > 31 && !p.paused && p.curtain === "");
  assert.deepEqual([await page.evaluate(() => window.refuse), (await emptied()) > 0], [0, true]);
});

test("a browser that wants a tap for play gets one", async () => {
  await page.addInitScript(() => {
    const play = HTMLMediaElement.prototype.play;
    let refused = false;
    HTMLMediaElement.prototype.play = function () {
      if (refused) return play.call(this);
      refused = true;
      return Promise.reject(new DOMException("a tap is wanted", "NotAllowedError"));
    };
  });
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  await page.locator("#play").click();
  await page.locator("#big-play").click();
  await untilPlayer(page, "play", (p) => p.state === "playing");
});

test("what was asked for early and never comes is asked for again", async () => {
  await page.clock.install();
  const held = [];
  let first = true;
  await page.route("**/seg_00004.m4s", (route) => (first ? ((first = false), held.push(route)) : route.continue()));
  await page.goto(`${base}/webinars/web_2`);
  await until("the early request", () => held.length === 1);
  await page.clock.runFor(11_000); // as long as it is waited for, and no longer: hls.js has its own patience
  await ready();
});

test("play that could not even be opened is reported with one tap, and the report has a code", async () => {
  await page.route("**/playback", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"code":"unavailable"}' }));
  await page.goto(`${base}/webinars/web_2`);
  await untilPlayer(page, "the words", (p) => p.curtain.includes("cannot be loaded"));
  await page.locator("#curtain-report").click();
  await page.locator("#status", { hasText: "name this code: 9T0V1W" }).waitFor();
});

test("the keyboard works in the player and nowhere else", async () => {
  await page.goto(`${base}/webinars/web_2`);
  await ready();
  await page.keyboard.press("k");
  assert.ok((await playerState(page)).paused, "the focus is outside");
  await page.locator("#play").focus();
  await page.keyboard.press("k");
  await untilPlayer(page, "play", (p) => p.state === "playing");
  await page.keyboard.press("k");
  await untilPlayer(page, "pause", (p) => p.paused);
  await page.keyboard.press("0");
  await untilPlayer(page, "the start", (p) => p.time < 1);
  await page.locator("#seek").focus();
  await page.keyboard.press("ArrowRight");
  await untilPlayer(page, "five seconds on", (p) => p.time > 4 && p.time < 7);
  assert.equal(await page.locator("#seek").getAttribute("aria-valuetext"), "0:05 of 0:40");
});

test("speed is kept for the next webinar", async () => {
  await page.goto(`${base}/webinars/web_2`);
  await page.locator("#speed").selectOption("1.5");
  await page.reload();
  assert.equal(await page.locator("#speed").inputValue(), "1.5");
  assert.equal(await page.locator("#video").evaluate((v) => v.playbackRate), 1.5);
});

/** Where the mark is, and whether it is seen at all. */
const mark = () =>
  page.evaluate(() => {
    const node = document.querySelector(".mark");
    const box = node?.getBoundingClientRect();
    const stage = document.getElementById("stage").getBoundingClientRect();
    return box && {
      text: node.textContent, hidden: node.getAttribute("aria-hidden"), inFullscreen: document.fullscreenElement?.contains(node) ?? false,
      x: box.x, y: box.y, width: box.width, bottom: (box.bottom - stage.top) / stage.height, animations: node.getAnimations().length,
      inside: box.left >= stage.left && box.right <= stage.right && box.top >= stage.top,
    };
  });

/** Lets the page draw itself: what follows its size has followed then. An observer tells at the end of a frame, whatever page.clock says. */
const frame = () => page.locator("#stage").evaluate((stage) => new Promise((done) => new IntersectionObserver(() => done()).observe(stage)));

test("the viewer's code is over the picture, jumps while it plays, and stays in full screen", async () => {
  await page.clock.install();
  await play();
  await page.locator("#video").evaluate((v) => (v.playbackRate = 0.25)); // the end is far
  const seen = new Set();
  let last = await mark();
  assert.equal(last.text, "K7P-2WX-04M");
  for (let i = 0; i < 4; i++) {
    await page.clock.fastForward(41_000);
    const now = await mark();
    assert.ok(now.x !== last.x || now.y !== last.y, "it jumps");
    assert.ok(now.inside && now.bottom < 0.72 && now.width > 40 && now.hidden === "true" && now.animations === 0, JSON.stringify(now));
    seen.add(`${now.x} ${now.y}`);
    last = now;
  }
  assert.ok(seen.size > 1, "to more than one place");
  await page.locator("#stage").press("f");
  await until("full screen", async () => (await mark()).inFullscreen);
  const large = await until("its place there", async () => {
    const now = await mark();
    return now.inside && now.bottom < 0.72 && now;
  });
  assert.equal(large.text, "K7P-2WX-04M");
  await page.evaluate(() => document.querySelector(".mark").remove());
  await until("the mark again", mark);
  await page.evaluate(() => (document.querySelector(".mark").style.display = "none"));
  await until("the mark in sight again", async () => (await mark()).width > 40);
  await page.evaluate(() => document.exitFullscreen());
  await page.locator("#video").evaluate((video) => video.pause());
  await until("the small picture", async () => !(await mark()).inFullscreen);
  await frame();
  const paused = await mark();
  assert.ok(paused.inside && paused.bottom < 0.72, JSON.stringify(paused));
  await page.clock.fastForward(120_000);
  const later = await mark();
  assert.deepEqual([later.x, later.y], [paused.x, paused.y], "it rests while the video does");
});

test("a file goes up in parts, refused addresses are signed again, and the server says ready", async () => {
  await page.goto(`${base}/upload/web_5`);
  const buffer = Buffer.alloc(3.5 * 1024 * 1024, "rounds");
  await page.locator("#file").setInputFiles({ name: "talk.mp4", mimeType: "video/mp4", buffer });
  await page.getByText("Ready. Doctors can watch it.").waitFor({ timeout: 60_000 });
  assert.equal(await page.locator("#upload").getAttribute("data-state"), "ready");
});

test("an empty file is refused in words", async () => {
  await page.goto(`${base}/upload/web_5`);
  await page.locator("#file").setInputFiles({ name: "talk.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(0) });
  await page.getByText("This file is empty").waitFor();
});
