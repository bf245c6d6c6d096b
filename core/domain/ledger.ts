import { assert } from "./assert.ts";
import { notional, proceeds } from "./notional.ts";
import type { Fill } from "./order.ts";
import { type CountCenti, countCenti, type UsdMicros, usdMicros } from "./units.ts";

/** What a strategy holds in one market: YES contracts only. */
export interface Position {
  readonly count: CountCenti;
  /** What the held contracts cost, micros, fees excluded. */
  readonly cost: UsdMicros;
  /** All fees paid so far, micros. */
  readonly fees: UsdMicros;
  /** Gross result of what was sold or settled so far, micros, fees excluded. */
  readonly realized: UsdMicros;
}

/** A position before its first fill. */
export const NO_POSITION: Position = {
  count: countCenti(0),
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

/** Names the accounts of one strategy in one market of one game. */
export function positionAccounts(
  gameId: string,
  strategy: string,
  marketTicker: string,
): PositionAccounts {
  return {
    position: `position:${gameId}:${strategy}:${marketTicker}`,
    pnl: `pnl:${gameId}:${strategy}`,
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
 * Books one fill. A buy adds its price to the position's cost; a sale takes out its share of the
 * cost at the average, rounded down to the micro-dollar (all of it with the last contract), and
 * the difference to the proceeds is realized.
 *
 * @throws InvariantError when nothing is filled, or more is sold than is held: strategies hold YES only.
 */
export function fillPosting(
  fill: Pick<Fill, "side" | "price" | "count" | "fee">,
  position: Position,
  accounts: PositionAccounts,
): Posting {
  assert(fill.count > 0, "a fill is for more than nothing");
  const fees = usdMicros(position.fees + fill.fee);
  if (fill.side === "bid") {
    const paid = notional(fill.price, fill.count);
    return {
      entries: balanced([
        [CASH_ACCOUNT, 0 - paid - fill.fee],
        [accounts.position, paid],
        [FEES_ACCOUNT, fill.fee],
      ]),
      position: {
        count: countCenti(position.count + fill.count),
        cost: usdMicros(position.cost + paid),
        fees,
        realized: position.realized,
      },
    };
  }
  assert(fill.count <= position.count, "a sale never exceeds what is held");
  const received = proceeds(fill.price, fill.count);
  const cost = shareOfCost(position, fill.count);
  return {
    entries: balanced([
      [CASH_ACCOUNT, received - fill.fee],
      [accounts.position, 0 - cost],
      [FEES_ACCOUNT, fill.fee],
      [accounts.pnl, cost - received],
    ]),
    position: {
      count: countCenti(position.count - fill.count),
      cost: usdMicros(position.cost - cost),
      fees,
      realized: usdMicros(position.realized + received - cost),
    },
  };
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
      count: countCenti(0),
      cost: usdMicros(0),
      fees: position.fees,
      realized: usdMicros(position.realized + revenue - position.cost),
    },
  };
}

/** The product leaves the exact range of a number (10^12 micros times 10^6 contracts), hence BigInt. */
function shareOfCost(position: Position, count: CountCenti): UsdMicros {
  return usdMicros(Number((BigInt(position.cost) * BigInt(count)) / BigInt(position.count)));
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
