import assert from "node:assert/strict";
import test from "node:test";
import { Tracker } from "./tracker";

/** Plays from position for ms at rate, reporting four times a second. */
function play(tracker: Tracker, position: number, now: number, ms: number, rate = 1): number {
  for (let t = 0; t <= ms; t += 250) tracker.moved(position + t * rate, now + t, rate);
  return now + ms;
}

test("play is recorded as one stretch", () => {
  const tracker = new Tracker();
  play(tracker, 1000, 0, 10_000);
  assert.deepEqual(tracker.ranges, [[1000, 11_000]]);
});

test("double speed earns twice the seconds", () => {
  const tracker = new Tracker();
  play(tracker, 0, 0, 10_000, 2);
  assert.deepEqual(tracker.ranges, [[0, 20_000]]);
});

test("a seek earns nothing, whether it is announced or not", () => {
  const announced = new Tracker();
  let now = play(announced, 0, 0, 5000);
  announced.seeking(60_000, now);
  play(announced, 60_000, now, 5000);
  assert.deepEqual(announced.ranges, [[0, 5000], [60_000, 65_000]]);

  const silent = new Tracker();
  now = play(silent, 0, 0, 5000);
  play(silent, 60_000, now + 250, 5000);
  assert.deepEqual(silent.ranges, [[0, 5000], [60_000, 65_000]]);
});

test("a seek whose end is told late loses nothing after its place", () => {
  const tracker = new Tracker();
  tracker.seeking(5000, 0);
  tracker.moved(5004, 2000, 1);
  tracker.moved(6000, 2996, 1);
  assert.deepEqual(tracker.ranges, [[5000, 6000]]);
});

test("going back earns nothing twice", () => {
  const tracker = new Tracker();
  const now = play(tracker, 10_000, 0, 5000);
  tracker.seeking(8000, now);
  play(tracker, 8000, now, 5000);
  assert.deepEqual(tracker.ranges, [[8000, 15_000]]);
});

test("a pause ends the stretch where it happened", () => {
  const tracker = new Tracker();
  play(tracker, 0, 0, 1000);
  tracker.rests(1200, 1200, 1);
  tracker.moved(1900, 60_000, 1);
  assert.deepEqual(tracker.ranges, [[0, 1200]]);
});

test("play that goes on after a rest leaves no hole", () => {
  const tracker = new Tracker();
  tracker.rests(24_000, 0, 1);
  tracker.moved(24_008, 90_000, 1);
  tracker.moved(25_000, 91_000, 1);
  tracker.rests(25_100, 91_100, 1);
  tracker.moved(25_130, 99_000, 1);
  assert.deepEqual(tracker.ranges, [[24_000, 25_130]]);
});

test("reports that come late, as in a hidden tab, still count", () => {
  const tracker = new Tracker();
  tracker.moved(0, 0, 1);
  tracker.moved(20_000, 20_000, 1);
  assert.deepEqual(tracker.ranges, [[0, 20_000]]);
});
