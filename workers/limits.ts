import { userInfo } from "node:os";
import type { AlarmBook } from "../activities/alarm-book.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Logger } from "../runtime/log.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import type { Db } from "../schema/database.ts";
import { clearAlarm } from "../schema/queries/alarms.ts";
import { LIMITS_EDITED, limitsInForce, putInForce } from "../schema/queries/limits.ts";

interface LimitsOptions {
  readonly db: Db;
  readonly mode: Mode;
  readonly file: string;
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
  readonly log: Logger;
}

/** How often a running worker looks whether the file was edited. Wall time. */
const LOOK_WALL_MS = 15_000;

/**
 * Takes the limits file into force where none is yet. Later a file that differs is only told of: the limits
 * in force stay, and `tipoff limits apply` is the one way to change them.
 *
 * @returns the end of looking at the file.
 * @throws TradingError CONFIG_INVALID when the file is not valid, in force or not.
 */
export async function takeLimitsIntoForce(options: LimitsOptions): Promise<() => void> {
  const { db, mode, file, log } = options;
  const { hash, text } = loadRiskLimits(file);
  if ((await limitsInForce(db, mode)) === null) {
    const by = userInfo().username;
    await db.transaction().execute(async (tx) => {
      await putInForce(tx, { mode, hash, text, by, reason: "first start", changes: [] });
    });
    log.info({ file, hash }, "risk limits taken into force");
  }
  await tellOfEdit(options);
  const timer = setInterval(() => {
    tellOfEdit(options).catch((error: unknown) => {
      log.warn({ error: String(error) }, "risk limits not compared");
    });
  }, LOOK_WALL_MS).unref();
  return () => {
    clearInterval(timer);
  };
}

async function tellOfEdit({ db, mode, file, alarms, clock }: LimitsOptions): Promise<void> {
  const inForce = await limitsInForce(db, mode);
  const difference = differenceOf(file, inForce?.hash ?? null);
  if (difference === null) {
    // Of this process, or of one before it.
    alarms.clear(LIMITS_EDITED, clock.now());
    await clearAlarm(db, LIMITS_EDITED, clock.now());
    return;
  }
  alarms.raise({
    ...LIMITS_EDITED,
    severity: "warning",
    message: `${file} ${difference}; the limits in force stay until \`tipoff limits apply\``,
    details: { file, inForceHash: inForce?.hash ?? null },
    at: clock.now(),
  });
}

function differenceOf(file: string, inForceHash: string | null): string | null {
  try {
    return loadRiskLimits(file).hash === inForceHash ? null : "differs from the limits in force";
  } catch (error) {
    return `cannot be read (${String(error)})`;
  }
}
