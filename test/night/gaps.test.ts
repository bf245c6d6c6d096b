import { expect, it } from "vitest";
import { gapsOf, type NumberedRow } from "./gaps.ts";

const row = (no: number): NumberedRow => ({ gameId: "g", no, from: no * 10, to: no * 10 + 10 });
const WHOLE = [1, 2, 3, 4].map(row);
const REACH = [{ gameId: "g", from: 10, to: 45 }];

it("finds nothing missing in what is whole, in any sequence", () => {
  expect(gapsOf("cycles", WHOLE.toReversed(), REACH)).toEqual([]);
});

it.each([
  { where: "at the beginning", left: [2, 3, 4] },
  { where: "in the middle", left: [1, 3, 4] },
  { where: "at the end", left: [1, 2, 3] },
])("sees what is missing $where", ({ where, left }) => {
  const rows = left.map(row);
  expect(gapsOf("cycles", rows, REACH)).toEqual([`cycles of g: ${where}`]);
});

it("sees numbers that begin anew, and a game of which nothing is there", () => {
  const anew = WHOLE.map((one) => ({ ...one, from: one.from + 10, to: one.to + 10 }));
  expect(gapsOf("cycles", anew, REACH)).toEqual(["cycles of g: at the beginning"]);
  expect(gapsOf("cycles", [], REACH)).toEqual(["cycles of g: none"]);
});
