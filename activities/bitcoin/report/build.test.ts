import { expect, it } from "vitest";
import { countCenti, instant, priceMicros, usdMicros } from "../../../core/domain/units.ts";
import { buildBtcReport, drawnContracts } from "./build.ts";
import type { BtcReportInputs, ReportContract } from "./inputs.ts";
import { btcHtml, btcMarkdown, btcTerminal } from "./pages.ts";
import { BtcReportSummary } from "./report-schema.ts";

const CLOSE = Date.parse("2026-05-11T14:00:00Z");
const MINUTE = 60_000;

function contractOf(ticker: string, changes: Partial<ReportContract> = {}): ReportContract {
  return {
    series: "KXBTC15M",
    marketTicker: ticker,
    closeAt: instant(CLOSE),
    outcome: "yes",
    payout: usdMicros(1_000_000),
    settlementValue: usdMicros(80_000_000_000),
    corrections: 0,
    ...changes,
  };
}

function snapshotOf(marketTicker: string, minutesToClose: number, model: number, market: number) {
  const at = instant(CLOSE - minutesToClose * MINUTE);
  return { marketTicker, minutesToClose, at, model, market };
}

function tradeOf(marketTicker: string, changes: Partial<BtcReportInputs["trades"][number]> = {}) {
  return {
    marketTicker,
    decidedAt: instant(CLOSE - 4 * MINUTE),
    closeAt: instant(CLOSE),
    outcome: "yes" as const,
    refusalCode: null,
    filled: countCenti(1_000),
    fee: usdMicros(20_000),
    pnl: usdMicros(380_000),
    ...changes,
  };
}

function inputsOf(changes: Partial<BtcReportInputs> = {}): BtcReportInputs {
  return {
    judged: { from: "2026-05-05", contracts: [], snapshots: [] },
    mode: "shadow",
    kind: "nightly",
    date: "2026-05-11",
    series: ["KXBTC15M"],
    contracts: [
      contractOf("A"),
      contractOf("B", { outcome: "no", payout: usdMicros(0), corrections: 1 }),
      contractOf("C", { outcome: null, payout: null, settlementValue: null }),
      contractOf("D", { outcome: "void", payout: null }),
    ],
    snapshots: [
      snapshotOf("A", 5, 0.8, 0.6),
      snapshotOf("B", 5, 0.4, 0.2),
      snapshotOf("D", 5, 0.4, 0.2),
    ],
    trades: [
      tradeOf("A"),
      tradeOf("B", { pnl: usdMicros(-510_000), fee: usdMicros(10_000) }),
      tradeOf("C", { pnl: null }),
      tradeOf("C", { pnl: null, filled: countCenti(0), refusalCode: "capital" }),
    ],
    gaps: [
      {
        table_name: "kalshi_edge_snapshots",
        series: "KXBTC15M",
        from_at: new Date(CLOSE - 3 * MINUTE),
        to_at: new Date(CLOSE - 2 * MINUTE),
        missing_rows: 6,
        cause: "not_written",
        filled_at: null,
      },
      {
        table_name: "kalshi_quotes",
        series: "KXBTC15M",
        from_at: new Date(CLOSE - 3 * MINUTE),
        to_at: new Date(CLOSE - 2 * MINUTE),
        missing_rows: 6,
        cause: "not_written",
        filled_at: new Date(CLOSE),
      },
    ],
    edgesPerCycle: 1.5,
    buckets: [],
    cycles: [{ series: "KXBTC15M", cycles: 90, excluded: { spread: 12, far: 3 } }],
    coverage: [{ series: "KXBTC15M", written: 84, expected: 90, share: 84 / 90 }],
    paths: [
      {
        marketTicker: "A",
        at: instant(CLOSE - 5 * MINUTE),
        model: 0.8,
        bid: priceMicros(590_000),
        ask: priceMicros(610_000),
      },
    ],
    ...changes,
  };
}

it("has the fixed names first and in their sequence, and its schema takes it", () => {
  const { summary } = buildBtcReport(inputsOf());
  expect(BtcReportSummary.parse(summary)).toEqual(summary);
  expect(Object.keys(summary).slice(0, 10)).toEqual(
    ["date", "series", "contracts", "settled", "unsettled", "gaps", "horizons"].concat([
      "wouldTrades",
      "edgesPerCycle",
      "verdict",
    ]),
  );
});

it("counts contracts by settlement, a void one among the settled", () => {
  const { summary } = buildBtcReport(inputsOf());
  expect(summary).toMatchObject({ contracts: 4, settled: 3, unsettled: 1, corrected: 1 });
  expect(summary.outcomes).toEqual({ no: 1, unsettled: 1, void: 1, yes: 1 });
});

it("scores both of the same contracts, and leaves out what did not resolve yes or no", () => {
  const five = buildBtcReport(inputsOf()).summary.horizons.find(
    ({ minutesToClose }) => minutesToClose === 5,
  );
  // Ours: ((0.8 - 1)^2 + 0.4^2) / 2 = (0.04 + 0.16) / 2; the market's: (0.16 + 0.04) / 2.
  expect(five?.n).toBe(2);
  expect(five?.brier.model).toBeCloseTo(0.1, 12);
  expect(five?.brier.market).toBeCloseTo(0.1, 12);
  expect(five?.difference).toMatchObject({ clusters: 1, ci95: null, lack: "too_few_clusters" });
  const none = { model: null, market: null };
  expect(five?.intervals).toMatchObject({ brier: none, logLoss: none });
  // Ours: -(ln 0.8 + ln 0.6) / 2; the market's: -(ln 0.6 + ln 0.8) / 2.
  expect(five?.intervals?.logLossDifference.mean).toBeCloseTo(0, 12);
});

it("sums would-trades of what is settled: net of fees, and hits", () => {
  // Net 0.38 - 0.51 = -0.13; fees 0.02 + 0.01 = 0.03; gross -0.13 + 0.03 = -0.10.
  expect(buildBtcReport(inputsOf()).summary.wouldTrades).toEqual({
    n: 4,
    filled: 3,
    hits: 1,
    pnlUsd: { gross: "-0.100000", fees: "0.030000", net: "-0.130000" },
    refused: 1,
    settled: 2,
    hitRate: 0.5,
  });
});

it("lists gaps that stand, not those that were filled in later", () => {
  expect(buildBtcReport(inputsOf()).summary.gaps).toEqual([
    {
      table: "kalshi_edge_snapshots",
      from: "2026-05-11T13:57:00.000Z",
      to: "2026-05-11T13:58:00.000Z",
      missing: 6,
      series: "KXBTC15M",
      cause: "not_written",
    },
  ]);
});

it("gives no number where there is no evidence", () => {
  const empty = { contracts: [], snapshots: [], trades: [], gaps: [], cycles: [], coverage: [] };
  const { summary } = buildBtcReport(inputsOf({ ...empty, paths: [], edgesPerCycle: null }));
  expect(summary).toMatchObject({ horizons: [], edgesPerCycle: null, verdict: "not_enough_data" });
  expect(summary.wouldTrades.hitRate).toBeNull();
});

it("draws traded contracts first, then others spread over the day", () => {
  const contracts = ["A", "B", "C", "D", "E", "F", "G"].map((ticker) => contractOf(ticker));
  const drawn = drawnContracts(contracts, [tradeOf("D"), tradeOf("E", { filled: countCenti(0) })]);
  expect(drawn.map(({ marketTicker }) => marketTicker)).toEqual(["D", "A", "E", "G"]);
});

it("writes pages that stand alone, with every table and a picture of a traded contract", () => {
  const report = buildBtcReport(inputsOf());
  const page = btcHtml(report);
  expect(page).not.toMatch(/(src|href)=/);
  expect(page).not.toContain("NaN");
  expect(page).toContain("<figcaption><strong>A</strong>");
  expect(page).toContain("would buy yes");
  expect(btcMarkdown(report)).toContain("## Would-trades");
  expect(btcTerminal(report.summary)).toContain("day of 2026-05-11, shadow: not enough data");
});

/** A contract each quarter of an hour up to `CLOSE`, of which we always know more than the market. */
function clearlyBetter(hours: number): BtcReportInputs["judged"] {
  const quarters = Array.from({ length: hours * 4 }, (_, n) => n);
  const closeOf = (n: number) => instant(CLOSE - n * 15 * MINUTE);
  return {
    from: "2026-05-05",
    contracts: quarters.map((n) => contractOf(`Q${n}`, { closeAt: closeOf(n) })),
    snapshots: quarters.map((n) => ({
      ...snapshotOf(`Q${n}`, 5, 0.8 + (Math.floor(n / 4) % 7) * 0.01, 0.6),
      at: instant(closeOf(n) - 5 * MINUTE),
    })),
  };
}

it("judges a night by the days that end with it: a day alone has too few hours for any verdict", () => {
  const night = buildBtcReport(inputsOf({ judged: clearlyBetter(24) })).summary;
  expect(night.verdict).toBe("not_enough_data");
  expect(night.evidence).toContain("the most is 24");
  const accumulated = buildBtcReport(inputsOf({ judged: clearlyBetter(30) })).summary;
  expect(accumulated).toMatchObject({ verdict: "edge", judgedFrom: "2026-05-05" });
  expect(accumulated.evidence).toContain("closes of 2026-05-05 to 2026-05-11");
  // What is shown of the date itself does not change.
  expect(accumulated.horizons).toEqual(night.horizons);
  expect(accumulated.horizons.map(({ n }) => n)).toEqual([0, 2, 0, 0]);
});
