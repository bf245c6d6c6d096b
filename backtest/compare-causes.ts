import type { VerdictCode } from "../core/strategies/verdicts.ts";
import { type ComparedOrder, type ComparedRun, MODEL_GAP, type Sight } from "./compared.ts";

/**
 * Why an order of one run is not in the other at that time, or is there at another price or count:
 * - `arrival`: filled there too, later than the tolerance allows, for the reason that `code` gives;
 * - `queue`: sent there too, and not filled, or not so much, or not at that price: what came before it, or the
 *   latency, took its place;
 * - `risk`: proposed there too, and refused;
 * - `other-choice`: the strategy did the like in another market or on the other side there;
 * - `path`: barred there by what it had done before, or without it: itself a difference;
 * - `paused`: entries were paused there;
 * - `feeds`: the forecast there was another, or too old: feeds are polled at other moments;
 * - `latency`: that price was never seen there within the tolerance, or not for long enough;
 * - `threshold`: price and forecast alike, what is asked met on one side only;
 * - `not-watched`: the game was not decided on there.
 */
type CauseClass =
  | "arrival"
  | "queue"
  | "risk"
  | "other-choice"
  | "path"
  | "paused"
  | "feeds"
  | "latency"
  | "threshold"
  | "not-watched";

/** A cause, with what both runs saw. */
export interface Cause {
  readonly class: CauseClass;
  /** Code of the other run's verdict or refusal; null where there is none. */
  readonly code: string | null;
  /** Micros, probabilities and run milliseconds, by name. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What is done further apart than the tolerance, and at most so many of it, is the same that came at another time. */
export const LATE_TOLERANCES = 10;

/** Verdicts that follow from what a strategy did before. */
const PATH_CODES: readonly string[] = [
  "order_working",
  "no_reentry",
  "entries_used",
  "attempt_used",
  "position_open",
  "cooling_down",
  "disabled",
  "capital_spent",
  "hold",
  "locked",
] satisfies readonly VerdictCode[];
/** Verdicts that follow from how old or absent something was. */
const FEED_CODES: readonly string[] = [
  "quote_stale",
  "quote_old",
  "clock_stale",
  "no_forecast",
  "no_live_score",
] satisfies readonly VerdictCode[];
/** Verdicts that follow from when a price was seen. */
const PRICE_CODES: readonly string[] = [
  "market_moving",
  "one_sided",
  "crossed",
  "spread_wide",
  "window_cold",
  "range_narrow",
  "deviation_small",
] satisfies readonly VerdictCode[];

/** Why the other run did not fill an order that this one did. */
export function causeOf(order: ComparedOrder, other: ComparedRun, toleranceMs: number): Cause {
  const tried = other.orders.filter(
    (one) =>
      one.eventTicker === order.eventTicker &&
      one.strategy === order.strategy &&
      one.purpose === order.purpose,
  );
  const alike = tried
    .filter((one) => one.marketTicker === order.marketTicker && one.side === order.side)
    .sort((a, b) => Math.abs(a.at - order.at) - Math.abs(b.at - order.at));
  const near = alike.find((one) => Math.abs(one.at - order.at) <= toleranceMs);
  if (near) return ofTry(order, near);
  if (order.purpose === "exit" && !holds(order, other)) {
    return { class: "path", code: "nothing_held", numbers: {} };
  }
  const choice = tried.find(
    (one) =>
      one.filled > 0 &&
      !alike.includes(one) &&
      Math.abs(one.at - order.at) <= LATE_TOLERANCES * toleranceMs,
  );
  if (choice) {
    const numbers = { laterMs: choice.at - order.at, edge: choice.edge, edgeHere: order.edge };
    return { class: "other-choice", code: choice.marketTicker, numbers };
  }
  return ofVerdict(order, other, toleranceMs) ?? { class: "not-watched", code: null, numbers: {} };
}

/** Why the run that filled the same bet later did not at the time of the earlier. */
export function causeOfDelay(
  earlier: ComparedOrder,
  laterMs: number,
  later: ComparedRun,
  toleranceMs: number,
): Cause {
  const { class: kind, code, numbers } = causeOf(earlier, later, toleranceMs);
  return { class: "arrival", code: code ?? kind, numbers: { ...numbers, laterMs } };
}

/** It was proposed there too, within the tolerance. */
function ofTry(order: ComparedOrder, other: ComparedOrder): Cause {
  const numbers = {
    triedLaterMs: other.at - order.at,
    waitedMsHere: order.proposedAt - order.at,
    waitedMsThere: other.proposedAt - other.at,
    priceHere: order.price,
    priceThere: other.price,
    ...quotes("Here", order),
    ...quotes("There", other),
  };
  // It was made once there, and is one with another order of this run.
  if (other.filled > 0) return { class: "path", code: "filled_once", numbers };
  if (other.refusalCode !== null) return { class: "risk", code: other.refusalCode, numbers };
  return { class: "queue", code: null, numbers };
}

/** Whether the other run held there what the order left. */
function holds(exit: ComparedOrder, other: ComparedRun): boolean {
  const own = other.orders.filter(
    (one) => one.eventTicker === exit.eventTicker && one.strategy === exit.strategy,
  );
  const sum = (purpose: ComparedOrder["purpose"]): number =>
    own
      .filter((one) => one.purpose === purpose && one.at <= exit.at)
      .reduce((all, { filled }) => all + filled, 0);
  return sum("entry") > sum("exit");
}

/** None of the kind was proposed there: what its verdict says of the reason, at the same prices where it saw them. */
function ofVerdict(order: ComparedOrder, other: ComparedRun, toleranceMs: number): Cause | null {
  const meeting = meet(order, other, toleranceMs);
  const asked = meeting?.at ?? order.at;
  const verdict = other.verdicts.findLast(
    ({ eventTicker, strategy, at }) =>
      eventTicker === order.eventTicker && strategy === order.strategy && at <= asked,
  );
  if (verdict === undefined) return null;
  const { code } = verdict;
  const sight = meeting?.sight ?? null;
  const modelGap =
    order.model === null || !sight || sight.model === null ? null : sight.model - order.model;
  const numbers = {
    edgeHere: order.edge,
    ...(verdict.edge !== null && { edgeThere: verdict.edge }),
    ...quotes("Here", order),
    ...(sight !== null && quotes("There", sight)),
    ...(meeting !== null && { seenLaterMs: meeting.at - order.at }),
    ...(modelGap !== null && { modelGap }),
    saidForMs: asked - verdict.at,
  };
  const cause = (kind: CauseClass): Cause => ({ class: kind, code, numbers });
  if (PATH_CODES.includes(code) && !(code === "hold" && order.purpose === "exit")) {
    return cause("path");
  }
  if (code === "entries_paused") return cause("paused");
  if (FEED_CODES.includes(code)) return cause("feeds");
  if (meeting === null || !meeting.isSame) return cause("latency");
  if (modelGap !== null && Math.abs(modelGap) > MODEL_GAP) return cause("feeds");
  return cause(PRICE_CODES.includes(code) ? "latency" : "threshold");
}

/**
 * When the other run saw the prices that the order was decided on, nearest to its instant; else what it saw at
 * that instant. `null` when it saw nothing of the market by then.
 */
function meet(
  { marketTicker, at, bid, ask }: ComparedOrder,
  { sights }: ComparedRun,
  toleranceMs: number,
): { readonly at: number; readonly sight: Sight; readonly isSame: boolean } | null {
  const own = sights.filter((sight) => sight.marketTicker === marketTicker);
  const standing = own
    .map((sight, index) => ({ sight, until: own[index + 1]?.at ?? Infinity }))
    .filter(({ sight, until }) => sight.at <= at + toleranceMs && until > at - toleranceMs)
    // The instant within its time that is nearest to the order's.
    .map(({ sight, until }) => ({ sight, at: Math.max(sight.at, Math.min(at, until - 1)) }));
  const apart = (one: { readonly at: number }): number => Math.abs(one.at - at);
  const sorted = [...standing].sort((a, b) => apart(a) - apart(b));
  const same = sorted.find(({ sight }) => sight.bid === bid && sight.ask === ask);
  const found = same ?? sorted[0];
  return found === undefined ? null : { ...found, isSame: same !== undefined };
}

/** What an order or a sight saw, by names that say of which run it is. */
export function quotes(
  where: "Here" | "There",
  { bid, ask }: { readonly bid: number | null; readonly ask: number | null },
): Readonly<Record<string, number>> {
  return {
    ...(bid !== null && { [`bid${where}`]: bid }),
    ...(ask !== null && { [`ask${where}`]: ask }),
  };
}
