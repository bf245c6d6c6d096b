import { expect, it } from "vitest";
import { z } from "zod";
import { DriftSentinel, wireObject } from "./drift.ts";

const Row = wireObject({ id: z.string() }, ["known"]);
const Page = wireObject({ rows: z.array(Row).optional(), head: Row.nullable() });

it("counts unknown fields at any depth, says each once, and leaves known ones alone", () => {
  const said: string[] = [];
  const drift = new DriftSentinel((field) => said.push(field));
  const page = {
    rows: [
      { id: "1", known: 1, brand_new: 1 },
      { id: "2", brand_new: 2 },
    ],
    head: { id: "3", newer: null },
    extra: {},
  };
  drift.observe("rest", Page, page);
  drift.observe("rest", Page, { rows: undefined, head: null });
  expect([...drift.counts]).toEqual([
    ["rest.rows.brand_new", 2],
    ["rest.head.newer", 1],
    ["rest.extra", 1],
  ]);
  expect(said).toEqual(["rest.rows.brand_new", "rest.head.newer", "rest.extra"]);
});
