/** `docs/faults.md` speaks of each fault once, and every test that it names is there under that name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { isTestThere, namedTests } from "./test-titles.ts";

const FAULTS = Array.from({ length: 35 }, (_, index) => `F${index + 1}`);

/** Each row's id, and what it names between backticks as `file.test.ts > title`. */
function readRows(): readonly { readonly id: string; readonly tests: readonly string[] }[] {
  const text = readFileSync(join(PACKAGE_ROOT, "docs", "faults.md"), "utf8");
  return text.split("\n").flatMap((line) => {
    const id = /^\| (F\d+) \|/.exec(line)?.[1];
    if (id === undefined) return [];
    return [{ id, tests: namedTests(line) }];
  });
}

it("tells of every fault in one row", () => {
  expect(
    readRows()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(FAULTS.toSorted());
});

it("names tests that exist, or says that there is none", () => {
  const text = readFileSync(join(PACKAGE_ROOT, "docs", "faults.md"), "utf8");
  const rows = readRows();
  expect(rows.flatMap(({ tests }) => tests.filter((name) => !isTestThere(name)))).toEqual([]);
  // A name that is spelt otherwise would not be looked at.
  const named = rows.flatMap(({ tests }) => tests).length;
  expect(text.match(/\.test\.ts/g)?.length).toBe(named);
  for (const { id } of rows.filter(({ tests }) => tests.length === 0)) {
    expect(text).toMatch(new RegExp(`^\\| ${id} \\|.*No test`, "m"));
  }
});

it("finds no test by a name that is wrong in one letter", () => {
  const [first = ""] = readRows().flatMap(({ tests }) => tests);
  expect(isTestThere(first)).toBe(true);
  expect(isTestThere(`${first}x`)).toBe(false);
  expect(isTestThere(first.replace(".test.ts", "s.test.ts"))).toBe(false);
});
