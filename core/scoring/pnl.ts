import { assert } from "../domain/assert.ts";
import { complement, notional, ownPrice, proceeds } from "../domain/notional.ts";
import type { BookSide, ExitType } from "../domain/order.ts";
import type { CountCenti, Instant, PriceMicros, UsdMicros } from "../domain/units.ts";
import { groupBy } from "./group.ts";

/** One of our executions, with what its order was for. */
export interface Execution {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  /** `bid` buys YES, `ask` sells it; an entry that sells buys NO, and is closed by a purchase. */
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly fee: UsdMicros;
  readonly phase: "pregame" | "live";
  readonly purpose: "entry" | "exit";
  readonly exitType: ExitType | null;
  readonly at: Instant;
}

/** What a settled market paid one strategy. */
export interface SettledHolding {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly revenue: UsdMicros;
}

/** How contracts were left: by one of the exits, by settlement, or not yet. */
export type LeftBy = ExitType | "settlement" | "open";

/** A part of a position on its way out. Money in micro-dollars. */
export interface PnlPart {
  readonly gameId: string;
  readonly strategy: string;
  readonly leftBy: LeftBy;
  /** The market they were bought in, which tells the team. */
  readonly marketTicker: string;
  /** Phase in which the contracts were bought, and when. */
  readonly entryPhase: "pregame" | "live";
  readonly enteredAt: Instant;
  readonly count: number;
  readonly gross: number;
  readonly fees: number;
}

/** Profit before fees, fees, and what is left. Micro-dollars; net = gross - fees. */
export interface Pnl {
  readonly gross: number;
  readonly fees: number;
  readonly net: number;
}

interface Lot {
  readonly side: BookSide;
  readonly marketTicker: string;
  readonly phase: "pregame" | "live";
  readonly at: Instant;
  readonly isLock: boolean;
  count: number;
  cost: number;
  fees: number;
}

/**
 * Splits the profit of a night into parts: by game, strategy, market, entry phase and time, and the way out.
 *
 * Contracts leave first in, first out; cost and entry fees go with them in proportion, and the
 * last to leave takes what rounding left, so that the parts sum to the micro-dollar to
 * sales + settlements - purchases (of what has left) and to all fees; a NO is bought at the rest of the
 * dollar and left at it. A lock sells what is held, or is bought on the other team's market: then it
 * counts, with as many contracts as it covers, as left by lock. What neither was sold nor is settled is
 * `open`: it has fees but no profit yet.
 *
 * @throws InvariantError when more was sold than bought.
 */
export function attributePnl(
  executions: readonly Execution[],
  settled: readonly SettledHolding[],
): readonly PnlPart[] {
  const chronological = [...executions].sort((a, b) => a.at - b.at);
  const revenues = new Map(settled.map((row) => [holderOf(row, row.marketTicker), row.revenue]));
  const parts: PnlPart[] = [];
  for (const own of groupBy(chronological, (row) => holderOf(row, "")).values()) {
    const lots = new Map<string, Lot[]>();
    for (const execution of own) apply(execution, lots, parts);
    closeByResult(own, lots, revenues, parts);
  }
  return parts;
}

/** Sums parts. An empty sample is zero profit: nothing was traded, which is known. */
export function sumPnl(parts: readonly PnlPart[]): Pnl {
  const gross = parts.reduce((sum, part) => sum + part.gross, 0);
  const fees = parts.reduce((sum, part) => sum + part.fees, 0);
  return { gross, fees, net: gross - fees };
}

/** Sums parts by a name of theirs, such as the strategy or the way out. */
export function pnlBy(
  parts: readonly PnlPart[],
  name: (part: PnlPart) => string,
): ReadonlyMap<string, Pnl> {
  return new Map([...groupBy(parts, name)].map(([key, own]) => [key, sumPnl(own)]));
}

function apply(execution: Execution, lots: Map<string, Lot[]>, parts: PnlPart[]): void {
  const { side, price, count, fee, phase, marketTicker, purpose, exitType, at } = execution;
  const held = lots.get(marketTicker) ?? [];
  lots.set(marketTicker, held);
  const isOpposite = held.some((lot) => lot.count > 0 && lot.side !== side);
  const isLock = exitType === "lock" && !isOpposite;
  if (purpose === "entry" || isLock) {
    const cost = notional(ownPrice(side, price), count);
    held.push({ side, marketTicker, phase, at, isLock, count, cost, fees: fee });
    return;
  }
  assert(exitType !== null, "what closes is an exit, and has a type");
  // A NO is left by buying YES: it brings the rest of the dollar.
  const left = side === "ask" ? price : complement(price);
  const sale: Share = { count, money: proceeds(left, count), fees: fee };
  for (const sold of takeFirst(held, count)) {
    const share = takeShare(sale, sold.count);
    parts.push(partOf(execution, sold, share, exitType));
  }
}

/** Whatever is still held leaves by settlement, by the lock that covers it, or stays open. */
function closeByResult(
  own: readonly Execution[],
  lots: ReadonlyMap<string, Lot[]>,
  revenues: ReadonlyMap<string, number>,
  parts: PnlPart[],
): void {
  const [first] = own;
  if (!first) return;
  const locks = [...lots].map(([ticker, held]) => ({ ticker, count: lockedIn(held) }));
  for (const [ticker, held] of lots) {
    const count = held.reduce((sum, lot) => sum + lot.count, 0);
    if (count === 0) continue;
    const revenue = revenues.get(holderOf(first, ticker));
    // Locks bought on the other markets of the game cover this one's contracts.
    let covered = locks.reduce((sum, lock) => sum + (lock.ticker === ticker ? 0 : lock.count), 0);
    const paid: Share = { count, money: revenue ?? 0, fees: 0 };
    for (const lot of held.flatMap((whole) => splitLot(whole, whole.isLock ? 0 : covered))) {
      const isCovered = !lot.isLock && covered > 0;
      if (isCovered) covered -= lot.count;
      const share = takeShare(paid, lot.count);
      if (revenue === undefined) {
        parts.push(partOf(first, lot, { ...share, money: lot.cost }, "open"));
      } else {
        parts.push(partOf(first, lot, share, lot.isLock || isCovered ? "lock" : "settlement"));
      }
    }
  }
}

interface Share {
  count: number;
  money: number;
  fees: number;
}

/** Takes the proportional part of a whole; the last part takes what rounding left. */
function takeShare(whole: Share, count: number): Share {
  const taken: Share = {
    count,
    money: portion(whole.money, count, whole.count),
    fees: portion(whole.fees, count, whole.count),
  };
  whole.count -= count;
  whole.money -= taken.money;
  whole.fees -= taken.fees;
  return taken;
}

function takeFirst(held: Lot[], count: number): readonly Lot[] {
  const taken: Lot[] = [];
  let missing = count;
  for (const lot of held) {
    const part = Math.min(lot.count, missing);
    if (part > 0) taken.push(takeLot(lot, part));
    missing -= part;
  }
  assert(missing === 0, "no more is sold than was bought");
  return taken;
}

function takeLot(lot: Lot, count: number): Lot {
  const taken: Lot = {
    ...lot,
    count,
    cost: portion(lot.cost, count, lot.count),
    fees: portion(lot.fees, count, lot.count),
  };
  lot.count -= count;
  lot.cost -= taken.cost;
  lot.fees -= taken.fees;
  return taken;
}

function splitLot(lot: Lot, count: number): readonly Lot[] {
  if (lot.count === 0) return [];
  if (count <= 0 || count >= lot.count) return [lot];
  return [takeLot(lot, count), lot];
}

function lockedIn(held: readonly Lot[]): number {
  return held.reduce((sum, lot) => sum + (lot.isLock ? lot.count : 0), 0);
}

function partOf(owner: Execution, lot: Lot, out: Share, leftBy: LeftBy): PnlPart {
  return {
    gameId: owner.gameId,
    strategy: owner.strategy,
    leftBy,
    marketTicker: lot.marketTicker,
    entryPhase: lot.phase,
    enteredAt: lot.at,
    count: lot.count,
    gross: out.money - lot.cost,
    fees: lot.fees + out.fees,
  };
}

/** `amount * part / whole`, rounded down, exact beyond 2^53. */
function portion(amount: number, part: number, whole: number): number {
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole));
}

function holderOf(row: { gameId: string; strategy: string }, marketTicker: string): string {
  return JSON.stringify([row.gameId, row.strategy, marketTicker]);
}
