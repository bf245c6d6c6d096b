import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, type HandNight, insertNight } from "../../test/db/stage-nights.ts";
import { modeTerms } from "./terms.ts";
import { validateNights } from "./validation.ts";
import { reviewWeek } from "./weekly.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);
afterEach(() => emptyDatabase(cloned.db));

const WORLD = "world:7";
let limitsHash: string;

async function putLimits(): Promise<void> {
  const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  limitsHash = hash;
  for (const mode of ["paper", "shadow"] as const) {
    await putInForce(cloned.db, { mode, hash, text, by: "test", reason: "test", changes: [] });
  }
}

const play = (night: Partial<HandNight> & Pick<HandNight, "date">) =>
  insertNight(cloned.db, { mode: "paper", isWon: true, limitsHash, ...night });

async function termsOfPaper() {
  const terms = await modeTerms(cloned.db, "paper");
  if (terms === null) throw new Error("limits are in force");
  return terms;
}

describe("a week's review", () => {
  const reviewed = async () => {
    const terms = (await termsOfPaper()).stages[0];
    return reviewWeek(cloned.db, { mode: "paper", to: "2026-11-09", terms });
  };
  /** Six nights of a recording; the fourth of November is left for another. */
  const playWeek = async (): Promise<void> => {
    await putLimits();
    for (const date of datesFrom("2026-11-03", 7)) {
      if (date !== "2026-11-04") await play({ date, scoredGames: 5 });
    }
  };

  it("comes to the same beside nights of worlds, of which it says how many it left out", async () => {
    await playWeek();
    const alone = await reviewed();
    // Forecast worse than by the market, thirty games and more, lost, and one of them failed within the week.
    for (const date of [...datesFrom("2026-09-20", 40), "2026-11-04"]) {
      await play({ date, isWon: false, source: WORLD, verdict: "failed" });
    }
    await sql`update scores set model_probability = 0.9 where not home_won`.execute(cloned.db);
    await sql`insert into circuit_breakers (mode, breaker, cause, numbers, level, run_id, tripped_at)
      values ('paper', 'daily_loss', 'lost too much', '{}', 'no-entries',
        'trading-day/paper/2026-11-04', now())`.execute(cloned.db);
    const beside = await reviewed();
    expect(beside.review).toEqual(alone.review);
    expect(beside.review.decision.decision).toBe("keep");
    expect(beside.paper.tables).toEqual(alone.paper.tables);
    expect(alone.paper.lead[0]).toBe("6 nights, none of a seeded world.");
    expect(beside.paper.lead.slice(0, 2)).toEqual([
      "6 nights, none of a seeded world.",
      "Left out of these sixty days: 41 nights of a seeded world, which are no measure of the others.",
    ]);
  });

  it("shows the most that it used of each limit, by its days and by what alarms told", async () => {
    await putLimits();
    // Lost on Wednesday and Thursday, won back from Friday on; the week before lost too.
    const lost = ["2026-10-30", "2026-11-04", "2026-11-05"];
    for (const date of ["2026-10-30", ...datesFrom("2026-11-03", 7)]) {
      await play({ date, isWon: !lost.includes(date) });
    }
    const tell = (field: string, used: number) =>
      sql`
      insert into alarms (run_id, severity, code, field, message, details, raised_at, last_at)
      values ('trading-day/paper/2026-11-05', 'warning', 'limit_near', ${field}, '',
        ${JSON.stringify({ used, max: 100 })}, now(), now())`.execute(cloned.db);
    await tell("daily_loss", 90);
    await tell("exposure_cap", 70);
    const { review } = await reviewed();
    const terms = (await termsOfPaper()).stages[0];
    const { loss, won } = { loss: 51_750_000, won: 48_250_000 };
    // From Friday's equity of the week before: lost, won on Tuesday, lost twice.
    const peak = terms.capital;
    const fall = (3 * loss - won) / peak;
    expect(review.facts.limits).toEqual([
      { limit: "daily_loss", share: 0.9 },
      { limit: "single_trade_loss", share: loss / terms.singleTradeLoss },
      // Tuesday won, Wednesday and Thursday lost.
      { limit: "weekly_loss", share: (2 * loss - won) / terms.weeklyLoss },
      { limit: "drawdown", share: expect.closeTo(fall / terms.drawdownShare, 9) as number },
      { limit: "exposure_cap", share: 0.7 },
    ]);
    expect(review.decision.decision).toBe("tighten");
    expect(review.decision.reasons).toContain("limits were nearly reached: daily_loss");
    // A drawdown that a person has let go on since is measured anew.
    await sql`insert into circuit_breakers (mode, breaker, cause, numbers, level, run_id, tripped_at,
        released_at, released_by, release_reason)
      values ('paper', 'drawdown', 'fell', '{}', 'no-entries', 'trading-day/paper/2026-10-30', now(),
        now(), 'test', 'seen')`.execute(cloned.db);
    const anew = (await reviewed()).review.facts.limits.find(({ limit }) => limit === "drawdown");
    const above = terms.capital - loss + won;
    expect(anew?.share).toBeCloseTo((2 * loss) / above / terms.drawdownShare, 9);
  });

  it("shows where we and the market are wrong alike", async () => {
    await putLimits();
    // Twenty games a night; seven nights of ten are won.
    for (const [index, date] of datesFrom("2026-10-31", 10).entries()) {
      await play({ date, isWon: index < 7, scoredGames: 19 });
    }
    await sql`update scores set model_probability = 0.8, market_probability = 0.8`.execute(
      cloned.db,
    );
    const { paper } = await reviewed();
    const table = paper.tables.find(({ title }) => title === "Calibration, recomputed");
    const rows = new Map(table?.rows.map((row) => [row[0], row.slice(1, -1)]));
    expect(rows.get("Brier score, difference")?.[0]).toBe("0.0000");
    // 0.7 - 0.8, and its square where all forecasts are of one bin.
    const wrong = ["-10.0 %", expect.stringMatching(/^-.* to -/), "200", "200"];
    expect(rows.get("gap, ours")).toEqual(wrong);
    expect(rows.get("gap, market")).toEqual(wrong);
    expect(rows.get("reliability, ours")?.[0]).toBe("0.0100");
    expect(rows.get("gap of the high tail")).toEqual(["–", "there is none", "0", "0"]);
  });

  it("is of worlds where its last night is, without the recordings before", async () => {
    await putLimits();
    for (const date of datesFrom("2026-11-03", 6)) await play({ date });
    await play({ date: "2026-11-09", source: WORLD });
    const { review, paper } = await reviewed();
    expect(review.scores.nights).toBe(1);
    expect(paper.lead[1]).toMatch(
      /^Left out of these sixty days: 6 nights that are of no seeded world,/,
    );
  });
});

describe("the drift of a week's review", () => {
  const watchedUpTo = async (to: string) => {
    const terms = (await termsOfPaper()).stages[0];
    const { review } = await reviewWeek(cloned.db, { mode: "paper", to, terms });
    return review.facts.drift.map(({ name, what, recent, before }) => [
      ...[`${name}: ${what}`, recent.n, before.n],
    ]);
  };

  it("is of the nights that are reviewed, with one that was given up, and of no world before it", async () => {
    await putLimits();
    for (const date of datesFrom("2026-10-30", 9)) await play({ date });
    await play({ date: "2026-11-08", source: WORLD, isWon: false });
    await play({ date: "2026-11-09", isEnded: false, daysAgo: 3 });
    // Recorded: the third to the seventh of November and the ninth; before them four nights.
    expect(await watchedUpTo("2026-11-09")).toEqual([
      ["model-edge: net", 6, 4],
      ["KXNBAGAME, tip: brier_excess", 6, 4],
      ["KXNBAGAME, tip: bias", 6, 4],
    ]);
  });
});

describe("a validation beside the other mode", () => {
  const besideShadow = async (evidence: { configHash: string; limitsHash: string } | null) => {
    const terms = await termsOfPaper();
    const days = { from: "2026-11-01", to: "2026-11-30" };
    const given = { terms, others: [], tried: [], capital: null };
    const { validation } = await validateNights(cloned.db, {
      ...{ mode: "paper", ...days, evidence, ...given },
    });
    return validation.comparisons.map(({ name, second }) => [name, second.n]);
  };

  it("takes of it only nights that a gate counts, where it takes only such of its own", async () => {
    await putLimits();
    const dates = datesFrom("2026-11-01", 6);
    for (const date of dates) await play({ date });
    const shadow = { mode: "shadow", daysAgo: 1 } as const;
    for (const date of dates.slice(4)) await play({ ...shadow, date });
    const evidence = { configHash: "c", limitsHash };
    expect(await besideShadow(evidence)).toEqual([["shadow", 2]]);
    await play({ ...shadow, date: dates[0] ?? "", source: WORLD });
    await play({ ...shadow, date: dates[1] ?? "", configHash: "other", daysAgo: 3 });
    await play({ ...shadow, date: dates[2] ?? "", limitsHash: "other", daysAgo: 3 });
    expect(await besideShadow(evidence)).toEqual([["shadow", 2]]);
    expect(await besideShadow(null)).toEqual([["shadow", 5]]);
  });

  it("says nothing of it where none of its nights is counted", async () => {
    await putLimits();
    await play({ date: "2026-11-01" });
    await play({ mode: "shadow", date: "2026-11-01", source: WORLD });
    expect(await besideShadow({ configHash: "c", limitsHash })).toEqual([]);
  });
});
