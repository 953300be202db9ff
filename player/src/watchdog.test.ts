import assert from "node:assert/strict";
import test from "node:test";
import { Watchdog, type Remedy, type Sight } from "./watchdog";

const playing: Sight = { at: 60, wanted: true, loaded: [[54, 80]], hidden: false };

/** Looks every half second for so long, and lists what is done. A nudge moves the video, as it does. */
function watch(dog: Watchdog, seconds: number, sight: (second: number, at: number) => Partial<Sight>): (Remedy & { second: number })[] {
  const found: (Remedy & { second: number })[] = [];
  let at = playing.at;
  for (let half = 0; half <= 2 * seconds; half++) {
    const now = { ...playing, at, ...sight(half / 2, at) };
    const remedy = dog.look(now, 1_000_000 + half * 500);
    if (remedy !== undefined) found.push({ ...remedy, second: half / 2 });
    if (remedy?.kind === "nudge") at = remedy.to;
  }
  return found;
}

const kinds = (remedies: { kind: string }[]) => remedies.map(({ kind }) => kind);

test("a picture that stands with data is nudged, recovered, rebuilt, and then the doctor is told, once each", () => {
  const remedies = watch(new Watchdog(), 120, () => ({}));
  assert.deepEqual(kinds(remedies), ["nudge", "recover", "rebuild", "tell"]);
  assert.deepEqual(remedies[0], { kind: "nudge", to: 60.1, second: 6 });
  assert.ok((remedies[3]?.second ?? 99) < 40);
});

test("a picture that moves, slowly too, is left alone", () => {
  assert.deepEqual(watch(new Watchdog(), 60, (s) => ({ at: 60 + s / 8, loaded: [[0, 90]] })), []);
});

test("a pause, the end, want of data, a page in the background are no fault", () => {
  assert.deepEqual(watch(new Watchdog(), 60, () => ({ wanted: false })), []);
  assert.deepEqual(watch(new Watchdog(), 60, () => ({ loaded: [[54, 60.2]] })), []);
  assert.deepEqual(watch(new Watchdog(), 60, () => ({ loaded: [] })), []);
  assert.deepEqual(watch(new Watchdog(), 60, () => ({ loaded: [[70, 80]] })), [], "a long hole is being loaded");
  assert.deepEqual(watch(new Watchdog(), 60, () => ({ hidden: true })), []);
});

test("a device that slept proves nothing", () => {
  const dog = new Watchdog();
  for (let minute = 0; minute < 10; minute++) assert.equal(dog.look(playing, minute * 60_000), undefined);
});

test("a small hole is jumped over, to where the data begin", () => {
  const [first] = watch(new Watchdog(), 7, () => ({ loaded: [[50, 60], [61.5, 70]] }));
  assert.deepEqual(first, { kind: "nudge", to: 61.55, second: 6 });
});

test("when nothing is loaded after a recovery, the next step waits for data", () => {
  const remedies = watch(new Watchdog(), 60, (s) => (s > 12.5 && s < 40 ? { at: 0, loaded: [] } : {}));
  assert.deepEqual(kinds(remedies), ["nudge", "recover", "rebuild", "tell"]);
  assert.ok((remedies[2]?.second ?? 0) > 47);
});

test("after it has moved, a stop begins with a nudge again", () => {
  const remedies = watch(new Watchdog(), 40, (s, at) => ({ at: s < 10 ? at : s < 12 ? at + 3 * (s - 10) : 66 }));
  assert.deepEqual(kinds(remedies).slice(0, 2), ["nudge", "nudge"]);
});
