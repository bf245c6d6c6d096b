import type { Logger } from "pino";
import type { Mode } from "../../core/domain/decision.ts";
import type { RunClock, TradingDate } from "../../core/domain/time.ts";
import type { ReviewDecision } from "../../core/scoring/validation/review.ts";
import { type Db, toDate } from "../../schema/database.ts";
import { begunNights, judgedNights } from "../../schema/queries/judged-nights.ts";
import { archivePaper } from "./archive.ts";
import { daysBefore } from "./days.ts";
import { scoreDays } from "./nightly.ts";
import { modeTerms, type ModeTerms } from "./terms.ts";
import { reviewWeek } from "./weekly.ts";

/** What scoring a night among the nights before it came to. */
export interface NightScored {
  /** Strategies, series and horizons that drift, of those that are watched. */
  readonly drifting: number;
  readonly watched: number;
  readonly scoresDir: string;
}

/** What a week's review came to. */
export interface WeekReviewed extends ReviewDecision {
  readonly from: TradingDate;
  readonly to: TradingDate;
  readonly reportDir: string;
}

export interface JudgementDeps {
  readonly db: Db;
  readonly clock: RunClock;
  /** The home's folder of reports. */
  readonly reportsDir: string;
  readonly log: Logger;
}

const BY = "tipoff";

/** Scores and reviews of many nights. All safe to repeat: the same nights give the same bytes. */
export const createJudgementActivities = (deps: JudgementDeps) => ({
  /** Scores a night, looks for drift up to it, and archives both. */
  async scoreNight(request: {
    readonly mode: Mode;
    readonly tradingDate: TradingDate;
  }): Promise<NightScored> {
    const { mode, tradingDate: date } = request;
    const { stages } = await termsOf(deps.db, mode);
    const days = { mode, from: date, to: date };
    const { drift, paper } = await scoreDays(deps.db, { ...days, capital: stages[0].capital });
    const scoresDir = await archivePaper(deps.db, paper, {
      ...{ ...days, kind: "nightly", basis: null, by: BY, reportsDir: deps.reportsDir },
      verdict: paper.verdict.words,
      at: toDate(deps.clock.now()),
    });
    const drifting = drift.filter(({ isDrifting }) => isDrifting === true).length;
    deps.log.info({ mode, date, drifting, watched: drift.length, scoresDir }, "night scored");
    return { drifting, watched: drift.length, scoresDir };
  },

  /** The last day of the week that is meant: see `lastNightToReview`. */
  async findWeekToReview(request: { readonly mode: Mode }): Promise<TradingDate | null> {
    return lastNightToReview(deps.db, request.mode);
  },

  /** Reviews the seven days that end with a date, and archives the review. */
  async reviewWeek(request: {
    readonly mode: Mode;
    readonly to: TradingDate;
  }): Promise<WeekReviewed> {
    const { mode, to } = request;
    const { stages } = await termsOf(deps.db, mode);
    const { review, paper } = await reviewWeek(deps.db, { mode, to, terms: stages[0] });
    const { from, decision } = review;
    const reportDir = await archivePaper(deps.db, paper, {
      ...{ kind: "weekly", mode, from, to, basis: null, by: BY, reportsDir: deps.reportsDir },
      verdict: decision.decision,
      at: toDate(deps.clock.now()),
    });
    deps.log.info({ mode, from, to, decision: decision.decision, reportDir }, "week reviewed");
    return { from, to, ...decision, reportDir };
  },
});
export type JudgementActivities = ReturnType<typeof createJudgementActivities>;

/** The date of the last night of a mode that ended. @returns `null` when none did. */
export async function lastNight(db: Db, mode: Mode): Promise<TradingDate | null> {
  return (await judgedNights(db, everyDay(mode))).at(-1)?.date ?? null;
}

/** The date of the last night of a mode that ended or was given up. @returns `null` when none was. */
export async function lastNightToReview(db: Db, mode: Mode): Promise<TradingDate | null> {
  const over = (await begunNights(db, everyDay(mode))).filter(({ end }) => end !== "none");
  return over.at(-1)?.date ?? null;
}

/** All days there can be: some decades from the first season on. */
export const FIRST_DAY = "2000-01-01";
const DAYS = 40_000;
const everyDay = (mode: Mode) => ({ mode, from: FIRST_DAY, to: daysBefore(FIRST_DAY, -DAYS) });

async function termsOf(db: Db, mode: Mode): Promise<ModeTerms> {
  const terms = await modeTerms(db, mode);
  // No night is played without them.
  if (terms === null) throw new Error(`no risk limits are in force in mode ${mode}`);
  return terms;
}
