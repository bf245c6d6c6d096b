import { describe, expect, it } from "vitest";
import type { ReportRows } from "../../schema/queries/report-rows.ts";
import { buildReport } from "./build.ts";
import { reportVerdict } from "./integrity.ts";
import { gameRow, intentRow, LAL, NYK, orderId, orderRow } from "./testing/night.ts";
import { nightInputs, nightRows } from "./testing/rows.ts";

const built = (over: Partial<ReportRows> = {}, inputs = {}) =>
  buildReport(nightInputs({ rows: nightRows(over), ...inputs }));

describe("criteria", () => {
  const held = (over: Partial<ReportRows>, inputs = {}) =>
    Object.fromEntries(built(over, inputs).summary.criteria.map((row) => [row.id, row.held]));

  it("hold for a sound night", () => {
    expect(held({})).toEqual({
      all_games_end_to_end: true,
      strategy_attempts_every_game: true,
      one_pregame_attempt: true,
      live_strategies_react: true,
      logs_consistent: true,
    });
  });

  it("fail for a game left on its way, and name it", () => {
    const { summary } = built({ games: [gameRow(NYK), gameRow(LAL, { phase: "live" })] });
    expect(summary.criteria[0]).toMatchObject({ held: false });
    expect(summary.criteria[0]?.evidence).toContain(LAL.event);
    expect(reportVerdict(summary)).toBe("failed");
  });

  it("count a refused proposal as an attempt, and a game without any as none", () => {
    const refused = [intentRow(1, { refusalCode: "kill" }), intentRow(4, { gameId: LAL.gameId })];
    expect(held({ intents: refused })["strategy_attempts_every_game"]).toBe(true);
    expect(held({ intents: [intentRow(1)] })["strategy_attempts_every_game"]).toBe(false);
  });

  it("allow one pregame attempt a game, replacements aside", () => {
    const replaced = intentRow(6, { parentId: orderId(1) });
    expect(held({ intents: [intentRow(1), replaced] })["one_pregame_attempt"]).toBe(true);
  });

  it("count nothing that a drill sent: no attempt, order, refusal or fill rate; its orders stay in the books", () => {
    const drill = { strategy: "drill", decisionId: "drill-1/1", gameId: LAL.gameId };
    const before = nightRows();
    const bid = orderRow(9, { ...drill, filled: 0, status: "canceled" });
    const over = {
      intents: [
        ...before.intents,
        intentRow(8, { ...drill, refusalCode: "between_trades" }),
      ].concat(intentRow(9, drill)),
      orders: [...before.orders, bid],
    };
    const sound = built().summary;
    const { criteria, totals, games, integrity, latencyMs } = built(over).summary;
    expect({ criteria, totals, games, integrity, latencyMs }).toEqual({
      ...{ criteria: sound.criteria, totals: sound.totals, games: sound.games },
      ...{ integrity: sound.integrity, latencyMs: sound.latencyMs },
    });
    const unknown = { ...over, orders: [...before.orders, { ...bid, status: "unknown" }] };
    expect(built(unknown).summary.integrity.unknownOrders).toBe(1);
  });

  it("fail for a second pregame attempt, which the rule against it has refused", () => {
    const intentKey = `${NYK.gameId}/9`;
    const second = intentRow(6, { intentKey, refusalCode: "one_pregame_attempt" });
    const { summary } = built({ intents: [intentRow(1), second] });
    expect(summary.games[0]?.pregameAttempts).toBe(2);
    expect(summary.criteria.find(({ id }) => id === "one_pregame_attempt")).toMatchObject({
      held: false,
      evidence: expect.stringContaining(NYK.event) as string,
    });
    expect(reportVerdict(summary)).toBe("failed");
  });

  it("want both live strategies to answer in play in every game, and one to propose", () => {
    const { verdictCounts } = nightRows();
    expect(held({ verdictCounts: verdictCounts.slice(1) })["live_strategies_react"]).toBe(false);
    const before = verdictCounts.map((row) => ({ ...row, isLive: false }));
    expect(held({ verdictCounts: before })["live_strategies_react"]).toBe(false);
    expect(held({ intents: [intentRow(1)] })["live_strategies_react"]).toBe(false);
  });

  it("want of the strategies that were loaded each live one to answer, and no other", () => {
    const { run, verdictCounts, intents } = nightRows();
    const own = { strategy: "own-late-favourite", code: "too_early", isLive: true, count: 9 };
    const answered = [NYK, LAL].map(({ gameId }) => ({ ...own, gameId }));
    const playing = (active: readonly string[], over: Partial<ReportRows> = {}) => {
      const config = JSON.stringify({ decision: { strategies: { active } } });
      return held({ run: { ...run, config }, ...over })["live_strategies_react"];
    };
    // Mean reversion says nothing, and is not asked for.
    const modelEdge = verdictCounts.filter(({ strategy }) => strategy === "model-edge");
    expect(playing(["model-edge"], { verdictCounts: modelEdge })).toBe(true);
    const named = ["pregame-anchored", "model-edge", "own-late-favourite"];
    expect(playing(named)).toBe(false);
    expect(playing(named, { verdictCounts: [...verdictCounts, ...answered.slice(1)] })).toBe(false);
    expect(playing(named, { verdictCounts: [...verdictCounts, ...answered] })).toBe(true);
    // Only one that is not loaded has proposed.
    const proposed = intents.map((row) => ({ ...row, strategy: "mean-reversion" }));
    const over = { verdictCounts: [...verdictCounts, ...answered], intents: proposed };
    expect(playing(named, over)).toBe(false);
    expect(playing(["pregame-anchored"])).toBe(true);
  });

  it("want rows that agree and log lines that parse", () => {
    const consistency = { ...nightRows().consistency, ordersWithOtherFills: 1 };
    expect(held({ consistency })["logs_consistent"]).toBe(false);
    expect(held({}, { logs: { lines: 9, unparsable: 1 } })["logs_consistent"]).toBe(false);
    // A settlement that a part of the profit does not have, as one of a strategy that holds nothing.
    const paid = nightRows().settlements;
    const again = paid.slice(0, 1).map((row) => ({ ...row, strategy: "model-edge" }));
    const settlements = [...paid, ...again];
    expect(held({ settlements })["logs_consistent"]).toBe(false);
  });

  it.each([
    { logs: null, isHeld: false, word: "log files not read" },
    { logs: { lines: 0, unparsable: 0 }, isHeld: false, word: "no log line found" },
    { logs: { lines: 9, unparsable: 0 }, isHeld: true, word: "0 of 9 log lines unreadable" },
    { logs: "none", isHeld: true, word: "no logs: a backtest" },
  ])("hold by logs that were read, or that cannot be: $word", ({ logs, isHeld, word }) => {
    const row = built({}, { logs }).summary.criteria.find(({ id }) => id === "logs_consistent");
    expect(row?.held).toBe(isHeld);
    expect(row?.evidence).toMatch(new RegExp(`; ${word}$`));
    // A backtest's rows are judged as a night's.
    const consistency = { ...nightRows().consistency, ordersWithOtherFills: 1 };
    expect(held({ consistency }, { logs })["logs_consistent"]).toBe(false);
  });
});
