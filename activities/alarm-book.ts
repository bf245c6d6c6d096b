import type { Logger } from "pino";
import type { Instant } from "../core/domain/units.ts";
import type { Db } from "../schema/database.ts";
import { raiseAlarm } from "../schema/queries/alarms.ts";

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

/** Raises alarms without holding anybody up. */
export interface AlarmBook {
  raise(alarm: Alarm): void;
  flush(): Promise<void>;
}

/** The same alarm is written at most this often; in between only its last words are kept. */
const REPEAT_WALL_MS = 2_000;

/** Creates the alarm book of a process. An alarm that cannot be written stays in the log and is tried again. */
export function createAlarmBook(options: { readonly db: Db; readonly log: Logger }): AlarmBook {
  const { db, log } = options;
  const waiting = new Map<string, Alarm>();
  const writtenAt = new Map<string, number>();
  const write = async (key: string, alarm: Alarm): Promise<void> => {
    try {
      await raiseAlarm(db, alarm);
    } catch (error) {
      log.error({ ...alarm, error: String(error) }, "alarm not written");
      if (!waiting.has(key)) waiting.set(key, alarm);
    }
  };
  const drain = async (isFinal: boolean): Promise<void> => {
    const now = performance.now();
    const due = [...waiting].filter(
      ([key]) => isFinal || now - (writtenAt.get(key) ?? -Infinity) >= REPEAT_WALL_MS,
    );
    for (const [key, alarm] of due) {
      waiting.delete(key);
      writtenAt.set(key, now);
      await write(key, alarm);
    }
  };
  setInterval(() => void drain(false), 250).unref();
  return {
    raise: (alarm) => {
      const key = [alarm.runId, alarm.gameId, alarm.code, alarm.field].join("|");
      if (!writtenAt.has(key)) log.warn({ ...alarm }, "alarm");
      waiting.set(key, alarm);
    },
    flush: () => drain(true),
  };
}
