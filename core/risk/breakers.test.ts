import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { THRESHOLDS } from "../../test/support/breakers.ts";
import { allowsOrder } from "../domain/kill.ts";
import {
  type ApiFacts,
  BREAKER_LEVELS,
  BREAKERS,
  judgeApi,
  judgeData,
  judgeExecution,
  judgeFees,
  judgeLedger,
  judgeModel,
  judgeReconciliation,
  type StoredDifference,
} from "./breakers.ts";
import { LOSS_BREAKERS } from "./loss-triggers.ts";
import { addCall, apiFacts, type CallRecord, NO_CALLS } from "./call-record.ts";

it("every breaker refuses entries and lets reductions go, those of losses locks too", () => {
  const lock = { purpose: "exit", isReduceOnly: false, exitType: "lock" } as const;
  for (const breaker of LOSS_BREAKERS) {
    expect(allowsOrder(BREAKER_LEVELS[breaker], lock), breaker).toBe(true);
  }
  for (const breaker of BREAKERS) {
    const level = BREAKER_LEVELS[breaker];
    const entry = { purpose: "entry", isReduceOnly: false, exitType: null } as const;
    const exit = { purpose: "exit", isReduceOnly: true, exitType: "stop-loss" } as const;
    expect([allowsOrder(level, entry), allowsOrder(level, exit)], breaker).toEqual([false, true]);
  }
});

describe("execution failures", () => {
  const judge = (rejected: number, unknown: number): boolean =>
    judgeExecution({ rejected, unknown }, THRESHOLDS.execution).isTripped;
  it("trip when rejected and unanswered orders together come to the limit", () => {
    expect([judge(1, 1), judge(2, 1), judge(0, 3), judge(3, 0)]).toEqual([false, true, true, true]);
  });
  it("trip on a count or a limit that is no number", () => {
    expect(judge(Number.NaN, 0)).toBe(true);
    const broken = { ...THRESHOLDS.execution, maxFailures: Number.NaN };
    expect(judgeExecution({ rejected: 0, unknown: 0 }, broken).isTripped).toBe(true);
  });
});

describe("calls of the venue", () => {
  const facts: ApiFacts = {
    failedInRow: 0,
    rowSpanMs: 0,
    calls: 0,
    failed: 0,
    shareSpanMs: 0,
    reason: "market: 500",
  };
  const lasting = { ...THRESHOLDS.api, minSpanWallMs: 10_000 };
  it("trip in a row, once the row has lasted", () => {
    expect(judgeApi({ ...facts, failedInRow: 9, rowSpanMs: 9_999 }, lasting).isTripped).toBe(false);
    const judged = judgeApi({ ...facts, failedInRow: 3, rowSpanMs: 10_000 }, lasting);
    expect(judged).toMatchObject({ isTripped: true, numbers: { value: 3, limit: 3 } });
    expect(judged.cause).toContain("market: 500");
    expect(judgeApi({ ...facts, failedInRow: 2, rowSpanMs: 99_999 }, lasting).isTripped).toBe(
      false,
    );
  });
  it("trip by rate, over a whole window that has lasted", () => {
    const half = { ...facts, calls: 6, failed: 3, shareSpanMs: 10_000 };
    expect(judgeApi(half, lasting)).toMatchObject({ isTripped: true, numbers: { value: 0.5 } });
    expect(judgeApi({ ...half, failed: 2 }, lasting).isTripped).toBe(false);
    expect(judgeApi({ ...half, calls: 5 }, lasting).isTripped).toBe(false);
    expect(judgeApi({ ...half, shareSpanMs: 1 }, lasting).isTripped).toBe(false);
  });
  it("say nothing before the first one", () => {
    expect(judgeApi(apiFacts(NO_CALLS), lasting).isTripped).toBe(false);
  });

  const after = (outcomes: readonly boolean[], everyMs = 1_000): CallRecord =>
    outcomes.reduce<CallRecord>(
      (record, isFailed, i) =>
        addCall(record, { isFailed, wallMs: i * everyMs, reason: `call ${i}` }, THRESHOLDS.api),
      NO_CALLS,
    );
  it("keep the beginning of a row, however many calls it has", () => {
    const record = after(Array.from({ length: 1_000 }, () => true));
    expect(apiFacts(record)).toMatchObject({ failedInRow: 1_000, rowSpanMs: 999_000, calls: 6 });
  });
  it("keep since when the share has been too high without a break", () => {
    const half = Array.from({ length: 100 }, (_, i) => i % 2 === 0);
    // Whole from the sixth call on, at 5 s.
    expect(apiFacts(after(half))).toMatchObject({ failedInRow: 0, failed: 3, shareSpanMs: 94_000 });
  });
  it("forget an outage after as many good calls in a row as would have tripped", () => {
    const outage = [true, true, true, true];
    expect(apiFacts(after([...outage, false, false])).failed).toBe(4);
    expect(apiFacts(after([...outage, false, false, false])).failed).toBe(0);
  });
  it("count as a list of them does", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (outcomes) => {
        const { failedInRow, calls } = apiFacts(after(outcomes));
        expect(failedInRow).toBe(outcomes.length - 1 - outcomes.lastIndexOf(false));
        expect(calls).toBeLessThanOrEqual(THRESHOLDS.api.calls);
      }),
    );
  });
});

describe("data integrity", () => {
  const source = (invalidForMs: number, name = "book X") => ({
    source: name,
    field: "bid crossed",
    invalidForMs,
  });
  it("trips on a source that is wrong for too long, and names the worst", () => {
    const facts = { sources: [source(1), source(200_000, "espn Y")], refusedObservations: 0 };
    const judged = judgeData(facts, THRESHOLDS.data);
    expect(judged).toMatchObject({
      isTripped: true,
      numbers: { source: "espn Y", value: 200_000 },
    });
    const calm = { sources: [source(199_999)], refusedObservations: 0 };
    expect(judgeData(calm, THRESHOLDS.data).isTripped).toBe(false);
    expect(judgeData({ sources: [], refusedObservations: 0 }, THRESHOLDS.data).isTripped).toBe(
      false,
    );
  });
  it("trips on an observation that the database refuses", () => {
    const facts = { sources: [], refusedObservations: 1 };
    expect(judgeData(facts, THRESHOLDS.data)).toMatchObject({ isTripped: true });
  });
  it("trips on a ledger that does not balance, by a micro-dollar and either way", () => {
    const judge = (difference: number, imbalance: number): boolean =>
      judgeLedger({ difference, imbalance }).isTripped;
    expect([judge(0, 0), judge(1, 0), judge(-1, 0), judge(0, 1), judge(Number.NaN, 0)]).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});

describe("reconciliation", () => {
  const gap = (change: Partial<StoredDifference> = {}): StoredDifference => ({
    kind: "position",
    what: "X",
    venue: 0,
    ledger: 1_000,
    ...change,
  });
  const judge = (...newestFirst: StoredDifference[][]) =>
    judgeReconciliation(newestFirst, THRESHOLDS.reconciliation);
  it("trips on the second time in a row, not on the first", () => {
    expect(judge([gap()]).isTripped).toBe(false);
    expect(judge([gap()], []).isTripped).toBe(false);
    expect(judge([gap()], [gap()])).toMatchObject({ isTripped: true, numbers: { value: -1_000 } });
  });
  it("knows a gap by its size, not by the balances on both sides", () => {
    expect(judge([gap()], [gap({ venue: 500, ledger: 1_500 })]).isTripped).toBe(true);
    expect(judge([gap()], [gap({ ledger: 1_100 })]).isTripped).toBe(false);
    expect(judge([gap()], [gap({ what: "Y" })]).isTripped).toBe(false);
  });
});

it("a fee trips beyond the tolerance, and the worst order is named", () => {
  const fee = (charged: number, clientOrderId = "a") => ({
    clientOrderId,
    charged,
    expected: 175_000,
  });
  const tolerant = { maxDifference: 100 };
  expect(judgeFees([], tolerant).isTripped).toBe(false);
  expect(judgeFees([fee(175_100)], tolerant).isTripped).toBe(false);
  expect(judgeFees([fee(174_899), fee(175_101), fee(1, "b")], tolerant)).toMatchObject({
    isTripped: true,
    numbers: { value: -174_999, orders: 3 },
  });
  expect(judgeFees([fee(Number.NaN)], tolerant).isTripped).toBe(true);
});

it("anomalies trip at their limit", () => {
  const last = { what: "out of range: the forecast", numbers: { value: 1.2 } };
  expect(judgeModel({ anomalies: 0, last: null }, THRESHOLDS.model).isTripped).toBe(false);
  expect(judgeModel({ anomalies: 1, last }, THRESHOLDS.model)).toMatchObject({
    isTripped: true,
    cause: "out of range: the forecast",
    numbers: { value: 1.2, anomalies: 1 },
  });
});
