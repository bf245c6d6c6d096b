/**
 * Turns the TypeScript sources into the JavaScript in `dist/` that runs: types are taken off, nothing
 * else is changed, file by file, and only what is newer than its output. Done by `npm ci`, and looked
 * after at every start: a hundredth of a second when nothing is to do. Types are checked by `npm run check`.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const SKIPPED = /^(node_modules|dist|bin|docs|config|artifacts|tools|coverage|results)$|^\./;
const SOURCE = /(?<!\.test|\.d|\.config)\.ts$|^temporal\.config\.ts$/;
/** An output that somebody is about to put in its place: whoever makes it takes it away. */
const UNFINISHED = /\.\d+$/;
/** What the code reads beside itself: migrations, and the parts of a page. */
const READ_BESIDE = /\.(sql|css|js)$/;

/** Brings `dist/` up to date with the sources. Two at once do no harm: each file appears whole. */
export default async function build() {
  const files = [...filesOf("")].filter((path) => SOURCE.test(path) || READ_BESIDE.test(path));
  const outputs = new Map(files.map((source) => [source.replace(/\.ts$/, ".js"), source]));
  for (const built of filesOf("dist")) {
    if (!outputs.has(built.slice("dist/".length)) && !UNFINISHED.test(built)) rmSync(join(ROOT, built), { force: true });
  }
  const stale = [...outputs].filter(([output, source]) => timeOf(join(DIST, output)) !== timeOf(join(ROOT, source)));
  if (stale.length === 0) return;
  const { outputFiles } = await translate(stale.map(([, source]) => source));
  for (const { path, contents } of outputFiles) {
    const time = timeOf(join(ROOT, outputs.get(path.slice(DIST.length + 1)))) / 1_000;
    const whole = `${path}.${process.pid}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(whole, contents);
    // An output bears its source's time, so that an older source put in its place is seen as well.
    utimesSync(whole, time, time);
    renameSync(whole, path);
  }
}

async function translate(sources) {
  const { build: esbuild } = await import("esbuild");
  const asBuilt = {
    name: "imports name what is built",
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ kind, path }) =>
        kind === "entry-point" ? null : { path: path.replace(/^(\..*)\.ts$/, "$1.js"), external: true },
      );
    },
  };
  return esbuild({
    entryPoints: sources.map((source) => join(ROOT, source)),
    outbase: ROOT,
    outdir: DIST,
    write: false,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    assetNames: "[dir]/[name]",
    loader: { ".sql": "copy", ".css": "copy", ".js": "copy" },
    plugins: [asBuilt],
  });
}

/** Paths from the root of every file of a folder. */
function* filesOf(folder) {
  if (!existsSync(join(ROOT, folder))) return;
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (SKIPPED.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesOf(path);
    else yield path;
  }
}

/** When a file was last changed, whole milliseconds; null when there is none. */
function timeOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : Math.round(found.mtimeMs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
