import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../schema/database.ts";
import { fullestMoment, onStage } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 15;
const GAMES = 15;
const ORDERS = 1_000;
/** After the fast part the feeds and the stream catch up first. Run time at speed 1. */
const SETTLE_MS = 60_000;
const TIMEOUT_MS = 15 * 60_000;

interface Latency {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
}

/** Quote received to order on the wire, through Temporal. */
export async function latency(): Promise<BenchResult> {
  const fullest = fullestMoment(SEED, GAMES);
  const from = fullest + SETTLE_MS;
  const { n, p50, p99 } = await onStage(
    {
      seed: SEED,
      games: GAMES,
      speed: 240,
      workerScript: "bench/worker.ts",
      files: { "bench.json": JSON.stringify({ proposeFrom: from }) },
      settings: (usual) => ({
        ...usual,
        strategies: {
          ...usual.strategies,
          // All games are watched all night, also those that tip late.
          pregameAnchored: { ...usual.strategies.pregameAnchored, windowOpensSeconds: 21_600 },
        },
        execution: { ...usual.execution, retrySeconds: 1 },
      }),
      // Orders at one cent in any market are what is measured: nothing of theirs may be refused.
      limits: {
        max_spread: 0.99,
        max_price_gap: 0.99,
        max_execution_drift: 0.99,
        max_open_positions: 1_000,
        max_trades_per_day: 100_000,
        max_trades_per_hour: 100_000,
        min_confidence: 0,
      },
    },
    async ({ db, playTo }) => {
      await playTo(fullest);
      return thousandOrders(db, from);
    },
  );
  return {
    name: "latency",
    definition:
      `wall time from a quote's arrival on the stream (one not evaluated before) to the order handed to HTTP ` +
      `after its journal's write; ${GAMES} games of a world all watched at speed 1, ` +
      "each proposing on a new quote at most every 2 s, orders IOC at one cent",
    seed: SEED,
    figures: [
      { name: "orders", value: n, unit: "orders", target: { atLeast: ORDERS } },
      { name: "quote to order, p50", value: round(p50), unit: "ms", target: { atMost: 30 } },
      { name: "quote to order, p99", value: round(p99), unit: "ms", target: { atMost: 100 } },
    ],
  };
}

async function thousandOrders(db: Db, from: number): Promise<Latency> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    await sleep(5_000);
    const { rows } = await sql<Latency>`
      select count(*) as n,
             percentile_cont(0.5) within group (order by sent_wall_ms - quote_received_wall_ms) as p50,
             percentile_cont(0.99) within group (order by sent_wall_ms - quote_received_wall_ms) as p99
      from orders
      where sent_wall_ms is not null and quote_received_wall_ms is not null
        and intended_at >= ${new Date(from)}`.execute(db);
    const [latency] = rows;
    if (latency && latency.n >= ORDERS) return latency;
    if (Date.now() > deadline) {
      throw new Error(`only ${latency?.n ?? 0} orders in ${TIMEOUT_MS / 60_000} minutes`);
    }
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
