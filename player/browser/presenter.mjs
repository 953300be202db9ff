// What presenters do with their recordings, in Chromium, under the pages' own
// content policy. Started by TestPresentersInBrowser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
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
    const shown = page.waitForEvent("framenavigated");
    await button.click();
    assert.match((await sent).postData(), /reason=A\+patient/);
    await shown; // or what the form leads to comes in the way of the next page
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

/** A file of four parts that no browser plays; salt changes one byte of its second part. */
function talk(salt = 0) {
  const bytes = Buffer.alloc(3.5 * 1024 * 1024, "rounds");
  bytes[1.5 * 1024 * 1024] += salt;
  return bytes;
}

const choose = (name, buffer) => page.locator("#file").setInputFiles({ name, mimeType: "video/mp4", buffer });
const phase = () => page.locator("#upload").getAttribute("data-phase");

/** The numbers of the parts that arrive from now on. */
function arriving() {
  const numbers = [];
  page.on("response", (r) => r.request().method() === "PUT" && r.ok() && numbers.push(Number(new URL(r.url()).pathname.split("/").pop())));
  return numbers;
}

test("an upload that was killed goes on with the same file on another computer, and only with the same", async () => {
  await page.route("**/test/part/4", () => undefined); // never answered
  await page.goto(`${base}/upload/web_5`);
  const first = arriving();
  await choose("talk.mp4", talk());
  await until("three parts", () => first.length === 3);
  await open({}); // the browser is gone

  await page.route("**/test/part/4", () => undefined);
  await page.goto(`${base}/upload/web_5`);
  const again = arriving();
  await choose("copy of talk.mp4", talk(1)); // looks the same from both ends, but is not
  await until("the part that differs", () => again.length === 1);
  assert.deepEqual(again, [2]);
  await open({});

  await page.goto(`${base}/upload/web_5`);
  const last = arriving();
  await choose("talk.mp4", talk());
  await page.getByText("The file has arrived").or(page.getByText("Ready.")).first().waitFor();
  await until("two parts", () => last.length === 2);
  assert.deepEqual(last.sort(), [2, 4]);
  assert.deepEqual(failures, []);
});

test("a part that does not move is broken off and sent again, and the computer is kept awake meanwhile", async () => {
  await page.addInitScript(() => {
    window.locks = [];
    const request = (type) => (window.locks.push(type), Promise.resolve({ release: async () => void window.locks.push("released") }));
    Object.defineProperty(navigator, "wakeLock", { value: { request } });
  });
  await page.clock.install();
  let tries = 0;
  await page.route("**/test/part/1", (route) => (++tries === 1 ? undefined : route.continue()));
  await fetch(`${base}/test/forget`, { method: "POST" });
  await page.goto(`${base}/upload/web_5`);
  const sent = arriving();
  await choose("talk.mp4", talk());
  await until("the part that hangs", () => tries === 1);
  await until("the rest", () => sent.length === 3);
  assert.deepEqual(await page.evaluate(() => window.locks), ["screen"]);
  await page.clock.runFor(61_000);
  await until("another try", () => tries > 1);
  await until("the end", async () => (await phase()) === "done");
  assert.deepEqual(await page.evaluate(() => window.locks), ["screen", "released"]);
});

/** Eight seconds of picture and sound as ffmpeg makes them. */
function film(size, picture, sound, ...more) {
  const dir = mkdtempSync(path.join(tmpdir(), "rounds-film-"));
  try {
    const file = path.join(dir, "film.mp4");
    execFileSync("ffmpeg", [
      "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", `${picture}:s=${size}:r=10:d=8`, "-f", "lavfi", "-i", `aevalsrc=${sound}:d=8`,
      "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", ...more, file,
    ]);
    return readFileSync(file);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("after errors of the storage one part is sent alone, until the line is good again", async () => {
  await fetch(`${base}/test/forget`, { method: "POST" });
  const underWay = new Set();
  const together = [];
  let refused = 0;
  await page.route("**/test/part/*", async (route) => {
    if (refused < 3) {
      refused++;
      return route.fulfill({ status: 503 });
    }
    underWay.add(route);
    together.push(underWay.size);
    const answer = await route.fetch();
    underWay.delete(route);
    await route.fulfill({ response: answer });
  });
  await page.goto(`${base}/upload/web_5`);
  await choose("talk.mp4", talk());
  await until("the end", async () => (await phase()) === "done");
  assert.equal(refused, 3);
  assert.deepEqual(together.slice(0, 2), [1, 1]);
  assert.equal(together.length, 4);
  assert.deepEqual(failures, []);
});

test("what is wrong with a file is said before it is sent, and it can be sent all the same", async () => {
  await fetch(`${base}/test/forget`, { method: "POST" });
  await page.goto(`${base}/upload/web_5`);
  const sent = arriving();
  await choose("sound.mp4", film("160x90", "testsrc=decimals=0", "0.3*sin(600*t)", "-vn"));
  await until("the warning", async () => (await phase()) === "warned");
  assert.match(await page.locator("#warning-list").innerText(), /no picture/);
  await page.goto(`${base}/upload/web_5`);
  await choose("phone.mp4", film("90x160", "color=c=black", "0.3*sin(600*t)|0"));
  await until("the warnings", async () => (await phase()) === "warned");
  const text = await page.locator("#warning-list").innerText();
  for (const word of ["higher than wide", "picture is black", "one side only"]) assert.ok(text.includes(word), `${word} in ${text}`);
  assert.equal(sent.length, 0, "nothing was sent yet");
  assert.ok(await page.getByRole("button", { name: "Send it all the same" }).evaluate((b) => b === document.activeElement));
  await page.keyboard.press("Enter");
  await until("the end", async () => (await phase()) === "done");

  await page.goto(`${base}/upload/web_2`); // planned for an hour; its last recording is watched
  await page.getByText("Convert").waitFor();
  await page.getByRole("button", { name: "Choose another file" }).click();
  assert.ok(await page.locator("#stages").isHidden());
  await choose("silent.mp4", film("160x90", "testsrc=decimals=0", "0|0"));
  await until("the warnings", async () => (await phase()) === "warned");
  const other = await page.locator("#warning-list").innerText();
  for (const word of ["heard nothing", "planned for 60"]) assert.ok(other.includes(word), `${word} in ${other}`);
  assert.ok(!other.includes("black") && !other.includes("higher"), other);
});

test("an upload that is not finished is named, though another file was sent since, and before another one is", async () => {
  await page.goto(`${base}/upload/web_unfinished`);
  await page.getByText("“long.mp4” is not finished.").waitFor();
  await choose("talk.mp4", film("160x90", "testsrc=decimals=0", "0.3*sin(600*t)"));
  await until("the warnings", async () => (await phase()) === "warned");
  assert.match(await page.locator("#warning-list").innerText(), /“long\.mp4” is not finished yet, and this is another file/);
});

test("a good file is sent without a question, but not to a second webinar", async () => {
  await fetch(`${base}/test/forget`, { method: "POST" });
  await page.goto(`${base}/upload/web_5`);
  const good = film("160x90", "testsrc=decimals=0", "0.3*sin(600*t)");
  const announced = page.waitForRequest((r) => r.method() === "POST" && r.url().endsWith("/recordings"));
  await choose("talk.mp4", good);
  await until("the end", async () => (await phase()) === "done");
  const { fingerprint } = (await announced).postDataJSON();
  await page.goto(`${base}/upload/web_6`);
  await page.locator("#upload").evaluate((root, known) => (root.dataset.known = JSON.stringify([known])), { fingerprint, state: "ready", filename: "talk.mp4", webinar: "Questions from practice" });
  await choose("talk.mp4", good);
  await until("the warning", async () => (await phase()) === "warned");
  assert.match(await page.locator("#warning-list").innerText(), /another webinar before, to “Questions from practice”/);
  assert.deepEqual(failures, []);
});

test("somebody without an account sends a recording by a link, whose secret goes nowhere but into headers", async () => {
  await fetch(`${base}/test/forget`, { method: "POST" });
  const asked = [];
  page.on("request", (r) => asked.push(r));
  await page.goto(`${base}/send#rnd_good`);
  await page.getByText("Questions from practice").waitFor();
  await choose("talk.mp4", talk());
  await page.getByText("Ready.").waitFor();
  const calls = asked.filter((r) => new URL(r.url()).pathname.startsWith("/v1/"));
  assert.ok(calls.length > 4 && calls.every((r) => r.headers().authorization === "Bearer rnd_good"), "each call says who asks");
  assert.ok(asked.every((r) => !r.url().split("#")[0].includes("rnd_")), "no address has the secret");
  assert.ok(await page.locator("#another").isHidden());
  await page.goto(`${base}/send#rnd_old`);
  await page.reload();
  await page.getByText("This link is not complete, has ended, or was taken back.").waitFor();
  assert.ok(await page.locator("#upload").isHidden());
});
