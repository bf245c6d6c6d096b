import { required } from "../../core/domain/assert.ts";
import { chargeFee, type FeeAccumulator, NO_FEES_CHARGED } from "../../core/domain/fees.ts";
import { type KillLevel, stricter } from "../../core/domain/kill.ts";
import {
  fillPosting,
  NO_POSITION,
  type Position,
  settlementPosting,
} from "../../core/domain/ledger.ts";
import { notional, ownPrice } from "../../core/domain/notional.ts";
import {
  type AccountFacts,
  type ClosedTrade,
  type Activity,
  CYCLE_MS,
  type Holding,
  type OpenReservation,
  type RiskSnapshot,
  type RiskSubject,
  type RuleVerdict,
} from "../../core/domain/risk.ts";
import { settlementRevenue, sidesOf } from "../../core/domain/settlement.ts";
import { easternDate, easternInstant } from "../../core/domain/time.ts";
import {
  countCenti,
  instant,
  type PriceMicros,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import { checkRisk } from "../../core/risk/check.ts";
import { lossTriggers } from "../../core/risk/loss-triggers.ts";
import { closedLosses, measureLosses } from "../../core/risk/losses.ts";
import { TIGHT } from "./risk-commands.ts";
import { AT, clear, FEES } from "../../core/risk/testing/fixtures.ts";
import { marksOfBids } from "./marks.ts";

/** An order on the desk: what is reserved for it, and what it has cost so far in fees. */
interface DeskOrder extends OpenReservation {
  readonly price: PriceMicros;
  readonly count: number;
  readonly isReduceOnly: boolean;
  readonly charged: FeeAccumulator;
}

interface Held extends Omit<Holding, "count" | "cost" | "fees" | "realized"> {
  readonly position: Position;
  readonly changedAt: number;
}

const DEPOSIT = 150_000_000;
const ACCOUNTS = { position: "position", pnl: "pnl" };

/** A whole account in memory, booked as the ledger books it and judged as the risk transaction judges. */
export class PureDesk {
  at = AT;
  kill: KillLevel | null = null;
  /** What a fired trigger has thrown; it stands for the rest of the sequence. */
  thrown: KillLevel | null = null;
  readonly #breakers = new Set<string>();
  readonly quotes = new Map<string, number>();
  orders: readonly DeskOrder[] = [];
  #held: readonly Held[] = [];
  #entries: readonly { at: number; notional: number; key: string }[] = [];
  #results: readonly { at: number; net: number }[] = [];
  #highWater = 0;
  #ids = 0;

  holdings(): readonly Holding[] {
    return this.#held.map(({ position, ...rest }) => ({
      ...rest,
      count: position.count,
      cost: position.cost,
      fees: position.fees,
      realized: position.realized,
    }));
  }

  account(): AccountFacts {
    const midnight = easternInstant(easternDate(this.at), 0, 0);
    const day = new Date(`${easternDate(this.at)}T12:00:00Z`);
    day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
    const monday = easternInstant(day.toISOString().slice(0, 10), 0, 0);
    const since = (from: number): number =>
      this.#results.filter(({ at }) => at >= from).reduce((sum, { net }) => sum + net, 0);
    const ever = since(-Infinity);
    const invested = this.#held.reduce((sum, { position }) => sum + position.cost, 0);
    return {
      dayBeganAt: midnight,
      cash: usdMicros(DEPOSIT + ever - invested),
      deposits: usdMicros(DEPOSIT),
      realizedToday: usdMicros(since(midnight)),
      realizedThisWeek: usdMicros(since(monday)),
      realizedEver: usdMicros(ever),
      highWater: usdMicros(this.#highWater),
      ...closedLosses(this.#trades(), { released: {}, dayBeganAt: midnight }),
      released: {},
    };
  }

  /** All that was held of a game by a strategy is gone: one trade. */
  #trades(): readonly ClosedTrade[] {
    const byTrade = new Map<string, Held[]>();
    for (const held of this.#held) {
      const key = `${held.occasionId} ${held.strategy}`;
      byTrade.set(key, [...(byTrade.get(key) ?? []), held]);
    }
    return [...byTrade.values()]
      .filter((legs) => legs.every(({ position }) => position.count === 0))
      .map((legs) => ({
        net: usdMicros(
          legs.reduce((sum, { position }) => sum + position.realized - position.fees, 0),
        ),
        closedAt: instant(Math.max(...legs.map(({ changedAt }) => changedAt))),
      }))
      .sort((a, b) => b.closedAt - a.closedAt);
  }

  marks(): RiskSnapshot["marks"] {
    return marksOfBids(this.quotes);
  }

  snapshot(subject: RiskSubject, change: Partial<RiskSnapshot>): RiskSnapshot {
    const { occasionId, strategy } = subject;
    const own = this.#held.filter(
      (one) => one.occasionId === occasionId && one.strategy === strategy,
    );
    const entered = this.#entries.filter(({ key }) => key === `${occasionId} ${strategy}`).length;
    return {
      ...clear,
      at: this.at,
      killLevel: stricter(this.kill, this.thrown),
      openBreakers: [...this.#breakers].map((breaker, index) => ({
        breakerId: index + 1,
        breaker,
      })),
      subject,
      marks: this.marks(),
      holdings: this.holdings(),
      openOrders: this.orders,
      tally: {
        ...clear.tally,
        strategyEntries: entered,
        hasExited: own.length > 0 && own.every(({ position }) => position.count === 0),
      },
      activity: this.#activity(),
      account: this.account(),
      ...change,
    };
  }

  #activity(): Activity {
    const { dayBeganAt } = this.account();
    const since = (from: number) => this.#entries.filter(({ at }) => at > from);
    return {
      entriesToday: since(dayBeganAt - 1).length,
      entriesThisHour: since(this.at - 3_600_000).length,
      cycleNotional: usdMicros(
        since(this.at - CYCLE_MS).reduce((sum, one) => sum + one.notional, 0),
      ),
      lastEntryAt: this.#entries.length === 0 ? null : instant(this.#entries.at(-1)?.at ?? 0),
      sameDecision: 0,
    };
  }

  /** Judges an order as `recordIntent` does, and takes it in when every rule is held. */
  judge(snapshot: RiskSnapshot): readonly RuleVerdict[] {
    const losses = measureLosses(snapshot);
    if (losses.unmarked === 0) this.#highWater = Math.max(this.#highWater, losses.result);
    for (const { level, breaker } of lossTriggers(losses, TIGHT)) {
      this.#breakers.add(breaker);
      this.thrown = stricter(this.thrown, level);
    }
    const killLevel = stricter(snapshot.killLevel, this.thrown);
    const rules = checkRisk({ ...snapshot, killLevel }, TIGHT);
    if (rules.every(({ isHeld }) => isHeld)) this.#takeIn(snapshot.subject);
    return rules;
  }

  #takeIn(subject: RiskSubject): void {
    const { occasionId, slate, strategy, marketTicker, purpose, side, exchangeIndex } = subject;
    this.#ids += 1;
    const order: DeskOrder = {
      ...{ occasionId, slate, strategy, marketTicker, purpose, side, exchangeIndex },
      clientOrderId: `o${this.#ids}`,
      price: subject.price,
      count: subject.count,
      isReduceOnly: subject.isReduceOnly,
      remaining: subject.count,
      reserved: subject.reservation,
      charged: NO_FEES_CHARGED,
    };
    this.orders = [...this.orders, order];
    if (purpose !== "entry") return;
    const asked = notional(ownPrice(side, subject.price), subject.count);
    const entry = { at: this.at, notional: asked, key: `${occasionId} ${strategy}` };
    this.#entries = [...this.#entries, entry];
  }

  /** Fills a share of what is left of an order, at its price, as a taker. */
  fill(which: number, share: number): void {
    const order = this.#order(which);
    if (!order) return;
    const count = countCenti(Math.max(1, Math.floor(order.remaining * share)));
    const { marketTicker, occasionId, slate, strategy, side, price, isReduceOnly } = order;
    const { fee, accumulator } = chargeFee(order.charged, FEES, {
      liquidity: "taker",
      price,
      count,
    });
    const before = this.#positionOf(occasionId, strategy, marketTicker);
    const { position } = fillPosting({ side, price, count, fee, isReduceOnly }, before, ACCOUNTS);
    this.#book({ occasionId, slate, strategy, marketTicker }, before, position);
    const remaining = countCenti(order.remaining - count);
    const left = Math.ceil((order.reserved * remaining) / order.remaining);
    const next = { ...order, remaining, reserved: usdMicros(left), charged: accumulator };
    this.orders = this.orders.flatMap((one) =>
      one !== order ? [one] : remaining === 0 ? [] : [next],
    );
  }

  cancel(which: number): void {
    const order = this.#order(which);
    this.orders = this.orders.filter((one) => one !== order);
  }

  /** Pays one market of a game out; what was still open there has been canceled by the venue. */
  settle(
    game: { occasionId: string; slate: string; tickers: readonly string[] },
    winner: 0 | 1,
  ): void {
    this.orders = this.orders.filter(({ occasionId }) => occasionId !== game.occasionId);
    for (const held of this.#held) {
      if (held.occasionId !== game.occasionId || held.position.count === 0) continue;
      const { occasionId, slate, strategy, marketTicker, position } = held;
      const value = usdMicros(marketTicker === game.tickers[winner] ? 1_000_000 : 0);
      const revenue = settlementRevenue(value, sidesOf(position.count));
      const after = settlementPosting(revenue, position, ACCOUNTS).position;
      this.#book({ occasionId, slate, strategy, marketTicker }, position, after);
    }
  }

  #book(
    place: Pick<Held, "occasionId" | "slate" | "strategy" | "marketTicker">,
    before: Position,
    position: Position,
  ): void {
    const net = position.realized - before.realized - (position.fees - before.fees);
    this.#results = [...this.#results, { at: this.at, net }];
    const isSame = (one: Held): boolean =>
      one.occasionId === place.occasionId &&
      one.strategy === place.strategy &&
      one.marketTicker === place.marketTicker;
    const others = this.#held.filter((one) => !isSame(one));
    this.#held = [...others, { ...place, position, changedAt: this.at }];
  }

  #positionOf(occasionId: string, strategy: string, marketTicker: string): Position {
    const found = this.#held.find((one) => {
      return (
        one.occasionId === occasionId &&
        one.strategy === strategy &&
        one.marketTicker === marketTicker
      );
    });
    return found?.position ?? NO_POSITION;
  }

  #order(which: number): DeskOrder | undefined {
    return this.orders[which % Math.max(1, this.orders.length)];
  }

  bid(ticker: string): PriceMicros {
    return priceMicros(required(this.quotes.get(ticker), `a quote of ${ticker}`));
  }
}
