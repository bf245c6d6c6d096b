import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { errorOf } from "../core/domain/errors.ts";
import type { RunClock } from "../core/domain/time.ts";
import { isDatabaseAway } from "../schema/away.ts";
import type { Db } from "../schema/database.ts";
import { clearAlarm, raiseAlarm } from "../schema/queries/alarms.ts";
import { batchSize, insertBatch, type ObservationBatch, singleRows } from "./observation-batch.ts";
import {
  BrokenSpool,
  readSpool,
  refusedFolder,
  spooledFiles,
  writeSpool,
} from "./observation-spool.ts";

/** Of the files that wait, not of the database itself. */
const ALARM = { runId: null, gameId: null, code: "DATABASE_UNAVAILABLE", field: "spool" } as const;

export interface ObservationStoreDeps {
  readonly db: Db;
  /** Where rows wait while the database is away. Of one process alone. */
  readonly spoolDir: string;
  readonly log: Logger;
  readonly clock: RunClock;
  /** Told of rows that are in no table and will be in none: the database refuses them, or their file is broken. */
  readonly onRefused?: (rows: number) => void;
  /** Wall time within which the database must answer; beyond it, it is away. */
  readonly patienceMs?: number;
}

/** Takes in what was spooled. Of one store, which asks for one thing after the other. */
export class SpoolIntake {
  readonly #deps: ObservationStoreDeps;
  /** Names of the files that the disk did not give when they were last asked for. */
  #left: ReadonlySet<string> = new Set();

  constructor(deps: ObservationStoreDeps) {
    this.#deps = deps;
  }

  /** Whether files wait for a disk that gives them. */
  get hasLeft(): boolean {
    return this.#left.size > 0;
  }

  /**
   * Takes in every file: its rows, then its name, then it is removed. A crash in between takes it in
   * again, which changes nothing, since each row has a key of its own. @returns how many rows.
   */
  async takeIn(): Promise<number> {
    const { spoolDir } = this.#deps;
    const left = new Map<string, Error>();
    let taken = 0;
    for (const name of await spooledFiles(spoolDir)) {
      const read = await readSpool(spoolDir, name).catch(errorOf);
      if (read instanceof BrokenSpool) await setAside(this.#deps, name, read);
      else if (read instanceof Error) left.set(name, read);
      else taken += await takeFile(this.#deps, name, read);
    }
    await this.#say(left);
    this.#left = new Set(left.keys());
    return taken;
  }

  /** Asks again for what the disk did not give. */
  async retry(): Promise<void> {
    if (!this.hasLeft) return;
    const { log } = this.#deps;
    try {
      const rows = await this.takeIn();
      if (rows > 0) log.info({ rows }, "spooled observations that could not be read, taken in");
    } catch (error) {
      // A database that is away is seen by whoever writes to it next.
      if (!isDatabaseAway(error)) log.error({ err: error }, "spooled observations wait");
    }
  }

  /** Says which files are left, each once, and when there are none any more. */
  async #say(left: ReadonlyMap<string, Error>): Promise<void> {
    const { db, log, clock } = this.#deps;
    const fresh = [...left].filter(([name]) => !this.#left.has(name));
    for (const [name, err] of fresh) log.error({ name, err }, "a spooled file cannot be read now");
    if (fresh.length > 0) {
      const message = "spooled observations cannot be read; they are left and tried again";
      const details = { files: fresh.map(([name, { message: why }]) => `${name}: ${why}`) };
      await raiseAlarm(db, { ...ALARM, severity: "warning", message, details, at: clock.now() });
    } else if (left.size === 0 && this.hasLeft) {
      await clearAlarm(db, ALARM, clock.now());
    }
  }
}

/** Takes in one file, unless it was before. @returns how many rows. */
async function takeFile(
  deps: ObservationStoreDeps,
  name: string,
  batch: ObservationBatch,
): Promise<number> {
  const { db, spoolDir } = deps;
  const known = await db
    .selectFrom("spooled_files")
    .select("file_name")
    .where("file_name", "=", name)
    .executeTakeFirst();
  const rows = batchSize(batch);
  if (!known) {
    await insertPatiently(deps, batch);
    await db
      .insertInto("spooled_files")
      .values({ file_name: name, rows })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await rm(join(spoolDir, name));
  return known ? 0 : rows;
}

/**
 * Writes a batch. If the database refuses it as a whole, row by row: one bad row must not take the
 * others with it. What is refused even so is kept in files aside, and said.
 */
export async function insertPatiently(
  deps: ObservationStoreDeps,
  batch: ObservationBatch,
  isDurable = true,
): Promise<void> {
  const { db, log, spoolDir, onRefused } = deps;
  try {
    await within(deps, insertBatch(db, batch, isDurable));
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    for (const row of singleRows(batch)) {
      try {
        await within(deps, insertBatch(db, row, isDurable));
      } catch (reason) {
        if (isDatabaseAway(reason)) throw reason;
        log.error({ err: reason, row }, "the database refuses an observation");
        await writeSpool(refusedFolder(spoolDir), row);
        onRefused?.(batchSize(row));
      }
    }
  }
}

/** A file that no later try will read. How many rows it held nobody knows: it is told of as one. */
async function setAside(
  { spoolDir, log, onRefused }: ObservationStoreDeps,
  name: string,
  err: BrokenSpool,
): Promise<void> {
  const folder = refusedFolder(spoolDir);
  await mkdir(folder, { recursive: true });
  await rename(join(spoolDir, name), join(folder, name));
  log.error({ name, err }, "a spooled file is broken and was set aside");
  onRefused?.(1);
}

/** A server that hangs is away too. What it did after all is found by the rows' own keys. */
export async function within<T>(
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
