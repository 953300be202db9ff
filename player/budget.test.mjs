// The pages' weight, gzip -9, as browsers load it.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import test from "node:test";

const dist = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "dist");

function manifest() {
  try {
    return JSON.parse(readFileSync(path.join(dist, "manifest.json"), "utf8"));
  } catch {
    throw new Error("the assets are not built: npm run build");
  }
}

const weight = (file) => statSync(path.join(dist, "assets", file + ".gz")).size;

// The budgets, in bytes: before first paint and in all.
const player = { first: 25_000, all: 150_000 };
const other = { first: 25_000, all: 60_000 };
const styles = { first: 12_000, all: 12_000 };
const picture = { first: 1_000, all: 1_000 };

// A row for every built entry: what its page loads, and its budget.
const pages = {
  "begin.js": { with: ["begin.js"], budget: { first: 1_000, all: 1_000 } }, // asks before anything else has come
  "player.js": { with: ["begin.js", "player.js"], budget: player }, // and hls.js later
  "legacy.js": { with: ["legacy.js"], budget: player }, // instead of player.js
  "upload.js": { with: ["upload.js"], budget: other },
  "form.js": { with: ["form.js"], budget: other },
  "recording.js": { with: ["recording.js"], budget: other },
  "device.js": { with: ["device.js"], budget: other },
  "rounds.css": { with: ["rounds.css"], budget: styles },
  "icon.svg": { with: ["icon.svg"], budget: picture },
};

test("every built entry has a budget, and every budget an entry", () => {
  assert.deepEqual(Object.keys(manifest()).sort(), Object.keys(pages).sort());
});

for (const [entry, { with: loaded, budget }] of Object.entries(pages)) {
  test(`${entry} keeps its budget`, (t) => {
    const files = loaded.map((name) => manifest()[name]);
    const sum = (names) => names.reduce((total, name) => total + weight(name), 0);
    const first = sum(files.flatMap(({ file, imports }) => [file, ...imports]));
    const all = first + sum(files.flatMap(({ later }) => later));
    t.diagnostic(`${entry}: ${first} bytes first, ${all} in all`);
    assert.ok(first <= budget.first, `${first} bytes before first paint, at most ${budget.first}`);
    assert.ok(all <= budget.all, `${all} bytes in all, at most ${budget.all}`);
  });
}

test("hls.js is no part of what every browser loads", () => {
  const { later, imports } = manifest()["player.js"];
  assert.equal(imports.length, 0);
  assert.match(later[0] ?? "", /^hls-engine-/);
});
