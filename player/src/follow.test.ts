import assert from "node:assert/strict";
import test from "node:test";
import { reached, type RecordingState } from "./follow";

test("of a recording that failed only what was reached is shown", () => {
  const stages = [
    { name: "probe", state: "done", progress: 1 },
    { name: "encode", state: "running", progress: 0.4 },
    { name: "publish", state: "waiting", progress: 0 },
  ];
  const states = (r: RecordingState) => reached(r).map((s) => s.state);
  assert.deepEqual(states({ state: "processing", progress: 0.4, stages }), ["done", "running", "waiting"]);
  assert.deepEqual(states({ state: "failed", progress: 0.4, stages }), ["done", "failed"]);
  assert.deepEqual(states({ state: "uploaded", progress: 0, stages: null }), []);
});
