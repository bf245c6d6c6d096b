import { setTimeout as sleep } from "node:timers/promises";
import { countCenti, priceMicros } from "../core/domain/units.ts";
import { killDirectly } from "../cli/kill-path.ts";
import type { RunningHome } from "../cli/context.ts";
import { readEnvironment } from "../runtime/config.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import { readServices } from "../runtime/home.ts";
import { ALL_LOCAL, venueAddresses } from "../runtime/venue-addresses.ts";
import { liftKills } from "../test/db/lift-kills.ts";
import { openPositions } from "../schema/queries/positions.ts";
import type { KillReport } from "../activities/kill.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import { intentOf } from "../test/db/night.ts";
import { openOrderPath, type OrderPath } from "../test/support/order-path.ts";
import { type BenchStage, onStage } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const GAMES = 15;
const RESTING = 100;
const POSITIONS = 30;
const PATIENCE_MS = 60_000;

/** A kill through the real stack: 100 resting orders gone, and 30 positions in liquid books sold. */
export async function kill(): Promise<BenchResult> {
  return onStage(
    { seed: SEED, games: GAMES, speed: 1, settings: (usual) => usual },
    async (stage) => {
      await gamesInBooks(stage);
      const path = await openOrderPath(stage.home);
      try {
        const exchange = createExchangeControl(await exchangeUrl(stage));
        await rest(path, async () => (await exchange.state()).resting);
        const cancelAll = await killed(stage, "cancel-all");
        await liftKills(stage.db, { mode: "paper", by: "bench", reason: "next measure" });
        await hold(path);
        const held = (await openPositions(stage.db, "paper")).length;
        const flatten = await killed(stage, "flatten");
        return result(cancelAll, flatten, held);
      } finally {
        await path.close();
      }
    },
  );
}

function result(cancelAll: KillReport, flatten: KillReport, held: number): BenchResult {
  const figure = (name: string, value: number | null, atMost: number) => ({
    name,
    value: value ?? Number.POSITIVE_INFINITY,
    unit: "ms",
    target: { atMost },
  });
  return {
    name: "kill",
    definition:
      `a kill of the whole stack at speed 1: from its row to no resting order with ${RESTING} resting, ` +
      `and to no position with ${held} held in the books of ${GAMES} games before tip`,
    seed: SEED,
    figures: [
      figure("kill to acknowledged", cancelAll.acknowledgedMs, 2_500),
      figure(`kill to no resting orders, ${RESTING} open`, cancelAll.noRestingMs, 3_000),
      figure(`kill to flat, ${held} positions`, flatten.flatMs, 10_000),
      { name: "positions held", value: held, unit: "positions", target: { atLeast: POSITIONS } },
    ],
  };
}

async function exchangeUrl({ home }: BenchStage): Promise<string> {
  return (await readServices(home)).urls.exchange ?? "";
}

async function gamesInBooks({ db }: BenchStage): Promise<void> {
  for (;;) {
    const games = await db.selectFrom("games").select("game_id").execute();
    if (games.length === GAMES) return;
    await sleep(100);
  }
}

/** Nobody follows these orders, so reconciliation may cancel one meanwhile: it is placed again. */
async function rest(path: OrderPath, resting: () => Promise<number>): Promise<void> {
  const price = priceMicros(10_000);
  for (let placed = 0; placed < RESTING || (await resting()) < RESTING; placed += 1) {
    const game = path.games[placed % path.games.length];
    const market = game?.markets[placed % 2];
    if (game === undefined || market === undefined) throw new Error("no market to rest in");
    const order = await path.place(game, {
      marketTicker: market.ticker,
      count: countCenti(100),
      limitPrice: price,
      plan: {
        ...intentOf(game.gameId).plan,
        price,
        timeInForce: "good_till_canceled",
        isPostOnly: true,
      },
    });
    if (order.kind !== "order" || order.isOver) throw new Error(JSON.stringify(order));
  }
}

/** One contract of both teams of every game, bought at whatever is asked. */
async function hold(path: OrderPath): Promise<void> {
  const price = priceMicros(990_000);
  for (const game of path.games) {
    for (const market of game.markets) {
      await path.place(game, {
        marketTicker: market.ticker,
        count: countCenti(100),
        limitPrice: price,
        plan: { ...intentOf(game.gameId).plan, price },
      });
    }
  }
}

async function killed({ home }: BenchStage, level: KillLevel): Promise<KillReport> {
  const { urls } = await readServices(home);
  const running: RunningHome = {
    home,
    environment: readEnvironment(),
    mode: "paper",
    databaseUrl: urls.database ?? "",
    temporalAddress: urls.temporalAddress ?? "",
    temporalUi: null,
    exchangeUrl: urls.exchange ?? "",
    venue: venueAddresses(ALL_LOCAL, urls.exchange ?? ""),
  };
  const wish = {
    killId: `bench-${level}`,
    mode: "paper",
    level,
    reason: "bench",
    by: "bench",
  } as const;
  const { report } = await killDirectly(running, wish, {
    say: () => undefined,
    sweepMs: PATIENCE_MS,
    reportMs: PATIENCE_MS,
  });
  if (report === null) throw new Error(`the ${level} kill wrote no report`);
  return report;
}
