import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { clientOrderIdOf } from "../client-order-id.ts";
import { buildReport } from "./build.ts";
import { htmlReport } from "./html.ts";
import { reportVerdict } from "./integrity.ts";
import { markdownReport } from "./markdown.ts";
import { terminalReport } from "./terminal.ts";
import { ReportSummary } from "./report-schema.ts";
import { candidateRow, intentRow, LAL, NYK, orderId, orderRow, TIP } from "./testing/night.ts";
import { nightInputs, nightRows } from "./testing/rows.ts";
import type { ReportRows } from "../../schema/queries/report-rows.ts";

const built = (over: Partial<ReportRows> = {}, inputs = {}) =>
  buildReport(nightInputs({ rows: nightRows(over), ...inputs }));

describe("report.json", () => {
  it("has exactly the promised names", () => {
    const { summary } = built();
    expect(ReportSummary.parse(summary)).toEqual(summary);
    expect(Object.keys(summary)).toEqual([
      "schemaVersion",
      "tradingDay",
      "mode",
      "source",
      "seed",
      "speed",
      "commit",
      "configHash",
      "isStopped",
      "startedAt",
      "endedAt",
      "games",
      "totals",
      "byStrategy",
      "byExit",
      "criteria",
      "integrity",
      "foreign",
      "latencyMs",
      "alarms",
      "breakers",
    ]);
    expect(Object.keys(summary.games[0] ?? {})).toEqual([
      "eventTicker",
      "home",
      "away",
      "tipAt",
      "phase",
      "result",
      "finalScore",
      "matchConfidence",
      "pregameAttempts",
      "lockAttempts",
      "decisions",
      "orders",
      "fills",
      "pnlUsd",
      "brier",
      "workflow",
      "reconstructed",
    ]);
    expect(Object.keys(summary.integrity)).toEqual([
      "duplicateOrders",
      "orphanOrders",
      "unknownOrders",
      "openPositions",
      "unsettledMarkets",
      "ledgerDifferenceUsd",
      "venueDifferenceUsd",
    ]);
  });

  it("says of a game that the venue corrected what it paid, and of no other", () => {
    const settlements = nightRows().settlements.map((row) =>
      row.gameId === NYK.gameId ? { ...row, corrections: 2 } : row,
    );
    const report = built({ settlements });
    expect(report.summary.games.map(({ corrections }) => corrections)).toEqual([2, undefined]);
    expect(markdownReport(report).match(/ \(corrected\)/g)).toHaveLength(1);
    expect(ReportSummary.parse(report.summary)).toEqual(report.summary);
  });

  it("survives a round trip through JSON unchanged", () => {
    const { summary } = built();
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it("counts no order that our client kept back, and all that shadow would have sent", () => {
    const { orders } = nightRows();
    const rejected = { status: "rejected", filled: 0, sentWallMs: null };
    const more = [
      orderRow(11, { ...rejected, rejectCode: "not_sent" }),
      orderRow(12, { ...rejected, rejectCode: "kill_switch" }),
      orderRow(13, { ...rejected, rejectCode: "invalid_order" }),
      orderRow(14, { ...rejected, rejectCode: "shadow" }),
    ];
    const before = built().summary;
    const { totals, games, byStrategy } = built({ orders: [...orders, ...more] }).summary;
    expect(totals.orders).toBe(before.totals.orders + 2);
    expect(games[0]?.orders).toBe((before.games[0]?.orders ?? 0) + 2);
    const own = (summary: typeof byStrategy) => summary["pregame-anchored"]?.orders ?? 0;
    expect(own(byStrategy)).toBe(own(before.byStrategy) + 2);
  });

  it("tells the money of the night to the micro-dollar", () => {
    const { totals, games, byStrategy, byExit } = built().summary;
    expect(totals.pnlUsd).toEqual({ gross: "3.000000", fees: "0.647700", net: "2.352300" });
    expect(totals.cashUsd).toEqual({
      start: "10000.000000",
      end: "10002.352300",
      expected: "10002.352300",
      difference: "0.000000",
    });
    expect(games.map((game) => game.pnlUsd.gross)).toEqual(["8.000000", "-5.000000"]);
    expect(byStrategy["pregame-anchored"]?.pnlUsd.gross).toBe("-0.500000");
    expect(byStrategy["pregame-anchored"]?.pregamePnlUsd.gross).toBe("-0.500000");
    expect(byStrategy["model-edge"]?.livePnlUsd.gross).toBe("3.500000");
    expect(byStrategy["mean-reversion"]).toMatchObject({ intents: 0, fillRate: null });
    expect(byExit["take-profit"]).toMatchObject({ contracts: "15.00" });
    expect(byExit["take-profit"]?.pnlUsd.gross).toBe("1.500000");
    // 4.50 + 2.00 - 5.00.
    expect(byExit["settlement"]?.pnlUsd.gross).toBe("1.500000");
  });

  it("scores forecast and market at the instants at which both were known", () => {
    const [nyk, lal] = built().summary.games;
    // ((1 - 0.6)^2 + (1 - 0.8)^2) / 2 = 0.10; ((1 - 0.5)^2 + (1 - 0.7)^2) / 2 = 0.17.
    expect(nyk?.brier.model).toBeCloseTo(0.1, 12);
    expect(nyk?.brier.market).toBeCloseTo(0.17, 12);
    // (0.36 + 0.64) / 2 = 0.5.
    expect(lal?.brier.model).toBeCloseTo(0.5, 12);
    expect(built({ scores: [] }).summary.games[0]?.brier).toEqual({ model: null, market: null });
  });

  it("tells quote to order by rank", () => {
    expect(built().summary.latencyMs.quoteToOrder).toEqual({ n: 4, p50: 20, p99: 40 });
  });
});

describe("integrity", () => {
  const integrity = (over: Partial<ReportRows>, inputs = {}) =>
    built(over, inputs).summary.integrity;

  it("is all zero for a sound night, which passes", () => {
    expect(built().summary.integrity).toEqual({
      duplicateOrders: 0,
      orphanOrders: 0,
      unknownOrders: 0,
      openPositions: 0,
      unsettledMarkets: 0,
      ledgerDifferenceUsd: "0.000000",
      venueDifferenceUsd: "0.000000",
    });
    expect(reportVerdict(built().summary)).toBe("passed");
  });

  it("passes no night in which anything is not zero", () => {
    const { summary } = built();
    const counts = Object.keys(summary.integrity).filter((name) => !name.endsWith("Usd"));
    expect(counts).toHaveLength(5);
    for (const name of counts) {
      const integrity = { ...summary.integrity, [name]: 1 };
      expect(reportVerdict({ ...summary, integrity })).toBe("failed");
    }
  });

  it("sees one micro-dollar between ledger, identity and venue", () => {
    const { cash } = nightRows();
    const off = built({ cash: { ...cash, end: cash.end + 1 } }).summary;
    expect(off.integrity.ledgerDifferenceUsd).toBe("0.000001");
    expect(reportVerdict(off)).toBe("failed");
    const venue = { cash: cash.account - 1, orders: [], positions: [] };
    const short = built({}, { venue }).summary;
    expect(short.integrity.venueDifferenceUsd).toBe("-0.000001");
    expect(reportVerdict(short)).toBe("failed");
  });

  it("knows nothing that only the venue can tell when it did not answer, passes no such night, and says so", () => {
    const unread = built({}, { venue: null });
    expect(ReportSummary.parse(unread.summary).integrity).toEqual({
      duplicateOrders: null,
      orphanOrders: null,
      unknownOrders: 0,
      openPositions: null,
      unsettledMarkets: 0,
      ledgerDifferenceUsd: "0.000000",
      venueDifferenceUsd: null,
    });
    expect(reportVerdict(unread.summary)).toBe("failed");
    for (const page of [
      markdownReport(unread),
      terminalReport(unread.summary),
      htmlReport(unread),
    ]) {
      expect(page).toContain("failed (the venue did not answer)");
    }
    expect(markdownReport(unread)).toContain("| duplicate orders | unknown |");
    expect(terminalReport(unread.summary)).toContain("orphanOrders unknown");
  });

  it("counts a second venue order, a second replacement and one made too early as duplicates", () => {
    const { orders } = nightRows();
    const venueOrder = { clientOrderId: orderId(1), marketTicker: NYK.homeMarket };
    const twice = [
      { ...venueOrder, venueOrderId: "venue-1" },
      { ...venueOrder, venueOrderId: "venue-1b" },
    ];
    const venue = { cash: nightRows().cash.account, orders: twice, positions: [] };
    expect(integrity({}, { venue }).duplicateOrders).toBe(1);
    const child = orderRow(6, { parentId: orderId(1), intendedAt: TIP, filled: 0 });
    expect(integrity({ orders: [...orders, child] }).duplicateOrders).toBe(0);
    const sibling = { ...child, clientOrderId: orderId(7) };
    expect(integrity({ orders: [...orders, child, sibling] }).duplicateOrders).toBe(1);
    const early = { ...child, intendedAt: 0 };
    expect(integrity({ orders: [...orders, early] }).duplicateOrders).toBe(1);
  });

  it("counts an intent and its replacements as one", () => {
    const { intents } = nightRows();
    const first = intents[0];
    if (first === undefined) throw new Error("a night has intents");
    const replacement = { ...intentRow(6, { parentId: orderId(1) }), strategy: first.strategy };
    const of = (rows: Partial<ReturnType<typeof nightRows>>): number | undefined =>
      built(rows).summary.byStrategy[first.strategy]?.intents;
    expect(of({ intents: [...intents, replacement] })).toBe(of({}));
  });

  it("counts orders that nobody follows and those of which nothing is proven", () => {
    const { orders } = nightRows();
    const working = orderRow(6, { status: "working", filled: 0 });
    expect(integrity({ orders: [...orders, working] }).orphanOrders).toBe(1);
    const unknown = orderRow(6, { status: "unknown", filled: 0 });
    expect(integrity({ orders: [...orders, unknown] })).toMatchObject({
      orphanOrders: 0,
      unknownOrders: 1,
    });
    const foreign = { venueOrderId: "x", clientOrderId: null };
    const venueWith = (marketTicker: string) => ({
      cash: nightRows().cash.account,
      orders: [{ ...foreign, marketTicker }],
      positions: [],
    });
    expect(integrity({}, { venue: venueWith(NYK.homeMarket) }).orphanOrders).toBe(1);
    // Another day's market is another day's report.
    expect(integrity({}, { venue: venueWith("KXNBAGAME-26NOV19BOSNYK-NYK") }).orphanOrders).toBe(0);
  });

  it("counts as orphan an order under an id such as we make, though it was taken for another's", () => {
    const at = (clientOrderId: string | null) => ({
      cash: nightRows().cash.account,
      orders: [{ venueOrderId: "x", clientOrderId, marketTicker: NYK.homeMarket }],
      positions: [],
    });
    // As the comparison before each report leaves it.
    const seen = { kind: "order" as const, venueId: "x", marketTicker: NYK.homeMarket };
    const foreign = [{ ...seen, happenedAt: TIP }];
    const orphans = (clientOrderId: string | null) =>
      integrity({ foreign }, { venue: at(clientOrderId) }).orphanOrders;
    expect(orphans(clientOrderIdOf("game/paper/forgotten/1"))).toBe(1);
    expect(orphans(null)).toBe(0);
    expect(orphans("owner-1")).toBe(0);
    expect(orphans(randomUUID())).toBe(0);
    // Ours by the books is ours, whatever a comparison saw before they knew of it.
    expect(integrity({ foreign }, { venue: at(orderId(1)) }).orphanOrders).toBe(0);
  });

  it("passes no night of a world in whose account another trades", () => {
    const seen = { venueId: "x", marketTicker: NYK.homeMarket, happenedAt: TIP };
    const foreign = [{ ...seen, kind: "order" as const }];
    expect(reportVerdict(built({ foreign }).summary)).toBe("failed");
    const { run } = nightRows();
    const shared = { ...run, source: "recording:night" };
    expect(reportVerdict(built({ foreign, run: shared }).summary)).toBe("passed");
  });

  it("counts positions left by either book once, and markets without the final word", () => {
    const open = { gameId: NYK.gameId, strategy: "model-edge", marketTicker: NYK.homeMarket };
    const venue = {
      cash: nightRows().cash.account,
      orders: [],
      positions: [
        { marketTicker: NYK.homeMarket, position: 500 },
        { marketTicker: LAL.homeMarket, position: 500 },
        { marketTicker: LAL.awayMarket, position: 0 },
      ],
    };
    const left = integrity({ openPositions: [{ ...open, count: 500 }] }, { venue });
    expect(left).toMatchObject({ openPositions: 2, unsettledMarkets: 1 });
    const markets = nightRows().markets.map((row) => ({ ...row, settlementValue: null }));
    expect(integrity({ markets }).unsettledMarkets).toBe(4);
  });
});

describe("analysis", () => {
  it("names the entry that was wrong and lost", () => {
    const { analysis, summary } = built();
    expect(analysis.falsePositives.map((row) => [row.entry.marketTicker, row.net])).toEqual([
      [LAL.homeMarket, -5_043_800],
    ]);
    expect(summary.byStrategy["pregame-anchored"]?.falsePositives).toBe(1);
  });

  it("values what was skipped at the ask of the best side, net of fees", () => {
    // 1 - 0.62 - 0.07 * 0.62 * 0.38 = 0.363508.
    const [row] = built().analysis.missed;
    expect(row).toMatchObject({
      strategy: "model-edge",
      kind: "skipped",
      candidates: 1,
      missed: 1,
    });
    expect(row?.meanNetAtSettlement).toBeCloseTo(363_508, 3);
  });

  it("values what was refused at its own terms", () => {
    const [intent] = nightRows().intents;
    const refused = candidateRow({
      code: "spread_above_max",
      refusedMarket: NYK.homeMarket,
      refusedTerms: intent?.terms ?? "",
    });
    const [row] = built({ candidates: [refused] }).analysis.missed;
    // 1 - 0.55 - 0.07 * 0.55 * 0.45 = 0.432675.
    expect(row).toMatchObject({ kind: "refused", code: "spread_above_max" });
    expect(row?.meanNetAtSettlement).toBeCloseTo(432_675, 3);
  });

  it("says why mean reversion never activated, by its most frequent reason", () => {
    expect(built().analysis.meanReversionInactive[0]).toEqual({
      eventTicker: NYK.event,
      evaluations: 300,
      reasons: [
        { name: "range_too_small", count: 250 },
        { name: "warming_up", count: 50 },
      ],
    });
  });

  it("compares fills with what their plans expected", () => {
    const quality = built().analysis.fillQuality["model-edge"];
    // The buy cost 0.5 cents more than planned on 20 contracts, the sale nothing: 0.10 USD.
    expect(quality).toMatchObject({ orders: 2, slippageTotalMicros: 100_000 });
    expect(quality?.fillRate).toBeCloseTo((0.8 + 1) / 2, 12);
  });
});

describe("statistics", () => {
  it("take positions one by one, take the Brier score apart, and claim no interval from few games", () => {
    const { results, brier, againstMarket } = built().analysis.statistics;
    // One position lost 5.0438 USD, and nothing else of that strategy was held.
    expect(results["pregame-anchored"]?.worst).toBe(-5_043_800);
    for (const own of Object.values(results)) {
      expect(own.winRate.interval).toBeNull();
      expect(["too_few_clusters", "empty_sample"]).toContain(own.winRate.lack);
    }
    const { score, reliability, resolution, uncertainty, withinBins } = brier;
    const parts = (reliability ?? 0) - (resolution ?? 0) + (uncertainty ?? 0) + (withinBins ?? 0);
    expect(parts).toBeCloseTo(score ?? Number.NaN, 12);
    expect(againstMarket).toMatchObject({ n: brier.n, interval: null, lack: "too_few_clusters" });
  });

  it("leave open positions out", () => {
    const { results } = built({ settlements: [] }).analysis.statistics;
    const settled = built().analysis.statistics.results;
    expect(results["pregame-anchored"]?.winRate.n).toBeLessThan(
      settled["pregame-anchored"]?.winRate.n ?? 0,
    );
  });
});

describe("pictures", () => {
  it("draw everything as the home team's YES", () => {
    const [nyk] = built().pictures;
    expect(nyk?.times).toHaveLength(210);
    expect(nyk?.marks.map((mark) => [mark.kind, mark.price])).toEqual([
      ["entry", 55],
      ["entry", 60],
      ["entry", 60],
      ["exit", 70],
    ]);
    expect(nyk?.phases.map((phase) => phase.name)).toEqual([
      "pregame",
      "Q1",
      "Q2",
      "Q3",
      "Q4",
      "final",
      "settled",
    ]);
    expect(nyk?.scored.filter((score) => score.team === "home")).toHaveLength(48);
  });

  it("turn the away market round where it is the only one", () => {
    const prices = nightRows().prices.map((row) => ({ ...row, homeBid: null, homeAsk: null }));
    const [nyk] = built({ prices }).pictures;
    const [whole] = built().pictures;
    expect(nyk?.bid).toEqual(whole?.bid);
    expect(nyk?.ask).toEqual(whole?.ask);
  });
});

it("says of a day that was stopped that it was, in every head, and not that it failed", () => {
  const report = built({}, { isStopped: true });
  expect(reportVerdict(report.summary)).toBe("stopped");
  expect(markdownReport(report)).toContain("Verdict: **stopped**");
  expect(terminalReport(report.summary)).toMatch(/^Night of .*: stopped\n/);
  expect(htmlReport(report)).toContain('<span class="verdict stopped">stopped</span>');
});
