import { expect, it } from "vitest";
import { judgeSoak, slopePerHour, type SoakEvidence, type SoakHour } from "./checks.ts";

const CLEAN = { unlikeWorld: 0, unsettled: 0, notOnce: 0, unscored: 0, scoredInPart: 0, untold: 0 };

function hourOf(hour: number, changes: Partial<SoakHour> = {}): SoakHour {
  return {
    hour,
    isWhole: true,
    closed: 200 * hour,
    settled: 200 * hour,
    scored: 200 * hour,
    cycles: 1_080 * hour,
    gaps: 0,
    openMost: 203,
    heapMb: 100 + 0.5 * hour,
    residentMb: 300,
    longestHistory: 1_000,
    longestContract: 60,
    dearestContract: 12,
    actions: 1_200,
    troubles: [],
    ...changes,
  };
}

function broken(changes: Partial<SoakEvidence>): readonly string[] {
  const hours = [1, 2, 3, 4, 5].map((hour) => hourOf(hour));
  const quiet = { hasKills: false, hasFaults: false, hasAllSeries: true };
  const evidence = { hours, faults: CLEAN, ...quiet, ...changes };
  return judgeSoak(evidence).flatMap(({ name, held }) => (held ? [] : [name]));
}

it("holds when nothing is missing and memory is flat", () => {
  expect(broken({})).toEqual([]);
});

it.each([
  ["unlikeWorld", "contracts without the end that the world gave them"],
  ["unsettled", "closed and not settled"],
  ["notOnce", "settled not exactly once"],
  ["unscored", "settled and not scored"],
  ["scoredInPart", "scored in part"],
  ["untold", "snapshots missing without a gap row"],
] as const)("does not hold with one %s", (fault, name) => {
  expect(broken({ faults: { ...CLEAN, [fault]: 1 } })).toEqual([name]);
});

it("does not hold when nothing closed, too little was open, or too much was asked of Temporal", () => {
  const nothing = {
    ...{ closed: 0, openMost: 199, longestHistory: 4_097, actions: 2_501 },
    ...{ longestContract: 151, dearestContract: 13 },
  };
  expect(broken({ hours: [hourOf(1, nothing)] })).toEqual([
    "contracts that closed",
    "most contracts open at once",
    "longest history of a series",
    "longest history of a contract",
    "most actions in an hour",
    "most actions of a contract",
  ]);
});

it("does not hold when a kind of trouble that was wished for was not met", () => {
  const met = ["kalshi stream-drop", "coinbase stream-gap", "coinbase stream-drop"];
  const all = [...met, "exchange paused", "exchange goes on"];
  const played = (troubles: readonly string[]) => [hourOf(1), hourOf(2, { troubles })];
  expect(broken({ hours: played(all), hasFaults: true })).toEqual([]);
  expect(broken({ hours: played(met), hasFaults: true })).toEqual(["kinds of trouble met"]);
  const both = { hasFaults: true, hasKills: true };
  expect(broken({ hours: played(all), ...both })).toEqual(["kinds of trouble met"]);
  expect(broken({ hours: played([...all, "worker killed"]), ...both })).toEqual([]);
});

it("takes the growth of memory after the second hour, and only of a worker that lived on", () => {
  // 1.5 MB an hour from the third hour on; what grew before is warm-up.
  const grown = [50, 80, 100, 101.5, 103].map((heapMb, n) => hourOf(n + 1, { heapMb }));
  expect(broken({ hours: grown })).toEqual(["growth of the heap"]);
  const killed = grown.map((row) => ({ ...row, troubles: ["worker killed"] }));
  expect(broken({ hours: killed, hasKills: true })).toEqual([]);
  // The last row is no hour: all has ended by then, and what falls there would hide growth.
  const ended = [...grown, hourOf(6, { heapMb: 60, isWhole: false })];
  expect(broken({ hours: ended })).toEqual(["growth of the heap"]);
  const unknown = [1, 2, 3, 4, 5].map((hour) => hourOf(hour, { residentMb: null }));
  expect(broken({ hours: unknown })).toEqual(["growth of resident memory"]);
});

it("fits a line through the hours", () => {
  // Rises by 2 and by 4 over two hours: 3 an hour.
  expect(
    slopePerHour([
      [1, 10],
      [2, 12],
      [3, 16],
    ]),
  ).toBeCloseTo(3, 12);
  expect(slopePerHour([[1, 10]])).toBeNull();
});
