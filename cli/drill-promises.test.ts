import { expect, it } from "vitest";
import type { KillReport } from "../activities/kill.ts";
import { missedPromises } from "./drill-promises.ts";

const REPORT: KillReport = {
  killId: "drill-1",
  level: "cancel-all",
  reason: "drill",
  by: "test",
  thrownAt: "2026-11-21T01:00:00Z",
  acknowledgedMs: 100,
  noRestingMs: 900,
  flatMs: null,
  isFlat: null,
  flattenAttempts: 0,
  left: [],
  workflowsSignaled: 3,
  before: null,
  after: null,
  costUsd: null,
};

/** A drill that kept to everything, changed as a test needs. */
function missed(change: Partial<Parameters<typeof missedPromises>[0]>): readonly string[] {
  return missedPromises({
    level: "cancel-all",
    mode: "paper",
    restingBefore: 5,
    acknowledged: { isQuiet: true, inFlight: [] },
    venue: { clearedMs: 800, faults: 0 },
    report: REPORT,
    ...change,
  });
}

it("is passed when every order that rested was gone in time", () => {
  expect(missed({})).toEqual([]);
  expect(missed({ report: { ...REPORT, noRestingMs: 3_001 } })).toHaveLength(1);
});

it("is not passed on paper when nothing rested: a kill of nothing measures nothing", () => {
  expect(missed({ restingBefore: 0 })).toEqual(["nothing rested that the kill could cancel"]);
});

it("asks no resting order in shadow, where nothing can rest", () => {
  expect(missed({ mode: "shadow", restingBefore: 0, venue: null })).toEqual([]);
});
