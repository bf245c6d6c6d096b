import { notional, ownPrice } from "../domain/notional.ts";
import type { ClientOrderId } from "../domain/order.ts";
import {
  type Activity,
  CYCLE_MS,
  HOUR_MS,
  type OpenReservation,
  type RiskSnapshot,
  type RiskSubject,
} from "../domain/risk.ts";
import { easternDate, easternInstant } from "../domain/time.ts";
import { type Instant, instant, type UsdMicros, usdMicros } from "../domain/units.ts";
import { highWaterOf } from "./losses.ts";

/** An entry as it was first sent; a replacement is no further one. */
export interface SentEntry {
  readonly clientOrderId: ClientOrderId;
  readonly at: Instant;
  /** Price of what is bought, YES or NO, times count, micros, rounded up. */
  readonly notional: UsdMicros;
}

/** The part of a snapshot that all orders of a group share. */
export type SharedFacts = Pick<
  RiskSnapshot,
  "killLevel" | "openBreakers" | "holdings" | "openOrders" | "foreign" | "account"
>;

/**
 * What the orders of a group are judged by together, before the next one of them is: orders of one mode and
 * one Eastern day, no two of one occasion.
 */
export interface GroupFacts {
  readonly shared: SharedFacts;
  /** Of the mode, at least since `entriesSince`, in the sequence of their instants. */
  readonly entries: readonly SentEntry[];
}

/** What one order of a group is judged by alone: no order of another occasion changes it. */
export interface OwnFacts {
  readonly facts: Omit<RiskSnapshot, keyof SharedFacts | "activity">;
  /** The first order of the chain that this one goes on with; null when it is the first itself. */
  readonly rootId: ClientOrderId | null;
  readonly sameDecision: Activity["sameDecision"];
}

/** An order that was approved before the next one of its group is judged. */
export interface ApprovedOrder {
  readonly clientOrderId: ClientOrderId;
  /** When it was judged, which is when it is intended. */
  readonly at: Instant;
  readonly subject: RiskSubject;
  /** False for a replacement. */
  readonly isFirst: boolean;
}

/** The instant since which entries are counted for a group: the day's beginning, or an hour ago. */
export function entriesSince(group: readonly { readonly at: Instant }[]): Instant {
  const first = instant(Math.min(...group.map(({ at }) => at)));
  return instant(Math.min(easternInstant(easternDate(first), 0, 0), first - HOUR_MS));
}

/** The facts by which the next orders of a group are judged once one was approved: what would be read anew. */
export function withApproved(group: GroupFacts, approved: ApprovedOrder): GroupFacts {
  const { clientOrderId, at, subject, isFirst } = approved;
  const { occasionId, slate, strategy, marketTicker, purpose, side, exchangeIndex } = subject;
  const { count: remaining, reservation: reserved, price } = subject;
  const order: OpenReservation = {
    ...{ clientOrderId, occasionId, slate, strategy, marketTicker, purpose, side, exchangeIndex },
    ...{ remaining, reserved },
  };
  const shared = { ...group.shared, openOrders: [...group.shared.openOrders, order] };
  if (purpose !== "entry" || !isFirst) return { ...group, shared };
  const entry = { clientOrderId, at, notional: notional(ownPrice(side, price), remaining) };
  // Orders of a group are judged in a sequence of their own.
  return { shared, entries: [...group.entries, entry].sort((a, b) => a.at - b.at) };
}

/** The same once an order of the group has raised the highest result. */
export function withHighWater(
  group: GroupFacts,
  raised: { readonly result: UsdMicros; readonly at: Instant },
): GroupFacts {
  const { account } = group.shared;
  const highWater = highWaterOf(raised, account.released);
  return { ...group, shared: { ...group.shared, account: { ...account, highWater } } };
}

/** What the rules look at for one order of a group. */
export function snapshotOf({ shared, entries }: GroupFacts, own: OwnFacts): RiskSnapshot {
  const { facts, rootId, sameDecision } = own;
  const others =
    rootId === null ? entries : entries.filter(({ clientOrderId }) => clientOrderId !== rootId);
  const sent = activityOf(others, facts.at, shared.account.dayBeganAt);
  // Field by field: some thirty rules read it at every order, and what is spread is slow to read.
  return {
    at: facts.at,
    killLevel: shared.killLevel,
    openBreakers: shared.openBreakers,
    subject: facts.subject,
    basis: facts.basis,
    holdings: shared.holdings,
    openOrders: shared.openOrders,
    foreign: shared.foreign,
    tally: facts.tally,
    activity: {
      entriesToday: sent.entriesToday,
      entriesThisHour: sent.entriesThisHour,
      cycleNotional: sent.cycleNotional,
      lastEntryAt: sent.lastEntryAt,
      sameDecision,
    },
    account: shared.account,
    isDecisionKept: facts.isDecisionKept,
    quote: facts.quote,
    otherMid: facts.otherMid,
    lastTrade: facts.lastTrade,
    marks: facts.marks,
    isTrading: facts.isTrading,
    shardCash: facts.shardCash,
    venueSilentMs: facts.venueSilentMs,
    injuriesAt: facts.injuriesAt,
    lacks: facts.lacks,
  };
}

/**
 * What was sent lately: what the throttles look at.
 *
 * @param entries in the sequence of their instants: a day of them is judged by at every order of a backtest.
 */
export function activityOf(
  entries: readonly SentEntry[],
  at: Instant,
  midnight: Instant,
): Omit<Activity, "sameDecision"> {
  const hourAgo = at - HOUR_MS;
  const latest = entries.at(-1)?.at ?? -Infinity;
  let cycleNotional = 0;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index];
    if (entry === undefined || entry.at <= at - CYCLE_MS) break;
    cycleNotional += entry.notional;
  }
  return {
    entriesToday: entries.length - countBefore(entries, midnight),
    entriesThisHour: entries.length - countBefore(entries, hourAgo + 1),
    cycleNotional: usdMicros(cycleNotional),
    lastEntryAt: latest >= Math.min(midnight, hourAgo) ? instant(latest) : null,
  };
}

/** How many of them were sent before an instant. */
function countBefore(entries: readonly SentEntry[], at: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.at ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
