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

// What the player page loads is begin.js and player.js, and hls.js later. Every
// entry that is not named here is some other page's script, with the other pages' budget.
const player = { first: 25_000, all: 150_000 };
const other = { first: 25_000, all: 60_000 };
const styles = { first: 12_000, all: 12_000 };
const pages = { "player.js": ["begin.js", "player.js"] };

for (const entry of Object.keys(manifest())) {
  const budget = entry in pages ? player : entry.endsWith(".css") ? styles : other;
  test(`${entry} keeps its budget`, (t) => {
    const files = (pages[entry] ?? [entry]).map((name) => manifest()[name]);
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
