import assert from "node:assert/strict";
import test from "node:test";

import { Quality } from "./quality";

const line = { effectiveType: "4g", type: "wifi", saveData: true };

/** A clock that the test moves. */
function watch() {
  const clock = { ms: 1000 };
  return { clock, quality: new Quality(() => clock.ms) };
}

const kinds = (quality: Quality) => (quality.pending() ?? []).map((e) => [e.kind, e.ms ?? null]);

test("a start, a stall and a seek", () => {
  const { clock, quality } = watch();
  quality.rung(720);
  quality.rung(720);
  quality.asked(1000, "hls.js", line);
  quality.asked(1100, "hls.js", line);
  quality.waiting(); // not started yet: this is the start
  clock.ms = 1800;
  quality.playing();
  clock.ms = 5000;
  quality.waiting();
  quality.waiting();
  clock.ms = 5500;
  quality.playing();
  quality.seeking();
  quality.waiting(); // whoever seeks waits
  quality.playing();
  assert.deepEqual(kinds(quality), [["rung", null], ["play", null], ["start", 800], ["stall", null], ["stall_end", 500]]);
  assert.deepEqual(quality.pending()?.[1], { n: 2, at_s: 0, kind: "play", engine: "hls.js", network: "4g", link: "wifi", save_data: true });
});

test("leaving before the start, and coming back", () => {
  const { clock, quality } = watch();
  quality.leaving(); // nobody asked to play
  assert.equal(quality.pending(), undefined);
  quality.asked(1000, "native", {});
  clock.ms = 9000;
  quality.leaving();
  quality.leaving();
  clock.ms = 11_000;
  quality.playing();
  assert.deepEqual(kinds(quality), [["play", null], ["exit", 8000], ["start", 10_000]]);
});

test("a stall that lasts while the page is left counts to the end", () => {
  const { clock, quality } = watch();
  quality.asked(1000, "hls.js", line);
  quality.playing();
  quality.waiting();
  clock.ms = 3000;
  quality.leaving();
  clock.ms = 3400;
  quality.resting();
  assert.deepEqual(kinds(quality).slice(2), [["stall", null], ["stall_end", 2000], ["stall_end", 400]]);
});

test("failing again while trying again is one failure", () => {
  const { quality } = watch();
  quality.asked(1000, "hls.js", line);
  quality.failed("fragLoadError 503");
  quality.failed("fragLoadError 503");
  quality.playing();
  quality.failed("x".repeat(500));
  const failures = (quality.pending() ?? []).filter((e) => e.kind === "failure");
  assert.equal(failures.length, 2);
  assert.equal(String(failures[1]?.error).length, 120);
});

test("what the server has is not told again, the rest is, with its number", () => {
  const { quality } = watch();
  quality.asked(1000, "hls.js", line);
  const first = quality.pending();
  quality.playing();
  quality.told(first);
  assert.deepEqual((quality.pending() ?? []).map((e) => e.n), [2]);
  quality.told(undefined);
  assert.equal(quality.pending()?.length, 1);
});

test("a player that is not heard does not fill the memory", () => {
  const { quality } = watch();
  quality.asked(1000, "hls.js", line);
  for (let i = 1; i < 1000; i++) quality.rung(i);
  let told = 0;
  for (let some = quality.pending(); some !== undefined; some = quality.pending()) {
    assert.ok(some.length <= 40);
    told += some.length;
    quality.told(some);
  }
  assert.equal(told, 200);
});
