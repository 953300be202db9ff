import assert from "node:assert/strict";
import test from "node:test";
import { concerns, type Findings } from "./check";

const good: Findings = { durationS: 3600, width: 1280, height: 720, brightest: 240, peaks: [0.4, 0.3] };

test("concerns follow what the samples have shown", () => {
  const cases: [string, Partial<Findings>, number, string[]][] = [
    ["nothing", {}, 3600, []],
    ["no schedule", { durationS: 5 }, 0, []],
    ["portrait", { width: 720, height: 1280 }, 0, ["portrait"]],
    ["a black picture", { brightest: 16 }, 0, ["black"]],
    ["a picture that was not seen", { brightest: -1 }, 0, []],
    ["sound alone", { width: 0, height: 0, brightest: -1 }, 0, ["noPicture"]],
    ["silence", { peaks: [0, 0.001] }, 0, ["silent"]],
    ["one side", { peaks: [0.3, 0] }, 0, ["oneSided"]],
    ["sound that was not heard", { peaks: undefined }, 0, []],
    ["ten minutes less than planned", { durationS: 3001 }, 3600, []],
    ["half of what was planned", { durationS: 1800 }, 3600, ["short"]],
    ["twice of what was planned", { durationS: 7200 }, 3600, ["long"]],
  ];
  for (const [name, found, planned, want] of cases) assert.deepEqual(concerns({ ...good, ...found }, planned), want, name);
});
