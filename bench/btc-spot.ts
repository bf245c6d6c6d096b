import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { SeriesSession } from "../activities/bitcoin/series-session.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import { percentile } from "../core/scoring/percentile.ts";
import { BTC_NOW, BTC_RUN } from "../test/db/bitcoin.ts";
import type { SeriesState } from "../workflows/btc-contracts.ts";
import {
  type BtcStage,
  type Ladders,
  onBtcStage,
  type StagedSeries,
  THREE_LADDERS,
} from "./btc-stage.ts";
import type { BenchResult, Figure } from "./result.ts";

const SEED = 31;
const MEASURED_MS = 60_000;
const WARM_UP_MS = 5_000;
/** Trades of the spot and changes of books, a second. */
const TRADES = 25;
const CHANGES = 200;
/** Ten times as often as in earnest: prices must come while one is written. */
const CYCLE_MS = 1_000;
const ONE: Ladders = [["KXBTCD", 200]];

/** A price of the spot, and how long until the edges of a whole series are there. */
export async function btcSpot(): Promise<BenchResult> {
  const one = await watched(ONE);
  const all = await watched(THREE_LADDERS);
  return {
    name: "btc-spot",
    definition:
      `wall time from when a trade of the spot was due on the line, a busy process included, until the ` +
      `edges of all open contracts of a series were computed anew, by its watch with the settings of ` +
      `config/tipoff.yaml: ${TRADES} trades and ${CHANGES} changes of books a second at random for ` +
      `${MEASURED_MS / 1_000} s, decisions and orders' proposals made, and a cycle each second (ten times as ` +
      `often as set) written to embedded PostgreSQL by the same process; then the same with three series`,
    seed: SEED,
    figures: [
      ...figuresOf("spot to edges, a series of 200", one, { atMost: 20 }),
      ...figuresOf("spot to edges, three series of 200 together", all, null),
    ],
  };
}

function figuresOf(name: string, took: readonly number[], target: Figure["target"]): Figure[] {
  const at = (share: number): number =>
    Math.round((percentile(took, share) ?? Number.NaN) * 10) / 10;
  return [
    { name: `${name}, n`, value: took.length, unit: "prices", target: null },
    { name: `${name}, p50`, value: at(0.5), unit: "ms", target: null },
    { name: `${name}, p99`, value: at(0.99), unit: "ms", target },
    { name: `${name}, most`, value: at(1), unit: "ms", target: null },
  ];
}

/** @returns how long each price took until the last series had its edges, ms. */
async function watched(ladders: Ladders): Promise<readonly number[]> {
  const began = performance.now();
  const clock = { now: () => instant(Math.floor(BTC_NOW + performance.now() - began)), speed: 1 };
  return onBtcStage({ ladders, seed: SEED, clock }, async (stage) => {
    const took: number[] = [];
    const dueWall = new Map<StagedSeries, number>();
    const over = new AbortController();
    const endsWall = performance.now() + WARM_UP_MS + MEASURED_MS;
    const watches = stage.series.map((one) =>
      watch(stage, one, clock, over.signal, () => {
        const due = dueWall.get(one);
        dueWall.delete(one);
        if (due === undefined || endsWall - performance.now() > MEASURED_MS) return;
        took.push(performance.now() - due);
      }),
    );
    await playMarket(stage, endsWall, (due) => {
      // The oldest price that is not evaluated yet is the one that waits.
      for (const one of stage.series) if (!dueWall.has(one)) dueWall.set(one, due);
    });
    over.abort();
    await Promise.all(watches);
    return took;
  });
}

/** Trades and changes at random instants of a plan: a process that is late is late against the plan. */
async function playMarket(
  { trade, changeBook }: BtcStage,
  endsWall: number,
  onTrade: (dueWall: number) => void,
): Promise<void> {
  const chance = seededChance(SEED);
  const wait = (aSecond: number): number => (-Math.log(chance.uniform()) / aSecond) * 1_000;
  let tradeAt = performance.now() + wait(TRADES);
  let changeAt = performance.now() + wait(CHANGES);
  while (performance.now() < endsWall) {
    const now = performance.now();
    for (; changeAt <= now; changeAt += wait(CHANGES)) changeBook();
    for (; tradeAt <= now; tradeAt += wait(TRADES)) {
      onTrade(tradeAt);
      trade();
    }
    await sleep(Math.max(0, Math.min(tradeAt, changeAt) - performance.now()));
  }
}

/** Chunk after chunk, as the workflow asks for them; contracts that are admitted enter their window. */
async function watch(
  stage: BtcStage,
  { series, markets, recorder }: StagedSeries,
  clock: { readonly now: () => ReturnType<typeof instant>; readonly speed: number },
  signal: AbortSignal,
  onEdges: () => void,
): Promise<void> {
  const { mode, runId, tradingDate: date, source, seed } = BTC_RUN;
  const session = new SeriesSession({
    run: { runId, mode, date, source, seed, speed: 1, endsAt: null },
    ...{ markets, recorder, clock, onEdges },
    ...{ hub: stage.hub, spot: stage.spot },
    keepUp: () => undefined,
    refreshSoon: () => undefined,
    isSettled: () => false,
    pausedBecause: () => null,
    isVenuePaused: () => false,
    config: { ...stage.config, watch: { ...stage.config.watch, cycleMs: CYCLE_MS } },
    fillProbability: 1,
    onCycle: () => undefined,
    log: pino({ level: "warn" }),
  });
  stage.spot.onPrice((_, wallMs) => {
    session.onPrice(wallMs);
  });
  stage.hub.add(
    stage.tickers.filter((ticker) => ticker.startsWith(`${series}-`)),
    session,
  );
  const { rules } = stage.config;
  const ledger = {
    limitsHash: "bench",
    rules,
    capitalLeft: usdMicros(1e12),
    exited: new Set<string>(),
    of: () => null,
  };
  const readLedger = (pending: readonly string[]) =>
    Promise.resolve({ ...ledger, booked: new Set(pending) });
  let state: SeriesState = { followed: [], killLevel: null, entriesPausedBecause: null };
  while (!signal.aborted) {
    const { admitted } = await session.watch(state, readLedger, signal);
    const entered = admitted.map(({ contract: { marketTicker, closeAt } }) => {
      return { marketTicker, closeAt, phase: "entry-window" as const, isStruck: true };
    });
    state = { ...state, followed: [...state.followed, ...entered] };
  }
}
