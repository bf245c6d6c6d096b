import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  correctionPosting,
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

  it("comes to the payout by the last word, however often the venue corrects itself", () => {
    const words = fc.array(fc.integer({ min: 0, max: 1_000_000 }).map(usdMicros), { maxLength: 8 });
    const held = fc.integer({ min: -100_000_000, max: 100_000_000 }).map(positionCenti);
    const cost = fc.integer({ min: 0, max: 1_000_000_000_000 }).map(usdMicros);
    fc.assert(
      fc.property(held, cost, words, (count, paidFor, [first = usdMicros(0), ...later]) => {
        const before = { ...NO_POSITION, count, cost: paidFor };
        const payout = (value: typeof first) => settlementRevenue(value, sidesOf(count));
        const settled = settlementPosting(payout(first), before, accounts);
        const entries = [...settled.entries];
        let { position } = settled;
        let paid = payout(first);
        for (const value of later) {
          const due = payout(value);
          const posting = correctionPosting({ paid, due }, position, accounts);
          expect(posting.entries.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
          entries.push(...posting.entries);
          position = posting.position;
          paid = due;
        }
        const last = payout(later.at(-1) ?? first);
        const sums = balances(entries);
        expect(sums.get("cash") ?? 0).toBe(last);
        expect(position).toEqual({ count: 0, cost: 0, fees: 0, realized: last - paidFor });
        expect(0 - (sums.get(accounts.pnl) ?? 0)).toBe(position.realized);
        expect(0 - (sums.get(accounts.position) ?? 0)).toBe(paidFor);
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

  it("buys NO by selling YES that is not held, and closes it by buying YES", () => {
    const opened = fillPosting(
      {
        side: "ask",
        price: priceMicros(400_000),
        count: countCenti(1_000),
        fee: usdMicros(168_000),
        isReduceOnly: false,
      },
      NO_POSITION,
      accounts,
    );
    // 10 NO at 0.60 USD cost 6.00 USD, and 0.168 USD of fees.
    expect(opened.position).toEqual({
      count: -1_000,
      cost: 6_000_000,
      fees: 168_000,
      realized: 0,
    });
    expect(balances(opened.entries).get("cash")).toBe(-6_168_000);
    const covered = fillPosting(
      {
        side: "bid",
        price: priceMicros(300_000),
        count: countCenti(250),
        fee: usdMicros(0),
        isReduceOnly: true,
      },
      opened.position,
      accounts,
    );
    // 2.5 NO are left at 0.70 USD: 1.75 USD for what cost 1.50 USD.
    expect(covered.position).toMatchObject({ count: -750, cost: 4_500_000, realized: 250_000 });
    expect(balances(covered.entries).get("cash")).toBe(1_750_000);
    // A scalar of 0.25 USD pays a NO 0.75 USD.
    const revenue = settlementRevenue(usdMicros(250_000), sidesOf(covered.position.count));
    expect(revenue).toBe(5_625_000);
    const end = settlementPosting(revenue, covered.position, accounts);
    expect(end.position).toMatchObject({ count: 0, cost: 0, realized: 1_375_000 });
  });

  it("closes what is held and opens the rest when a fill goes through zero", () => {
    const held = { ...NO_POSITION, count: positionCenti(100), cost: usdMicros(400_000) };
    const fill = { side: "ask", price: priceMicros(500_000), fee: usdMicros(0) } as const;
    const count = countCenti(300);
    const crossed = fillPosting({ ...fill, count, isReduceOnly: false }, held, accounts);
    // One YES brings 0.50 USD for 0.40; two NO cost 0.50 USD each.
    expect(crossed.position).toEqual({ count: -200, cost: 1_000_000, fees: 0, realized: 100_000 });
    expect(balances(crossed.entries).get("cash")).toBe(-500_000);
    const only = { ...fill, count, isReduceOnly: true };
    expect(() => fillPosting(only, held, accounts)).toThrow("a sale never exceeds what is held");
  });

  it("agrees with exact arithmetic over any fills of both sides, and settles them to the cent", () => {
    fc.assert(
      fc.property(fills, fc.integer({ min: 0, max: 1_000_000 }), (list, value) => {
        let position = NO_POSITION;
        let [cash, net, fees] = [0n, 0n, 0n];
        const entries: LedgerEntry[] = [];
        for (const { side, price, count, fee } of list) {
          const posting = fillPosting(
            { side, price, count, fee, isReduceOnly: false },
            position,
            accounts,
          );
          expect(posting.entries.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
          entries.push(...posting.entries);
          position = posting.position;
          // All as YES, rounded against us, and a dollar bound for each contract short.
          const product = BigInt(price) * BigInt(count);
          const bound = (at: bigint): bigint => (at < 0n ? -at : 0n) * 10_000n;
          const before = net;
          net += side === "bid" ? BigInt(count) : -BigInt(count);
          cash += side === "bid" ? -((product + 99n) / 100n) : product / 100n;
          cash -= BigInt(fee) + bound(net) - bound(before);
          fees += BigInt(fee);
          expect(BigInt(position.count)).toBe(net);
          expect(position.cost).toBeGreaterThanOrEqual(0);
          if (position.count === 0) expect(position.cost).toBe(0);
        }
        const sums = balances(entries);
        expect(BigInt(sums.get("cash") ?? 0)).toBe(cash);
        expect(sums.get(accounts.position) ?? 0).toBe(position.cost);
        expect(0 - (sums.get(accounts.pnl) ?? 0) + 0).toBe(position.realized + 0);
        const revenue = settlementRevenue(usdMicros(value), sidesOf(position.count));
        const { entries: last, position: end } = settlementPosting(revenue, position, accounts);
        // What cash gained is what was realized, less the fees.
        expect(cash + BigInt(revenue)).toBe(BigInt(end.realized) - fees);
        expect(last.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
        const pays = net >= 0n ? BigInt(value) * net : BigInt(1_000_000 - value) * -net;
        expect(BigInt(revenue)).toBe(pays / 100n);
      }),
    );
  });
});
