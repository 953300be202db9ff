// Runs the unit tests of src/ (*.test.ts): esbuild turns them into JavaScript in
// a temporary folder, node's own test runner runs them. Then the size budget of
// what `npm run build` made.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

const root = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const tests = readdirSync(path.join(root, "src")).filter((f) => f.endsWith(".test.ts"));
const out = mkdtempSync(path.join(tmpdir(), "rounds-player-"));
try {
  await build({
    absWorkingDir: root,
    entryPoints: tests.map((f) => "src/" + f),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const files = readdirSync(out).map((f) => path.join(out, f));
  const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files, path.join(root, "budget.test.mjs")], { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
