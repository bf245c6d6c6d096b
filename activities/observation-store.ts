import { rename, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import type { Logger } from "pino";
import type { RunClock } from "../core/domain/time.ts";
import { isDatabaseAway } from "../schema/away.ts";
import type { Db } from "../schema/database.ts";
import { clearAlarm, raiseAlarm } from "../schema/queries/alarms.ts";
import type {
  NewCycle,
  NewDecision,
  NewRawResponse,
  NewSnapshot,
  NewVerdict,
} from "../schema/queries/observations.ts";
import {
  batchSize,
  insertBatch,
  joinBatches,
  newBatch,
  type ObservationBatch,
  type ObservedTable,
  type Rows,
  singleRows,
} from "./observation-batch.ts";
import { readSpool, removeDrafts, spooledFiles, writeSpool } from "./observation-spool.ts";

export interface ObservationStoreDeps {
  readonly db: Db;
  /** Where rows wait while the database is away. Of one process alone. */
  readonly spoolDir: string;
  readonly log: Logger;
  readonly clock: RunClock;
  /** Wall time within which the database must answer; beyond it, it is away. */
  readonly patienceMs?: number;
}

/**
 * Keeps everything observed: in the database, or while that is away in files that it takes in later.
 * Rows are written within about 200 ms of being added.
 */
export interface ObservationStore {
  readonly snapshot: (row: NewSnapshot) => void;
  /** Add its verdicts right after it, without waiting in between: they are written together. */
  readonly decision: (row: NewDecision) => void;
  readonly verdict: (row: NewVerdict) => void;
  readonly cycle: (row: NewCycle) => void;
  readonly raw: (row: NewRawResponse) => void;
  /**
   * Resolves when all that was added before is kept, in the database or on the disk. The first call
   * also takes in what an earlier process left: wait for it before numbers are read back.
   */
  readonly flush: () => Promise<void>;
  /** While true no entry may be made. True until the database has answered for the first time. */
  readonly isAway: () => boolean;
  /** Keeps what is left and stops. */
  readonly close: () => Promise<void>;
}

const FLUSH_MS = 200;
const FLUSH_ROWS = 500;
const PROBE_MS = 500;
const ALARM = { runId: null, gameId: null, code: "DATABASE_UNAVAILABLE", field: null } as const;

/** Opens the store. What an earlier process has left on the disk is taken in first. */
export function createObservationStore(deps: ObservationStoreDeps): ObservationStore {
  const { spoolDir, log } = deps;
  let buffer = newBatch();
  let isAway = true;
  let isClosed = false;
  let timer: NodeJS.Timeout | null = null;
  let work = removeDrafts(spoolDir).catch((error: unknown) => {
    log.error({ err: error, spoolDir }, "the spool folder cannot be used");
  });

  const drain = async (): Promise<void> => {
    const batch = buffer;
    buffer = newBatch();
    try {
      isAway = isAway ? !(await keepAway(deps, batch)) : !(await keepHere(deps, batch));
    } catch (error) {
      // Not even the disk takes it: it stays in memory, and trading stays off.
      buffer = joinBatches(batch, buffer);
      isAway = true;
      log.error({ err: error, rows: batchSize(batch) }, "observations could not be kept");
      throw error;
    }
  };
  const flush = (): Promise<void> => {
    const done = work.then(drain);
    work = done.catch(() => undefined);
    return done;
  };
  const schedule = (): void => {
    if (timer !== null || isClosed) return;
    const wait = isAway ? PROBE_MS : FLUSH_MS;
    timer = setTimeout(() => {
      timer = null;
      void flush()
        .catch(() => undefined)
        .then(() => {
          if (isAway || batchSize(buffer) > 0) schedule();
        });
    }, wait);
  };
  const add =
    <Table extends ObservedTable>(table: Table) =>
    (row: Rows[Table]): void => {
      buffer[table].push(row);
      if (batchSize(buffer) >= FLUSH_ROWS) void flush().catch(() => undefined);
      schedule();
    };

  schedule();
  return {
    snapshot: add("snapshots"),
    decision: (row) => {
      add("decisions")({ raw_ids: "[]", ...row });
    },
    verdict: add("verdicts"),
    cycle: add("cycles"),
    raw: add("raw_responses"),
    flush,
    isAway: () => isAway,
    close: async () => {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      await flush();
    },
  };
}

/** Writes to the database, or if it is away to the disk. @returns whether the database is there. */
async function keepHere(deps: ObservationStoreDeps, batch: ObservationBatch): Promise<boolean> {
  if (batchSize(batch) === 0) return true;
  try {
    await insertPatiently(deps, batch);
    return true;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    await writeSpool(deps.spoolDir, batch);
    deps.log.warn({ err: error }, "database away, observations are spooled");
    return false;
  }
}

/** Writes to the disk, and looks whether the database is back. @returns whether it is. */
async function keepAway(deps: ObservationStoreDeps, batch: ObservationBatch): Promise<boolean> {
  const { db, log, clock, spoolDir } = deps;
  if (batchSize(batch) > 0) await writeSpool(spoolDir, batch);
  try {
    await within(deps, sql`select 1`.execute(db));
    const rows = await takeIn(deps);
    const message = "the database was away; entries were stopped, observations spooled";
    const at = clock.now();
    await raiseAlarm(db, { ...ALARM, severity: "warning", message, details: { rows }, at });
    await clearAlarm(db, ALARM, at);
    log.info({ rows }, "database is back, spooled observations taken in");
    return true;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    return false;
  }
}

/**
 * Takes in every file: its rows, then its name, then it is removed. A crash in between takes it in
 * again, which changes nothing, since each row has a key of its own.
 */
async function takeIn(deps: ObservationStoreDeps): Promise<number> {
  const { db, spoolDir } = deps;
  let taken = 0;
  for (const name of await spooledFiles(spoolDir)) {
    const batch = await readSpool(spoolDir, name).catch(() => null);
    if (batch === null) {
      await setAside(deps, name);
      continue;
    }
    const known = await db
      .selectFrom("spooled_files")
      .select("file_name")
      .where("file_name", "=", name)
      .executeTakeFirst();
    if (!known) {
      await insertPatiently(deps, batch);
      await db
        .insertInto("spooled_files")
        .values({ file_name: name, rows: batchSize(batch) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      taken += batchSize(batch);
    }
    await rm(join(spoolDir, name));
  }
  return taken;
}

/**
 * Writes a batch. If the database refuses it as a whole, row by row: one bad row must not take the
 * others with it. What is refused even so is kept in files aside, and said.
 */
async function insertPatiently(deps: ObservationStoreDeps, batch: ObservationBatch): Promise<void> {
  const { db, log, spoolDir } = deps;
  try {
    await within(deps, insertBatch(db, batch));
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    for (const row of singleRows(batch)) {
      try {
        await within(deps, insertBatch(db, row));
      } catch (reason) {
        if (isDatabaseAway(reason)) throw reason;
        log.error({ err: reason, row }, "the database refuses an observation");
        await writeSpool(join(spoolDir, "refused"), row);
      }
    }
  }
}

async function setAside({ spoolDir, log }: ObservationStoreDeps, name: string): Promise<void> {
  const folder = join(spoolDir, "refused");
  await mkdir(folder, { recursive: true });
  await rename(join(spoolDir, name), join(folder, name));
  log.error({ name }, "a spooled file cannot be read and was set aside");
}

/** A server that hangs is away too. What it did after all is found by the rows' own keys. */
async function within<T>(
  { patienceMs = 5_000 }: ObservationStoreDeps,
  query: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error("query read timeout"));
    }, patienceMs);
  });
  query.catch(() => undefined); // After the race is lost nobody waits for it.
  try {
    return await Promise.race([query, late]);
  } finally {
    clearTimeout(timer);
  }
}
