import { isTerminal, type OrderStatus } from "../../core/domain/order.ts";
import { formatUsd } from "../../core/domain/units.ts";
import { notional, proceeds } from "../../core/domain/notional.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import { groupBy } from "../../core/scoring/group.ts";
import { sumPnl } from "../../core/scoring/pnl.ts";
import type { OrderRow } from "../../schema/queries/report-rows.ts";
import { isOfOurForm } from "../client-order-id.ts";
import type { ReportInputs, VenueAccount } from "./inputs.ts";
import { marketKey, type Night } from "./night.ts";
import type { Foreign, Integrity, ReportSummary } from "./report-schema.ts";

/** Cash of the run in micros: what the ledger says, and what its fills and settlements must give. */
export interface CashIdentity {
  readonly start: number;
  readonly end: number;
  /** What of the difference was not traded by this run. */
  readonly beside: number;
  readonly expected: number;
}

/** Phases in which a game has no market left to settle. */
const NEVER_SETTLES = ["unmatched", "postponed"];

/** Cash by the ledger beside cash by the identity: start + what moved beside + sales - purchases + settlements - fees. */
export function cashIdentity({ rows, fills }: Night): CashIdentity {
  const traded = fills.reduce((sum, { fill }) => {
    const [price, count] = [priceMicros(fill.price), countCenti(fill.count)];
    const moved = fill.side === "bid" ? 0 - notional(price, count) : proceeds(price, count);
    return sum + moved - fill.fee;
  }, 0);
  const paid = rows.settlements.reduce((sum, row) => sum + row.revenue, 0);
  const { start, end, beside } = rows.cash;
  return { start, end, beside, expected: start + beside + traded + paid };
}

/** Whether the profit by its parts is the cash that moved. Of what is still held nobody knows it yet. */
export function isProfitCash(night: Night): boolean {
  if (night.parts.some(({ leftBy }) => leftBy === "open")) return true;
  const { start, beside, expected } = cashIdentity(night);
  return sumPnl(night.parts).net === expected - start - beside;
}

/** What was done in the account that was not ours. */
export function foreignOf({ rows }: Night): Foreign {
  const count = (kind: string): number => rows.foreign.filter((row) => row.kind === kind).length;
  return {
    orders: count("order"),
    fills: count("fill"),
    transfers: count("transfer"),
    cashUsd: formatUsd(rows.cash.foreign),
  };
}

/**
 * Whether the books hold: every count must be zero, every difference nothing. What only the venue's
 * account can tell is null without it; where there is no venue our own books are all that is.
 */
export function integrityOf(night: Night, venue: ReportInputs["venue"]): Integrity {
  if (venue !== null && venue !== "none" && "kept" in venue) {
    return { ...integrityOf(night, null), ...venue.kept };
  }
  const cash = cashIdentity(night);
  const account = venue === "none" ? NO_ACCOUNT : venue;
  return {
    duplicateOrders: account && duplicateOrders(night, account),
    orphanOrders: account && orphanOrders(night, account),
    unknownOrders: [...night.orders.values()].filter(({ status }) => status === "unknown").length,
    openPositions: account && openPositions(night, account),
    unsettledMarkets: unsettledMarkets(night),
    ledgerDifferenceUsd: formatUsd(cash.end - cash.expected),
    venueDifferenceUsd: venue === "none" ? null : venue && venueDifference(night, venue),
  };
}

/** What an account holds beside cash. */
type AccountOrders = Pick<VenueAccount, "orders" | "positions">;

/** Nothing that our own books do not show. */
const NO_ACCOUNT: AccountOrders = { orders: [], positions: [] };

/**
 * Whether nothing is in doubt: no order, position or market left over, all cash equal, and all of it known.
 * A backtest has no venue whose cash could differ.
 */
export function isSound({
  integrity,
  isBacktest,
}: Pick<ReportSummary, "integrity" | "isBacktest">): boolean {
  const { ledgerDifferenceUsd, venueDifferenceUsd, ...counts } = integrity;
  return (
    Object.values(counts).every((count) => count === 0) &&
    ledgerDifferenceUsd === formatUsd(0) &&
    (isBacktest === true || venueDifferenceUsd === formatUsd(0))
  );
}

/**
 * Whether the night ran and its books balance: the exit code of a night. One that was stopped did not
 * run to its end, whatever its books say; its integrity stands beside it.
 */
export function reportVerdict(report: ReportSummary): "passed" | "failed" | "stopped" {
  if (report.isStopped) return "stopped";
  const mustHold = ["all_games_end_to_end", "one_pregame_attempt"];
  const hasHeld = report.criteria.every(({ id, held }) => held || !mustHold.includes(id));
  const isSoundAndOurs = isSound(report) && ordersOfOthers(report) === 0;
  return isSoundAndOurs && hasHeld ? "passed" : "failed";
}

/** The verdict as the pages say it: with the word on the venue where none was heard. */
export function verdictInWords(report: ReportSummary): string {
  const word = unheardVenue(report);
  return word === null ? reportVerdict(report) : `${reportVerdict(report)} (${word})`;
}

/** Why nothing was heard of the venue; null when it was. */
export function unheardVenue({
  integrity,
  isBacktest,
}: Pick<ReportSummary, "integrity" | "isBacktest">): string | null {
  if (integrity.venueDifferenceUsd !== null) return null;
  return isBacktest === true ? "no venue: a backtest" : "the venue did not answer";
}

/**
 * Orders of others where there are no others: in a world's account only we trade. Elsewhere the account
 * may be shared, and what others do in it is theirs.
 *
 * @returns null when the report does not say.
 */
export function ordersOfOthers({ source, foreign }: ReportSummary): number | null {
  if (!source.startsWith("world:")) return 0;
  return foreign?.orders ?? null;
}

/**
 * Orders beyond the one live order that an intent may have: a second order at the venue under one
 * client order id, a second replacement of one order, and a replacement made while the order it
 * replaces was not over.
 */
function duplicateOrders({ rows, orders }: Night, venue: AccountOrders): number {
  const sameClientId = [...groupBy(venue.orders, (order) => order.clientOrderId)]
    .filter(([clientOrderId]) => clientOrderId !== null)
    .reduce((extra, [, same]) => {
      return extra + new Set(same.map((order) => order.venueOrderId)).size - 1;
    }, 0);
  const replacements = rows.orders.filter((order) => order.parentId !== null);
  const secondChildren =
    replacements.length - new Set(replacements.map((order) => order.parentId)).size;
  const early = replacements.filter((order) => {
    const parent = orders.get(order.parentId ?? "");
    return parent && (parent.closedAt === null || parent.closedAt > order.intendedAt);
  });
  return sameClientId + secondChildren + early.length;
}

/**
 * Orders that nobody follows: at the venue and neither in our books nor known to be another's, or still
 * open though their game is over. Every comparison takes what the books do not know for another's; one
 * that bears an id of our form may be ours all the same, sent and forgotten.
 */
function orphanOrders({ rows, games, orders }: Night, venue: AccountOrders): number {
  const tickers = tickersOf(rows);
  const known = new Set(rows.foreign.map(({ venueId }) => venueId));
  const notOurs = venue.orders.filter(
    ({ clientOrderId, marketTicker }) =>
      tickers.has(marketTicker) && (clientOrderId === null || !orders.has(clientOrderId)),
  );
  const nobodys = notOurs.filter(
    ({ clientOrderId, venueOrderId }) => isOfOurForm(clientOrderId) || !known.has(venueOrderId),
  );
  const left = [...orders.values()].filter((order) => {
    const phase = games.get(order.gameId)?.phase;
    return isOpen(order) && (phase === "scored" || phase === "void");
  });
  return nobodys.length + left.length;
}

function isOpen(order: OrderRow): boolean {
  return order.status !== "unknown" && !isTerminal(order.status as OrderStatus); // Boundary: the column's check lists the statuses.
}

/** What the venue calls the night's markets. */
function tickersOf({ markets }: Night["rows"]): ReadonlySet<string> {
  return new Set(markets.map(({ marketTicker }) => marketTicker));
}

/** Positions left, by our books or by the venue's; one that both show counts once. */
function openPositions({ rows }: Night, venue: AccountOrders): number {
  const tickers = tickersOf(rows);
  const ours = rows.openPositions.map((row) => row.marketTicker);
  const theirs = venue.positions
    .filter(({ marketTicker, position }) => position !== 0 && tickers.has(marketTicker))
    .map((row) => row.marketTicker)
    .filter((ticker) => !ours.includes(ticker));
  return ours.length + theirs.length;
}

/** Markets without the venue's final word, and markets traded but still holding unsettled contracts. */
function unsettledMarkets({ rows, games }: Night): number {
  const held = new Set(rows.openPositions.map(marketKey));
  return rows.markets.filter((market) => {
    const phase = games.get(market.gameId)?.phase ?? "";
    if (held.has(marketKey(market))) return true;
    return market.settlementValue === null && !NEVER_SETTLES.includes(phase);
  }).length;
}

/** The venue's cash now, minus the ledger's and what foreign trades moved. */
function venueDifference({ rows }: Night, venue: VenueAccount): string {
  const { account, foreign } = rows.cash;
  return formatUsd(venue.cash - account - foreign);
}
