import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Db } from "../../schema/database.ts";
import {
  type BegunNight,
  begunNights,
  type JudgedNight,
} from "../../schema/queries/judged-nights.ts";
import { daysBefore, describeSources, isOfWorld, nightsAlike, tellLeftOut } from "./days.ts";
import { DRIFT_DAYS } from "./nightly.ts";

/** Days of a review. */
export const WEEK_DAYS = 7;

/** What a review calls the days that its drift is looked for in. */
export const LONGER_DAYS = "of these sixty days";

/** The nights that a week's review is made of, those that were given up without an end too. */
export interface ReviewedNights {
  /** Of the week, and of the sixty days up to its end; of one kind, of a world or not. */
  readonly nights: readonly JudgedNight[];
  readonly longer: readonly JudgedNight[];
  /** Those whose troubles are the week's. */
  readonly troubled: readonly JudgedNight[];
  /** Those that were given up, each counted as failed. */
  readonly unended: readonly TradingDate[];
  /** What the review says of all of them first. */
  readonly lead: readonly string[];
}

/** Finds the nights of the week that ends with a date. */
export async function reviewedNights(
  db: Db,
  { mode, to }: { readonly mode: Mode; readonly to: TradingDate },
): Promise<ReviewedNights> {
  const from = daysBefore(to, WEEK_DAYS - 1);
  const begun = await begunNights(db, {
    mode,
    from: daysBefore(to, DRIFT_DAYS - 1),
    to: daysBefore(to, -WEEK_DAYS),
  });
  const played = begun.filter(({ end, date }) => end !== "none" && date <= to);
  const longer = nightsAlike(played);
  const nights = longer.filter(({ date }) => date >= from);
  // The review before this one may have been made before anybody knew that its last night had no end.
  const before = longer.filter(({ date }) => date < from).slice(-1);
  const troubled = [...before.filter(isGivenUp), ...nights];
  const unended = troubled.filter(isGivenUp).map(({ date }) => date);
  const goingOn = begun.filter(({ end, date }) => end === "none" && date >= from);
  return {
    ...{ nights, longer, troubled, unended },
    lead: [
      describeSources(nights),
      ...unended.map(tellUnended),
      ...goingOn.map(({ date }) => tellGoingOn(date, to)),
      ...tellLeftOut(
        { days: LONGER_DAYS, what: "nights", n: played.length - longer.length },
        !longer.some(isOfWorld),
      ),
    ],
  };
}

const isGivenUp = ({ end }: BegunNight): boolean => end === "given_up";

function tellUnended(date: TradingDate): string {
  return (
    `The night of ${date} never ended: it counts as failed, with what was written down of it. See with ` +
    "`npx tipoff reconcile` what it left open, and keep its cause with `npx tipoff incident`."
  );
}

function tellGoingOn(date: TradingDate, to: TradingDate): string {
  return (
    `The night of ${date} has no end yet and is left out. Where it does not go on, it counts as failed ` +
    "once a later night has begun or two days have passed: then " +
    `\`npx tipoff review ${date > to ? date : to}\`.`
  );
}
