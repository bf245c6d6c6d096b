import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import pino from "pino";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import { countCenti, type Instant, instant, priceMicros, usdMicros } from "../core/domain/units.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import { percentile } from "../core/scoring/percentile.ts";
import { LEAST_PROBABILITY } from "../core/scoring/btc-horizons.ts";
import { startEmbeddedPostgres } from "../runtime/embedded/postgres.ts";
import { type Db, openDatabase } from "../schema/database.ts";
import { migrate } from "../schema/migrate.ts";
import {
  settleContracts,
  upsertContracts,
  upsertKalshiMarkets,
} from "../schema/queries/btc-contracts.ts";
import { scoreSettled } from "../schema/queries/btc-scores.ts";
import { btcSize } from "../schema/queries/btc-size.ts";
import { insertSpotTicks, writeCycle } from "../schema/queries/btc-writes.ts";
import { BTC_NOW, contractOf, cycleOf, marketOf } from "../test/db/bitcoin.ts";
import type { BenchResult, Figure } from "./result.ts";

const SEED = 23;
const EVERY_MS = 10_000;
const WARM_UP = 30;
/** An hour of cycles at their pace. */
const CYCLES = 360;
const TICKS_A_CYCLE = 40;
/** As the ladders of an hour are: two hundred together. */
const OPEN: readonly (readonly [BtcSeries, string, number])[] = [
  ["KXBTC15M", "KXBTC15M-26NOV202015-T", 1],
  ["KXBTC", "KXBTC-26NOV2021-B", 99],
  ["KXBTCD", "KXBTCD-26NOV2021-T", 100],
];

/** One cycle of all three series on the disk, and what an hour of them takes there. */
export async function btcCycle(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "tipoff-bench-"));
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "data"),
    log: pino({ level: "warn" }),
  });
  try {
    await migrate(server.url);
    const db = openDatabase({
      ...{ url: server.url, poolSize: 6, name: "bench" },
      onConnectionLost: () => undefined,
    });
    const took = await playHour(db);
    const scoring = await settleAll(db);
    await sql`vacuum analyze`.execute(db);
    const figures = [...timeFigures(took, scoring), ...(await sizeFigures(db))];
    await db.destroy();
    return {
      name: "btc-cycle",
      definition:
        `one cycle of the three Bitcoin series together, 200 contracts: quotes, edges upserted, ` +
        `snapshots appended and the cycle's row, a transaction a series, all three at once, durable ` +
        `on embedded PostgreSQL, until the last has committed; ${CYCLES} cycles back to back after ` +
        `${WARM_UP}, ${TICKS_A_CYCLE} ticks of the spot written between two; then one settlement ` +
        `and score of all, and what is on the disk`,
      seed: SEED,
      figures,
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const tickers = OPEN.map(([series, stem, count]) => ({
  series,
  names: Array.from({ length: count }, (_, n) => `${stem}${80_000 + n * 100}`),
}));
const all = tickers.flatMap(({ names }) => names);

/** @returns what each cycle took, ms. */
async function playHour(db: Db): Promise<readonly number[]> {
  const close = new Date(BTC_NOW + 2 * 3_600_000);
  await upsertKalshiMarkets(
    db,
    all.map((ticker) => marketOf(ticker)),
  );
  await upsertContracts(
    db,
    all.map((ticker) => contractOf(ticker, { close_at: close })),
  );
  const chance = seededChance(SEED);
  const took: number[] = [];
  for (let cycle = 0; cycle < WARM_UP + CYCLES; cycle += 1) {
    const at = instant(BTC_NOW + cycle * EVERY_MS);
    await insertSpotTicks(db, ticksOf(at, cycle, chance.uniform));
    const batches = tickers.map(({ series, names }) =>
      shaken(cycleOf(at, cycle, names, series), chance.uniform),
    );
    const started = performance.now();
    await Promise.all(batches.map((batch) => writeCycle(db, batch)));
    if (cycle >= WARM_UP) took.push(performance.now() - started);
  }
  return took;
}

/** The numbers of a cycle, no two contracts alike. */
function shaken(batch: ReturnType<typeof cycleOf>, uniform: () => number): typeof batch {
  const edges = batch.edges.map((edge) => ({
    ...edge,
    model_probability: uniform(),
    bid_micros: priceMicros(1_000 * Math.ceil(uniform() * 500)),
    ask_micros: priceMicros(500_000 + 1_000 * Math.ceil(uniform() * 499)),
    edge_yes_micros: Math.round(uniform() * 100_000),
  }));
  const quotes = batch.quotes.map((quote) => ({
    ...quote,
    bid_size_centi: countCenti(Math.round(uniform() * 1e6)),
  }));
  return { ...batch, edges, quotes };
}

function ticksOf(at: Instant, cycle: number, uniform: () => number) {
  return Array.from({ length: TICKS_A_CYCLE }, (_, n) => ({
    source: "coinbase",
    trade_id: 900_000_000 + cycle * TICKS_A_CYCLE + n,
    spot_micros: usdMicros(Math.round((80_000 + uniform() * 500) * 100) * 10_000),
    source_at: new Date(at + n * (EVERY_MS / TICKS_A_CYCLE)),
    received_at: new Date(at + n * (EVERY_MS / TICKS_A_CYCLE) + 40),
  }));
}

/** @returns how long settling and scoring all took, ms, and how many snapshots were scored. */
async function settleAll(db: Db): Promise<{ ms: number; snapshots: number }> {
  const settledAt = instant(BTC_NOW + 2 * 3_600_000);
  const started = performance.now();
  await settleContracts(
    db,
    all.map((ticker, n) => ({
      ticker,
      outcome: n % 2 === 0 ? "yes" : "no",
      payout: usdMicros(n % 2 === 0 ? 1_000_000 : 0),
      settlementValue: usdMicros(80_100_000_000),
      settledAt,
    })),
  );
  const { snapshots } = await scoreSettled(db, {
    ...{ mode: "shadow", tickers: null, at: settledAt, leastProbability: LEAST_PROBABILITY },
  });
  return { ms: performance.now() - started, snapshots };
}

function timeFigures(
  took: readonly number[],
  { ms, snapshots }: { ms: number; snapshots: number },
): readonly Figure[] {
  const at = (share: number): number =>
    Math.round((percentile(took, share) ?? Number.NaN) * 10) / 10;
  return [
    { name: "cycle of 200 contracts, p50", value: at(0.5), unit: "ms", target: null },
    { name: "cycle of 200 contracts, p99", value: at(0.99), unit: "ms", target: { atMost: 120 } },
    {
      ...{ name: "snapshots settled and scored", unit: "a second", target: null },
      value: Math.round((snapshots / ms) * 1_000),
    },
  ];
}

async function sizeFigures(db: Db): Promise<readonly Figure[]> {
  const size = await btcSize(db);
  const hours = size.contractHours ?? Number.NaN;
  const gigabytes = (bytes: number): number => Math.round(bytes / 1e7) / 100;
  const byTable = size.tables
    .filter(({ table }) => /quotes|snapshot/.test(table))
    .map(({ table, bytes }) => ({
      ...{ name: `${table}, a contract-hour`, unit: "bytes", target: null },
      value: Math.round(bytes / hours),
    }));
  const spot = size.tables.find(({ table }) => table === "spot_ticks");
  return [
    ...byTable,
    {
      ...{ name: "all three, a contract-hour", unit: "bytes", target: null },
      value: Math.round(size.bytesPerContractHour ?? Number.NaN),
    },
    {
      ...{ name: "spot_ticks, a tick", unit: "bytes", target: null },
      value: Math.round((spot?.bytes ?? Number.NaN) / (spot?.rows ?? Number.NaN)),
    },
    {
      ...{ name: "a month of 200 contracts at 10 s", unit: "GB", target: null },
      value: gigabytes(size.bytesPerMonth ?? Number.NaN),
    },
  ];
}
