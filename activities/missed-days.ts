import { type Client, ScheduleNotFoundError } from "@temporalio/client";
import type { Mode } from "../core/domain/decision.ts";
import {
  easternDate,
  easternInstant,
  easternParts,
  type TradingDate,
} from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { Db } from "../schema/database.ts";
import { recordScheduleDay, scheduleDays } from "../schema/queries/schedule-days.ts";
import { SCHEDULE_CATCH_UP_MS, SCHEDULES } from "../temporal.config.ts";
import type { AlarmBook } from "./alarm-book.ts";

const DAY_MS = 86_400_000;

/** A time of day, US Eastern. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** The schedule of days as the server has it. */
export interface StandingSchedule {
  readonly next: Date | null;
  /** When each day it starts one; null when the server names no next time. */
  readonly at: TimeOfDay | null;
  /** The first day it was to start is the next one. */
  readonly since: TradingDate;
  /** Days that it started of late; their workflows say what came of them. */
  readonly fired: readonly TradingDate[];
}

/** @returns `null` when it is off. */
export async function standingSchedule(
  client: Client,
  mode: Mode,
): Promise<StandingSchedule | null> {
  try {
    const handle = client.schedule.getHandle(`${SCHEDULES.tradingDay}/${mode}`);
    const { info, action } = await handle.describe();
    const next = info.nextActionTimes[0] ?? null;
    const [input] = (action.args ?? []) as readonly { readonly since?: TradingDate }[]; // Ours: `schedule on`.
    return {
      next,
      at: next === null ? null : easternParts(instant(next.getTime())),
      since: input?.since ?? easternDate(instant(info.createdAt.getTime())),
      fired: info.recentActions.map(({ scheduledAt }) =>
        easternDate(instant(scheduledAt.getTime())),
      ),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** The day before the first that a schedule starts, when it is switched on now. */
export function sinceOf(at: TimeOfDay, now: Instant): TradingDate {
  const today = easternDate(now);
  return now < easternInstant(today, at.hour, at.minute) ? dayAfter(today, -1) : today;
}

/**
 * The first day that the schedule can still start: one is open until the server would no longer catch up, which
 * of a late hour is in the next day.
 */
export function firstOpenDay(at: TimeOfDay | null, now: Instant): TradingDate {
  const today = easternDate(now);
  if (at === null) return today;
  const isOpen = (date: TradingDate): boolean =>
    now < easternInstant(date, at.hour, at.minute) + SCHEDULE_CATCH_UP_MS;
  return [dayAfter(today, -1), today].find(isOpen) ?? dayAfter(today, 1);
}

/** Days before `until` that the schedule should have started and that nothing was recorded for. */
export function missedDays(
  lastRecorded: TradingDate | undefined,
  since: TradingDate,
  until: TradingDate,
): readonly TradingDate[] {
  const from = lastRecorded !== undefined && lastRecorded > since ? lastRecorded : since;
  const count = Math.max(0, daysBetween(from, until) - 1);
  return Array.from({ length: count }, (_, index) => dayAfter(from, index + 1));
}

/** Days from one date to another. */
export function daysBetween(from: TradingDate, to: TradingDate): number {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS;
}

function dayAfter(date: TradingDate, days: number): TradingDate {
  const at = Date.parse(`${date}T00:00:00Z`) + days * DAY_MS;
  return new Date(at).toISOString().slice(0, 10);
}

export interface MissedDeps {
  readonly db: Db;
  readonly alarms: AlarmBook;
}

/** Writes down the missed days that are not yet, and says each. */
export async function noteMissed(
  { db, alarms }: MissedDeps,
  span: {
    readonly mode: Mode;
    readonly since: TradingDate;
    readonly until: TradingDate;
    readonly fired?: readonly TradingDate[];
  },
  now: Instant,
): Promise<void> {
  const { mode, since, until, fired = [] } = span;
  const [last] = await scheduleDays(db, mode, 1);
  for (const date of missedDays(last?.trading_date, since, until)) {
    if (fired.includes(date)) continue;
    const details = "the services were not running at its hour";
    await recordScheduleDay(db, { date, mode, status: "missed", details });
    alarms.raise({
      runId: null,
      gameId: null,
      severity: "critical",
      code: "schedule_day_missed",
      field: date,
      message: `${date} was missed: ${details}`,
      details: { mode },
      at: now,
    });
  }
}

/** What the services do when they come up, and from time to time: no missed day waits for the next firing. */
export async function lookForMissed(
  deps: MissedDeps & { readonly client: Client; readonly mode: Mode },
  now: Instant,
): Promise<void> {
  const standing = await standingSchedule(deps.client, deps.mode);
  if (standing === null) return;
  const { at, since, fired } = standing;
  await noteMissed(deps, { mode: deps.mode, since, until: firstOpenDay(at, now), fired }, now);
}
