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

for (const [entry, first, all] of [["player.js", 25_000, 150_000], ["upload.js", 25_000, 60_000], ["form.js", 10_000, 60_000], ["rounds.css", 12_000, 12_000]]) {
  test(`${entry} keeps its budget`, (t) => {
    const { file, imports } = manifest()[entry];
    const total = [file, ...imports].reduce((sum, f) => sum + weight(f), 0);
    t.diagnostic(`${entry}: ${weight(file)} bytes first, ${total} in all`);
    assert.ok(weight(file) <= first, `${weight(file)} bytes before first paint, at most ${first}`);
    assert.ok(total <= all, `${total} bytes in all, at most ${all}`);
  });
}
