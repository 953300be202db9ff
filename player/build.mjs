// Builds the scripts and styles into dist/, which the Go package embeds:
//   dist/assets/NAME-HASH.js|css|svg   and a .gz and a .br copy of each
//   dist/manifest.json                 entry → its file and what it will import
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { build } from "esbuild";

const root = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const dist = path.join(root, "dist");
const entries = ["src/begin.ts", "src/player.ts", "src/upload.ts", "src/form.ts", "src/legacy.js", "src/recording.ts", "src/device.ts", "styles/rounds.css", "styles/icon.svg"];

// The oldest browsers with dynamic import, which splits hls.js off the page's shell.
const target = ["chrome64", "edge79", "firefox67", "safari12"];

for (const name of await readdir(dist)) {
  if (name !== ".keep") await rm(path.join(dist, name), { recursive: true });
}
await mkdir(path.join(dist, "assets"), { recursive: true });

// Each entry by itself: what two of them share is smaller than one more request.
const outputs = {};
for (const entry of entries) Object.assign(outputs, (await built(entry)).metafile.outputs);

function built(entry) {
  const legacy = entry === "src/legacy.js";
  return build({
  absWorkingDir: root,
  entryPoints: [entry],
  outdir: path.join(dist, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: !legacy,
  format: legacy ? "iife" : "esm",
  minify: true,
  target: legacy ? "es5" : target, // esbuild cannot make ES5 of newer code: it refuses it
  // esbuild calls destructuring broken in Safari before 14.1; the broken corner
  // (a member expression as target of a loop) is not used here nor in hls.js.
  supported: legacy ? {} : { destructuring: true },
  loader: { ".svg": "copy" },
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  });
}

const manifest = {};
for (const [file, output] of Object.entries(outputs)) {
  // A copied file has no entryPoint; its only input names it.
  const source = output.entryPoint ?? Object.keys(output.inputs)[0];
  if (!entries.includes(source)) continue;
  const name = path.basename(source).replace(/\.ts$/, ".js");
  const now = importsOf(file, (kind) => kind !== "dynamic-import");
  const later = [...importsOf(file)].filter((f) => !now.has(f));
  const names = (files) => [...files].map((f) => path.basename(f)).sort((a, b) => weight(b) - weight(a));
  manifest[name] = { file: path.basename(file), imports: names(now), later: names(later) };
}
await writeFile(path.join(dist, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");

// weight is how large a file is, by its name.
function weight(name) {
  return outputs[Object.keys(outputs).find((f) => path.basename(f) === name)].bytes;
}

// importsOf walks what a script will load. What it imports at once the page tells
// the browser to fetch with it; what it imports later (hls.js), when that is sure.
function importsOf(file, wanted = () => true, seen = new Set()) {
  for (const { path: imported, external, kind } of outputs[file].imports) {
    if (external || seen.has(imported) || !wanted(kind)) continue;
    seen.add(imported);
    importsOf(imported, wanted, seen);
  }
  return seen;
}

const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);
for (const name of await readdir(path.join(dist, "assets"))) {
  const file = path.join(dist, "assets", name);
  const body = await readFile(file);
  await writeFile(file + ".gz", await gzip(body, { level: 9 }));
  await writeFile(file + ".br", await brotli(body, { params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: body.length } }));
}
