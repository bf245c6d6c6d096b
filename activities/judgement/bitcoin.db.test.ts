import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { TradingDate } from "../../core/domain/time.ts";
import { type Instant, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { toDate } from "../../schema/database.ts";
import { settleContracts, upsertContracts } from "../../schema/queries/btc-contracts.ts";
import { appendEdgeSnapshots, snapshotOf, upsertEdges } from "../../schema/queries/btc-writes.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { insertWouldTrades } from "../../schema/queries/would-trades.ts";
import { BTC_RUN, contractOf, edgeOf, wouldTrade } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, insertNight } from "../../test/db/stage-nights.ts";
import { scoreDays } from "./nightly.ts";
import { modeTerms } from "./terms.ts";
import { reviewWeek } from "./weekly.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);
afterEach(() => emptyDatabase(cloned.db));

const HOUR_MS = 3_600_000;
const WORLD = "world:7";
/** The sixty days of the tests: contracts of the first ones, and of the week that ends with the last. */
const [FIRST, RECENT, LAST] = ["2026-10-28", "2026-11-19", "2026-11-22"] as const;

/**
 * Plays Bitcoin from a source: in each of 36 hours a contract of which we say 60 % and the market 56 %, and that is
 * bought for 57 cents. Half of them win, or none.
 */
async function playBitcoin(date: TradingDate, source: string, wins: "half" | "none") {
  const { db } = cloned;
  const runId = `btc/paper/${date}`;
  const noon = Date.parse(`${date}T12:00:00Z`);
  await startRun(db, {
    ...{ ...BTC_RUN, runId, mode: "paper", tradingDate: date, source, startedAt: instant(noon) },
  });
  const closes = Array.from({ length: 36 }, (_, hour) => instant(noon + hour * HOUR_MS));
  const tickerOf = (closeAt: Instant) => `KXBTCD-${toDate(closeAt).toISOString()}-T80000`;
  const isWon = (closeAt: Instant) => wins === "half" && (closeAt / HOUR_MS) % 2 === 0;
  await upsertContracts(
    db,
    closes.map((at) =>
      contractOf(tickerOf(at), { open_at: toDate(instant(at - HOUR_MS)), close_at: toDate(at) }),
    ),
  );
  const edges = closes.map((at) =>
    edgeOf(tickerOf(at), instant(at - 601_000), {
      ...{ mode: "paper", run_id: runId, model_probability: 0.6 },
      ...{ bid_micros: priceMicros(550_000), ask_micros: priceMicros(570_000) },
    }),
  );
  await upsertEdges(db, edges);
  await appendEdgeSnapshots(db, edges.map(snapshotOf));
  await settleContracts(
    db,
    closes.map((at) => ({
      ticker: tickerOf(at),
      outcome: isWon(at) ? "yes" : "no",
      payout: usdMicros(isWon(at) ? 1_000_000 : 0),
      settlementValue: null,
      settledAt: at,
    })),
  );
  await insertWouldTrades(
    db,
    closes.map((at) =>
      wouldTrade(`${runId}#${tickerOf(at)}`, {
        ...{ mode: "paper", run_id: runId, market_ticker: tickerOf(at) },
        decided_at: toDate(instant(at - 601_000)),
      }),
    ),
  );
  for (const at of closes) {
    await db
      .updateTable("would_trades")
      .set({ pnl_micros: usdMicros(isWon(at) ? 430_000 : -570_000) })
      .where("market_ticker", "=", tickerOf(at))
      .execute();
  }
}

const scored = (from: TradingDate = LAST) =>
  scoreDays(cloned.db, { mode: "paper", from, to: LAST, capital: 1e9 });

const shown = ({ drift }: Awaited<ReturnType<typeof scored>>) =>
  drift.map(({ name, what, recent, before, isDrifting }) => [
    ...[`${name}: ${what}`, recent.n, before.n, isDrifting],
  ]);

describe("scores of Bitcoin", () => {
  it("compare what the venue showed with nothing of a seeded world, and say what is left out", async () => {
    await playBitcoin(RECENT, "live", "none");
    const alone = await scored(FIRST);
    expect(shown(alone)).toEqual([
      ["btc-edge: net", 36, 0, null],
      ["KXBTCD, T-10 min: brier_excess", 36, 0, null],
      ["KXBTCD, T-10 min: bias", 36, 0, null],
    ]);
    await playBitcoin(FIRST, WORLD, "half");
    const beside = await scored(FIRST);
    expect(beside.drift).toEqual(alone.drift);
    expect(beside.scores).toEqual(alone.scores);
    expect(alone.paper.lead).toEqual(["No night was played."]);
    expect(beside.paper.lead).toEqual([
      "No night was played.",
      "Left out from 2026-09-24 to 2026-11-22: 36 contracts of Bitcoin of a seeded world, which are no measure of the others.",
    ]);
  });

  it("are of worlds where the last contract is, and compare these with each other", async () => {
    await playBitcoin(RECENT, WORLD, "none");
    await playBitcoin("2026-11-01", "recording:by-hand", "half");
    await playBitcoin(FIRST, "world:8", "half");
    expect(shown(await scored())).toEqual([
      ["btc-edge: net", 36, 36, true],
      ["KXBTCD, T-10 min: brier_excess", 36, 36, true],
      ["KXBTCD, T-10 min: bias", 36, 36, true],
    ]);
    expect((await scored("2026-11-01")).paper.lead[1]).toBe(
      "Left out from 2026-09-24 to 2026-11-22: 36 contracts of Bitcoin that are of no seeded world, which are no measure of the others.",
    );
  });

  it("take recordings and what the venue showed together", async () => {
    await playBitcoin(FIRST, "recording:by-hand", "half");
    await playBitcoin(RECENT, "live", "none");
    const both = await scored();
    expect(shown(both)[0]).toEqual(["btc-edge: net", 36, 36, true]);
    expect(both.paper.lead).toEqual(["No night was played."]);
  });
});

describe("a week's review", () => {
  it("looks for drift in Bitcoin of its own nights' kind alone, and says what it left out", async () => {
    const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
    await putInForce(cloned.db, {
      ...{ mode: "paper", hash, text, by: "test", reason: "test", changes: [] },
    });
    for (const date of datesFrom("2026-11-16", 7)) {
      await insertNight(cloned.db, { mode: "paper", date, isWon: true, limitsHash: hash });
    }
    const terms = await modeTerms(cloned.db, "paper");
    if (terms === null) throw new Error("limits are in force");
    const reviewed = () =>
      reviewWeek(cloned.db, { mode: "paper", to: LAST, terms: terms.stages[0] });
    const alone = await reviewed();
    await playBitcoin(FIRST, WORLD, "half");
    await playBitcoin(RECENT, WORLD, "none");
    const beside = await reviewed();
    expect(beside.review).toEqual(alone.review);
    expect(beside.review.decision.decision).toBe("keep");
    expect(beside.paper.lead).toContain(
      "Left out of these sixty days: 72 contracts of Bitcoin of a seeded world, which are no measure of the others.",
    );
  });
});
