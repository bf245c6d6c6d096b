import fc from "fast-check";
import { expect, it } from "vitest";
import { chargeFee, NO_FEES_CHARGED } from "../domain/fees.ts";
import { notional } from "../domain/notional.ts";
import type { ForeignRisk, RiskSnapshot } from "../domain/risk.ts";
import { countCenti, priceMicros, usdMicros } from "../domain/units.ts";
import { checkRisk } from "./check.ts";
import { bitcoinHour, capitalAtRisk, marketLoss, openOccasions, reservation } from "./exposure.ts";
import {
  AWAY,
  buy,
  clear,
  entry,
  FEES,
  foreignRisk,
  GAME,
  HOME,
  holding,
  limits,
  openOrder,
} from "./testing/fixtures.ts";
import { positionCenti } from "../domain/units.ts";

it("counts a locked pair at what it can still lose", () => {
  // 10 at 0.50 and 10 at 0.40 pay 10 USD whoever wins; 9 USD and 0.35 of fees were paid.
  const pair = [holding(), holding({ marketTicker: AWAY, cost: usdMicros(4_000_000) })];
  expect(capitalAtRisk({ ...clear, holdings: pair }, () => true)).toBe(0);
  // At 0.55 the pair cost 10.50 and 0.35 of fees: 0.85 is lost for certain.
  const dear = [holding(), holding({ marketTicker: AWAY, cost: usdMicros(5_500_000) })];
  expect(capitalAtRisk({ ...clear, holdings: dear }, () => true)).toBe(850_000);
  expect(marketLoss({ ...clear, holdings: dear }, HOME)).toBe(850_000);
});

it("counts as open what others do by hand: by game beside our strategies, else by market", () => {
  const counted = (...foreign: readonly Partial<ForeignRisk>[]): number =>
    openOccasions({ ...clear, holdings: [holding()], foreign: foreign.map(foreignRisk) }, [entry]);
  // What is held and what is to be bought are one strategy's in one game.
  expect(counted()).toBe(1);
  expect(counted({ marketTicker: HOME }, { marketTicker: AWAY })).toBe(2);
  expect(counted({ occasionId: "H" })).toBe(2);
  const unknown = { occasionId: null, slate: null };
  expect(counted({ marketTicker: "x", ...unknown }, { marketTicker: "y", ...unknown })).toBe(3);
});

const cents = fc.integer({ min: 1, max: 99 }).map((value) => priceMicros(value * 10_000));
const count = fc.integer({ min: 1, max: 20_000 }).map(countCenti);

it("reserves at least what an entry can cost, at any prices up to its limit, in any pieces", () => {
  const piece = fc.record({ cents, count, isTaker: fc.boolean() });
  fc.assert(
    fc.property(cents, fc.array(piece, { minLength: 1, maxLength: 6 }), (limit, pieces) => {
      const total = countCenti(pieces.reduce((sum, one) => sum + one.count, 0));
      const intent = buy(limit, total);
      let accumulator = NO_FEES_CHARGED;
      let cost = 0;
      for (const one of pieces) {
        const price = priceMicros(Math.min(one.cents, limit));
        const liquidity = one.isTaker ? "taker" : "maker";
        const charged = chargeFee(accumulator, FEES, { liquidity, price, count: one.count });
        accumulator = charged.accumulator;
        cost += notional(price, one.count) + charged.fee;
      }
      expect(reservation(intent, FEES)).toBeGreaterThanOrEqual(cost);
    }),
  );
});

it("never lets an approved entry's worst case pass a cap", () => {
  const strategy = fc.constantFrom("pregame-anchored", "model-edge", "mean-reversion");
  const place = fc.record({
    occasionId: fc.constantFrom(GAME, "H"),
    strategy,
    isHome: fc.boolean(),
  });
  const holdings = fc.uniqueArray(fc.record({ place, cents, count }), {
    selector: ({ place: { occasionId, strategy: name, isHome } }) =>
      `${occasionId}${name}${isHome}`,
    maxLength: 8,
  });
  const orders = fc.array(fc.record({ place, count, reserved: fc.nat(20_000_000) }), {
    maxLength: 5,
  });
  const ticker = (one: { occasionId: string; isHome: boolean }): string =>
    one.occasionId === GAME ? (one.isHome ? HOME : AWAY) : `${one.occasionId}-${one.isHome}`;
  fc.assert(
    fc.property(holdings, orders, cents, count, (held, open, price, size) => {
      const snapshot: RiskSnapshot = {
        ...clear,
        subject: {
          ...entry,
          price,
          limitPrice: price,
          count: size,
          reservation: reservation(buy(price, size), FEES),
        },
        holdings: held.map((one) =>
          holding({
            ...one.place,
            marketTicker: ticker(one.place),
            count: positionCenti(one.count),
            cost: notional(one.cents, one.count),
            fees: usdMicros(0),
          }),
        ),
        openOrders: open.map((one) =>
          openOrder({
            ...one.place,
            marketTicker: ticker(one.place),
            remaining: one.count,
            reserved: usdMicros(one.reserved),
          }),
        ),
      };
      const refused = checkRisk(snapshot, limits)
        .filter(({ isHeld }) => !isHeld)
        .map(({ rule }) => rule);
      // The order as it will stand: its own reservation among the open ones.
      const after = {
        ...snapshot,
        openOrders: [...snapshot.openOrders, openOrder({ reserved: snapshot.subject.reservation })],
      };
      const isWithin = {
        total_capital: capitalAtRisk(after, () => true) <= limits.maxTotalCapital,
        strategy_capital:
          capitalAtRisk(after, (item) => item.strategy === "model-edge") <=
          limits.maxStrategyCapital["model-edge"],
        market_loss: marketLoss(after, HOME) <= limits.maxLossPerMarket,
      };
      for (const [rule, held] of Object.entries(isWithin)) {
        expect(!refused.includes(rule), rule).toBe(held);
      }
    }),
  );
});

it("loses no more after any fill of a lock than before it, beyond what the lock reserved", () => {
  fc.assert(
    fc.property(
      cents,
      cents,
      count,
      fc.integer({ min: 0, max: 100 }),
      (price, other, size, share) => {
        const held = holding({
          count: positionCenti(size),
          cost: notional(price, size),
          fees: usdMicros(0),
        });
        const covers = countCenti(Math.floor((size * share) / 100));
        const lockIntent = { ...buy(other, size), purpose: "exit", exitType: "lock" } as const;
        const reserved = reservation(lockIntent, FEES);
        const paid = chargeFee(NO_FEES_CHARGED, FEES, {
          liquidity: "taker",
          price: other,
          count: covers,
        });
        const bought = holding({
          marketTicker: AWAY,
          count: positionCenti(covers),
          cost: notional(other, covers),
          fees: paid.fee,
        });
        const before = capitalAtRisk({ ...clear, holdings: [held] }, () => true);
        const after = capitalAtRisk({ ...clear, holdings: [held, bought] }, () => true);
        expect(after).toBeLessThanOrEqual(before + reserved);
      },
    ),
  );
});

it("reserves for a NO the rest of the dollar, and nothing for what closes one", () => {
  const price = priceMicros(300_000);
  const size = countCenti(1_000);
  const sold = { ...buy(price, size), side: "ask" } as const;
  // 10 NO at 0.70 USD, and 0.07 * 10 * 0.3 * 0.7 of fees.
  expect(reservation(sold, FEES)).toBe(7_147_000);
  const cover = { ...buy(price, size), purpose: "exit", exitType: "kill" } as const;
  expect(reservation({ ...cover, isReduceOnly: true }, FEES)).toBe(0);
});

it("counts a NO at its cost, and pairs it with nothing", () => {
  const no = holding({ count: positionCenti(-1_000), cost: usdMicros(7_000_000) });
  const yes = holding({ marketTicker: AWAY });
  const both = { ...clear, holdings: [no, yes] };
  // 7 USD and 5 USD, and the fees of both.
  expect(capitalAtRisk(both, () => true)).toBe(12_350_000);
  expect(marketLoss(both, HOME)).toBe(7_175_000);
});

it.each([
  ["KXBTC15M-26MAY111615-15", "2026-05-11T20"],
  ["KXBTC15M-26MAY111700-00", "2026-05-11T20"],
  ["KXBTCD-26MAY1117-T109999.99", "2026-05-11T20"],
  ["KXBTC-26MAY1117-B110250", "2026-05-11T20"],
  ["KXBTC15M-26MAY111715-15", "2026-05-11T21"],
  // 01:30 comes twice in the night of 2026-11-01: the first of both.
  ["KXBTC15M-26NOV010130-30", "2026-11-01T05"],
  ["KXNBAGAME-26NOV20BOSNYK-NYK", null],
])("takes %s for a contract of the hour %s, up to its end", (ticker, hour) => {
  expect(bitcoinHour(ticker)).toBe(hour);
});
