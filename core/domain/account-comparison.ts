import { type ForeignExposure, foreignExposure } from "./foreign.ts";
import { notional, proceeds } from "./notional.ts";
import { type Fill, isTerminal, type OrderStatus } from "./order.ts";
import { settlementRevenue, sidesOf } from "./settlement.ts";
import { ONE_CONTRACT_CENTI, ONE_USD_MICROS, type UsdMicros } from "./units.ts";
import type { VenueOrder, VenuePosition, VenueSettlement, VenueTransfer } from "./venue.ts";
import { inSequence, returnedBy } from "./void-return.ts";

/** The account as the venue shows it, at one instant. */
export interface AccountView {
  /** Orders that rest, and those that changed in the time that is looked at. */
  readonly orders: readonly VenueOrder[];
  /** All since the books were opened, and in the markets that ask for it all there ever were. */
  readonly fills: readonly Fill[];
  readonly positions: readonly Pick<VenuePosition, "marketTicker" | "position">[];
  /** All since the books were opened. */
  readonly settlements: readonly VenueSettlement[];
  /** All there ever were. */
  readonly transfers: readonly VenueTransfer[];
  readonly cash: UsdMicros;
}

/** The same by our books, read after the account was. Identity is by the venue's ids. */
export interface LedgerView {
  /** When the books of the run were opened, and with how much. */
  readonly openedAt: number;
  readonly opening: UsdMicros;
  /** Of the venue's ids in view, those that are orders of ours; and our orders that should be in view. */
  readonly orders: readonly {
    readonly venueOrderId: string;
    readonly status: OrderStatus;
    readonly filled: number;
  }[];
  readonly fills: readonly (Pick<Fill, "fillId" | "side" | "price" | "count" | "fee"> & {
    /** The run's own: the account must show it. */
    readonly isExpected: boolean;
  })[];
  /** Contracts held, all strategies together. */
  readonly held: ReadonlyMap<string, number>;
  /** Contracts that our books settled. */
  readonly settled: ReadonlyMap<string, number>;
  /** Cash by the ledger. */
  readonly cash: UsdMicros;
  /** What `cashIdentity` misses, micros. */
  readonly identityDifference: UsdMicros;
}

/** One thing on which account and ledger disagree. Counts are hundredths of a contract, cash is micros. */
export interface Difference {
  readonly kind:
    | "order-missing"
    | "order-alive"
    | "order-filled"
    | "fill-not-booked"
    | "fill-not-at-venue"
    | "fill-terms"
    | "position"
    | "settlement"
    | "cash"
    | "ledger-cash"
    | "cash-identity";
  readonly what: string;
  readonly venue: number | null;
  readonly ledger: number | null;
}

/** What a comparison came to. */
export interface AccountComparison {
  readonly differences: readonly Difference[];
  readonly foreign: readonly ForeignExposure[];
  /** Orders and fills that are not ours: the evidence. */
  readonly foreignOrders: readonly VenueOrder[];
  readonly foreignFills: readonly Fill[];
  /** What foreign trades have moved of the account's cash, micros. */
  readonly foreignCash: UsdMicros;
}

/**
 * Compares the account with the ledger: order by order, fill by fill, position by position, and cash. The
 * account's cash must be what its fills and settlements make it, and these, less what others moved, what
 * the ledger says: a settlement that was paid and not booked shows in the second alone.
 */
export function compareAccount(account: AccountView, ledger: LedgerView): AccountComparison {
  const ours = new Set(ledger.orders.map(({ venueOrderId }) => venueOrderId));
  const isOurs = ({ venueOrderId }: { venueOrderId: string }): boolean => ours.has(venueOrderId);
  const own = account.fills.filter(isOurs);
  const foreignFills = account.fills.filter((fill) => !isOurs(fill));
  const foreignOrders = account.orders.filter((order) => !isOurs(order));
  const markets = marketsOf(account, { own, foreignFills, held: ledger.held });
  const moved = sum(markets.map((market) => cashSince(market, ledger.openedAt)));
  const movedByUs = sum(markets.map((market) => cashSince(ownPart(market), ledger.openedAt)));
  const foreignCash = moved - movedByUs;
  const transferred = sum(
    account.transfers.filter(({ at }) => at >= ledger.openedAt).map(({ amount }) => amount),
  );
  const expected = ledger.opening + transferred + moved;
  return {
    differences: [
      ...compareOrders(account, ledger),
      ...compareFills(own, ledger),
      ...markets.flatMap((market) => comparePosition(market, ledger)),
      ...unequal("cash", "cash", account.cash, expected),
      ...unequal("ledger-cash", "cash", expected - foreignCash, ledger.cash),
      ...unequal("cash-identity", "cash", ledger.identityDifference, 0),
    ],
    foreign: markets.flatMap((market) => foreignIn(market, foreignOrders)),
    foreignOrders,
    foreignFills,
    foreignCash: foreignCash as UsdMicros, // Both are sums of whole micros.
  };
}

/** One market of the account. Counts are signed: YES positive. */
interface MarketView {
  readonly ticker: string;
  readonly all: readonly Fill[];
  readonly own: readonly Fill[];
  readonly foreign: readonly Fill[];
  /** What the account holds; of a settled market what it held then. */
  readonly held: number;
  /** What it held that no fill in view explains. */
  readonly base: number;
  readonly settlement: VenueSettlement | null;
  /** Whether its settlement tells of more than the fills that are looked at. */
  readonly isShared: boolean;
}

function marketsOf(
  { positions, settlements, fills, orders }: AccountView,
  {
    own,
    foreignFills,
    held: heldByUs,
  }: {
    readonly own: readonly Fill[];
    readonly foreignFills: readonly Fill[];
    readonly held: LedgerView["held"];
  },
): readonly MarketView[] {
  const tickers = new Set([
    ...[...heldByUs].filter(([, count]) => count !== 0).map(([ticker]) => ticker),
    ...positions.filter(({ position }) => position !== 0).map((one) => one.marketTicker),
    ...[...settlements, ...fills, ...orders].map((one) => one.marketTicker),
  ]);
  return [...tickers].sort().map((ticker) => {
    const here = <Item extends { readonly marketTicker: string }>(all: readonly Item[]) =>
      all.filter((one) => one.marketTicker === ticker);
    const [settlement = null] = here(settlements);
    const [position] = here(positions);
    const held =
      settlement === null ? (position?.position ?? 0) : settlement.yesCount - settlement.noCount;
    const all = here(fills);
    const base = held - netOf(all);
    const split = { all, own: here(own), foreign: here(foreignFills) };
    return { ticker, ...split, held, base, settlement, isShared: false };
  });
}

/**
 * What a market's fills and settlement moved of the cash, micros. Selling YES that is not held is
 * buying NO: each contract short has taken a dollar more than the sale brought.
 */
function cashOf({ settlement, base, all, isShared }: MarketView, fills: readonly Fill[]): number {
  const traded = sum(
    fills.map(({ side, price, count, fee }) =>
      side === "bid" ? 0 - notional(price, count) - fee : proceeds(price, count) - fee,
    ),
  );
  const after = base + netOf(fills);
  const bound = (short(after) - short(base)) * (ONE_USD_MICROS / ONE_CONTRACT_CENTI);
  if (settlement === null) return traded - bound;
  const paid =
    settlement.result === "void"
      ? returnedBy(settlement, all, isShared)
      : paidOut(settlement, after);
  return traded - bound + paid;
}

/** The opening cash has in it what was traded before the books were opened. */
function cashSince(market: MarketView, openedAt: number): number {
  const before = market.all.filter(({ at }) => at < openedAt);
  const after = market.all.filter(({ at }) => at >= openedAt);
  return cashOf({ ...market, base: market.base + netOf(before) }, after);
}

/** By a word that cannot be paid nothing was: if cash moved all the same, it differs. */
function paidOut({ value }: VenueSettlement, held: number): number {
  return value === null ? 0 : settlementRevenue(value, sidesOf(held));
}

/** A market as if all that was traded in it were ours. */
function ownPart(market: MarketView): MarketView {
  const { own, foreign, base } = market;
  return { ...market, base: 0, all: own, isShared: foreign.length > 0 || base !== 0 };
}

function compareOrders(account: AccountView, ledger: LedgerView): readonly Difference[] {
  const seen = new Map(account.orders.map((order) => [order.venueOrderId, order]));
  return ledger.orders.flatMap(({ venueOrderId, status, filled }): readonly Difference[] => {
    const order = seen.get(venueOrderId);
    if (order === undefined) {
      return status === "working"
        ? [{ kind: "order-missing", what: venueOrderId, venue: null, ledger: filled }]
        : [];
    }
    const isAlive = order.status === "resting" && isTerminal(status);
    return [
      ...(isAlive
        ? [
            {
              kind: "order-alive",
              what: venueOrderId,
              venue: order.remaining,
              ledger: null,
            } as const,
          ]
        : []),
      ...unequal("order-filled", venueOrderId, order.filled, filled),
    ];
  });
}

function compareFills(own: readonly Fill[], ledger: LedgerView): readonly Difference[] {
  const booked = new Map(ledger.fills.map((fill) => [fill.fillId, fill]));
  const atVenue = new Set(own.map(({ fillId }) => fillId));
  const fromVenue = own.flatMap((fill): readonly Difference[] => {
    const ours = booked.get(fill.fillId);
    if (ours === undefined) {
      return [{ kind: "fill-not-booked", what: fill.fillId, venue: fill.count, ledger: null }];
    }
    const isSame =
      ours.side === fill.side &&
      ours.price === fill.price &&
      ours.count === fill.count &&
      ours.fee === fill.fee;
    return isSame
      ? []
      : [{ kind: "fill-terms", what: fill.fillId, venue: fill.count, ledger: ours.count }];
  });
  const onlyOurs = ledger.fills
    .filter(({ fillId, isExpected }) => isExpected && !atVenue.has(fillId))
    .map(({ fillId, count }): Difference => {
      return { kind: "fill-not-at-venue", what: fillId, venue: null, ledger: count };
    });
  return [...fromVenue, ...onlyOurs];
}

/** Our fills must add up to what our books hold, or settled; all fills to what the account holds. */
function comparePosition(market: MarketView, ledger: LedgerView): readonly Difference[] {
  const { ticker, own, base, held, all, settlement } = market;
  const net = netOf(own);
  const settled = ledger.settled.get(ticker);
  const ours =
    settlement !== null && settled !== undefined
      ? unequal("settlement", ticker, net, settled)
      : unequal("position", ticker, net, ledger.held.get(ticker) ?? 0);
  const unexplained: readonly Difference[] =
    base === 0
      ? []
      : [{ kind: "position", what: `${ticker} by its fills`, venue: held, ledger: netOf(all) }];
  return [...ours, ...unexplained];
}

function foreignIn(
  market: MarketView,
  foreignOrders: readonly VenueOrder[],
): readonly ForeignExposure[] {
  const resting = foreignOrders.filter(
    ({ marketTicker, status }) => marketTicker === market.ticker && status === "resting",
  );
  const isOver = market.settlement !== null;
  const found = foreignExposure(market.ticker, {
    fills: isOver ? [] : inSequence(market.foreign),
    resting,
    unexplained: isOver ? 0 : market.base,
  });
  return found === null ? [] : [found];
}

/** Contracts that fills add up to, YES positive, hundredths. */
export function netOf(fills: readonly Pick<Fill, "side" | "count">[]): number {
  return sum(fills.map(({ side, count }) => (side === "bid" ? count : 0 - count)));
}

function short(position: number): number {
  return Math.max(0, 0 - position);
}

function unequal(
  kind: Difference["kind"],
  what: string,
  venue: number,
  ledger: number,
): readonly Difference[] {
  return venue === ledger ? [] : [{ kind, what, venue, ledger }];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
