import { sql } from "kysely";
import { isDatabaseAway } from "../schema/away.ts";
import { clearAlarm, raiseAlarm } from "../schema/queries/alarms.ts";
import {
  type BtcCycleBatch,
  type NewBtcDecision,
  type NewSpotTick,
  snapshotOf,
} from "../schema/queries/btc-writes.ts";
import { hasWouldTrade, type NewWouldTrade } from "../schema/queries/would-trades.ts";
import {
  hasDecision,
  type NewCycle,
  type NewDecision,
  type NewRawResponse,
  type NewSnapshot,
  type NewVerdict,
} from "../schema/queries/observations.ts";
import {
  batchSize,
  joinBatches,
  newBatch,
  type ObservationBatch,
  type ObservedTable,
  type Rows,
} from "./observation-batch.ts";
import {
  insertPatiently,
  type ObservationStoreDeps,
  SpoolIntake,
  within,
} from "./observation-intake.ts";
import { removeDrafts, writeSpool } from "./observation-spool.ts";

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
  readonly spotTick: (row: NewSpotTick) => void;
  /** What a cycle of a Bitcoin series found: quotes, edges with their snapshots, and the cycle itself. */
  readonly btcCycle: (batch: BtcCycleBatch) => void;
  /** Any candidate decision of Bitcoin, */
  readonly btcDecision: (row: NewBtcDecision) => void;
  /** and one that is kept for ever. */
  readonly wouldTrade: (row: NewWouldTrade) => void;
  /**
   * Resolves when all that was added before is kept, in the database or on the disk. The first call
   * also takes in what an earlier process left: wait for it before numbers are read back.
   */
  readonly flush: () => Promise<void>;
  /**
   * As `flush`, but waits for no disk: what was added is committed in the sequence of commits, so that
   * it is durable as soon as any later commit is, an order's journal above all. Until then it is also
   * kept in memory, and spooled should the database go away.
   */
  readonly flushAhead: () => Promise<void>;
  /** Waits for what is on its way; a decision that another process made is looked up in the database. */
  readonly isDecisionKept: (decisionId: string) => Promise<boolean>;
  /** While true no entry may be made. True until the database has answered for the first time. */
  readonly isAway: () => boolean;
  /** Keeps what is left and stops. */
  readonly close: () => Promise<void>;
}

const FLUSH_MS = 200;
const FLUSH_ROWS = 500;
const PROBE_MS = 500;
/** Bodies written lately are remembered by their hash, about so many, and not sent again. */
const RAW_IDS_KNOWN = 2_000;
/** So are decisions, whose orders follow within moments. */
const DECISIONS_KNOWN = 2_000;
const ALARM = { runId: null, gameId: null, code: "DATABASE_UNAVAILABLE", field: null } as const;

/** Opens the store. What an earlier process has left on the disk is taken in first. */
export function createObservationStore(deps: ObservationStoreDeps): ObservationStore {
  const shelf = new Shelf(deps);
  const keptRaw = new LatelySeen(RAW_IDS_KNOWN);
  const decided = new LatelySeen(DECISIONS_KNOWN);
  let isClosed = false;
  let timer: NodeJS.Timeout | null = null;
  const flush = (): Promise<void> => shelf.keep(true);
  const flushAhead = async (): Promise<void> => {
    await shelf.keep(false);
    schedule();
  };
  const schedule = (): void => {
    if (timer !== null || isClosed) return;
    const wait = shelf.isAway || shelf.hasLeft ? PROBE_MS : FLUSH_MS;
    timer = setTimeout(() => {
      timer = null;
      void flush()
        .catch(() => undefined)
        .then(() => {
          if (shelf.isAway || shelf.hasLeft || shelf.hasWork()) schedule();
        });
    }, wait);
  };
  const add =
    <Table extends ObservedTable>(table: Table) =>
    (row: Rows[Table]): void => {
      if (shelf.add(table, row) >= FLUSH_ROWS) void flush().catch(() => undefined);
      schedule();
    };

  schedule();
  return {
    snapshot: add("snapshots"),
    decision: (row) => {
      decided.add(row.decision_id);
      add("decisions")({ raw_ids: "[]", ...row });
    },
    verdict: add("verdicts"),
    cycle: add("cycles"),
    raw: (row) => {
      // All games of a slate share their feeds' bodies, and each decision names them again.
      if (keptRaw.add(row.raw_id)) add("raw_responses")(row);
    },
    spotTick: add("spot_ticks"),
    btcCycle: ({ cycle, quotes, edges }) => {
      quotes.forEach(add("kalshi_quotes"));
      edges.forEach(add("kalshi_edges"));
      edges.map(snapshotOf).forEach(add("kalshi_edge_snapshots"));
      add("btc_cycles")(cycle);
    },
    btcDecision: add("btc_decisions"),
    wouldTrade: (row) => {
      decided.add(row.decision_id);
      add("would_trades")(row);
    },
    flush,
    flushAhead,
    isDecisionKept: async (decisionId) => {
      const isOwn = decided.has(decisionId);
      await flushAhead();
      if (isOwn || (await hasDecision(deps.db, decisionId))) return true;
      return await hasWouldTrade(deps.db, decisionId);
    },
    isAway: () => shelf.isAway,
    close: async () => {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      await flush();
    },
  };
}

/** Remembers ids, about so many of the last. */
class LatelySeen {
  readonly #most: number;
  readonly #ids = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** @returns whether it is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    if (this.#ids.size >= this.#most) this.#ids.clear();
    this.#ids.add(id);
    return true;
  }
}

/** What was added and is not known to be on a disk yet, and the one after the other of keeping it. */
class Shelf {
  isAway = true;
  readonly #deps: ObservationStoreDeps;
  readonly #intake: SpoolIntake;
  #added = newBatch();
  /** Committed, and perhaps not on the disk of the database yet. */
  #ahead = newBatch();
  /** The database has not answered yet. */
  #isNew = true;
  #work: Promise<void>;

  constructor(deps: ObservationStoreDeps) {
    this.#deps = deps;
    this.#intake = new SpoolIntake(deps);
    this.#work = removeDrafts(deps.spoolDir).catch((error: unknown) => {
      deps.log.error({ err: error, spoolDir: deps.spoolDir }, "the spool folder cannot be used");
    });
  }

  /** @returns how many rows wait now. */
  add<Table extends ObservedTable>(table: Table, row: Rows[Table]): number {
    this.#added[table].push(row);
    return batchSize(this.#added);
  }

  /** Whether spooled files wait for a disk that gives them. */
  get hasLeft(): boolean {
    return this.#intake.hasLeft;
  }

  hasWork(): boolean {
    return batchSize(this.#added) + batchSize(this.#ahead) > 0;
  }

  /** Keeps all that was added before; not durably means committed ahead of the database's disk. */
  keep(isDurable: boolean): Promise<void> {
    const done = this.#work.then(() => this.#drain(isDurable));
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #drain(isDurable: boolean): Promise<void> {
    const added = this.#added;
    const before = this.#ahead;
    this.#added = newBatch();
    this.#ahead = newBatch();
    const all = joinBatches(before, added);
    try {
      if (this.isAway) {
        this.isAway = !(await keepAway(this.#deps, this.#intake, all, this.#isNew));
        if (!this.isAway) this.#isNew = false;
      } else if (await keepHere(this.#deps, added, isDurable, batchSize(before) > 0)) {
        if (isDurable) await this.#intake.retry();
        else this.#ahead = all;
      } else {
        this.isAway = true;
        await spoolAway(this.#deps, all);
      }
    } catch (error) {
      // Not even the disk takes it: it stays in memory, and trading stays off.
      this.#added = joinBatches(all, this.#added);
      this.isAway = true;
      this.#deps.log.error({ err: error, rows: batchSize(all) }, "observations could not be kept");
      throw error;
    }
  }
}

/**
 * Writes to the database. Durably also means all that was committed ahead: with nothing to write, a
 * commit of its own puts that on the disk. @returns whether the database is there.
 */
async function keepHere(
  deps: ObservationStoreDeps,
  batch: ObservationBatch,
  isDurable: boolean,
  hasAhead: boolean,
): Promise<boolean> {
  try {
    if (batchSize(batch) > 0) await insertPatiently(deps, batch, isDurable);
    else if (isDurable && hasAhead) {
      await within(deps, sql`select pg_current_xact_id()`.execute(deps.db));
    }
    return true;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    deps.log.warn({ err: error }, "database away, observations are spooled");
    return false;
  }
}

async function spoolAway(
  { spoolDir }: ObservationStoreDeps,
  batch: ObservationBatch,
): Promise<void> {
  if (batchSize(batch) > 0) await writeSpool(spoolDir, batch);
}

/** Writes to the disk, and looks whether the database is back. @returns whether it is. */
async function keepAway(
  deps: ObservationStoreDeps,
  intake: SpoolIntake,
  batch: ObservationBatch,
  isFirst: boolean,
): Promise<boolean> {
  const { db, log, clock } = deps;
  await spoolAway(deps, batch);
  try {
    await within(deps, sql`select 1`.execute(db));
    const rows = await intake.takeIn();
    // A process that has only begun has missed nothing, but for what one before it left.
    if (!isFirst || rows > 0) {
      const message = "the database was away; entries were stopped, observations spooled";
      const at = clock.now();
      await raiseAlarm(db, { ...ALARM, severity: "warning", message, details: { rows }, at });
      await clearAlarm(db, ALARM, at);
      log.info({ rows }, "database is back, spooled observations taken in");
    }
    return true;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    return false;
  }
}
