import { tradeFee } from "../domain/fees.ts";
import type { FeeSchedule } from "../domain/market.ts";
import { notional } from "../domain/notional.ts";
import type { OrderIntent } from "../domain/order.ts";
import type { Holding, OpenReservation, RiskSnapshot } from "../domain/risk.ts";
import {
  type CountCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type UsdMicros,
  usdMicros,
} from "../domain/units.ts";

/** What a hundredth of a contract pays when its outcome is true, micros. */
const PAYOUT_PER_CENTI = ONE_USD_MICROS / ONE_CONTRACT_CENTI;

/**
 * The worst case of an order, micros: what it may still add to what we can lose, until it is over.
 *
 * An entry may lose all it costs, taker fee included, at its limit: a better price costs less even
 * though its fee may be higher, since price plus fee grows with the price. A sale of what is held
 * adds nothing. A lock buys the other side of a pair that pays 1 USD together, so it adds only what
 * it costs beyond that dollar. Whether an exit really reduces is the rule `exit_reduces`.
 */
export function reservation(intent: OrderIntent, fees: FeeSchedule): UsdMicros {
  if (intent.side === "ask") return usdMicros(0);
  const { price } = intent.plan;
  const cost = notional(price, intent.count) + tradeFee(fees, "taker", price, intent.count);
  if (intent.purpose === "entry") return usdMicros(cost);
  return usdMicros(Math.max(0, cost - payout(intent.count)));
}

/** Most that is lost if this market resolves NO, by holdings and open orders of all strategies, micros. */
export function marketLoss(snapshot: RiskSnapshot, marketTicker: string): number {
  const held = snapshot.holdings
    .filter((holding) => holding.marketTicker === marketTicker && holding.count > 0)
    .map((holding) => {
      const other = otherSide(snapshot.holdings, holding);
      return Math.max(0, paid(holding) + (other ? paid(other) - payout(other.count) : 0));
    });
  const orders = snapshot.openOrders.filter((order) => order.marketTicker === marketTicker);
  return sum(held) + sum(orders.map(({ reserved }) => reserved));
}

/** Most that can be lost by the holdings and open orders that `include` chooses, micros. */
export function capitalAtRisk(
  snapshot: RiskSnapshot,
  include: (item: Holding | OpenReservation) => boolean,
): number {
  const pairs = new Map<string, Holding[]>();
  for (const holding of snapshot.holdings.filter(include)) {
    if (holding.count === 0) continue;
    const key = `${holding.gameId} ${holding.strategy}`;
    pairs.set(key, [...(pairs.get(key) ?? []), holding]);
  }
  const held = [...pairs.values()].map(pairLoss);
  const orders = snapshot.openOrders.filter(include);
  return sum(held) + sum(orders.map(({ reserved }) => reserved));
}

/**
 * Contracts that the subject, an exit, may still sell or lock, in hundredths; negative when
 * open exits have already spoken for more than is held.
 *
 * A sale rests on contracts of its own market, a lock on those of the other one. What a pair
 * covers is spoken for, since selling one leg would uncover the other: only a kill may do so.
 */
export function reducible(snapshot: RiskSnapshot): number {
  const { subject } = snapshot;
  const isOwn = (item: Holding | OpenReservation): boolean =>
    item.gameId === subject.gameId && item.strategy === subject.strategy;
  const isBasis = ({ marketTicker }: Holding | OpenReservation): boolean =>
    (marketTicker === subject.marketTicker) === (subject.side === "ask");
  const held = snapshot.holdings.filter(isOwn);
  const basis = sum(held.filter(isBasis).map(({ count }) => count));
  const other = sum(held.filter((one) => !isBasis(one)).map(({ count }) => count));
  const restingOnBasis = snapshot.openOrders.filter(
    (order) =>
      isOwn(order) && order.purpose === "exit" && isBasis(order) === (order.side === "ask"),
  );
  const spokenFor = sum(restingOnBasis.map(({ remaining }) => remaining));
  return basis - (subject.exitType === "kill" ? 0 : other) - spokenFor;
}

function otherSide(holdings: readonly Holding[], holding: Holding): Holding | undefined {
  return holdings.find(
    (one) =>
      one.gameId === holding.gameId &&
      one.strategy === holding.strategy &&
      one.marketTicker !== holding.marketTicker,
  );
}

/** Both markets of a game: whichever wins, the smaller count is paid. */
function pairLoss(holdings: readonly Holding[]): number {
  const covered = holdings.length === 2 ? Math.min(...holdings.map(({ count }) => count)) : 0;
  return Math.max(0, sum(holdings.map(paid)) - payout(covered));
}

function paid({ cost, fees }: Holding): number {
  return cost + fees;
}

function payout(count: CountCenti | number): number {
  return count * PAYOUT_PER_CENTI;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
