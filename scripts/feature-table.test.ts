import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { FEATURE_NAMES } from "../core/models/features/list.ts";
import { withFeatureTables } from "./feature-table.ts";

const committed = readFileSync("docs/features.md", "utf8");

it("is committed as the code says: run `npm run docs:features` after a change", () => {
  expect(withFeatureTables(committed)).toBe(committed);
});

it("has each of the seventy features in one row, and in the sequence of the vector", () => {
  const table = committed.slice(
    committed.indexOf("### price"),
    committed.indexOf("## For training"),
  );
  const named = [...table.matchAll(/^\| `([a-z0-9_]+_[a-z0-9_]+)` \|/gm)].map(([, name]) => name);
  expect(named).toEqual(FEATURE_NAMES);
});

it("refuses a document that has lost its marks", () => {
  expect(() => withFeatureTables("# Features\n")).toThrow("lacks its marks");
});
