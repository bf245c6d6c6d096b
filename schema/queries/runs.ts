import type { Selectable } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";
import { keepConfig } from "./configs.ts";

/** Which pipeline a run belongs to: the nights of the NBA, or Bitcoin around the clock. */
export type RunDomain = RunRow["domain"];

/** A run as it was started: a trading day, or Bitcoin from that date on. `config` and `manifest` are JSON texts, kept byte for byte. */
export interface NewRun {
  readonly runId: string;
  /** The NBA's unless it says otherwise. */
  readonly domain?: RunDomain;
  readonly mode: Mode;
  readonly tradingDate: TradingDate;
  readonly source: string;
  readonly seed: number | null;
  readonly speed: number;
  readonly codeCommit: string;
  readonly configHash: string;
  readonly config: string;
  readonly manifest: string;
  readonly startedAt: Instant;
}

export type RunRow = Selectable<Database["runs"]>;
export type RunVerdict = NonNullable<RunRow["verdict"]>;

/**
 * Starts a run, or finds the one that was started before: what it was started with stays, and one that was
 * stopped goes on. The config in force at the start is an act of the audit log.
 */
export async function startRun(
  db: Db,
  run: NewRun,
): Promise<{ readonly kind: "started" | "resumed"; readonly run: RunRow }> {
  const inserted = await db.transaction().execute(async (tx) => {
    const started = await tx
      .insertInto("runs")
      .values({
        run_id: run.runId,
        domain: run.domain ?? "nba",
        mode: run.mode,
        trading_date: run.tradingDate,
        source: run.source,
        seed: run.seed,
        speed: run.speed,
        code_commit: run.codeCommit,
        config_hash: run.configHash,
        config: run.config,
        manifest: run.manifest,
        started_at: toDate(run.startedAt),
      })
      .onConflict((conflict) => conflict.column("run_id").doNothing())
      .returningAll()
      .executeTakeFirst();
    if (started) await auditConfig(tx, run);
    await keepConfig(tx, run);
    return started;
  });
  if (inserted) return { kind: "started", run: inserted };
  // A run that was stopped and is begun again has not ended: a new worker, for one, must tell its games.
  await db
    .updateTable("runs")
    .set({ verdict: null, ended_at: null })
    .where("run_id", "=", run.runId)
    .where("verdict", "=", "stopped")
    .execute();
  const found = await db
    .selectFrom("runs")
    .selectAll()
    .where("run_id", "=", run.runId)
    .executeTakeFirstOrThrow();
  return { kind: "resumed", run: found };
}

async function auditConfig(tx: Db, run: NewRun): Promise<void> {
  const { mode, runId, configHash, codeCommit, source, seed, speed } = run;
  await appendAudit(tx, {
    mode,
    kind: "config",
    actor: "trading-day",
    subject: runId,
    details: { configHash, codeCommit, source, seed, speed },
    at: toDate(run.startedAt),
  });
}

/** Ends a run with its verdict. A later verdict replaces an earlier one: a stopped run may go on. */
export async function endRun(
  db: Db,
  runId: string,
  verdict: RunVerdict,
  endedAt: Instant,
): Promise<void> {
  await db
    .updateTable("runs")
    .set({ verdict, ended_at: toDate(endedAt) })
    .where("run_id", "=", runId)
    .execute();
}

/** One run. @returns `null` when there is none of this id. */
export async function findRun(db: Db, runId: string): Promise<RunRow | null> {
  const found = await db
    .selectFrom("runs")
    .selectAll()
    .where("run_id", "=", runId)
    .executeTakeFirst();
  return found ?? null;
}

/** The last run that was begun by an instant of the wall. @returns `null` when none was. */
export async function latestRun(db: Db, by: Date): Promise<RunRow | null> {
  const found = await db
    .selectFrom("runs")
    .selectAll()
    .where("recorded_at", "<=", by)
    .orderBy("recorded_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}

/** The run of a mode that is played now: of those that have not ended, the last trading date's. */
export async function playedRun(
  db: Db,
  mode: Mode,
  domain: RunDomain = "nba",
): Promise<RunRow | null> {
  const found = await newestRuns(db, mode, domain)
    .where("ended_at", "is", null)
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}

/** The run that is played now, or was last. @returns `null` before the first. */
export async function currentRun(
  db: Db,
  mode: Mode,
  domain: RunDomain = "nba",
): Promise<RunRow | null> {
  return (await playedRun(db, mode, domain)) ?? (await lastRun(db, mode, domain));
}

/** The run of the last trading date. @returns `null` before the first. */
export async function lastRun(
  db: Db,
  mode: Mode,
  domain: RunDomain = "nba",
): Promise<RunRow | null> {
  return (await newestRuns(db, mode, domain).limit(1).executeTakeFirst()) ?? null;
}

/** Of the runs that have ended that of the last trading date. @returns `null` before the first has. */
export async function lastEndedRun(
  db: Db,
  mode: Mode,
  domain: RunDomain = "nba",
): Promise<RunRow | null> {
  const found = await newestRuns(db, mode, domain)
    .where("ended_at", "is not", null)
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}

/**
 * The run that is played now, of games or of Bitcoin: of those that have not ended the one that was begun last,
 * since one that was given up, such as by hand in the Web UI, never ends.
 *
 * @returns `null` when none is.
 */
export async function playedOfAny(db: Db, mode: Mode): Promise<RunRow | null> {
  const found = await lastBegun(db, mode).where("ended_at", "is", null).executeTakeFirst();
  return found ?? null;
}

/**
 * The run that the account of a mode is of: the one that was begun last. The exchange plays one source at a
 * time, whose runs share their books; one of an earlier source that was never ended has nothing in it.
 *
 * @returns `null` before the first.
 */
export async function accountRun(db: Db, mode: Mode): Promise<RunRow | null> {
  return (await lastBegun(db, mode).executeTakeFirst()) ?? null;
}

/** Whether a run of this source and date has been begun, of games or of Bitcoin. */
export async function hasRunOf(
  db: Db,
  {
    mode,
    source,
    date,
  }: { readonly mode: Mode; readonly source: string; readonly date: TradingDate },
): Promise<boolean> {
  const found = await db
    .selectFrom("runs")
    .select("run_id")
    .where("mode", "=", mode)
    .where("source", "=", source)
    .where("trading_date", "=", date)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

function lastBegun(db: Db, mode: Mode) {
  return db
    .selectFrom("runs")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy("recorded_at", "desc")
    .orderBy("trading_date", "desc")
    .limit(1);
}

/** All runs of a mode, the last trading date first. */
export async function runsOfMode(
  db: Db,
  mode: Mode,
  domain: RunDomain = "nba",
): Promise<readonly RunRow[]> {
  return newestRuns(db, mode, domain).execute();
}

function newestRuns(db: Db, mode: Mode, domain: RunDomain) {
  return db
    .selectFrom("runs")
    .selectAll()
    .where("mode", "=", mode)
    .where("domain", "=", domain)
    .orderBy("trading_date", "desc");
}
