import type { KillLevel } from "../core/domain/kill.ts";
import type { MarketMark } from "../core/domain/marking.ts";
import { notional, ownPrice } from "../core/domain/notional.ts";
import type { ClientOrderId } from "../core/domain/order.ts";
import {
  type AccountFacts,
  type Holding,
  type OpenReservation,
  type RiskLimits,
  type RiskSubject,
} from "../core/domain/risk.ts";
import { dayBeganAt, easternDate, mondayOf, type TradingDate } from "../core/domain/time.ts";
import { type Instant, instant, type UsdMicros, usdMicros } from "../core/domain/units.ts";
import { type OwnFacts, type SentEntry, type SharedFacts, snapshotOf } from "../core/risk/fold.ts";
import { judgeOrder, type OrderJudgement } from "../core/risk/judge.ts";
import { type Fired, lossTriggers } from "../core/risk/loss-triggers.ts";
import { highWaterOf, measureLosses, raisedHighWater } from "../core/risk/losses.ts";
import type { TrippedBreaker } from "./result.ts";

/** What the account has all over the night; each game tells its own. */
export interface AccountView {
  readonly holdings: () => readonly Holding[];
  readonly openOrders: () => readonly OpenReservation[];
  /** What either side of each market whose book was seen could be left at. */
  readonly marks: () => Readonly<Record<string, MarketMark>>;
}

const HOUR_MS = 3_600_000;

/** An hour with the Eastern date that it is of, that date's Monday, and its midnight. */
interface Day {
  readonly hour: number;
  readonly date: TradingDate;
  readonly monday: TradingDate;
  readonly beganAt: Instant;
}

/**
 * Judges the orders of a night by the rules of the live system, over an account in memory: money, trades,
 * throttles, and the breakers that losses trip. Nobody releases one within a night.
 */
export class RiskDesk {
  readonly #limits: RiskLimits;
  readonly #startingCash: UsdMicros;
  readonly #view: AccountView;
  readonly #onTrip: (level: KillLevel, at: Instant) => void;
  /** Result by Eastern date, micros after fees. */
  readonly #results = new Map<TradingDate, number>();
  /** Worst loss of a closed trade by Eastern date, micros, and losing ones in a row. */
  readonly #worst = new Map<TradingDate, number>();
  #streak = 0;
  readonly #entries: SentEntry[] = [];
  readonly #breakers: TrippedBreaker[] = [];
  #raised: { readonly result: UsdMicros; readonly at: Instant } | null = null;
  #killLevel: KillLevel | null = null;
  #hasBooked = false;
  #day: Day | null = null;

  constructor(
    limits: RiskLimits,
    startingCash: UsdMicros,
    view: AccountView,
    onTrip: (level: KillLevel, at: Instant) => void,
  ) {
    this.#limits = limits;
    this.#startingCash = startingCash;
    this.#view = view;
    this.#onTrip = onTrip;
  }

  /** The breakers that tripped so far. */
  get breakers(): readonly TrippedBreaker[] {
    return this.#breakers;
  }

  /** Books a result, micros after fees, and the trade that it ended. */
  book(at: Instant, result: UsdMicros, closedNet: UsdMicros | null): void {
    const { date } = this.#dayOf(at);
    this.#hasBooked = true;
    this.#results.set(date, (this.#results.get(date) ?? 0) + result);
    if (closedNet === null) return;
    this.#worst.set(date, Math.max(this.#worst.get(date) ?? 0, 0 - closedNet));
    this.#streak = closedNet < 0 ? this.#streak + 1 : 0;
  }

  /** Judges one order. What fires trips, whatever is said of the order. */
  judge(
    order: { readonly clientOrderId: ClientOrderId; readonly own: OwnFacts },
    subject: RiskSubject,
  ): OrderJudgement {
    const { at } = order.own.facts;
    const shared = this.#shared(at);
    // The one shard holds all the cash there is.
    const facts = { ...order.own.facts, shardCash: shared.account.cash };
    const group = { shared, entries: this.#entries };
    const judgement = judgeOrder(snapshotOf(group, { ...order.own, facts }), this.#limits);
    if (judgement.raised !== null) this.#raised = { result: judgement.raised, at };
    this.#trip(judgement.fired, at);
    if (judgement.code === null && subject.purpose === "entry" && order.own.rootId === null) {
      const price = ownPrice(subject.side, subject.price);
      const { clientOrderId } = order;
      this.#entries.push({ clientOrderId, at, notional: notional(price, subject.count) });
    }
    return judgement;
  }

  /** Looks whether the losses have come to a limit: after fills and settlements, and now and then. */
  watch(at: Instant): void {
    const holdings = this.#view.holdings();
    // Nothing held and nothing booked since the last look: nothing can have been lost.
    if (holdings.length === 0 && !this.#hasBooked) return;
    this.#hasBooked = false;
    const facts = { account: this.#account(at, holdings), holdings, marks: this.#view.marks() };
    const losses = measureLosses(facts);
    const result = raisedHighWater(losses, facts.account);
    if (result !== null) this.#raised = { result, at };
    this.#trip(lossTriggers(losses, this.#limits), at);
  }

  #shared(at: Instant): SharedFacts {
    const holdings = this.#view.holdings();
    return {
      killLevel: this.#killLevel,
      openBreakers: this.#breakers.map(({ breaker }, index) => ({ breakerId: index + 1, breaker })),
      holdings,
      openOrders: this.#view.openOrders(),
      foreign: [],
      account: this.#account(at, holdings),
    };
  }

  #account(at: Instant, holdings: readonly Holding[]): AccountFacts {
    const { date, monday, beganAt } = this.#dayOf(at);
    const sum = (isCounted: (of: TradingDate) => boolean): UsdMicros =>
      usdMicros(
        [...this.#results].reduce((all, [of, result]) => all + (isCounted(of) ? result : 0), 0),
      );
    const realizedEver = sum(() => true);
    const bound = holdings.reduce((all, { cost }) => all + cost, 0);
    return {
      dayBeganAt: beganAt,
      cash: usdMicros(this.#startingCash + realizedEver - bound),
      deposits: this.#startingCash,
      realizedToday: sum((of) => of === date),
      realizedThisWeek: sum((of) => of >= monday),
      realizedEver,
      highWater: highWaterOf(this.#raised, {}),
      worstClosed: usdMicros(this.#worst.get(date) ?? 0),
      lossStreak: this.#streak,
      released: {},
    };
  }

  #trip(fired: readonly Fired[], at: Instant): void {
    for (const { breaker, cause, numbers, level } of fired) {
      if (this.#breakers.some((known) => known.breaker === breaker)) continue;
      this.#breakers.push({ breaker, cause, numbers, level, trippedAt: at });
      this.#killLevel ??= level;
      this.#onTrip(level, at);
    }
  }

  /** Dates begin on the hour: the calendar is asked once an hour. */
  #dayOf(at: Instant): Day {
    const hour = Math.floor(at / HOUR_MS);
    if (this.#day?.hour !== hour) {
      const began = instant(at);
      const date = easternDate(began);
      this.#day = { hour, date, monday: mondayOf(date), beganAt: dayBeganAt(began) };
    }
    return this.#day;
  }
}
