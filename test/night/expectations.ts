import { expect } from "vitest";
import type { ReportSummary } from "../../activities/report/report-schema.ts";

/** Every game was scored, the books hold to the micro-dollar, and nobody entered twice before tip. */
export function expectSound(report: ReportSummary, games: number): void {
  expect(report.games.map(({ phase }) => phase)).toEqual(Array(games).fill("scored"));
  expect(report.integrity).toEqual({
    duplicateOrders: 0,
    orphanOrders: 0,
    unknownOrders: 0,
    openPositions: 0,
    unsettledMarkets: 0,
    ledgerDifferenceUsd: "0.000000",
    venueDifferenceUsd: "0.000000",
  });
  // Every order at the exchange is in our books: one that is not would be called another's.
  expect(report.foreign?.orders).toBe(0);
  const { end, expected, difference } = report.totals.cashUsd;
  expect({ end, difference }).toEqual({ end: expected, difference: "0.000000" });
  for (const { eventTicker, pregameAttempts } of report.games) {
    expect(pregameAttempts, eventTicker).toBeLessThanOrEqual(1);
  }
}
