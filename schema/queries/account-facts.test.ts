import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { ForeignExposure } from "../../core/domain/foreign.ts";
import { type StrategyName, USUAL_STRATEGIES } from "../../core/domain/order.ts";
import { instant, positionCenti, usdMicros } from "../../core/domain/units.ts";
import { measureLosses } from "../../core/risk/losses.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { addGame, intentOf, NOW, proposalOf, snapshotOf } from "../../test/db/night.ts";
import { toDate } from "../database.ts";
import { storeForeignExposure } from "./account.ts";
import { type AccountJson, accountSql, readAccount } from "./account-facts.ts";
import { readLimitFacts } from "./limit-facts.ts";
import { marksOfBids } from "../../test/support/marks.ts";

const MINUTE = 60_000;

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());
beforeEach(() => emptyDatabase(cloned.db));

/** What a strategy holds in a market, and what it has made of it, as the ledger keeps it. */
async function hold(
  gameId: string,
  of: {
    readonly strategy?: StrategyName;
    readonly team: "NYK" | "BOS";
    readonly contracts: number;
    readonly costUsd: number;
    readonly feesUsd: number;
    readonly realizedUsd: number;
    readonly minutesAgo?: number;
  },
): Promise<void> {
  const usd = (value: number) => usdMicros(Math.round(value * 1_000_000));
  const at = toDate(instant(NOW - (of.minutesAgo ?? 0) * MINUTE));
  await cloned.db
    .insertInto("positions")
    .values({
      occasion_id: gameId,
      strategy: of.strategy ?? "model-edge",
      market_ticker: `${gameId.split("/")[2] ?? ""}-${of.team}`,
      position_centi: positionCenti(of.contracts * 100),
      cost_micros: usd(of.costUsd),
      fees_micros: usd(of.feesUsd),
      realized_micros: usd(of.realizedUsd),
      opened_at: at,
      updated_at: at,
    })
    .execute();
}

const losses = async (bids: Readonly<Record<string, number>> = {}) => {
  const marks = marksOfBids(Object.entries(bids));
  return measureLosses({ ...(await readAccount(cloned.db, "paper", NOW)), marks });
};

it("reads of an open trade what was lost on the part sold, and in the market it has left", async () => {
  const gameId = await addGame(cloned.db);
  const over = await addGame(cloned.db, "KXNBAGAME-26NOV20LALMIA");
  // Of 100 at 50 cents 90 were sold at 49; of the other team 10 were sold 1 USD below their price.
  const rest = { team: "NYK", contracts: 10, costUsd: 5, feesUsd: 3.4243 } as const;
  await hold(gameId, { ...rest, realizedUsd: -0.9 });
  const none = { team: "BOS", contracts: 0, costUsd: 0 } as const;
  await hold(gameId, { ...none, feesUsd: 0.343, realizedUsd: -1 });
  await hold(over, { ...none, feesUsd: 0.1, realizedUsd: -7 });
  const { holdings } = await readAccount(cloned.db, "paper", NOW);
  expect(holdings).toHaveLength(2);
  // 10 at a bid of 30 cents are 2 USD below cost: 2 + 3.4243 + 0.90, and 1.343 beside it; the closed trade lost 7.10.
  const bids = { "KXNBAGAME-26NOV20BOSNYK-NYK": 300_000 };
  const { worstTrade } = await losses(bids);
  expect(worstTrade).toBe(7_667_300);
});

it("reads as many losing trades in a row as there were, pairs and open trades beside them", async () => {
  const loss = { contracts: 0, costUsd: 0, feesUsd: 0.01, realizedUsd: -1 } as const;
  let minutesAgo = 10_000;
  for (let game = 0; game < 25; game += 1) {
    const gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${game}`);
    for (const strategy of USUAL_STRATEGIES) {
      minutesAgo -= 1;
      await hold(gameId, { ...loss, strategy, minutesAgo, team: "NYK" });
      await hold(gameId, { ...loss, strategy, minutesAgo, team: "BOS" });
    }
  }
  const open = await addGame(cloned.db, "KXNBAGAME-26NOV20LALMIA");
  await hold(open, { ...loss, contracts: 1, team: "NYK" });
  // 25 games of three strategies, days ago and today.
  expect((await losses()).streak).toBe(75);
});

it("ends the streak at the last trade that lost nothing, and reads no older one but today's", async () => {
  const trade = async (event: string, minutesAgo: number, realizedUsd: number) => {
    const gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${event}`);
    const legs = { contracts: 0, costUsd: 0, feesUsd: 0, minutesAgo } as const;
    await hold(gameId, { ...legs, team: "NYK", realizedUsd });
    await hold(gameId, { ...legs, team: "BOS", realizedUsd: 0.5 });
  };
  // NOW is 20:00 Eastern: the first was two days ago, the others today.
  await trade("A", 2_880, -9);
  await trade("B", 600, -5);
  await trade("C", 300, -0.5);
  await trade("D", 200, -2);
  await trade("E", 100, -3);
  const { rows } = await sql<{ account: AccountJson }>`
    select ${accountSql("paper", NOW)} as account`.execute(cloned.db);
  const nets = rows[0]?.account.trades.map(({ net }) => net);
  expect(nets).toEqual([-2_500_000, -1_500_000, 0, -4_500_000]);
  expect(await losses()).toMatchObject({ streak: 2, worstTrade: 4_500_000 });
});

it("knows what is foreign by the game of its market, and an unknown market by none", async () => {
  const gameId = await addGame(cloned.db);
  const foreign = (marketTicker: string, atRisk: number): ForeignExposure => ({
    ...{ marketTicker, position: positionCenti(0), restingOrders: 1, atRisk: usdMicros(atRisk) },
  });
  const known = "KXNBAGAME-26NOV20BOSNYK-BOS";
  const seen = [foreign(known, 5_175_000), foreign("KXELECTION-26-X", 7)];
  await storeForeignExposure(cloned.db, "paper", seen, NOW);
  await storeForeignExposure(cloned.db, "shadow", [foreign(known, 1)], NOW);
  const snapshot = await snapshotOf(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const whole = {
    ...{
      marketTicker: known,
      occasionId: gameId,
      slate: "2026-11-20",
      strategy: null,
      atRisk: 5_175_000,
    },
  };
  const none = { occasionId: null, slate: null, strategy: null };
  expect(snapshot.foreign).toHaveLength(2);
  expect(snapshot.foreign).toEqual(
    expect.arrayContaining([whole, { ...none, marketTicker: "KXELECTION-26-X", atRisk: 7 }]),
  );
  expect((await readLimitFacts(cloned.db, "paper", NOW)).foreign).toEqual(snapshot.foreign);
});
