import assert from "node:assert/strict";
import test from "node:test";
import { Rate } from "./rate";

test("the time left follows the speed of the last half minute", () => {
  const rate = new Rate();
  rate.note(0, 0);
  assert.equal(rate.left(1000, 1000), undefined, "too early to tell");
  rate.note(100, 10_000);
  assert.equal(rate.left(1000, 10_000), 90);
  for (let s = 11; s <= 60; s++) rate.note(100 + (s - 10) * 2, s * 1000);
  assert.equal(rate.left(1000, 60_000), 400, "what was faster once is forgotten");
  assert.ok((rate.left(1000, 90_000) ?? 0) > 700, "a standstill counts");
});

test("after something was lost the time is not told for a while, and never negative", () => {
  const rate = new Rate();
  rate.note(0, 0);
  rate.note(500, 5000);
  rate.note(300, 6000);
  assert.equal(rate.left(1000, 6000), undefined);
  rate.note(400, 10_000);
  assert.equal(rate.left(1000, 10_000), 24);
});
