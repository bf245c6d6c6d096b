import { easternDate, easternInstant, type TradingDate } from "../../../core/domain/time.ts";
import { type Instant, instant } from "../../../core/domain/units.ts";
import type { ReportKind } from "./inputs.ts";

const DAYS: Readonly<Record<ReportKind, number>> = { nightly: 1, weekly: 7 };

/** From an instant to before another. */
export interface ReportSpan {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * The closes of a report's dates. A date ends with its midnight, as an hour ends with its full hour: what
 * closes at 00:00 has lived on the day before and belongs to it. Days have 23 or 25 hours when clocks change.
 */
export function spanOf(date: TradingDate, kind: ReportKind): ReportSpan {
  const from = easternInstant(dateBefore(date, DAYS[kind] - 1), 0, 0);
  return { from: instant(from + 1), to: instant(easternInstant(dateBefore(date, -1), 0, 0) + 1) };
}

/**
 * The closes that a report's verdict rests on: of the seven dates that end with its own, whichever kind it is.
 * One date has at most 25 hours, and an interval over fewer than thirty is none.
 */
export function judgedSpan(date: TradingDate): ReportSpan {
  return spanOf(date, "weekly");
}

/** The date that a close belongs to. */
export function dateOfClose(closeAt: Instant): TradingDate {
  return easternDate(instant(closeAt - 1));
}

/** The last date that is over at an instant: what a schedule reports. */
export function lastDate(at: Instant): TradingDate {
  return dateBefore(easternDate(at), 1);
}

/** So many calendar days before a date. */
function dateBefore(date: TradingDate, days: number): TradingDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}
