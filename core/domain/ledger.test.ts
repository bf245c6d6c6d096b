import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  transferPosting,
  fillPosting,
  type LedgerEntry,
  NO_POSITION,
  positionAccounts,
  settlementPosting,
} from "./ledger.ts";
import { notional, proceeds } from "./notional.ts";
import { settlementRevenue, sidesOf } from "./settlement.ts";
import { countCenti, positionCenti, priceMicros, usdMicros } from "./units.ts";

const accounts = positionAccounts("game/paper/E", "model-edge", "E-BOS");
const fills = fc.array(
  fc.record({
    side: fc.constantFrom("bid" as const, "ask" as const),
    price: fc.integer({ min: 1, max: 999_999 }).map(priceMicros),
    count: fc.integer({ min: 1, max: 100_000_000 }).map(countCenti),
    fee: fc.integer({ min: 0, max: 1_000_000 }).map(usdMicros),
  }),
  { maxLength: 40 },
);

function balances(entries: readonly LedgerEntry[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { account, amount } of entries) sums.set(account, (sums.get(account) ?? 0) + amount);
  return sums;
}

describe("ledger", () => {
  it("books a buy, a sale and a settlement as the arithmetic says", () => {
    const buy = fillPosting(
      {
        side: "bid",
        price: priceMicros(400_000),
        count: countCenti(1_000),
        fee: usdMicros(168_000),
        isReduceOnly: false,
      },
      NO_POSITION,
      accounts,
    );
    // 10 contracts at 0.40 USD cost 4.00 USD, and 0.168 USD of fees.
    expect(buy.position).toEqual({ count: 1_000, cost: 4_000_000, fees: 168_000, realized: 0 });
    expect(balances(buy.entries).get("cash")).toBe(-4_168_000);
    const sale = fillPosting(
      {
        side: "ask",
        price: priceMicros(500_000),
        count: countCenti(250),
        fee: usdMicros(43_800),
        isReduceOnly: true,
      },
      buy.position,
      accounts,
    );
    // 2.5 contracts bring 1.25 USD and cost 1.00 USD.
    expect(sale.position).toEqual({
      count: 750,
      cost: 3_000_000,
      fees: 211_800,
      realized: 250_000,
    });
    expect(balances(sale.entries).get(accounts.pnl)).toBe(-250_000);
    const end = settlementPosting(usdMicros(7_500_000), sale.position, accounts);
    expect(end.position).toEqual({ count: 0, cost: 0, fees: 211_800, realized: 4_750_000 });
  });

  it("never sells what is not held", () => {
    const fill = { side: "ask", price: priceMicros(500_000), fee: usdMicros(0) } as const;
    const tooMany = { ...fill, count: countCenti(1), isReduceOnly: true };
    expect(() => fillPosting(tooMany, NO_POSITION, accounts)).toThrow(
      "a sale never exceeds what is held",
    );
  });

  it("sums every posting to zero and keeps the cash identity over any sequence", () => {
    fc.assert(
      fc.property(fills, fc.integer({ min: 0, max: 1_000_000 }), (list, value) => {
        const capital = usdMicros(1_000_000_000);
        const entries: LedgerEntry[] = [...transferPosting(capital)];
        let position = NO_POSITION;
        let fillCash = 0;
        for (const fill of list) {
          const count = countCenti(
            fill.side === "ask" ? Math.min(fill.count, position.count) : fill.count,
          );
          if (count === 0) continue;
          const isReduceOnly = fill.side === "ask";
          const posting = fillPosting({ ...fill, count, isReduceOnly }, position, accounts);
          expect(posting.entries.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
          entries.push(...posting.entries);
          position = posting.position;
          fillCash +=
            fill.side === "ask" ? proceeds(fill.price, count) : 0 - notional(fill.price, count);
          expect(position.cost).toBeGreaterThanOrEqual(0);
          if (position.count === 0) expect(position.cost).toBe(0);
          expect(balances(entries).get(accounts.position) ?? 0).toBe(position.cost);
        }
        const revenue = settlementRevenue(usdMicros(value), sidesOf(position.count));
        const settled = settlementPosting(revenue, position, accounts);
        entries.push(...settled.entries);
        const sums = balances(entries);
        const fees = settled.position.fees;
        expect(sums.get("cash")).toBe(capital + fillCash + revenue - fees);
        expect(sums.get("fees") ?? 0).toBe(fees);
        expect(sums.get(accounts.position) ?? 0).toBe(0);
        expect(0 - (sums.get(accounts.pnl) ?? 0)).toBe(settled.position.realized);
        expect([...sums.values()].reduce((total, amount) => total + amount, 0)).toBe(0);
      }),
    );
  });

  it("takes out the average cost of what is sold, less than a micro-dollar off", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100_000_000 }),
        fc.integer({ min: 1, max: 1_000_000_000_000 }),
        fc.integer({ min: 1, max: 99 }),
        (held, cost, percent) => {
          const sold = Math.max(1, Math.floor((held * percent) / 100));
          const position = { ...NO_POSITION, count: positionCenti(held), cost: usdMicros(cost) };
          const fill = { side: "ask", price: priceMicros(1), fee: usdMicros(0) } as const;
          const sale = { ...fill, count: countCenti(sold), isReduceOnly: true };
          const after = fillPosting(sale, position, accounts);
          const out = BigInt(cost - after.position.cost) * BigInt(held);
          const exact = BigInt(cost) * BigInt(sold);
          expect(exact - out >= 0n && exact - out < BigInt(held)).toBe(true);
        },
      ),
    );
  });
});
