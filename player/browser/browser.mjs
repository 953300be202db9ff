// One Chromium for a test file, and what the journeys have in common.
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import path from "node:path";
import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** Starts the system's Chromium; CHROMIUM names another one. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags });
}

/** Reads a setting of the environment, or fails with its name and meaning. */
export function need(name, meaning) {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}: ${meaning}`);
  return value;
}

/** Asks again and again until check returns something true, or fails with what was waited for. */
export async function until(what, check, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Names the mails that are in a folder. */
const mailsIn = (dir) => readdirSync(dir).filter((name) => name.endsWith(".eml"));

/** Waits for a mail to email that is none of known and returns its six digits. */
function codeFromMail(mailDir, email, known) {
  return until(`a mail to ${email} in ${mailDir}`, () => {
    for (const name of mailsIn(mailDir).filter((name) => !known.has(name))) {
      const text = readFileSync(path.join(mailDir, name), "utf8");
      const code = text.toLowerCase().includes(email.toLowerCase()) && text.match(/^\s*(\d{6})\s*$/m);
      if (code) return code[1];
    }
    return undefined;
  });
}

/** Signs in through the pages and waits for the page after. */
export async function signIn(page, base, mailDir, email) {
  const known = new Set(mailsIn(mailDir)); // whoever signs in twice within a second gets two codes
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Send me a code" }).click();
  await page.waitForURL(/\/sign-in\/code/);
  await page.getByLabel("Code", { exact: true }).fill(await codeFromMail(mailDir, email, known));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** What the video and the page around it say. */
export function playerState(page) {
  return page.evaluate(() => {
    const video = document.querySelector("#video");
    const root = document.querySelector("#player");
    return {
      ...root.dataset,
      time: video.currentTime,
      paused: video.paused,
      ready: video.readyState,
      status: document.querySelector("#status").dataset.kind ?? "",
      curtain: document.querySelector("#curtain").hidden ? "" : document.querySelector("#curtain-text").textContent,
    };
  });
}

/** Waits until the player says so; fails with everything it says. */
export async function untilPlayer(page, what, check, ms) {
  let last;
  try {
    return await until(what, async () => check((last = await playerState(page))) && last, ms);
  } catch (error) {
    throw new Error(`${error.message}; the player says ${JSON.stringify(last)}`);
  }
}

/** Collects the names of the media segments that a page asks for. */
export function segments(page) {
  const asked = [];
  page.on("request", (request) => {
    const found = new URL(request.url()).pathname.match(/seg_(\d+)\.m4s$/);
    if (found) asked.push(Number(found[1]));
  });
  return asked;
}

/** Makes a page's browser one without Media Source Extensions and HLS. */
export function withoutHls(page) {
  return page.addInitScript(() => {
    for (const name of ["MediaSource", "ManagedMediaSource", "WebKitMediaSource"]) delete window[name];
    const can = HTMLMediaElement.prototype.canPlayType;
    HTMLMediaElement.prototype.canPlayType = function (type) {
      return /mpegurl/i.test(type) ? "" : can.call(this, type);
    };
  });
}

/**
 * Fails if axe finds something, or the page is wider than its window; photographs it into ROUNDS_SCREENSHOTS. The context has to bypass the CSP.
 * The viewer's mark is left out: it is no text for readers but a faint pattern over the picture, which WCAG 1.4.3 calls incidental, and where it
 * stands is chance. What it must be is told by its own journey.
 */
export async function looksRight(page, name) {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run({ exclude: [".mark"] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`), [], name);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide`);
  const shots = process.env.ROUNDS_SCREENSHOTS;
  if (shots) {
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
  }
}
