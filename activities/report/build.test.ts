import { describe, expect, it } from "vitest";
import { buildReport } from "./build.ts";
import { htmlReport } from "./html.ts";
import { reportVerdict } from "./integrity.ts";
import { markdownReport } from "./markdown.ts";
import { terminalReport } from "./terminal.ts";
import { ReportSummary } from "./report-schema.ts";
import { candidateRow, intentRow, LAL, NYK, orderRow } from "./testing/night.ts";
import { nightInputs, nightRows } from "./testing/rows.ts";
import type { DecisionInput, MarketInput } from "../../core/domain/decision.ts";
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

  it("counts as attempts to lock what the cap on them counts: nothing that a kill refused", () => {
    const { intents, orders } = nightRows();
    const lock = { purpose: "exit", exitType: "lock", phase: "live" } as const;
    const locks = [
      intentRow(21, lock),
      intentRow(22, { ...lock, refusalCode: "lock_cap" }),
      intentRow(23, { ...lock, refusalCode: "kill_level" }),
      // Approved, and kept back before the wire: by a kill, or by a spent budget.
      intentRow(24, lock),
      intentRow(25, lock),
      // A replacement goes on with an attempt.
      intentRow(26, { ...lock, parentId: intentRow(21).clientOrderId }),
    ];
    const rejected = { ...lock, status: "rejected", filled: 0, sentWallMs: null };
    const { games } = built({
      intents: [...intents, ...locks],
      orders: [
        ...orders,
        orderRow(24, { ...rejected, rejectCode: "kill_switch" }),
        orderRow(25, { ...rejected, rejectCode: "not_sent" }),
      ],
    }).summary;
    expect(games.map(({ lockAttempts }) => lockAttempts)).toEqual([3, 0]);
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

  it("takes no ask of a book that was not believed for what a skipped entry would have cost", () => {
    const given = candidateRow();
    const input = JSON.parse(given.input ?? "") as DecisionInput; // Test boundary: written by the fixture.
    const missedWith = (change: (market: MarketInput) => Partial<MarketInput>) => {
      const markets = input.markets.map((one) => ({ ...one, ...change(one) }));
      const row = { ...given, input: JSON.stringify({ ...input, markets }) };
      return built({ candidates: [row] }).analysis.missed[0]?.candidates;
    };
    expect(missedWith(() => ({}))).toBe(1);
    expect(missedWith(() => ({ staleBecause: "gap" }))).toBeUndefined();
    expect(
      missedWith(({ quote }) => ({ quote: { ...quote, bid: quote.ask, ask: quote.bid } })),
    ).toBeUndefined();
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

  it("takes an order that the venue refused for one that did not fill, and none that was never sent", () => {
    const rejected = { status: "rejected", filled: 0 };
    const more = [
      orderRow(11, { ...rejected, rejectCode: "post_only_cross" }),
      orderRow(12, { ...rejected, rejectCode: "insufficient_balance" }),
      orderRow(13, { ...rejected, rejectCode: "kill_switch" }),
      orderRow(14, { ...rejected, rejectCode: "not_sent" }),
      orderRow(15, { ...rejected, rejectCode: "shadow" }),
    ];
    const { analysis } = built({ orders: [...nightRows().orders, ...more] });
    // Two filled whole, one in each game; two were refused.
    expect(analysis.fillQuality["pregame-anchored"]).toMatchObject({ orders: 4, fillRate: 0.5 });
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

describe("two games of one event, as worlds of one date have them", () => {
  it("are compared with ESPN under that event together", () => {
    const { games } = nightRows();
    const twins = games.map((game) => ({ ...game, eventTicker: NYK.event }));
    const { espnVersusMarket } = built({ games: twins }).analysis;
    const apart = Object.values(built().analysis.espnVersusMarket.games);
    expect(apart.map(({ n }) => n > 0)).toEqual([true, true]);
    expect(espnVersusMarket.games).toEqual({ [NYK.event]: espnVersusMarket.night });
  });

  it("settle each on its own", () => {
    const { markets } = nightRows();
    const other = markets
      .filter(({ gameId }) => gameId === NYK.gameId)
      .map((market) => ({ ...market, gameId: LAL.gameId }));
    const held = { gameId: LAL.gameId, strategy: "model-edge", marketTicker: NYK.homeMarket };
    const { summary } = built({
      markets: [...markets, ...other],
      openPositions: [{ ...held, count: 100 }],
    });
    expect(summary.integrity.unsettledMarkets).toBe(1);
  });
});

it("says of a day that was stopped that it was, in every head, and not that it failed", () => {
  const report = built({}, { isStopped: true });
  expect(reportVerdict(report.summary)).toBe("stopped");
  expect(markdownReport(report)).toContain("Verdict: **stopped**");
  expect(terminalReport(report.summary)).toMatch(/^Night of .*: stopped\n/);
  expect(htmlReport(report)).toContain('<span class="verdict stopped">stopped</span>');
});
