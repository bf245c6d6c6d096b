import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { notional, proceeds } from "../domain/notional.ts";
import type { ExitType } from "../domain/order.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../domain/units.ts";
import { attributePnl, type Execution, pnlBy, type SettledHolding, sumPnl } from "./pnl.ts";

const HOME = "KXNBAGAME-26NOV20BOSNYK-NYK";
const AWAY = "KXNBAGAME-26NOV20BOSNYK-BOS";
const GAME = "game/paper/KXNBAGAME-26NOV20BOSNYK";

function execution(over: Partial<Execution>): Execution {
  const base: Execution = {
    gameId: GAME,
    strategy: "model-edge",
    marketTicker: HOME,
    side: "bid",
    price: priceMicros(500_000),
    count: countCenti(1_000),
    fee: usdMicros(175_000),
    phase: "live",
    purpose: "entry",
    exitType: null,
    at: instant(1),
  };
  return { ...base, ...over };
}

function settled(marketTicker: string, revenue: number): SettledHolding {
  return { gameId: GAME, strategy: "model-edge", marketTicker, revenue: usdMicros(revenue) };
}

const exitAt = (price: number, count: number, exitType: ExitType, at: number): Execution =>
  execution({
    side: "ask",
    price: priceMicros(price),
    count: countCenti(count),
    purpose: "exit",
    exitType,
    fee: usdMicros(100_000),
    at: instant(at),
  });

describe("attributePnl", () => {
  it("takes an entry that sells for a purchase of NO, left by buying YES or by settlement", () => {
    const no = execution({ side: "ask", price: priceMicros(400_000) });
    const cover = { ...exitAt(300_000, 400, "kill", 2), side: "bid" } as const;
    const parts = attributePnl([no, cover], [settled(HOME, 6_000_000)]);
    // 10 NO at 0.60; 4 are left at 0.70, and 6 are paid a dollar.
    expect(parts).toMatchObject([
      { leftBy: "kill", count: 400, gross: 400_000 },
      { leftBy: "settlement", count: 600, gross: 2_400_000 },
    ]);
  });

  it("gives a held winner's profit to settlement", () => {
    // 10 contracts at 0.50 pay 10.00: 10.00 - 5.00 = 5.00, fee 0.175.
    const parts = attributePnl([execution({})], [settled(HOME, 10_000_000)]);
    expect(parts).toEqual([
      {
        gameId: GAME,
        strategy: "model-edge",
        leftBy: "settlement",
        marketTicker: HOME,
        enteredAt: 1,
        entryPhase: "live",
        count: 1_000,
        gross: 5_000_000,
        fees: 175_000,
      },
    ]);
  });

  it("splits a position that left by two exits and a settlement", () => {
    const parts = attributePnl(
      [execution({}), exitAt(700_000, 400, "take-profit", 2), exitAt(300_000, 500, "stop-loss", 3)],
      [settled(HOME, 0)],
    );
    // 4 * (0.70 - 0.50) = 0.80; 5 * (0.30 - 0.50) = -1.00; 1 * (0 - 0.50) = -0.50.
    const by = pnlBy(parts, (part) => part.leftBy);
    expect(by.get("take-profit")?.gross).toBe(800_000);
    expect(by.get("stop-loss")?.gross).toBe(-1_000_000);
    expect(by.get("settlement")?.gross).toBe(-500_000);
    expect(sumPnl(parts)).toEqual({ gross: -700_000, fees: 375_000, net: -1_075_000 });
  });

  it("counts a position covered on the other team's market as left by lock, with as many as it covers", () => {
    const lock = execution({
      marketTicker: AWAY,
      price: priceMicros(300_000),
      count: countCenti(600),
      purpose: "exit",
      exitType: "lock",
      fee: usdMicros(0),
      at: instant(2),
    });
    const parts = attributePnl(
      [execution({}), lock],
      [settled(HOME, 10_000_000), settled(AWAY, 0)],
    );
    // Six pairs: 6 * (1 - 0.50 - 0.30) = 1.20 whoever wins; four left: 4 * (1 - 0.50) = 2.00.
    const by = pnlBy(parts, (part) => part.leftBy);
    expect(by.get("lock")?.gross).toBe(1_200_000);
    expect(by.get("settlement")?.gross).toBe(2_000_000);
    expect(parts.filter((part) => part.leftBy === "lock").map((part) => part.count)).toEqual([
      600, 600,
    ]);
  });

  it("counts a lock that sells what is held as its sale, and settles nothing of it", () => {
    const parts = attributePnl([execution({}), exitAt(900_000, 1_000, "lock", 2)], []);
    // 10 * (0.90 - 0.50), and nothing is left for the result.
    expect(parts).toMatchObject([{ leftBy: "lock", count: 1_000, gross: 4_000_000 }]);
  });

  it("keeps a position that is neither sold nor settled open: fees, no profit", () => {
    expect(attributePnl([execution({})], [])).toMatchObject([
      { leftBy: "open", gross: 0, fees: 175_000 },
    ]);
  });

  it("keeps strategies apart in one market", () => {
    const parts = attributePnl(
      [execution({}), execution({ strategy: "mean-reversion", price: priceMicros(600_000) })],
      [settled(HOME, 10_000_000), { ...settled(HOME, 10_000_000), strategy: "mean-reversion" }],
    );
    const by = pnlBy(parts, (part) => part.strategy);
    expect(by.get("model-edge")?.gross).toBe(5_000_000);
    expect(by.get("mean-reversion")?.gross).toBe(4_000_000);
  });

  it("refuses more sold than bought", () => {
    expect(() => attributePnl([exitAt(500_000, 1, "stop-loss", 1)], [])).toThrow("sold");
  });

  it("sums, however positions leave, to the cash that moved and to all fees", () => {
    const price = fc.integer({ min: 1, max: 999 }).map((milli) => priceMicros(milli * 1_000));
    const fill = fc.record({
      isSale: fc.boolean(),
      isAway: fc.boolean(),
      isLocking: fc.boolean(),
      price,
      count: fc.integer({ min: 1, max: 5_000 }),
      fee: fc.integer({ min: 0, max: 200_000 }),
    });
    fc.assert(
      fc.property(fc.array(fill, { maxLength: 20 }), fc.boolean(), (fills, homeWins) => {
        const held: Record<string, number> = {};
        const executions: Execution[] = [];
        let cash = 0;
        for (const [i, { isSale, isAway, isLocking, count, ...rest }] of fills.entries()) {
          const marketTicker = isAway ? AWAY : HOME;
          const sold = Math.min(count, held[marketTicker] ?? 0);
          if (isSale && sold === 0) continue;
          const traded = countCenti(isSale ? sold : count);
          held[marketTicker] = (held[marketTicker] ?? 0) + (isSale ? 0 - traded : traded);
          cash += isSale ? proceeds(rest.price, traded) : 0 - notional(rest.price, traded);
          const isLock = isSale ? isLocking : isAway;
          executions.push(
            execution({
              ...rest,
              marketTicker,
              side: isSale ? "ask" : "bid",
              count: traded,
              fee: usdMicros(rest.fee),
              purpose: isSale || isLock ? "exit" : "entry",
              exitType: isLock ? "lock" : isSale ? "take-profit" : null,
              at: instant(i),
            }),
          );
        }
        const winner = homeWins ? HOME : AWAY;
        const paid = [HOME, AWAY].map((ticker) =>
          settled(ticker, ticker === winner ? (held[ticker] ?? 0) * 10_000 : 0),
        );
        const parts = attributePnl(executions, paid);
        const total = sumPnl(parts);
        expect(total.gross).toBe(cash + paid.reduce((sum, row) => sum + row.revenue, 0));
        expect(total.fees).toBe(executions.reduce((sum, row) => sum + row.fee, 0));
        expect(parts.every((part) => part.count > 0 && Number.isSafeInteger(part.gross))).toBe(
          true,
        );
        // Every bought contract leaves exactly once.
        const bought = executions.reduce((n, row) => n + (row.side === "bid" ? row.count : 0), 0);
        expect(parts.reduce((n, part) => n + part.count, 0)).toBe(bought);
      }),
    );
  });
});
