import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { KillReport } from "../activities/kill.ts";
import { forbiddenByLedger, isBid, type SweptVenue, sweepOnce } from "../activities/venue-sweep.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { Home } from "../runtime/home.ts";
import type { Db } from "../schema/database.ts";
import {
  type Acknowledgement,
  acknowledgeKill,
  findKill,
  type NewKill,
  throwKill,
} from "../schema/queries/kill.ts";
import { openAccount } from "./account.ts";
import { type RunningHome, withDatabase } from "./context.ts";
import { reasonOf } from "./output.ts";

/** What came of a sweep at the venue. */
export interface SweptAccount {
  /** Wall time until the venue showed none that the level forbids; null when it never did. */
  readonly clearedMs: number | null;
  /** How often the venue did not answer. */
  readonly faults: number;
}

/** What a kill thrown from here came to. */
export interface DirectKill {
  /** Null when the database is away: then a file named KILL stands. */
  readonly acknowledged: Acknowledgement | null;
  readonly venue: SweptAccount | null;
  /** What the worker's own sweep reports; null when it did not in time. */
  readonly report: KillReport | null;
}

/** A database that hangs must not hold up what the venue can be told. Wall time. */
const ROW_TIMEOUT_MS = 6_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
const LOOK_MS = 50;

/**
 * Throws a kill from this process alone: the row and the senders' lock, then the venue itself until
 * it shows no resting order that the level forbids, then what the worker reports. With the database
 * away a file named KILL takes the row's place. Needs neither Temporal nor worker.
 */
export async function killDirectly(
  running: RunningHome,
  kill: NewKill,
  options: {
    readonly say: (line: string) => void;
    readonly sweepMs: number;
    readonly reportMs: number;
  },
): Promise<DirectKill> {
  const { say } = options;
  const startedAt = performance.now();
  const acknowledged = await writeRow(running, kill).catch(async (error: unknown) => {
    say(`the database does not answer (${reasonOf(error)})`);
    await writeKillFile(running.home, kill);
    say(`${running.home.killFile} stands instead: nothing is sent while it does`);
    return null;
  });
  if (acknowledged) say(describe(acknowledged, kill.level, performance.now() - startedAt));
  const venue = await sweepAccount(running, kill, {
    say,
    giveUp: AbortSignal.timeout(options.sweepMs),
    isDatabaseThere: acknowledged !== null,
  });
  const report = acknowledged ? await awaitReport(running, kill.killId, options.reportMs) : null;
  return { acknowledged, venue, report };
}

async function writeRow(running: RunningHome, kill: NewKill): Promise<Acknowledgement> {
  const writing = withDatabase(running.databaseUrl, async (database) => {
    await throwKill(database, kill);
    return acknowledgeKill(database, kill);
  });
  const late = sleep(ROW_TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${ROW_TIMEOUT_MS / 1_000} s`);
  });
  writing.catch(() => undefined); // Heard in the race, unless it comes too late to matter.
  return Promise.race([writing, late]);
}

/** Leaves the file named KILL: senders look for it before each order, and the worker throws it once it is up. */
export async function writeKillFile(
  home: Home,
  kill: Pick<NewKill, "level" | "reason" | "by">,
): Promise<void> {
  const { level, reason, by } = kill;
  await writeFile(home.killFile, `${JSON.stringify({ level, reason, by })}\n`, { flush: true });
}

/**
 * Cancels at the venue until it shows nothing any more that the level forbids. While it does not
 * answer this is said once for each reason, and tried again with bounded pauses.
 *
 * @returns null in shadow, where nothing of ours is at the venue.
 */
export async function sweepAccount(
  running: RunningHome,
  kill: Pick<NewKill, "mode" | "level">,
  options: {
    readonly say: (line: string) => void;
    readonly giveUp: AbortSignal;
    readonly isDatabaseThere: boolean;
  },
): Promise<SweptAccount | null> {
  if (kill.mode === "shadow") return null;
  const sweepWith = async (database: Db | null): Promise<SweptAccount> => {
    const isForbidden =
      database === null ? isBid : await forbiddenByLedger(database, kill).catch(() => isBid);
    let venue: SweptVenue | null = null;
    const sweep = async (): Promise<number> => {
      venue ??= await openAccount(running, database);
      return sweepOnce(venue, kill.level, isForbidden);
    };
    return untilClear(sweep, options.say, options.giveUp);
  };
  return options.isDatabaseThere ? withDatabase(running.databaseUrl, sweepWith) : sweepWith(null);
}

async function untilClear(
  sweep: () => Promise<number>,
  say: (line: string) => void,
  giveUp: AbortSignal,
): Promise<SweptAccount> {
  const startedAt = performance.now();
  let faults = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let said = "";
  while (!giveUp.aborted) {
    try {
      if ((await sweep()) === 0) return { clearedMs: performance.now() - startedAt, faults };
      pauseMs = LOOK_MS;
    } catch (error) {
      faults += 1;
      const reason = reasonOf(error);
      if (reason !== said) say(`the exchange does not answer (${reason}); trying again`);
      said = reason;
      pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
    }
    await sleep(pauseMs, undefined, { signal: giveUp }).catch(() => undefined);
  }
  return { clearedMs: null, faults };
}

/** Waits for the report that the kill's workflow writes. @returns null when it does not come in time. */
async function awaitReport(
  running: RunningHome,
  killId: string,
  patienceMs: number,
): Promise<KillReport | null> {
  const deadline = performance.now() + patienceMs;
  return withDatabase(running.databaseUrl, async (database) => {
    for (;;) {
      const report = readReport((await findKill(database, killId))?.report ?? null);
      if (report !== null || performance.now() > deadline) return report;
      await sleep(LOOK_MS);
    }
  }).catch(() => null);
}

/** A report as its workflow wrote it. */
export function readReport(text: string | null): KillReport | null {
  return text === null ? null : (JSON.parse(text) as KillReport); // Boundary: our own row.
}

function describe(acknowledged: Acknowledgement, level: KillLevel, tookMs: number): string {
  const took = `${Math.round(tookMs)} ms`;
  if (acknowledged.isQuiet) return `killed (${level}) in ${took}: nothing is in flight`;
  const orders = acknowledged.inFlight.join(", ") || "none known by name";
  return `killed (${level}) in ${took}; still in flight: ${orders}`;
}
