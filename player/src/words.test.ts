import assert from "node:assert/strict";
import test from "node:test";
import { waitingWords } from "./words";

test("minutes that wait are told without a connection, too", () => {
  const strings = { offline: "Offline.", waiting: "{minutes} min wait.", waitingShort: "Waiting." };
  Object.assign(globalThis, { document: { getElementById: () => ({ textContent: JSON.stringify(strings) }) } });
  assert.equal(waitingWords(20, true), "Waiting.");
  assert.equal(waitingWords(185, true), "3 min wait.");
  assert.equal(waitingWords(20, false), "Offline. Waiting.");
  assert.equal(waitingWords(185, false), "Offline. 3 min wait.");
});
