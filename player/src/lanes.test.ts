import assert from "node:assert/strict";
import test from "node:test";
import { Lanes } from "./lanes";

test("after an error one part is sent alone, and others join as parts arrive", () => {
  const lanes = new Lanes(3);
  assert.equal(lanes.width, 3);
  lanes.failed();
  assert.equal(lanes.width, 1);
  const widths = Array.from({ length: 6 }, () => (lanes.arrived(), lanes.width));
  assert.deepEqual(widths, [1, 2, 2, 3, 3, 3]);
  lanes.failed();
  lanes.arrived();
  lanes.failed();
  lanes.arrived();
  assert.equal(lanes.width, 1, "a part between two errors is no recovery");
});

test("no more than that many are on their way, and nobody is left waiting", async () => {
  const lanes = new Lanes(3);
  const todo = Array.from({ length: 40 }, (_, n) => n);
  const done: number[] = [];
  const failing = new Set([5, 6, 7, 20, 39]);
  let now = 0;
  const seen: { width: number; now: number; n: number }[] = [];
  const one = async () => {
    for (;;) {
      await lanes.enter();
      try {
        const n = todo.shift();
        if (n === undefined) return;
        now++;
        seen.push({ width: lanes.width, now, n });
        await new Promise<void>((go) => setTimeout(go));
        now--;
        if (failing.delete(n)) {
          lanes.failed();
          todo.unshift(n);
          continue;
        }
        lanes.arrived();
        done.push(n);
      } finally {
        lanes.leave();
      }
    }
  };
  await Promise.all([one(), one(), one()]);
  assert.deepEqual(done.sort((a, b) => a - b), Array.from({ length: 40 }, (_, n) => n));
  assert.ok(seen.every((s) => s.now <= s.width), JSON.stringify(seen.filter((s) => s.now > s.width)));
  assert.ok(seen.some((s) => s.n > 8 && s.now === 3), "three at a time again");
});
