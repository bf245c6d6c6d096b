import { assert } from "./assert.ts";
import { complement, notional, proceeds } from "./notional.ts";
import type { Fill } from "./order.ts";
import {
  type CountCenti,
  countCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type PositionCenti,
  positionCenti,
  type UsdMicros,
  usdMicros,
} from "./units.ts";

/** What a strategy holds in one market. */
export interface Position {
  /** Hundredths of a contract: YES positive, NO negative. */
  readonly count: PositionCenti;
  /** What the contracts that are held cost, micros, fees excluded; of a NO the rest of the dollar. */
  readonly cost: UsdMicros;
  /** All fees paid so far, micros. */
  readonly fees: UsdMicros;
  /** Gross result of what was sold or settled so far, micros, fees excluded. */
  readonly realized: UsdMicros;
}

/** A position before its first fill. */
export const NO_POSITION: Position = {
  count: positionCenti(0),
  cost: usdMicros(0),
  fees: usdMicros(0),
  realized: usdMicros(0),
};

/** One side of a double entry, micros: positive is debit (cash received, cost taken on, fee paid). */
export interface LedgerEntry {
  readonly account: string;
  readonly amount: UsdMicros;
}

/** The accounts that a position's postings touch. */
export interface PositionAccounts {
  readonly position: string;
  readonly pnl: string;
}

/** Entries that sum to zero, and the position they lead to. */
export interface Posting {
  readonly entries: readonly LedgerEntry[];
  readonly position: Position;
}

/** Cash at the venue: a debit balance. */
export const CASH_ACCOUNT = "cash";
/** What was deposited: a credit balance. */
export const CAPITAL_ACCOUNT = "capital";
/** Fees paid: a debit balance. */
const FEES_ACCOUNT = "fees";
/** What a hundredth of a YES and one of a NO pay together, micros. */
const PAYOUT_PER_CENTI = ONE_USD_MICROS / ONE_CONTRACT_CENTI;

/** Names the accounts of one strategy in one market of one occasion. */
export function positionAccounts(
  occasionId: string,
  strategy: string,
  marketTicker: string,
): PositionAccounts {
  return {
    position: `position:${occasionId}:${strategy}:${marketTicker}`,
    pnl: `pnl:${occasionId}:${strategy}`,
  };
}

/** Cash in, owed to capital; or out again, when the amount is negative. */
export function transferPosting(amount: UsdMicros): readonly LedgerEntry[] {
  return balanced([
    [CASH_ACCOUNT, amount],
    [CAPITAL_ACCOUNT, 0 - amount],
  ]);
}

/**
 * Books one fill. What it trades against what is held it closes: that takes its share of the cost out, at
 * the average, rounded down to the micro-dollar (all of it with the last contract), and the difference to
 * what it brings is realized. The rest opens: a bid buys YES at the price, an ask buys NO at the rest of
 * the dollar. A fill that goes through zero does both, in one sequence: close, then open.
 *
 * Cash is that of the venue: of the whole fill rounded once against us, and what it opens costs what the
 * closing part does not bring. Each contract of YES and NO that meet pays a dollar at once.
 *
 * @param fill.isReduceOnly whether its order may only close.
 * @throws InvariantError when nothing is filled, or an order that may only close would open.
 */
export function fillPosting(
  fill: Pick<Fill, "side" | "price" | "count" | "fee"> & { readonly isReduceOnly: boolean },
  position: Position,
  accounts: PositionAccounts,
): Posting {
  assert(fill.count > 0, "a fill is for more than nothing");
  const { side, price, count, fee } = fill;
  const held = heldAgainst(position, side);
  const closes = countCenti(Math.min(count, held));
  const opens = count - closes;
  assert(opens === 0 || !fill.isReduceOnly, "a sale never exceeds what is held");
  // What is held is left at the price of its own side; what is opened is bought at that of the other.
  const received = proceeds(side === "ask" ? price : complement(price), closes);
  const closedCost = closes === 0 ? 0 : shareOfCost(position.cost, closes, held);
  const cash = tradedCash(side, price, count) + pairedCash(side, closes, opens);
  const openedCost = received - cash;
  const sign = side === "bid" ? 1 : -1;
  return {
    entries: balanced([
      [CASH_ACCOUNT, cash - fee],
      [accounts.position, openedCost - closedCost],
      [FEES_ACCOUNT, fee],
      [accounts.pnl, closedCost - received],
    ]),
    position: {
      count: positionCenti(position.count + sign * count),
      cost: usdMicros(position.cost - closedCost + openedCost),
      fees: usdMicros(position.fees + fee),
      realized: usdMicros(position.realized + received - closedCost),
    },
  };
}

/** Contracts held of the side that a fill would close, hundredths. */
function heldAgainst({ count }: Position, side: Fill["side"]): CountCenti {
  return countCenti(Math.max(0, side === "ask" ? count : 0 - count));
}

/** Cash of a fill as if all of it were YES, micros: it rounds against us. */
function tradedCash(side: Fill["side"], price: Fill["price"], count: CountCenti): number {
  return side === "ask" ? proceeds(price, count) : 0 - notional(price, count);
}

/** The dollars that NO binds on top of it, or gives back, micros. */
function pairedCash(side: Fill["side"], closes: number, opens: number): number {
  return PAYOUT_PER_CENTI * (side === "ask" ? 0 - opens : closes);
}

/** Books the venue's final word: revenue in, the whole position out, the difference realized. */
export function settlementPosting(
  revenue: UsdMicros,
  position: Position,
  accounts: PositionAccounts,
): Posting {
  return {
    entries: balanced([
      [CASH_ACCOUNT, revenue],
      [accounts.position, 0 - position.cost],
      [accounts.pnl, position.cost - revenue],
    ]),
    position: {
      count: positionCenti(0),
      cost: usdMicros(0),
      fees: position.fees,
      realized: usdMicros(position.realized + revenue - position.cost),
    },
  };
}

/**
 * Books that the venue corrected what it had paid: the difference in, or back out, and realized. What is
 * held stays as it is: the settlement has taken it out.
 *
 * @param paid what the settlement and the corrections before this one have paid, micros.
 * @param due what it pays by the new word, micros.
 */
export function correctionPosting(
  { paid, due }: { readonly paid: UsdMicros; readonly due: UsdMicros },
  position: Position,
  accounts: PositionAccounts,
): Posting {
  const change = due - paid;
  return {
    entries: balanced([
      [CASH_ACCOUNT, change],
      [accounts.pnl, 0 - change],
    ]),
    position: { ...position, realized: usdMicros(position.realized + change) },
  };
}

/** The product leaves the exact range of a number (10^12 micros times 10^6 contracts), hence BigInt. */
function shareOfCost(cost: UsdMicros, count: CountCenti, of: CountCenti): number {
  return Number((BigInt(cost) * BigInt(count)) / BigInt(of));
}

/** Drops empty entries and proves that the rest sums to zero. */
function balanced(amounts: readonly (readonly [string, number])[]): readonly LedgerEntry[] {
  const entries = amounts
    .filter(([, amount]) => amount !== 0)
    .map(([account, amount]) => ({ account, amount: usdMicros(amount) }));
  const sum = entries.reduce((total, { amount }) => total + amount, 0);
  assert(sum === 0, "a posting sums to zero");
  return entries;
}
