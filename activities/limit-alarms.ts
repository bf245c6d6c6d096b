import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import type { RunClock } from "../core/domain/time.ts";
import { DAILY_LOSS_NEAR, LIMIT_NEAR, limitUsage, usageAlarms } from "../core/risk/limit-usage.ts";
import { repeat } from "../runtime/repeat.ts";
import type { Db } from "../schema/database.ts";
import { clearAlarmsBut, raiseAlarm } from "../schema/queries/alarms.ts";
import { openAlarmsOf } from "../schema/queries/alerts.ts";
import { readLimitFacts } from "../schema/queries/limit-facts.ts";
import { playedOfAny } from "../schema/queries/runs.ts";
import type { LimitsBook } from "./limits-book.ts";
import type { MarketHub } from "./market-hub.ts";

/** What it takes to see how far limits are used. */
export interface LimitAlarmDeps {
  readonly db: Db;
  readonly mode: Mode;
  readonly clock: RunClock;
  readonly limits: Pick<LimitsBook, "ofRun">;
  readonly hub: Pick<MarketHub, "marks">;
  readonly log: Logger;
}

const LOOK_MS = 2_000;
const CODES = [LIMIT_NEAR, DAILY_LOSS_NEAR] as const;

/**
 * Tells, while a day is under way, of every limit that is used by 60 % or more, and of 80 % of the daily
 * loss as critical; and clears it when less is used. Only looks: the rules and breakers act.
 *
 * @returns the end of it.
 */
export function watchLimitUsage(deps: LimitAlarmDeps): () => Promise<void> {
  return repeat(
    () => tellOfLimits(deps),
    LOOK_MS,
    (error) => {
      deps.log.debug({ error: String(error) }, "use of limits not looked at");
    },
  );
}

/** Looks once. */
export async function tellOfLimits(deps: Omit<LimitAlarmDeps, "log">): Promise<void> {
  const { db, mode, clock, hub } = deps;
  const run = await playedOfAny(db, mode);
  if (!run) return;
  const at = clock.now();
  const { limits } = await deps.limits.ofRun(run.run_id);
  const facts = await readLimitFacts(db, mode, at);
  const near = usageAlarms(limitUsage({ ...facts, marks: hub.marks() }, limits));
  const keep = near.map(({ code, field }) => ({ runId: run.run_id, gameId: null, code, field }));
  const open = await Promise.all(CODES.map((code) => openAlarmsOf(db, code)));
  const isOpen = (code: string, field: string): boolean =>
    open
      .flat()
      .some((one) => one.run_id === run.run_id && one.code === code && one.field === field);
  for (const { code, field, severity, percent, usage } of near) {
    // It goes on: that is no second cause.
    if (isOpen(code, field)) continue;
    const whose = usage.by === null ? "" : ` by ${usage.by}`;
    await raiseAlarm(db, {
      runId: run.run_id,
      gameId: null,
      severity,
      code,
      field,
      message: `${mode}: ${percent} % of limit ${usage.limit} is used${whose}`,
      details: { used: usage.used, max: usage.max },
      at,
    });
  }
  await clearAlarmsBut(db, mode, { codes: CODES, keep, at });
}
