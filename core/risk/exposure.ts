import { closeHour, parseBtcEventTicker } from "../domain/btc-contract.ts";
import { tradeFee } from "../domain/fees.ts";
import { eventOfMarket } from "../domain/ids.ts";
import type { FeeSchedule } from "../domain/market.ts";
import { notional, ownPrice } from "../domain/notional.ts";
import type { OwnedIntent } from "../domain/order.ts";
import type {
  ForeignRisk,
  Holding,
  OpenReservation,
  RiskSnapshot,
  RiskSubject,
} from "../domain/risk.ts";
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
 * though its fee may be higher, since price plus fee grows with the price. One that sells YES buys NO,
 * at the rest of the dollar. What only closes what is held adds nothing. A lock buys the other side of a
 * pair that pays 1 USD together, so it adds only what it costs beyond that dollar. Whether an exit really
 * reduces is the rule `exit_reduces`, and whether an entry may sell `entry_buys`.
 */
export function reservation(intent: OwnedIntent, fees: FeeSchedule): UsdMicros {
  const { purpose, side, count } = intent;
  if (purpose === "exit" && (side === "ask" || intent.isReduceOnly)) return usdMicros(0);
  const price = ownPrice(side, intent.plan.price);
  const cost = notional(price, count) + tradeFee(fees, "taker", price, count);
  if (purpose === "entry") return usdMicros(cost);
  return usdMicros(Math.max(0, cost - payout(count)));
}

/**
 * Most that is lost by one market however it resolves, by holdings and open orders of all strategies and
 * others, micros. YES and NO of two strategies count both, though they cannot both lose.
 */
export function marketLoss(snapshot: Exposed, marketTicker: string): number {
  return lossIn(snapshot, (item) => item.marketTicker === marketTicker);
}

/** The same of one strategy: the size of its position in the market, micros. */
export function positionLoss(snapshot: Exposed, marketTicker: string, strategy: string): number {
  return lossIn(
    snapshot,
    (item) => item.marketTicker === marketTicker && item.strategy === strategy,
  );
}

/**
 * The hour in which a Bitcoin market closes, as `closeHour` has it, by its ticker such as
 * `KXBTCD-26SEP2617-T109999.99`: one outcome moves all of them. Both hours that fall-back repeats are
 * taken for one, since a ticker does not tell them apart.
 *
 * @returns `null` for other markets.
 */
export function bitcoinHour(marketTicker: string): string | null {
  const [closeAt] = parseBtcEventTicker(eventOfMarket(marketTicker))?.closes ?? [];
  return closeAt === undefined ? null : closeHour(closeAt);
}

/** The game of an item, for the cap of a game. @returns `null` for a Bitcoin contract. */
export function gameGroup({
  occasionId,
  marketTicker,
}: Pick<AtRisk, "occasionId" | "marketTicker">): string | null {
  return bitcoinHour(marketTicker) === null ? occasionId : null;
}

/** The night of an item, for the cap of a slate. @returns `null` for a Bitcoin contract. */
export function slateGroup({
  slate,
  marketTicker,
}: Pick<AtRisk, "slate" | "marketTicker">): string | null {
  return bitcoinHour(marketTicker) === null ? slate : null;
}

/** Whether an item counts in the slate of a night: in a market that we do not know, in any. */
export function isOfSlate(
  { slate, marketTicker }: Pick<AtRisk, "slate" | "marketTicker">,
  night: string,
): boolean {
  return bitcoinHour(marketTicker) === null && (slate === null || slate === night);
}

/** What is held and what may still fill, ours and what is not; a `RiskSnapshot` is one. */
export type Exposed = Pick<RiskSnapshot, "holdings" | "openOrders" | "foreign">;
/** A part of it; the strategy of what is foreign is null. */
export type AtRisk = Holding | OpenReservation | ForeignRisk;

function lossIn(snapshot: Exposed, include: (item: AtRisk) => boolean): number {
  const held = snapshot.holdings
    .filter((holding) => holding.count !== 0 && include(holding))
    .map((holding) => {
      const other = otherSide(snapshot.holdings, holding);
      return Math.max(0, paid(holding) + (other ? paid(other) - payout(other.count) : 0));
    });
  return sum(held) + orderedAndForeign(snapshot, include);
}

function orderedAndForeign(snapshot: Exposed, include: (item: AtRisk) => boolean): number {
  const orders = snapshot.openOrders.filter(include);
  const foreign = snapshot.foreign.filter(include);
  return sum(orders.map(({ reserved }) => reserved)) + sum(foreign.map(({ atRisk }) => atRisk));
}

/** Holdings by trade: all of one strategy in one occasion, both legs of a pair. */
export function byTrade(holdings: readonly Holding[]): readonly (readonly Holding[])[] {
  const trades = new Map<string, Holding[]>();
  for (const holding of holdings) {
    const key = `${holding.occasionId} ${holding.strategy}`;
    const legs = trades.get(key);
    if (legs === undefined) trades.set(key, [holding]);
    else legs.push(holding);
  }
  return [...trades.values()];
}

/** Most that can be lost by the holdings, open orders and what is foreign that `include` chooses, micros. */
export function capitalAtRisk(snapshot: Exposed, include: (item: AtRisk) => boolean): number {
  const open = snapshot.holdings.filter((holding) => holding.count !== 0 && include(holding));
  const held = byTrade(open).map(pairLoss);
  return sum(held) + orderedAndForeign(snapshot, include);
}

/** What is lost whatever comes, micros: fees on what is held are part of what it may lose, and not counted twice. */
export function lostForGood({
  account,
  holdings,
}: Pick<RiskSnapshot, "account" | "holdings">): number {
  const held = holdings.filter(({ count }) => count !== 0);
  return Math.max(0, -(account.realizedEver + sum(held.map(({ fees }) => fees))));
}

/** Most that can be lost over everything in the account, what others do in it included, micros. */
export function totalAtRisk(snapshot: Exposed): number {
  return capitalAtRisk(snapshot, () => true);
}

/** What there is to risk: cash, and what is held at its cost, micros. */
export function bankroll({
  account,
  holdings,
}: Pick<RiskSnapshot, "account" | "holdings">): number {
  return account.cash + sum(holdings.map(({ cost }) => cost));
}

/**
 * Games and contracts in which a position is or may become open, counted per strategy, and those of `more`.
 * What is foreign counts beside our strategies, and in a market that we do not know as one of its own.
 */
export function openOccasions(
  { holdings, openOrders, foreign }: Exposed,
  more: readonly Pick<Holding, "occasionId" | "strategy">[] = [],
): number {
  const held = holdings.filter(({ count }) => count !== 0);
  const entering = openOrders.filter(({ purpose }) => purpose === "entry");
  const ours = [...held, ...entering, ...more].map(
    ({ occasionId, strategy }) => `${occasionId} ${strategy}`,
  );
  const others = foreign.map(({ occasionId, marketTicker }) => occasionId ?? marketTicker);
  return new Set(ours).size + new Set(others).size;
}

/**
 * Contracts that the subject, an exit, may still close or lock, in hundredths; negative when
 * open exits have already spoken for more than is held.
 *
 * A sale rests on YES of its own market, a reduce-only bid on NO of it, a lock on YES of the other one.
 * What a pair covers is spoken for, since selling one leg would uncover the other: only a kill may do so.
 */
export function reducible(snapshot: RiskSnapshot): number {
  const { subject } = snapshot;
  if (subject.side === "bid" && subject.isReduceOnly) return closableNo(snapshot);
  const isOwn = (item: Holding | OpenReservation): boolean =>
    item.occasionId === subject.occasionId && item.strategy === subject.strategy;
  const isBasis = ({ marketTicker }: Holding | OpenReservation): boolean =>
    (marketTicker === subject.marketTicker) === (subject.side === "ask");
  const held = snapshot.holdings.filter(isOwn);
  const yes = ({ count }: Holding): number => Math.max(0, count);
  const basis = sum(held.filter(isBasis).map(yes));
  const other = sum(held.filter((one) => !isBasis(one)).map(yes));
  const restingOnBasis = snapshot.openOrders.filter(
    (order) =>
      isOwn(order) && order.purpose === "exit" && isBasis(order) === (order.side === "ask"),
  );
  const spokenFor = sum(restingOnBasis.map(({ remaining }) => remaining));
  return basis - (subject.exitType === "kill" ? 0 : other) - spokenFor;
}

/** What the subject's strategy holds in its market, hundredths: YES positive, NO negative. */
export function heldHere({ subject, holdings }: RiskSnapshot): number {
  return sum(holdings.filter((one) => isHere(one, subject)).map(({ count }) => count));
}

/** NO of the subject's market that no open exit has spoken for. */
function closableNo(snapshot: RiskSnapshot): number {
  const { subject, openOrders } = snapshot;
  const spokenFor = openOrders.filter(
    (order) => isHere(order, subject) && order.purpose === "exit" && order.side === "bid",
  );
  return Math.max(0, 0 - heldHere(snapshot)) - sum(spokenFor.map(({ remaining }) => remaining));
}

function isHere(item: Holding | OpenReservation, subject: RiskSubject): boolean {
  return (
    item.occasionId === subject.occasionId &&
    item.strategy === subject.strategy &&
    item.marketTicker === subject.marketTicker
  );
}

/** YES of the other market of a game: the two pay a dollar together. */
function otherSide(holdings: readonly Holding[], holding: Holding): Holding | undefined {
  if (holding.count < 0) return undefined;
  return holdings.find(
    (one) =>
      one.count > 0 &&
      one.occasionId === holding.occasionId &&
      one.strategy === holding.strategy &&
      one.marketTicker !== holding.marketTicker,
  );
}

/** Both markets of a game: whichever wins, the smaller count is paid. */
function pairLoss(holdings: readonly Holding[]): number {
  const isPair = holdings.length === 2 && holdings.every(({ count }) => count > 0);
  const covered = isPair ? Math.min(...holdings.map(({ count }) => count)) : 0;
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
