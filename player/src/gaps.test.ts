import assert from "node:assert/strict";
import test from "node:test";
import { Missed, type Step } from "./gaps";

test("gaps that are close together are one part", () => {
  const missed = Missed.from([[10, 20], [24.9, 30], [35, 40], [100, 100.2]]);
  assert.deepEqual(missed.parts, [[10_000, 30_000], [35_000, 40_000], [100_000, 100_200]]);
  assert.equal(missed.lengthMs, 20_300);
  assert.deepEqual(Missed.from([]).parts, []);
});

test("nothing but the parts is played, with a second before and a moment behind each", () => {
  const missed = Missed.from([[10, 20], [30, 40]]);
  const steps: [number, Step][] = [
    [0, { kind: "jump", part: 0, to: 9000 }],
    [9000, { kind: "play", part: 0 }],
    [8800, { kind: "play", part: 0 }],
    [20_299, { kind: "play", part: 0 }],
    [20_300, { kind: "jump", part: 1, to: 29_000 }],
    [29_000, { kind: "play", part: 1 }],
    [40_299, { kind: "play", part: 1 }],
    [40_300, { kind: "end" }],
    [99_000, { kind: "end" }],
  ];
  for (const [position, want] of steps) assert.deepEqual(missed.step(position), want, `at ${position}`);
  assert.deepEqual(new Missed([]).step(0), { kind: "end" });
});

test("a part at the very start or end of the recording", () => {
  const missed = Missed.from([[0.4, 3], [50, 60]]);
  assert.deepEqual(missed.step(0), { kind: "play", part: 0 });
  assert.equal(missed.start(0), 0);
  assert.deepEqual(missed.step(60_000), { kind: "play", part: 1 });
  assert.deepEqual(missed.ended(60_000), { kind: "end" });
  assert.deepEqual(missed.ended(3000), { kind: "jump", part: 1, to: 49_000 });
});

test("what is watched is missing no more", () => {
  const missed = Missed.from([[10, 20], [30, 40]]).without([9000, 21_000]);
  assert.deepEqual(missed.parts, [[30_000, 40_000]]);
  assert.equal(missed.without([32_000, 34_000]).lengthMs, 8000);
});

test("played from any place, every gap is covered and long watched parts are not played", () => {
  for (let seed = 1; seed <= 300; seed++) {
    let random = seed;
    const draw = (n: number) => (random = (random * 48_271) % 2_147_483_647) % n;
    const gaps: [number, number][] = [];
    for (let at = draw(4000); at < 120_000 && gaps.length < 6; at += 200 + draw(20_000)) {
      gaps.push([at / 1000, (at += 40 + draw(9000)) / 1000]);
    }
    const missed = Missed.from(gaps);
    let left = missed;
    let position = 0;
    let played = 0;
    for (let step = missed.step(position); step.kind !== "end"; step = missed.step(position)) {
      if (step.kind === "jump") {
        position = step.to;
        continue;
      }
      left = left.without([position, position + 200]);
      position += 200;
      played += 200;
      assert.ok(played < 300_000, `seed ${seed} never ends`);
    }
    assert.equal(left.lengthMs, 0, `seed ${seed}: ${JSON.stringify(left.parts)} was not played`);
    const most = missed.parts.reduce((sum, [from, to]) => sum + to - from + 1700, 0) + 2000;
    assert.ok(played <= most, `seed ${seed}: played ${played} ms of ${most}`);
  }
});
