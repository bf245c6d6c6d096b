import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { createIntentQueue, type IntentQueue } from "../activities/intent-queue.ts";
import { percentile } from "../core/scoring/percentile.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import { startEmbeddedPostgres } from "../runtime/embedded/postgres.ts";
import { type Db, openDatabase } from "../schema/database.ts";
import type { NewIntent } from "../schema/queries/new-intent.ts";
import { applyOrderUpdate } from "../schema/queries/orders.ts";
import { migrate } from "../schema/migrate.ts";
import { addGame, BASIS, inputsAt, intentOf, LIMITS, NOW, proposalOf } from "../test/db/night.ts";
import type { BenchResult } from "./result.ts";

const SEED = 15;
const GAMES = 15;
/** Callers at once, and connections. */
const SENDERS = 8;
/** Orders of a game, and rounds of a night: then come the next night and its games. */
const ORDERS_A_GAME = 16;
const WARM_UP_NIGHTS = 2;
const NIGHTS = 8;
const DAY_MS = 86_400_000;
const ROUND_MS = 600_000;

/** The risk transaction: every check, the reservation and the intent, on embedded PostgreSQL. */
export async function risk(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "tipoff-bench-"));
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "data"),
    log: pino({ level: "warn" }),
  });
  try {
    await migrate(server.url);
    const desk = openDesk(server.url);
    const took: number[] = [];
    for (let night = 0; night < WARM_UP_NIGHTS + NIGHTS; night += 1) {
      const games = await newNight(desk);
      for (let round = 0; round < ORDERS_A_GAME; round += 1) {
        const at = instant(NOW + night * DAY_MS + round * ROUND_MS);
        const times = await atOnce(desk, games, at);
        if (night >= WARM_UP_NIGHTS) took.push(...times);
      }
    }
    let spentMs = 0;
    for (let night = 0; night < WARM_UP_NIGHTS + NIGHTS; night += 1) {
      const games = await newNight(desk);
      const at = instant(NOW + (WARM_UP_NIGHTS + NIGHTS + night) * DAY_MS);
      const ms = await asFastAsItGoes(desk, games, at);
      if (night >= WARM_UP_NIGHTS) spentMs += ms;
    }
    await desk.db.destroy();
    return resultOf(took, ((NIGHTS * GAMES * ORDERS_A_GAME) / spentMs) * 1_000);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The queue and the connections of a worker. */
interface Desk {
  readonly db: Db;
  readonly queue: IntentQueue;
}

function openDesk(url: string): Desk {
  const db = openDatabase({
    ...{ url, poolSize: SENDERS, name: "bench" },
    onConnectionLost: () => undefined,
  });
  return { db, queue: createIntentQueue(db, () => Promise.resolve(LIMITS)) };
}

let nights = 0;

/** Fifteen games that have not traded yet. */
async function newNight({ db }: Desk): Promise<readonly string[]> {
  nights += 1;
  const games: string[] = [];
  for (let n = 0; n < GAMES; n += 1) {
    games.push(await addGame(db, `KXNBAGAME-26NOV20BOSNYK${nights}N${n}`));
  }
  return games;
}

/** One order of each game at the same moment. @returns how long each took, ms; the orders are ended. */
async function atOnce(
  desk: Desk,
  games: readonly string[],
  at: Instant,
): Promise<readonly number[]> {
  const proposals = games.map((gameId) => propose(gameId, at));
  const took = await Promise.all(proposals.map((proposal) => record(desk, proposal)));
  for (const proposal of proposals) await end(desk, proposal);
  return took;
}

/**
 * All orders of a night, as fast as the senders get their answers; each is ended before its sender sends
 * the next. @returns how long the senders waited for answers, ms: ending belongs to who follows an order.
 */
async function asFastAsItGoes(desk: Desk, games: readonly string[], at: Instant): Promise<number> {
  const waiting = Array.from({ length: GAMES * ORDERS_A_GAME }, (_, n) =>
    propose(games[n % GAMES] ?? "", at),
  );
  let recordingMs = 0;
  const send = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const ms = await record(desk, next);
      recordingMs += ms;
      await end(desk, next);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  return recordingMs / SENDERS;
}

function propose(gameId: string, at: Instant): NewIntent {
  const intent = intentOf(gameId);
  return proposalOf(gameId, intent, {
    ...{ intentKey: randomUUID(), at, proposedAt: at, inputs: inputsAt(intent, at) },
    basis: { ...BASIS, decidedAt: at, forecastKnownAt: at, modelKnownAt: at },
  });
}

/** Records a proposal, which must be approved. @returns how long it took, ms. */
async function record({ queue }: Desk, proposal: NewIntent): Promise<number> {
  const started = performance.now();
  const outcome = await queue.record(proposal);
  const ms = performance.now() - started;
  if (outcome.kind !== "approved") throw new Error(`not approved: ${JSON.stringify(outcome)}`);
  return ms;
}

async function end({ db }: Desk, { clientOrderId, at }: NewIntent): Promise<void> {
  const update = { kind: "rejected", code: "bench" } as const;
  await applyOrderUpdate(db, { clientOrderId, update, at });
}

function resultOf(took: readonly number[], rate: number): BenchResult {
  const at = (share: number): number =>
    Math.round((percentile(took, share) ?? Number.NaN) * 10) / 10;
  return {
    name: "risk",
    definition:
      `the risk transaction: all checks, reservation and intent, on the disk of embedded PostgreSQL, from ` +
      `the call of the worker's queue, which judges in one transaction what waits together, to its answer; ` +
      `${GAMES} games of one process decide at the same moment, ${ORDERS_A_GAME} times a night, ${NIGHTS} ` +
      `nights; then as many approved intents of ${SENDERS} senders at once through the same queue, by the ` +
      `time they wait for it: each ends its order before it sends the next, which is not counted`,
    seed: SEED,
    figures: [
      { name: "risk transaction, p50", value: at(0.5), unit: "ms", target: null },
      { name: "risk transaction, p99", value: at(0.99), unit: "ms", target: { atMost: 25 } },
      {
        name: "intents a second",
        value: Math.round(rate),
        unit: "intents/s",
        target: { atLeast: 500 },
      },
    ],
  };
}
