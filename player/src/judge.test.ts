import assert from "node:assert/strict";
import test from "node:test";
import { judge, type Found } from "./judge";

const fine: Found = { way: "hls.js", cookies: true, storage: true, reached: true, bps: 2e6, clockS: 1 };

test("what hinders most is said first", () => {
  assert.equal(judge(fine), "good");
  assert.equal(judge({ ...fine, bps: 0 }), "good");
  assert.equal(judge({ ...fine, way: "mp4" }), "one");
  assert.equal(judge({ ...fine, clockS: -900 }), "clock");
  assert.equal(judge({ ...fine, storage: false, clockS: 900 }), "storage");
  assert.equal(judge({ ...fine, bps: 150_000, storage: false }), "slow");
  assert.equal(judge({ ...fine, reached: false, bps: 0 }), "line");
  assert.equal(judge({ ...fine, cookies: false, reached: false }), "cookies");
  assert.equal(judge({ ...fine, way: undefined, cookies: false }), "browser");
});
