import { sql } from "kysely";
import { type EntryBars, SeriesEvaluation } from "../activities/bitcoin/series-evaluation.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import { LEAST_PROBABILITY } from "../core/scoring/btc-horizons.ts";
import { percentile } from "../core/scoring/percentile.ts";
import type { Db } from "../schema/database.ts";
import { settleContracts } from "../schema/queries/btc-contracts.ts";
import { scoreSettled } from "../schema/queries/btc-scores.ts";
import { btcSize } from "../schema/queries/btc-size.ts";
import { BTC_NOW } from "../test/db/bitcoin.ts";
import { type BtcStage, onBtcStage, THREE_LADDERS } from "./btc-stage.ts";
import type { BenchResult, Figure } from "./result.ts";

const SEED = 23;
const EVERY_MS = 10_000;
const WARM_UP = 30;
/** An hour of cycles at their pace. */
const CYCLES = 360;
const TRADES_A_CYCLE = 40;
const CHANGES_A_CYCLE = 400;

/** One cycle of all three series, from prices to the disk, and what an hour of them takes there. */
export async function btcCycle(): Promise<BenchResult> {
  let at = BTC_NOW;
  const clock = { now: () => at, speed: 1 };
  const figures = await onBtcStage({ ladders: THREE_LADDERS, seed: SEED, clock }, async (stage) => {
    for (const { markets } of stage.series) {
      const tickers = [...markets.all()].map(({ contract }) => contract.marketTicker);
      stage.hub.add(tickers, UNHEARD);
    }
    const took: number[] = [];
    for (let cycle = 1; cycle <= WARM_UP + CYCLES; cycle += 1) {
      at = instant(BTC_NOW + cycle * EVERY_MS);
      for (let n = 0; n < TRADES_A_CYCLE; n += 1) stage.trade();
      for (let n = 0; n < CHANGES_A_CYCLE; n += 1) stage.changeBook();
      await stage.store.flush();
      const ms = await cycleOnce(stage, at);
      if (cycle > WARM_UP) took.push(ms);
    }
    const scoring = await settleAll(stage);
    await sql`vacuum analyze`.execute(stage.db);
    return [...timeFigures(took, scoring), ...(await sizeFigures(stage.db))];
  });
  return {
    name: "btc-cycle",
    definition:
      `one cycle of the three Bitcoin series together, 200 contracts, through the worker's own parts: ` +
      `forecasts, edges and selection, then quotes, edges upserted, snapshots appended, the cycle's rows and a ` +
      `decision about 24 contracts of each ladder by recorder and store, until all are durable on embedded PostgreSQL; ` +
      `${CYCLES} cycles back to back ` +
      `after ${WARM_UP}, ${TRADES_A_CYCLE} trades of the spot and ${CHANGES_A_CYCLE} changes of books between ` +
      "two; then one settlement and score of all, and what is on the disk",
    seed: SEED,
    figures,
  };
}

const nothing = (): void => undefined;
const UNHEARD = {
  ...{ onQuote: nothing, onTrade: nothing, onStale: nothing, onLifecycle: nothing },
  onInvalid: nothing,
};

const NO_BARS: EntryBars = { of: () => null, capitalLeft: usdMicros(1_000_000_000) };

/** @returns what it took, ms. */
async function cycleOnce(
  { series, hub, spot, store, config }: BtcStage,
  at: typeof BTC_NOW,
): Promise<number> {
  const startedWall = performance.now();
  for (const { markets, recorder } of series) {
    const contracts = [...markets.all()].map(({ contract, status, exchangeIndex, fees }) => {
      const view = hub.view(contract.marketTicker);
      const quote = view?.quote ?? null;
      const quoteStaleBecause = view?.staleBecause ?? null;
      return { contract, status, exchangeIndex, fees, quote, quoteStaleBecause };
    });
    const evaluation = new SeriesEvaluation(at, spot, contracts);
    const edges = evaluation.edges(contracts);
    const selection = evaluation.select(config.selection);
    const codes = new Map(
      selection.excluded.map(({ marketTicker, reason }) => [marketTicker, reason]),
    );
    recorder.cycle({ evaluation, contracts, edges, selection, codes, startedWall });
    for (const { contract } of contracts.slice(0, config.selection.maxPerEvent)) {
      const decision = evaluation.decide(contract, NO_BARS, config.rules);
      if (decision === null) continue;
      recorder.decision(decision, "bench", { isCycle: true, ...config.watch });
    }
  }
  await store.flush();
  return performance.now() - startedWall;
}

/** @returns how long settling and scoring all took, ms, and how many snapshots were scored. */
async function settleAll({ db, tickers }: BtcStage): Promise<{ ms: number; snapshots: number }> {
  const settledAt = instant(BTC_NOW + 2 * 3_600_000);
  const started = performance.now();
  await settleContracts(
    db,
    tickers.map((ticker, n) => ({
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
    .filter(({ table }) => /quotes|snapshot|btc_decisions/.test(table))
    .map(({ table, bytes }) => ({
      ...{ name: `${table}, a contract-hour`, unit: "bytes", target: null },
      value: Math.round(bytes / hours),
    }));
  const decisions = size.tables.find(({ table }) => table === "btc_decisions");
  const spot = size.tables.find(({ table }) => table === "spot_ticks");
  return [
    ...byTable,
    {
      ...{ name: "all four, a contract-hour", unit: "bytes", target: null },
      value: Math.round(size.bytesPerContractHour ?? Number.NaN),
    },
    {
      ...{ name: "btc_decisions, a decision", unit: "bytes", target: null },
      value: Math.round((decisions?.bytes ?? Number.NaN) / (decisions?.rows ?? Number.NaN)),
    },
    {
      ...{ name: "btc_decisions, rows a cycle", unit: "rows", target: null },
      value: Math.round(((decisions?.rows ?? Number.NaN) / (CYCLES + WARM_UP)) * 10) / 10,
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
