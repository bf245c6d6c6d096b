import type { Logger } from "pino";
import type { Instant } from "../core/domain/units.ts";
import { knownSecrets } from "../runtime/config.ts";
import { createScrubber } from "../runtime/secret.ts";
import type { Db } from "../schema/database.ts";
import { clearAlarm, raiseAlarm } from "../schema/queries/alarms.ts";

/** Something a person should know. The same cause of the same game is one alarm with a count. */
interface Alarm {
  readonly runId: string | null;
  readonly gameId: string | null;
  readonly severity: "info" | "warning" | "critical";
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly at: Instant;
}

/** What makes two alarms the same. */
type AlarmKey = Pick<Alarm, "runId" | "gameId" | "code" | "field">;

/** Raises alarms without holding anybody up. */
export interface AlarmBook {
  raise(alarm: Alarm): void;
  /** The condition has ended. Without effect when no such alarm is open. */
  clear(key: AlarmKey, at: Instant): void;
  flush(): Promise<void>;
}

/**
 * Codes of what a process says of its own view: its connections, its feeds, its books, its activities.
 * With the process ends what it saw; the next one raises anew what it finds.
 */
export const PROCESS_BOUND_ALARMS: readonly string[] = [
  "activity_failing",
  "DATABASE_UNAVAILABLE",
  "quote_invalid",
  "market_stale",
  "regime_changed",
  "frame_invalid",
  "feed_invalid",
  "feed_jumped",
  "final_disputed",
  "teams_swapped",
  "btc_spot_stale",
  "btc_quotes_stale",
  "btc_series_silent",
  "btc_loop_silent",
  "btc_settlement_late",
  "btc_settlement_invalid",
  "btc_data_gap",
];

/** The same alarm is written at most this often; in between only its last words are kept. */
const REPEAT_WALL_MS = 2_000;
const DRAIN_MS = 250;

/** Creates the alarm book of a process. An alarm that cannot be written stays in the log and is tried again. */
export function createAlarmBook(options: { readonly db: Db; readonly log: Logger }): AlarmBook {
  const { db, log } = options;
  // Messages quote errors of others, who may quote anything.
  const scrub = createScrubber(knownSecrets());
  const waiting = new Map<string, Alarm>();
  const ended = new Map<string, { readonly key: AlarmKey; readonly at: Instant }>();
  const writtenAt = new Map<string, number>();
  const write = async (key: string, alarm: Alarm): Promise<void> => {
    try {
      // Boundary cast: what was an object before it was JSON is one after.
      const details = JSON.parse(scrub(JSON.stringify(alarm.details))) as object;
      await raiseAlarm(db, { ...alarm, message: scrub(alarm.message), details });
    } catch (error) {
      log.error({ ...alarm, error: String(error) }, "alarm not written");
      if (!waiting.has(key)) waiting.set(key, alarm);
    }
  };
  const drain = async (isFinal: boolean): Promise<void> => {
    const now = performance.now();
    // What has ended is written before it is cleared: written later, it would stand open for ever.
    const due = [...waiting].filter(
      ([key]) =>
        isFinal || ended.has(key) || now - (writtenAt.get(key) ?? -Infinity) >= REPEAT_WALL_MS,
    );
    for (const [key, alarm] of due) {
      waiting.delete(key);
      writtenAt.set(key, now);
      await write(key, alarm);
    }
    // What has come again meanwhile waits to be written, and cleared, in the next turn.
    const over = [...ended].filter(([name]) => !waiting.has(name));
    for (const [name, end] of over) {
      const { key, at } = end;
      try {
        await clearAlarm(db, key, at);
        writtenAt.delete(name);
        // Meanwhile it may have come again, and ended again: that end is still to be written.
        if (ended.get(name) === end) ended.delete(name);
      } catch (error) {
        log.warn({ ...key, error: String(error) }, "alarm not cleared");
      }
    }
  };
  let work = Promise.resolve();
  /** One after the other: an end must not overtake the write of what it ends. */
  const inTurn = (isFinal: boolean): Promise<void> => {
    work = work.then(() => drain(isFinal));
    return work;
  };
  const tick = (): void => {
    setTimeout(() => void inTurn(false).then(tick), DRAIN_MS).unref();
  };
  tick();
  return {
    raise: (alarm) => {
      const name = nameOf(alarm);
      if (!writtenAt.has(name)) log.warn({ ...alarm }, "alarm");
      ended.delete(name);
      waiting.set(name, alarm);
    },
    clear: (key, at) => {
      const name = nameOf(key);
      if (waiting.has(name) || writtenAt.has(name)) ended.set(name, { key, at });
    },
    flush: () => inTurn(true),
  };
}

function nameOf({ runId, gameId, code, field }: AlarmKey): string {
  return [runId, gameId, code, field].join("|");
}
