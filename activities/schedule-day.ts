import { statfs } from "node:fs/promises";
import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import { easternDate, type TradingDate } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { ExchangeControl } from "../runtime/exchange-control.ts";
import type { Db } from "../schema/database.ts";
import { activeKill } from "../schema/queries/kill.ts";
import { cash } from "../schema/queries/ledger.ts";
import { recordScheduleDay, scheduleDays } from "../schema/queries/schedule-days.ts";
import { workflowIds } from "../temporal.config.ts";
import type { AlarmBook } from "./alarm-book.ts";
import type { DayRequest } from "./day.ts";

const DAY_MS = 86_400_000;
const DISK_BYTES_MIN = 2e9;

/** What the schedule starts each day. */
export interface ScheduledDayRequest {
  readonly mode: Mode;
  /** Seed of the first world; each date plays a world of its own. */
  readonly seed: number;
  readonly games: number;
  readonly speed: number;
  /** The date on which the schedule was switched on: no day before the next one was missed. */
  readonly since: TradingDate;
  /** When the schedule meant to start it, wall. */
  readonly scheduledAtMs: number;
}

/** What a scheduled day came to before it began. */
export type PreparedDay =
  | { readonly kind: "ready"; readonly day: DayRequest }
  | { readonly kind: "refused"; readonly date: TradingDate; readonly reason: string };

export interface ScheduleDeps {
  readonly db: Db;
  readonly control: ExchangeControl;
  readonly alarms: AlarmBook;
  /** Its disk must have room. */
  readonly homePath: string;
  /** Cash of an account that has none yet. */
  readonly startingCashUsd: number;
  /** A worker belongs to one night, whose clock never runs backwards: another is to take over. */
  readonly renewWorker: () => void;
  readonly log: Logger;
}

/** The unattended start of a day. All safe to repeat. */
export const createScheduleActivities = (deps: ScheduleDeps) => ({
  /** Says which days were missed, looks whether a day can start now, and loads its night. */
  async prepareScheduledDay(request: ScheduledDayRequest): Promise<PreparedDay> {
    const date = easternDate(instant(request.scheduledAtMs));
    await noteMissed(deps, request, date);
    const reason = await preflight(deps, request.mode, date);
    if (reason !== null) {
      await recordScheduleDay(deps.db, {
        date,
        mode: request.mode,
        status: "refused",
        details: reason,
      });
      raise(deps, request, "schedule_day_refused", `${date} did not start: ${reason}`);
      return { kind: "refused", date, reason };
    }
    const { games, speed, mode } = request;
    const before = (await deps.control.state()).loaded;
    const held = await cash(deps.db, mode);
    const seed = request.seed + daysBetween("2026-01-01", date);
    await deps.control.load({
      source: `world:${seed}`,
      speed,
      games,
      date,
      startingCashUsd: held > 0 ? held / 1e6 : deps.startingCashUsd,
    });
    if (before !== null && before !== `world:${seed}`) deps.renewWorker();
    const runId = workflowIds.tradingDay(mode, date);
    return { kind: "ready", day: { runId, mode, date, source: `world:${seed}`, seed, speed } };
  },

  /** Writes down that a day was started. */
  async recordStartedDay({ mode, date, source }: DayRequest): Promise<void> {
    await recordScheduleDay(deps.db, { date, mode, status: "started", details: source });
  },
});
export type ScheduleActivities = ReturnType<typeof createScheduleActivities>;

/** Days before `today` that the schedule should have started and that nothing was recorded for. */
export function missedDays(
  lastRecorded: TradingDate | undefined,
  since: TradingDate,
  today: TradingDate,
): readonly TradingDate[] {
  const from = lastRecorded !== undefined && lastRecorded > since ? lastRecorded : since;
  return datesBetween(from, today);
}

/** Days after `from` and before `to`. */
function datesBetween(from: TradingDate, to: TradingDate): readonly TradingDate[] {
  const count = Math.max(0, daysBetween(from, to) - 1);
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(`${from}T00:00:00Z`) + (index + 1) * DAY_MS).toISOString().slice(0, 10),
  );
}

function daysBetween(from: TradingDate, to: TradingDate): number {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS;
}

async function noteMissed(
  deps: ScheduleDeps,
  request: ScheduledDayRequest,
  date: TradingDate,
): Promise<void> {
  const [last] = await scheduleDays(deps.db, request.mode, 1);
  for (const missed of missedDays(last?.trading_date, request.since, date)) {
    const details = "the services were not running at its hour";
    await recordScheduleDay(deps.db, {
      date: missed,
      mode: request.mode,
      status: "missed",
      details,
    });
    raise(deps, request, "schedule_day_missed", `${missed} was missed: ${details}`);
  }
}

/** Why a day cannot start now. @returns `null` when it can. */
async function preflight(
  { db, control, homePath }: ScheduleDeps,
  mode: Mode,
  date: TradingDate,
): Promise<string | null> {
  const { bavail, bsize } = await statfs(homePath);
  if (bavail * bsize < DISK_BYTES_MIN) return "less than 2 GB of disk are free";
  const kill = await activeKill(db, mode);
  if (kill) return `a kill stands (${kill.level}); lift it with \`tipoff resume\``;
  const state = await control.state();
  if (state.loaded === null || state.isDone) return null;
  const loaded = await control.manifest();
  // This very day, loaded by an attempt that was cut off.
  return loaded.date === date ? null : `the night of ${loaded.date} is still being played`;
}

function raise(
  deps: ScheduleDeps,
  { mode, scheduledAtMs }: ScheduledDayRequest,
  code: string,
  message: string,
): void {
  deps.alarms.raise({
    runId: null,
    gameId: null,
    severity: "critical",
    code,
    field: null,
    message,
    details: { mode },
    at: instant(scheduledAtMs),
  });
}
