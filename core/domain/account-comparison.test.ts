import { describe, expect, it } from "vitest";
import { type AccountView, compareAccount, type LedgerView } from "./account-comparison.ts";
import type { ClientOrderId, Fill } from "./order.ts";
import { countCenti, instant, positionCenti, priceMicros, usdMicros } from "./units.ts";

const MARKET = "KXNBAGAME-26NOV20BOSNYK-NYK";
const OPENED = instant(Date.parse("2026-11-20T23:00:00Z"));
const OPENING = usdMicros(10_000_000_000);

const fillOf = (fillId: string, venueOrderId: string, over: Partial<Fill> = {}): Fill => ({
  fillId,
  venueOrderId,
  clientOrderId: null as ClientOrderId | null,
  marketTicker: MARKET,
  side: "bid",
  price: priceMicros(400_000),
  count: countCenti(1_000),
  fee: usdMicros(20_000),
  liquidity: "maker",
  at: instant(OPENED + 60_000),
  ...over,
});

/** Ten YES bought at 40 cents for a fee of 2: 10,000 - 4.02 = 9,995.98 USD are left. */
const OURS = fillOf("f1", "v1");
const LEFT = usdMicros(9_995_980_000);

const SETTLED = {
  marketTicker: MARKET,
  result: "yes",
  value: usdMicros(1_000_000),
  yesCount: countCenti(1_000),
  noCount: countCenti(0),
  cost: usdMicros(4_000_000),
  revenue: usdMicros(10_000_000),
  at: instant(OPENED + 7_200_000),
} as const;

const account = (over: Partial<AccountView> = {}): AccountView => ({
  orders: [],
  fills: [OURS],
  positions: [{ marketTicker: MARKET, position: positionCenti(1_000) }],
  settlements: [],
  transfers: [],
  cash: LEFT,
  ...over,
});

const ledger = (over: Partial<LedgerView> = {}): LedgerView => ({
  openedAt: OPENED,
  opening: OPENING,
  orders: [{ venueOrderId: "v1", status: "filled", filled: 1_000 }],
  fills: [{ ...OURS, isExpected: true }],
  held: new Map([[MARKET, 1_000]]),
  settled: new Map(),
  cash: LEFT,
  identityDifference: usdMicros(0),
  ...over,
});

describe("compareAccount", () => {
  it("finds nothing where account and ledger hold the same", () => {
    expect(compareAccount(account(), ledger()).differences).toEqual([]);
  });

  it("finds a settlement that the venue has paid and the ledger has not booked", () => {
    // 9,995.98 + 10 contracts at a dollar.
    const paid = account({
      positions: [],
      settlements: [SETTLED],
      cash: usdMicros(10_005_980_000),
    });
    expect(compareAccount(paid, ledger()).differences).toEqual([
      { kind: "ledger-cash", what: "cash", venue: 10_005_980_000, ledger: 9_995_980_000 },
    ]);
    const booked = ledger({
      held: new Map([[MARKET, 0]]),
      settled: new Map([[MARKET, 1_000]]),
      cash: usdMicros(10_005_980_000),
    });
    expect(compareAccount(paid, booked).differences).toEqual([]);
  });

  it("keeps what trades of others moved apart from the ledger's cash", () => {
    const foreign = fillOf("f2", "v2", { price: priceMicros(500_000), fee: usdMicros(0) });
    const shared = account({
      fills: [OURS, foreign],
      positions: [{ marketTicker: MARKET, position: positionCenti(2_000) }],
      cash: usdMicros(LEFT - 5_000_000),
    });
    const { differences, foreignCash } = compareAccount(shared, ledger());
    expect({ differences, foreignCash }).toEqual({ differences: [], foreignCash: -5_000_000 });
  });

  it("takes what was held before the books were opened for ours when it settles", () => {
    const before = { ...OURS, at: instant(OPENED - 60_000) };
    const paid = account({
      fills: [before],
      positions: [],
      settlements: [SETTLED],
      cash: usdMicros(10_010_000_000),
    });
    const booked = ledger({
      fills: [{ ...before, isExpected: false }],
      held: new Map([[MARKET, 0]]),
      settled: new Map([[MARKET, 1_000]]),
      cash: usdMicros(10_010_000_000),
    });
    expect(compareAccount(paid, booked)).toMatchObject({ differences: [], foreignCash: 0 });
  });

  it("takes back the cost of a void market, and tells what others held there by its own cost", () => {
    const foreign = fillOf("f2", "v2", { price: priceMicros(500_000), fee: usdMicros(0) });
    const voided = (count: number, cost: number) => ({
      ...({ ...SETTLED, result: "void", value: null, yesCount: countCenti(count) } as const),
      ...{ cost: usdMicros(cost), revenue: usdMicros(cost) },
    });
    const booked = ledger({
      held: new Map([[MARKET, 0]]),
      settled: new Map([[MARKET, 1_000]]),
      cash: usdMicros(LEFT + 4_000_000),
    });
    const over = { positions: [], settlements: [voided(1_000, 4_000_000)] };
    const paid = account({ ...over, cash: usdMicros(LEFT + 4_000_000) });
    expect(compareAccount(paid, booked)).toMatchObject({ differences: [], foreignCash: 0 });
    // Ours cost 4 USD and theirs 5: both come back, and only ours is in the books.
    const shared = account({
      ...{ ...over, settlements: [voided(2_000, 9_000_000)], fills: [OURS, foreign] },
      cash: usdMicros(LEFT + 4_000_000),
    });
    expect(compareAccount(shared, booked)).toMatchObject({ differences: [], foreignCash: 0 });
    // A row without a cost is read by what the fills cost: of all, and of ours.
    const unstated = (view: AccountView): AccountView => ({
      ...view,
      settlements: view.settlements.map((row) => ({ ...row, cost: null })),
    });
    for (const view of [paid, shared]) {
      const found = compareAccount(unstated(view), booked);
      expect(found).toMatchObject({ differences: [], foreignCash: 0 });
    }
    expect(compareAccount(paid, { ...booked, cash: LEFT }).differences).toMatchObject([
      { kind: "ledger-cash", venue: LEFT + 4_000_000, ledger: LEFT },
    ]);
  });
});
