import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { lastValidation } from "../../schema/queries/judgements.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { COUNT, datesFrom, FEE, insertNight, PRICE } from "../../test/db/stage-nights.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { createJudgementActivities } from "./acts.ts";
import { archivePaper } from "./archive.ts";
import { gatherSample } from "./gather.ts";
import { type NightResults, readNightResults } from "./night-results.ts";
import { modeTerms } from "./terms.ts";
import { validateNights } from "./validation.ts";
import { reviewWeek } from "./weekly.ts";

let cloned: ClonedDatabase;
let reportsDir: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  reportsDir = await mkdtemp(join(tmpdir(), "judgements-"));
});
afterAll(async () => {
  await cloned.drop();
  await rm(reportsDir, { recursive: true, force: true });
}, 60_000);
afterEach(() => emptyDatabase(cloned.db));

/** 10 cents a contract up or down: what a night by hand wins or loses, net of its fee. */
const WON = (1_000_000 - PRICE) * (COUNT / 100) - FEE;
const LOST = -PRICE * (COUNT / 100) - FEE;
const NOW = instant(Date.parse("2026-12-21T15:00:00Z"));

/** Nights of which two of three are won, under settings `c` and the limits in force. */
async function play(days: number, source = "recording:by-hand"): Promise<readonly string[]> {
  const limitsHash = await putLimits();
  const dates = datesFrom("2026-11-01", days);
  await cloned.db.transaction().execute(async (tx) => {
    for (const [index, date] of dates.entries()) {
      const night = { mode: "paper", date, isWon: index % 3 !== 2, limitsHash, source } as const;
      await insertNight(tx, { ...night, daysAgo: days - index });
    }
  });
  return dates;
}

async function putLimits(): Promise<string> {
  const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  await putInForce(cloned.db, {
    ...{ mode: "paper", hash, text, by: "test", reason: "test", changes: [] },
  });
  return hash;
}

const acts = () =>
  createJudgementActivities({
    db: cloned.db,
    clock: { now: () => NOW, speed: 1 },
    reportsDir,
    log: SILENT,
  });

const runsOf = (dates: readonly string[]) =>
  dates.map((date) => ({ runId: `trading-day/paper/${date}`, date }));

describe("a sample of the ledger", () => {
  it("has every position with its game, team, hour and regime, and what came of it", async () => {
    const dates = await play(6);
    // The market of the first game, from ten minutes before the entry until five minutes after it.
    const gameId = `game/paper/KXNBAGAME-${dates[0] ?? ""}`;
    const at = Date.parse(`${dates[0] ?? ""}T23:00:00Z`);
    const mids = [
      [-300_000, 500_000],
      [-1_000, 510_000],
      [0, 500_000],
      [4_000, 480_000],
      [29_000, 470_000],
      [290_000, 520_000],
      [900_000, 900_000],
    ] as const;
    for (const [index, [later, mid]] of mids.entries()) {
      await sql`insert into snapshots (game_id, observed_at, cursor_no, trigger, home_bid_micros,
          home_bid_size_centi, home_ask_micros, home_ask_size_centi, mid_micros, quality)
        values (${gameId}, ${new Date(at + later)}, ${index}, 'book', ${mid - 10_000}, 5000,
          ${mid + 10_000}, 7000, ${mid}, 'ok')`.execute(cloned.db);
    }
    const sample = await gatherSample(cloned.db, {
      ...{ mode: "paper", nights: runsOf(dates), capital: 1e9, withMissed: true },
    });
    expect(sample.trades.map(({ gross, fees }) => gross - fees)).toEqual([
      ...[WON, WON, LOST],
      ...[WON, WON, LOST],
    ]);
    expect(sample).toMatchObject({ nights: 6, open: 0, span: { from: dates[0], to: dates[5] } });
    expect(sample.trades[0]).toMatchObject({
      strategy: "model-edge",
      marketTicker: `KXNBAGAME-${dates[0] ?? ""}-NYK`,
      count: COUNT,
      leftBy: ["settlement"],
      regimes: { weekday: "Sunday", favourite: "favourite" },
    });
    // 23:00 UTC in November is 18:00 on the Eastern clock.
    expect(sample.parts[0]).toMatchObject({ team: "NYK", hour: "18", entryPhase: "live" });
    expect(sample.forecasts).toHaveLength(6);
    expect(sample.forecasts[0]).toMatchObject({ series: "KXNBAGAME", horizon: "tip", outcome: 1 });
    expect(sample.orders[0]).toMatchObject({ strategy: "model-edge", isFilled: true });
    // The last middle at or before each instant, at most a minute old; then the last of all.
    expect(sample.fills[0]).toMatchObject({
      midAt: 500_000,
      midsAfter: [480_000, 470_000, 520_000],
      closingPrice: 900_000,
    });
    expect(sample.fills[1]).toMatchObject({
      ...{ midAt: null, midsAfter: [null, null, null] },
      lacksAfter: ["not_seen", "not_seen", "not_seen"],
    });
  });

  it("is empty where nothing was played", async () => {
    const sample = await gatherSample(cloned.db, { mode: "paper", nights: [], capital: 1e9 });
    expect(sample).toMatchObject({ span: null, trades: [], forecasts: [], fills: [] });
  });
});

describe("a validation", () => {
  const validateAll = async (
    evidence: { configHash: string; limitsHash: string } | null,
    days = { from: "2026-01-01", to: "2026-12-31" },
    tried: readonly NightResults[] = [],
  ) => {
    const terms = await modeTerms(cloned.db, "paper");
    if (terms === null) throw new Error("limits are in force");
    return validateNights(cloned.db, {
      ...{ mode: "paper", ...days, evidence, terms, others: [], tried, capital: 3_000_000_000 },
    });
  };

  it("plays survival at the stage's capital, at the one that is given, and at the next stage's", async () => {
    await play(4);
    await putLimits();
    const { validation } = await validateAll(null);
    expect(
      validation.survival.map(({ stage, capital, n, clusters }) => [stage, capital, n, clusters]),
    ).toEqual([
      ["paper", 10_000_000_000, 4, 4],
      ["paper", 3_000_000_000, 4, 4],
      ["micro", 250_000_000, 4, 4],
    ]);
  });

  it("takes only nights that a gate counts, and is found by it under these settings and limits", async () => {
    await play(4);
    const limitsHash = await putLimits();
    await insertNight(cloned.db, {
      ...{ mode: "paper", date: "2026-11-20", isWon: true, limitsHash, source: "world:7" },
    });
    const evidence = { configHash: "c", limitsHash };
    expect((await validateAll(null)).nights).toHaveLength(5);
    const { validation, paper, nights } = await validateAll(evidence);
    expect(nights).toHaveLength(4);
    expect(validation.judgement.verdict).toBe("not_enough_data");
    const request = {
      ...({ kind: "validation", mode: "paper", from: "2026-11-01", to: "2026-11-04" } as const),
      ...{ verdict: validation.judgement.verdict, by: "test", at: new Date(), reportsDir },
    };
    await archivePaper(cloned.db, paper, { ...request, basis: null });
    const asked = { mode: "paper", ...evidence } as const;
    expect((await lastValidation(cloned.db, asked)).rows).toEqual([]);
    const dir = await archivePaper(
      cloned.db,
      { ...paper, json: { own: 1 } },
      { ...request, basis: evidence },
    );
    expect((await lastValidation(cloned.db, asked)).rows).toMatchObject([
      { verdict: "not_enough_data", nights: 4 },
    ]);
    const others = { ...asked, configHash: "d" };
    expect((await lastValidation(cloned.db, others)).rows).toEqual([]);
    expect((await readdir(dir)).sort()).toEqual(["report.html", "report.json", "report.md"]);
  });

  it.each([
    ["begins late", "2026-11-02", "2026-11-04", 1, 3],
    ["ends early", "2026-11-01", "2026-11-02", 2, 2],
    ["has none of them", "2026-12-01", "2026-12-31", 4, 0],
  ])(
    "is no evidence where its stretch of days %s, and says so",
    async (_, from, to, outside, n) => {
      await play(4);
      const evidence = { configHash: "c", limitsHash: await putLimits() };
      const all = await validateAll(evidence);
      expect(all).toMatchObject({ basis: evidence, nights: { length: 4 } });
      expect(all.paper.json).toMatchObject({ isEvidence: true });
      // Also where the days are named, as long as no night that counts lies outside.
      expect(await validateAll(evidence, { from: "2026-11-01", to: "2026-11-04" })).toMatchObject({
        basis: evidence,
      });
      const picked = await validateAll(evidence, { from, to });
      expect(picked.nights).toHaveLength(n);
      expect(picked.basis).toBeNull();
      expect(picked.paper.json).toMatchObject({ isEvidence: false, nightsOutside: outside });
      expect(picked.paper.lead).toContain(
        `No evidence for a gate: ${outside} nights under these settings and limits lie outside these days. ` +
          "Without --from and --to all of them are taken.",
      );
    },
  );

  it("takes configurations that were tried on its own days, and refuses others", async () => {
    const dates = await play(4);
    const evidence = { configHash: "c", limitsHash: await putLimits() };
    // What another one won or lost by game is not asked: it was played on these days.
    const of = (days: readonly string[]) => [
      { name: "a", folder: "runs/a", days, results: [] },
      { name: "b", folder: "runs/b", days: dates, results: [] },
    ];
    const all = { from: "2026-01-01", to: "2026-12-31" };
    expect(await validateAll(evidence, all, of(dates))).toMatchObject({ basis: evidence });
    await expect(validateAll(evidence, all, of(dates.slice(1)))).rejects.toThrow(
      "runs/a lacks 2026-11-01",
    );
    const fewer = { from: "2026-11-02", to: "2026-11-04" };
    await expect(validateAll(evidence, fewer, of(dates.slice(1)))).rejects.toThrow(
      "runs/b has 2026-11-01 besides",
    );
  });

  it("is no evidence with --all, whatever the days", async () => {
    await play(4);
    expect(await validateAll(null)).toMatchObject({ basis: null });
  });

  it("counts as of its newest run: a repeat is younger, and undoes what was archived between", async () => {
    await play(4);
    const evidence = { configHash: "c", limitsHash: await putLimits() };
    const { paper, basis } = await validateAll(evidence);
    const archive = (json: object, verdict: string) =>
      archivePaper(
        cloned.db,
        { ...paper, json },
        {
          ...({ kind: "validation", mode: "paper", from: "2026-11-01", to: "2026-11-04" } as const),
          ...{ basis, verdict, by: "test", at: new Date(), reportsDir },
        },
      );
    const last = async () =>
      (await lastValidation(cloned.db, { mode: "paper", ...evidence })).rows[0];
    const folder = await archive({ honest: true }, "no_edge");
    const first = await last();
    await archive({ other: true }, "edge");
    expect(await last()).toMatchObject({ verdict: "edge" });
    expect(await archive({ honest: true }, "no_edge")).toBe(folder);
    const repeated = await last();
    expect(repeated).toMatchObject({ verdict: "no_edge" });
    expect(repeated?.atMs).toBeGreaterThan(first?.atMs ?? Number.POSITIVE_INFINITY);
  });

  it("is noted at each run, in one folder, and stands beside a later one of the same days", async () => {
    await play(4);
    const { paper } = await validateAll(null);
    const request = {
      ...({ kind: "validation", mode: "paper", from: "2026-11-01", to: "2026-11-04" } as const),
      ...{ basis: null, verdict: "no_edge", by: "test", at: new Date(), reportsDir },
    };
    const first = await archivePaper(cloned.db, paper, request);
    expect(await archivePaper(cloned.db, paper, request)).toBe(first);
    const later = await archivePaper(cloned.db, { ...paper, json: { later: true } }, request);
    expect(dirname(later)).toBe(dirname(first));
    expect(later).not.toBe(first);
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from judgements`.execute(
      cloned.db,
    );
    expect(rows[0]?.n).toBe(3);
    const audited = await sql`select from audit_log where kind = 'judgement'`.execute(cloned.db);
    expect(audited.rows).toHaveLength(3);
    const html = await readFile(join(first, "report.html"), "utf8");
    expect(html).toContain("uPlot");
    expect(html).not.toMatch(/(?:src|href)="https?:/);
    const markdown = await readFile(join(first, "report.md"), "utf8");
    expect(markdown).toContain("Verdict: **not enough data**");
    expect(markdown).toContain("## Until the gate can speak");
  });
});

describe("the nightly scores and the week's review", () => {
  it("score a night among those before it, the same bytes each time", async () => {
    await play(9);
    const night = { mode: "paper", tradingDate: "2026-11-09" } as const;
    const first = await acts().scoreNight(night);
    // The strategy, and the series at tip by its error and its bias.
    expect(first).toMatchObject({ watched: 3, drifting: 0 });
    expect(await acts().scoreNight(night)).toEqual(first);
    const noted = await sql`select from judgements`.execute(cloned.db);
    expect(noted.rows).toHaveLength(1);
    const json = JSON.parse(await readFile(join(first.scoresDir, "report.json"), "utf8")) as {
      drift: { watched: readonly { name: string; recent: { n: number } }[] };
      positions: { ended: number };
    };
    expect(json.positions.ended).toBe(1);
    expect(json.drift.watched[0]).toMatchObject({ name: "model-edge", recent: { n: 7 } });
  });

  it("review the week of the last night: winners, losers, troubles, limits and a proposal", async () => {
    await play(9);
    await sql`insert into circuit_breakers (mode, breaker, cause, numbers, level, run_id, tripped_at)
      values ('paper', 'daily_loss', 'lost too much', '{}', 'no-entries',
        'trading-day/paper/2026-11-06', now())`.execute(cloned.db);
    const to = await acts().findWeekToReview({ mode: "paper" });
    expect(to).toBe("2026-11-09");
    const terms = await modeTerms(cloned.db, "paper");
    if (terms === null || to === null) throw new Error("both are there");
    const { review } = await reviewWeek(cloned.db, { mode: "paper", to, terms: terms.stages[0] });
    expect(review).toMatchObject({ from: "2026-11-03", decision: { decision: "roll-back" } });
    expect(review.decision.reasons).toContain("1 circuit breakers tripped");
    expect(review.winners).toHaveLength(4);
    expect(review.losers.map(({ trade }) => trade.date)).toEqual(
      expect.arrayContaining(["2026-11-03", "2026-11-06", "2026-11-09"]),
    );
    expect(review.losers[0]?.causes[0]).toBe("left by settlement");
    // A loss of 51.75 USD of the day's limit.
    const { dailyLoss, singleTradeLoss } = terms.stages[0];
    expect(review.facts.limits.slice(0, 2)).toEqual([
      { limit: "daily_loss", share: -LOST / dailyLoss },
      { limit: "single_trade_loss", share: -LOST / singleTradeLoss },
    ]);
    // What shadow would have made of the same nights is what was made of them: taken whole, at the same price.
    expect(review.againstShadow).toMatchObject({ first: { n: 7 }, second: { n: 7 }, shared: 7 });
    expect(await acts().reviewWeek({ mode: "paper", to })).toMatchObject({
      ...{ from: "2026-11-03", to, decision: "roll-back" },
    });
  });

  it("find no week where nothing was played", async () => {
    expect(await acts().findWeekToReview({ mode: "paper" })).toBeNull();
  });
});

describe("reports of nights played elsewhere", () => {
  // Half past ten in the evening on the Eastern clock: still that day, though not by UTC.
  const tipAt = "2026-11-02T03:30:00Z";
  const report = (day: string, net: string) => ({
    games: [
      { tipAt, eventTicker: `A-${day}`, fills: 2, pnlUsd: { gross: net, fees: "0.500000", net } },
      {
        tipAt,
        eventTicker: `B-${day}`,
        fills: 0,
        pnlUsd: { gross: "0.000000", fees: "0.000000", net: "0.000000" },
      },
    ],
  });

  it("are read with the games that were traded, and refused by file and field", async () => {
    const dir = await mkdtemp(join(tmpdir(), "backtest-"));
    await expect(readNightResults(dir)).rejects.toThrow("no report.json");
    await writeFile(join(dir, "report.json"), JSON.stringify(report("2026-11-01", "2.250000")));
    expect(await readNightResults(`${dir}/.`)).toMatchObject({ name: basename(dir) });
    expect(await readNightResults(dir)).toMatchObject({
      folder: dir,
      days: ["2026-11-01"],
      results: [{ cluster: "A-2026-11-01", date: "2026-11-01", gross: 2_250_000, fees: 500_000 }],
    });
    await writeFile(join(dir, "report.json"), JSON.stringify({ schemaVersion: 1 }));
    await expect(readNightResults(dir)).rejects.toThrow(/report\.json.*games/);
    await writeFile(join(dir, "report.json"), "{");
    await expect(readNightResults(dir)).rejects.toThrow("report.json");
    await rm(dir, { recursive: true });
  });
});
