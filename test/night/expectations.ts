import { expect } from "vitest";
import { parseDecimal } from "../../core/domain/units.ts";
import type { ReportSummary } from "../../activities/report/report-schema.ts";

/**
 * Every game was scored, the books hold to the micro-dollar, and nobody entered twice before tip.
 *
 * @param besideUsd what was won beside the night in the same account.
 */
export function expectSound(report: ReportSummary, games: number, besideUsd = "0"): void {
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
  const { cashUsd, pnlUsd } = report.totals;
  const { start, end, expected, difference } = cashUsd;
  expect({ end, difference }).toEqual({ end: expected, difference: "0.000000" });
  // What the report says was won is what the account has more: no profit on paper alone.
  const gained = micros(end) - micros(start);
  expect(micros(pnlUsd.net) + micros(besideUsd), "net profit").toBe(gained);
  for (const { eventTicker, pregameAttempts } of report.games) {
    expect(pregameAttempts, eventTicker).toBeLessThanOrEqual(1);
  }
}

function micros(usd: string): number {
  return parseDecimal(usd, 6) ?? Number.NaN;
}
