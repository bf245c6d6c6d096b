import type { Logger } from "pino";
import type { DecisionInput, Forecast, Mode } from "../core/domain/decision.ts";
import type { RunClock } from "../core/domain/time.ts";
import {
  BREAKER_LEVELS,
  type BreakerCode,
  type BreakerJudgement,
  type BreakerThresholds,
} from "../core/risk/breakers.ts";
import type { Db } from "../schema/database.ts";
import { recordCondition, tripBreaker } from "../schema/queries/breakers.ts";
import { playedOfAny } from "../schema/queries/runs.ts";
import {
  checkStoredLosses,
  judgeStored,
  type LossMeasures,
  type StoredFacts,
} from "./breaker-causes.ts";
import { createBreakerSenses, type SensedBreaker } from "./breaker-senses.ts";
import type { CallEnd } from "./counted-venue.ts";

/** What games tell the breakers: books and feeds that make sense or do not, and each forecast. */
export interface GameBreakers {
  /** A source sent what cannot be true. `source` is the same in `sourceValid`. */
  sourceInvalid(source: string, field: string): void;
  sourceValid(source: string): void;
  evaluated(input: DecisionInput, forecast: Forecast): void;
}

/** What a change of the tables is told to. */
export interface StoredBreakers {
  /** Judges what changed. Never throws: what cannot be judged now is judged again until it was. */
  changed(...facts: readonly StoredFacts[]): Promise<void>;
}

/**
 * Trips the breakers. What tables tell is judged from them; calls of the venue, sources and
 * forecasts are counted in memory, and these counts begin anew with the process, while a breaker
 * that tripped stands in the database whatever restarts.
 */
export interface BreakerBook extends GameBreakers, StoredBreakers {
  readonly venueCalled: (end: CallEnd) => void;
  /** The database refused rows for what is in them. */
  readonly observationsRefused: (rows: number) => void;
  /**
   * Resolves when all that was told is judged and every trip it led to is in the database: an entry
   * waits for it. @throws when the database does not take them.
   */
  settled(): Promise<void>;
  stop(): void;
}

export interface BreakerBookDeps {
  readonly db: Db;
  readonly mode: Mode;
  readonly thresholds: BreakerThresholds;
  readonly losses: LossMeasures;
  readonly clock: RunClock;
  readonly log: Logger;
}

/** How often what waits is written, wall time. */
const DRAIN_MS = 250;

/** Creates the breaker book of a process. */
export function createBreakerBook(deps: BreakerBookDeps): BreakerBook {
  const { thresholds, clock, log } = deps;
  const senses = createBreakerSenses(thresholds, clock);
  const due = new Set<StoredFacts>();
  const trips = new Map<BreakerCode, WaitingTrip>();
  /** How each sensed breaker was last written down. */
  const written = new Map<SensedBreaker, boolean>();
  const sensed = (breaker: SensedBreaker): void => {
    const judgement = senses.judge(breaker);
    if (judgement?.isTripped === true) trips.set(breaker, { judgement, sensed: breaker });
  };

  const drain = async (): Promise<void> => {
    for (const facts of [...due]) {
      due.delete(facts);
      await judgeOne(deps, facts, trips).catch((error: unknown) => {
        due.add(facts);
        throw error;
      });
    }
    for (const [breaker, waiting] of [...trips]) {
      await trip(deps, breaker, waiting);
      if (waiting.sensed !== null) written.set(waiting.sensed, true);
      if (trips.get(breaker) === waiting) trips.delete(breaker);
    }
    for (const breaker of senses.breakers) {
      const judgement = senses.judge(breaker);
      if (judgement === null || written.get(breaker) === judgement.isTripped) continue;
      await writeCondition(deps.db, deps, breaker, judgement);
      written.set(breaker, judgement.isTripped);
    }
  };
  const turns = takeTurns(drain, (error) => {
    log.error({ error: String(error), trips: [...trips.keys()] }, "breakers not written");
  });

  return {
    changed: async (...facts) => {
      for (const one of facts) due.add(one);
      await turns.take().catch(() => undefined);
    },
    venueCalled: (end) => {
      senses.call(end);
      if (end.isFailed) sensed("api_failures");
    },
    sourceInvalid: (source, field) => {
      senses.invalid(source, field);
      sensed("data_integrity");
    },
    sourceValid: (source) => {
      senses.valid(source);
    },
    observationsRefused: (rows) => {
      senses.refused(rows);
      sensed("data_integrity");
    },
    evaluated: (input, forecast) => {
      if (senses.forecast(input, forecast)) sensed("model_anomaly");
    },
    settled: turns.take,
    stop: turns.stop,
  };
}

/** Does the work one after the other: when it is asked for, and every moment until it is stopped. */
function takeTurns(
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
): { readonly take: () => Promise<void>; readonly stop: () => void } {
  let last = Promise.resolve();
  let isStopped = false;
  const take = (): Promise<void> => {
    const done = last.then(work);
    last = done.catch(onFailure);
    return done;
  };
  const tick = (): void => {
    if (isStopped) return;
    setTimeout(() => void take().then(tick, tick), DRAIN_MS).unref();
  };
  tick();
  return {
    take,
    stop: () => {
      isStopped = true;
    },
  };
}

/** A trip that is not in the database yet; `sensed` when no table tells its facts. */
interface WaitingTrip {
  readonly judgement: BreakerJudgement;
  readonly sensed: SensedBreaker | null;
}

async function judgeOne(
  deps: BreakerBookDeps,
  facts: StoredFacts,
  trips: Map<BreakerCode, WaitingTrip>,
): Promise<void> {
  const { db, clock } = deps;
  const looking = { ...deps, now: clock.now() };
  if (facts === "losses") {
    await checkStoredLosses(db, looking);
    return;
  }
  const { breaker, judgement } = await judgeStored(db, facts, looking);
  if (judgement.isTripped) trips.set(breaker, { judgement, sensed: null });
}

/** The cause is written down with the trip: until the worker sees it end, it holds. */
async function trip(
  deps: BreakerBookDeps,
  breaker: BreakerCode,
  { judgement, sensed }: WaitingTrip,
): Promise<void> {
  const { db, mode, clock, log } = deps;
  const { cause, numbers } = judgement;
  const runId = (await playedOfAny(db, mode))?.run_id ?? null;
  const level = BREAKER_LEVELS[breaker];
  const at = clock.now();
  const breakerId = await db.transaction().execute(async (tx) => {
    if (sensed !== null) await writeCondition(tx, deps, sensed, judgement);
    return await tripBreaker(tx, { mode, breaker, cause, numbers, level, runId, at });
  });
  if (breakerId === null) return;
  log.error({ breakerId, breaker, level, cause, numbers }, "breaker tripped");
}

async function writeCondition(
  db: Db,
  { mode, clock }: BreakerBookDeps,
  breaker: SensedBreaker,
  { isTripped, cause, numbers }: BreakerJudgement,
): Promise<void> {
  const at = clock.now();
  const text = isTripped ? cause : "";
  await recordCondition(db, { mode, breaker, holds: isTripped, cause: text, numbers, at });
}
