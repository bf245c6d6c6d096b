import { allowsOrder } from "../../domain/kill.ts";
import { isTerminal } from "../../domain/order.ts";
import type { RiskSnapshot } from "../../domain/risk.ts";
import { ONE_CONTRACT_CENTI } from "../../domain/units.ts";
import { heldHere, reducible } from "../exposure.ts";
import { atLeast, atMost, claim, type Judgement, ofGames, type Rule } from "../judgement.ts";

/** One position a contract, and one attempt at it that traded: how often a game is entered is its own setting. */
const ENTRIES_PER_CONTRACT = 1;

/** What a drill's bid stays below the best bid, micros. */
export const DRILL_DISTANCE_MICROS = 100_000;

/** What an order itself must be: under a kill, as a replacement, in its price and direction, and in its game. */
export const ORDER_RULES: readonly Rule[] = [
  {
    name: "kill_level",
    appliesTo: "every-order",
    judge: ({ killLevel, subject }) => claim(allowsOrder(killLevel, subject)),
  },
  {
    name: "replaced_order_over",
    appliesTo: "every-order",
    judge: ({ subject }) => claim(subject.replaces === null || isTerminal(subject.replaces)),
  },
  {
    name: "within_limit_price",
    appliesTo: "every-order",
    judge: ({ subject }) =>
      subject.side === "bid"
        ? atMost(subject.price, subject.limitPrice)
        : atLeast(subject.price, subject.limitPrice),
  },
  {
    name: "exit_reduces",
    appliesTo: "every-order",
    judge: judgeReduction,
  },
  {
    name: "entry_buys",
    appliesTo: "entry",
    judge: (snapshot) => {
      const { side, isReduceOnly, isTaker, count } = snapshot.subject;
      const held = heldHere(snapshot);
      // An ask that opens takes: at rest a sweep that goes by sides alone would take it for an exit.
      const sellsShort = isTaker && maySellShort(snapshot) && held <= 0;
      const opens = side === "bid" ? held >= 0 : sellsShort;
      return claim(opens && !isReduceOnly && count > 0, { count, held });
    },
  },
  {
    // No edge is asked of a drill: it may not buy. It rests one contract at most, far below the best bid.
    name: "drill_rests",
    appliesTo: "drill",
    judge: ({ subject, quote }) => {
      if (subject.isTaker || subject.count > ONE_CONTRACT_CENTI) return claim(false);
      return atMost(subject.price, (quote?.bid ?? Number.NaN) - DRILL_DISTANCE_MICROS);
    },
  },
  {
    name: "one_pregame_attempt",
    appliesTo: "strategy-entry",
    judge: ofGames(({ subject, tally }) =>
      atMost(subject.phase === "pregame" ? tally.pregameAttempts + 1 : 0, 1),
    ),
  },
  {
    name: "no_reentry",
    appliesTo: "strategy-entry",
    judge: ({ subject, tally }, limits) => {
      const mayReenter = subject.domain === "nba" && limits.isReentryAllowed;
      return claim(mayReenter || !tally.hasExited);
    },
  },
  {
    name: "entries_per_game",
    appliesTo: "strategy-entry",
    judge: ({ subject, tally }, limits) => {
      if (subject.domain === "btc") return atMost(tally.strategyEntries + 1, ENTRIES_PER_CONTRACT);
      const made = limits.positionScope === "shared" ? tally.gameEntries : tally.strategyEntries;
      return atMost(made + 1, limits.maxEntriesPerGame);
    },
  },
  {
    name: "lock_cap",
    appliesTo: "every-order",
    judge: ({ subject, tally }, limits) =>
      subject.exitType === "lock"
        ? atMost(tally.lockAttempts + 1, limits.maxLockAttempts)
        : claim(true),
  },
  {
    // One decision enters once for each strategy, however often it is delivered.
    name: "duplicate",
    appliesTo: "entry",
    judge: ({ activity }) => atMost(activity.sameDecision, 0),
  },
];

/** Whether an entry may sell YES that is not held, which buys NO: a contract's may, a game's never. */
function maySellShort({ subject }: RiskSnapshot): boolean {
  return subject.domain === "btc";
}

/**
 * A sale is reduce-only and within what is held; a lock covers what is held and still uncovered, and costs
 * no more than the dollar that the pair pays: it adds nothing to the worst case.
 */
function judgeReduction(snapshot: RiskSnapshot): Judgement {
  const { subject } = snapshot;
  if (subject.purpose === "entry") return claim(true);
  const isSale = subject.side === "ask" && subject.isReduceOnly;
  const isLock = subject.side === "bid" && !subject.isReduceOnly && subject.exitType === "lock";
  // A NO is closed by buying YES; strategies of games never hold one.
  const isCover = subject.side === "bid" && subject.isReduceOnly && maySellShort(snapshot);
  const numbers = { value: subject.count, limit: reducible(snapshot) };
  if (!isSale && !isLock && !isCover) return claim(false, numbers);
  // As a claim about what is fine: NaN refuses.
  if (isLock && !(subject.reservation <= 0)) {
    return claim(false, { value: subject.reservation, limit: 0 });
  }
  return subject.count > 0 ? atMost(numbers.value, numbers.limit) : claim(false, numbers);
}
