import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";

const DIST = join(PACKAGE_ROOT, "dist");
/** Packages of a hundred little files and more, which a process would have to find one by one. */
const OF_MANY_FILES = /^[^"']*\bfrom "(kysely|zod)";$/m;

it("what is built takes packages of many files from one file each, so that a command starts soon", () => {
  const built = readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".js"),
  );
  expect(built).toEqual(expect.arrayContaining(["packages/kysely.js", "packages/zod.js"]));
  const texts = built.map((path) => ({ path, text: readFileSync(join(DIST, path), "utf8") }));
  expect(texts.filter(({ text }) => OF_MANY_FILES.test(text)).map(({ path }) => path)).toEqual([]);
});

it("what is gathered is what is installed, also where it was installed after a build", () => {
  const time = (path: string): number => Math.round(statSync(join(PACKAGE_ROOT, path)).mtimeMs);
  for (const name of ["kysely", "zod"]) {
    expect(time(`dist/packages/${name}.js`)).toBe(time("node_modules/.package-lock.json"));
  }
});
