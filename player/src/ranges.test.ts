import assert from "node:assert/strict";
import test from "node:test";
import { add, fromSeconds, subtract, toSeconds, total, union, type Range } from "./ranges";

test("add joins what overlaps or touches and keeps the rest apart", () => {
  const cases: [Range[], Range, Range[]][] = [
    [[], [0, 5], [[0, 5]]],
    [[[0, 5]], [5, 9], [[0, 9]]],
    [[[0, 5], [8, 9]], [4, 8], [[0, 9]]],
    [[[10, 20]], [0, 5], [[0, 5], [10, 20]]],
    [[[0, 20]], [5, 6], [[0, 20]]],
    [[[0, 5]], [7, 7], [[0, 5]]],
    [[[0, 5]], [9, 8], [[0, 5]]],
  ];
  for (const [ranges, more, want] of cases) assert.deepEqual(add(ranges, more), want);
});

test("subtract takes out of the middle, the ends and everything", () => {
  assert.deepEqual(subtract([[0, 10]], [[3, 4]]), [[0, 3], [4, 10]]);
  assert.deepEqual(subtract([[0, 10]], [[0, 4], [9, 12]]), [[4, 9]]);
  assert.deepEqual(subtract([[0, 10]], [[0, 10]]), []);
  assert.deepEqual(subtract([[0, 10]], []), [[0, 10]]);
});

test("any two sets: union and difference keep their length", () => {
  // A small generator, so that a failure repeats itself.
  let state = 7;
  const random = () => (state = (state * 48271) % 2147483647) % 100;
  const some = () => Array.from({ length: 6 }).reduce<Range[]>((sum) => add(sum, [random(), random()]), []);
  for (let i = 0; i < 500; i++) {
    const [a, b] = [some(), some()];
    assert.equal(total(union(a, b)), total(a) + total(subtract(b, a)));
    assert.deepEqual(union(a, b), union(b, a));
    assert.deepEqual(subtract(union(a, b), a), subtract(b, a));
  }
});

test("seconds keep their milliseconds", () => {
  assert.deepEqual(toSeconds(fromSeconds([[0.001, 12.345]])), [[0.001, 12.345]]);
});
