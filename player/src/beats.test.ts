import assert from "node:assert/strict";
import test from "node:test";
import { Problem } from "./api";
import { Beats, type Ack } from "./beats";
import { Journal, type Shelf } from "./journal";
import { Ledger, type Beat } from "./ledger";

/** A browser's storage in memory. */
class Memory implements Shelf {
  readonly items = new Map<string, string>();
  get length() {
    return this.items.size;
  }
  getItem = (k: string) => this.items.get(k) ?? null;
  setItem = (k: string, v: string) => void this.items.set(k, v);
  removeItem = (k: string) => void this.items.delete(k);
  key = (i: number) => [...this.items.keys()][i] ?? null;
}

/** Lets every promise that can settle do so. */
const everything = () => new Promise((done) => setTimeout(done));

const ack: Ack = { resume_at_s: 0, watched_percent: 0, completed: false, accepted_s: 0, refused_s: 0, next_beat_s: 10 };

/** Beats with everything around them in the test's hands. */
function bundle() {
  const shelf = new Memory();
  const b = {
    shelf,
    journal: new Journal(shelf),
    ledger: new Ledger("pbs_1", "web_1"),
    sent: [] as Beat[],
    farewells: [] as Beat[],
    heard: [] as string[],
    timers: [] as { run: () => void; ms: number }[],
    fail: undefined as Problem | undefined,
    now: 1_000_000,
    beats: undefined as unknown as Beats,
  };
  const around = {
    send: (beat: Beat) => {
      b.sent.push(beat);
      return b.fail ? Promise.reject(b.fail) : Promise.resolve(ack);
    },
    farewell: (beat: Beat) => void b.farewells.push(beat),
    now: () => b.now,
    later: (run: () => void, ms: number) => b.timers.push({ run, ms }),
    cancel: () => void b.timers.pop(),
  };
  const listener = {
    saved: () => void b.heard.push("saved"),
    waiting: (s: number) => void b.heard.push(`waiting ${s}`),
    refused: (p: Problem) => void b.heard.push(`refused ${p.code}`),
  };
  b.beats = new Beats(b.ledger, b.journal, around, listener, 10_000);
  return b;
}

test("a beat carries what is unacknowledged, and the next one no longer does", async () => {
  const b = bundle();
  b.ledger.watched([0, 9500]);
  b.ledger.at(9500, 1.5);
  await b.beats.beat();
  await b.beats.beat();
  assert.deepEqual(b.sent, [
    { seq: 1, position_s: 9.5, rate: 1.5, watched: [[0, 9.5]] },
    { seq: 2, position_s: 9.5, rate: 1.5, watched: [] },
  ]);
  assert.deepEqual(b.heard, ["saved", "saved"]);
  assert.equal(b.shelf.length, 0, "nothing is left in the journal");
});

test("after an outage one beat carries everything, with a new number", async () => {
  const b = bundle();
  b.fail = new Problem(0, "unreachable", "");
  b.ledger.watched([0, 10_000]);
  await b.beats.beat();
  b.ledger.watched([10_000, 20_000]);
  await b.beats.beat();
  assert.equal(b.journal.entries(b.now).length, 1, "the journal keeps them");
  b.fail = undefined;
  b.beats.online();
  await everything();
  assert.deepEqual(b.sent.map((s) => [s.seq, s.watched]), [[1, [[0, 10]]], [2, [[0, 20]]], [3, [[0, 20]]]]);
  assert.deepEqual(b.heard, ["waiting 10", "waiting 20", "saved"]);
});

test("tries come slower and slower", async () => {
  const b = bundle();
  b.fail = new Problem(503, "unavailable", "");
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    await b.beats.beat();
    waits.push(b.timers[b.timers.length - 1]?.ms ?? 0);
  }
  assert.ok(waits.every((w, i) => w > 0.6 * Math.min(30_000, 1000 * 2 ** i) && w <= 30_000), waits.join());
});

test("a farewell stays in the journal until a later visit delivers it", () => {
  const b = bundle();
  b.ledger.watched([0, 4000]);
  b.beats.farewell();
  assert.deepEqual(b.farewells.map((f) => f.seq), [1]);
  const [entry] = b.journal.entries(b.now);
  assert.ok(entry);
  assert.deepEqual(Ledger.from(entry!).next(), { seq: 2, position_s: 0, rate: 1, watched: [[0, 4]] });
});

test("a refusal is final: no more beats, the page is told", async () => {
  const b = bundle();
  b.fail = new Problem(409, "session_taken_over", "");
  await b.beats.beat();
  await b.beats.beat();
  assert.equal(b.sent.length, 1);
  assert.deepEqual(b.heard, ["refused session_taken_over"]);
});

test("a paused player keeps its cookies alive for two hours and then rests", async () => {
  const b = bundle();
  b.beats.resting();
  await b.beats.beat();
  assert.equal(b.timers[b.timers.length - 1]?.ms, 60_000);
  b.now += 2 * 3600 * 1000 + 1;
  const before = b.timers.length;
  await b.beats.beat();
  assert.ok(b.timers.length < before, "no timer is left");
});

test("beats asked for while one is under way become one more", async () => {
  const b = bundle();
  const first = b.beats.beat();
  void b.beats.beat();
  void b.beats.beat();
  await first;
  await everything();
  assert.equal(b.sent.length, 2);
});

test("a journal that another program scribbled into is no harm", () => {
  const b = bundle();
  b.shelf.setItem("rounds.beats.x", "{not json");
  b.shelf.setItem("rounds.beats.y", JSON.stringify({ session: "y", at: 1, seq: 1, watched: [] }));
  assert.deepEqual(b.journal.entries(b.now + 15 * 24 * 3600 * 1000), []);
  assert.equal(b.shelf.length, 0);
});
