import { expect, it } from "vitest";
import type { BreakerRow, ReportRows } from "../../schema/queries/report-rows.ts";
import { buildReport } from "./build.ts";
import { htmlReport } from "./html.ts";
import { markdownReport } from "./markdown.ts";
import { intentRow, LAL, TIP } from "./testing/night.ts";
import { nightInputs, nightRows } from "./testing/rows.ts";
import { terminalReport } from "./terminal.ts";

const built = (over: Partial<ReportRows>) => buildReport(nightInputs({ rows: nightRows(over) }));

/** A daily loss of 103.50 USD seen against a limit of 100. */
const DAILY: BreakerRow = {
  breakerId: 3,
  breaker: "daily_loss",
  cause: "103.500000 lost today, USD, limit 100.000000",
  numbers: JSON.stringify({ value: 103_500_000, limit: 100_000_000 }),
  level: "no-entries",
  trippedAt: TIP,
  releasedAt: null,
  releasedBy: null,
  releaseReason: null,
};
const FEES: BreakerRow = {
  ...DAILY,
  breakerId: 4,
  breaker: "fee_mismatch",
  cause: "order X was charged too much",
  numbers: JSON.stringify({ value: 100, limit: 0 }),
  releasedAt: TIP + 60_000,
  releasedBy: "ann",
  releaseReason: "schedule changed",
};

it("tells what a gap added beyond a loss limit, at the trip and by the day's end", () => {
  const [daily, fees] = built({ breakers: [DAILY, FEES] }).summary.breakers;
  // The night of the fixture won 2.3523 USD net: -2.3523 - 100.
  expect(daily).toMatchObject({
    id: 3,
    breaker: "daily_loss",
    overshootUsd: "3.500000",
    finalOvershootUsd: "-102.352300",
    released: null,
  });
  expect(fees).toMatchObject({
    overshootUsd: null,
    finalOvershootUsd: null,
    released: { by: "ann", reason: "schedule changed" },
  });
});

it("knows no final loss before the day is over", () => {
  const { run } = nightRows();
  const [daily] = built({ breakers: [DAILY], run: { ...run, endedAt: null } }).summary.breakers;
  expect(daily).toMatchObject({ overshootUsd: "3.500000", finalOvershootUsd: null });
});

it("measures nothing of a loss that was no number", () => {
  const numbers = JSON.stringify({ value: Number.NaN, limit: 100 });
  const [daily] = built({ breakers: [{ ...DAILY, numbers }] }).summary.breakers;
  expect(daily?.overshootUsd).toBeNull();
});

it("counts refusals by code, and their sum is all of them", () => {
  const { intents } = nightRows();
  const refuse = (n: number, refusalCode: string) =>
    intentRow(90 + n, { gameId: LAL.gameId, refusalCode });
  const more = [refuse(1, "breaker"), refuse(2, "breaker"), refuse(3, "quote_age")];
  const { totals } = built({ intents: [...intents, ...more] }).summary;
  expect(totals.refusalsByCode).toMatchObject({ breaker: 2, quote_age: 1 });
  const sum = Object.values(totals.refusalsByCode).reduce((all, n) => all + n, 0);
  expect(sum).toBe(totals.refusals);
});

it("shows breakers and refusals on every page", () => {
  const report = built({ breakers: [DAILY, FEES] });
  for (const text of [htmlReport(report), markdownReport(report)]) {
    expect(text).toContain("Circuit breakers");
    expect(text).toContain("+3.50");
    expect(text).toContain("schedule changed");
    expect(text).toContain("Refusals");
  }
  const terminal = terminalReport(report.summary);
  expect(terminal).toContain("BREAKER 3 daily_loss: 103.500000 lost today");
  expect(terminal).toContain("3.50 USD beyond the limit; stands");
  expect(terminal).toContain("released by ann");
  expect(terminal).toMatch(/refused: .*spread_above_max 1/);
});

it("says nothing of breakers on a night without any", () => {
  const report = built({});
  expect(markdownReport(report)).not.toContain("Circuit breakers");
  expect(terminalReport(report.summary)).not.toContain("BREAKER");
});
