/** `docs/bitcoin.md` says which test shows each oddity of a contract, and each is there by that name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { isTestThere, namedTests } from "./test-titles.ts";

it("names for each oddity tests that exist", () => {
  const text = readFileSync(join(PACKAGE_ROOT, "docs", "bitcoin.md"), "utf8");
  const [, table = ""] = text.split("## Oddities, and the tests that show them");
  const rows = table.split("\n").filter((line) => /^\| (?!oddity|---)/.test(line));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(namedTests(row), row).not.toEqual([]);
  const named = namedTests(text);
  expect(named.filter((name) => !isTestThere(name))).toEqual([]);
  // A name that is spelt otherwise would not be looked at.
  expect(text.match(/\.test\.ts/g)?.length).toBe(named.length);
});
