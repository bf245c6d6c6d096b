import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import { TRADING_ERRORS, TradingError } from "../core/domain/errors.ts";
import { easternDate, type TradingDate } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import { type ExchangeControl, isOfOtherMode } from "../runtime/exchange-control.ts";
import type { Db } from "../schema/database.ts";
import { cash } from "../schema/queries/ledger.ts";
import { recordScheduleDay } from "../schema/queries/schedule-days.ts";
import { workflowIds } from "../temporal.config.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { runChecks } from "./checks/check.ts";
import { START_CHECKS } from "./checks/start.ts";
import type { DayRequest } from "./day.ts";
import { isGamesAlone } from "./held-night.ts";
import { daysBetween, noteMissed } from "./missed-days.ts";

/** What the schedule starts each day. */
export interface ScheduledDayRequest {
  readonly mode: Mode;
  /** Seed of the first world, each date plays a world of its own; null plays the date's games live. */
  readonly seed: number | null;
  readonly games: number;
  readonly speed: number;
  /** The day before the first that the schedule starts: none up to it was missed. */
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
  readonly control: Pick<ExchangeControl, "state" | "manifest" | "load">;
  readonly alarms: AlarmBook;
  /** Of the worker that prepares it. */
  readonly mode: Mode;
  /** Its disk must have room. */
  readonly homePath: string;
  /** @throws TradingError CONFIG_INVALID where a strategy may not play that night. */
  readonly requireStrategies: (night: string) => Promise<void>;
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
    const scheduledAt = instant(request.scheduledAtMs);
    const date = easternDate(scheduledAt);
    await noteMissed(deps, { mode: request.mode, since: request.since, until: date }, scheduledAt);
    const reason = refusalOfMode(deps, request) ?? (await preflight(deps, request.mode, date));
    if (reason !== null) return refuse(deps, request, date, reason);
    const { games, speed, mode } = request;
    const seed = request.seed === null ? null : request.seed + daysBetween("2026-01-01", date);
    const source = seed === null ? "live" : `world:${seed}`;
    const state = await deps.control.state();
    const before = state.loaded === null ? null : await deps.control.manifest();
    const isOthers = isOfOtherMode(state, mode);
    const held = await cash(deps.db, mode);
    const startingCashUsd = held > 0 ? held / 1e6 : deps.startingCashUsd;
    try {
      await deps.requireStrategies(source);
      const wished = { source, speed, date, startingCashUsd, mode };
      // What the checks let it leave; a repeat of this finds its own night, which goes on.
      const isAnew = before !== null && (before.date !== date || isOthers) && isGamesAlone(before);
      await deps.control.load({
        ...wished,
        ...(seed !== null && { games }),
        ...(isAnew && { isAnew }),
      });
    } catch (error) {
      const why = refusalIn(error, seed === null);
      if (why === null) throw error;
      return refuse(deps, request, date, why);
    }
    const isSame = before === null || (before.name === source && before.date === date && !isOthers);
    if (!isSame) deps.renewWorker();
    const runId = workflowIds.tradingDay(mode, date);
    return { kind: "ready", day: { runId, mode, date, source, seed, speed } };
  },

  /** Writes down that a day was started. */
  async recordStartedDay({ mode, date, source }: DayRequest): Promise<void> {
    await recordScheduleDay(deps.db, { date, mode, status: "started", details: source });
  },
});
export type ScheduleActivities = ReturnType<typeof createScheduleActivities>;

/**
 * Why the night will not do, however often it is asked for. The live source: a date without games, a key that may not
 * read. A world: only what the exchange calls a bad request, such as more cash than it takes; another night in its place
 * may end. Either: settings that are refused, such as a strategy that may not play the night.
 *
 * @returns `null` for what may pass.
 */
function refusalIn(error: unknown, isLive: boolean): string | null {
  if (!(error instanceof TradingError) || TRADING_ERRORS[error.code].retryable) return null;
  const isBadRequest = "status" in error.details && error.details.status === 400;
  if (!isLive && !isBadRequest && error.code !== "CONFIG_INVALID") return null;
  return "reason" in error.details ? String(error.details.reason) : error.message;
}

/** Writes down, and tells, that a day does not start. */
async function refuse(
  deps: ScheduleDeps,
  request: ScheduledDayRequest,
  date: TradingDate,
  reason: string,
): Promise<PreparedDay> {
  const { mode } = request;
  await recordScheduleDay(deps.db, { date, mode, status: "refused", details: reason });
  raise(deps, request, "schedule_day_refused", `${date} did not start: ${reason}`);
  return { kind: "refused", date, reason };
}

/** A schedule stays with its server: it may fire while the home's services run in the other mode. */
function refusalOfMode({ mode }: ScheduleDeps, request: ScheduledDayRequest): string | null {
  if (request.mode === mode) return null;
  return `the services run in mode ${mode}, and the day is of mode ${request.mode}`;
}

/** Why a day cannot start now: the first check that is not ok. @returns `null` when it can. */
async function preflight(
  deps: ScheduleDeps,
  mode: Mode,
  date: TradingDate,
): Promise<string | null> {
  const results = await runChecks(START_CHECKS, { ...deps, mode, date });
  const failed = results.find(({ state }) => state !== "ok");
  return failed === undefined ? null : failed.evidence;
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
