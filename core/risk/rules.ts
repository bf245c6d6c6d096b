import { allowsOrder } from "../domain/kill.ts";
import { spread } from "../domain/market.ts";
import { isTerminal } from "../domain/order.ts";
import type { RiskLimits, RiskSnapshot, RuleVerdict } from "../domain/risk.ts";
import { capitalAtRisk, marketLoss, reducible } from "./exposure.ts";

/** One named rule. It applies to entries, or to every order; it never throws and never looks elsewhere. */
export interface Rule {
  /** Stable code: refusals, reports and runbooks key on it. Add, never rename. */
  readonly name: string;
  readonly appliesTo: RuleVerdict["appliesTo"];
  readonly judge: (snapshot: RiskSnapshot, limits: RiskLimits) => Judgement;
}

/** Whether a rule is held, and the numbers it compared. */
type Judgement = Pick<RuleVerdict, "isHeld" | "numbers">;

/** `value` stays within `limit`. A number that is not finite refuses: NaN fails closed. */
function atMost(value: number, limit: number): Judgement {
  const isHeld = Number.isFinite(value) && Number.isFinite(limit) && value <= limit;
  return { isHeld, numbers: { value, limit } };
}

function atLeast(value: number, limit: number): Judgement {
  const isHeld = Number.isFinite(value) && Number.isFinite(limit) && value >= limit;
  return { isHeld, numbers: { value, limit } };
}

function claim(isHeld: boolean, numbers: Readonly<Record<string, number>> = {}): Judgement {
  return { isHeld, numbers };
}

/**
 * All rules, in the order in which the first that is not held names the refusal. No throttle, edge,
 * spread or staleness rule applies to exits, and no cap does: an exit that reduces adds nothing.
 */
export const RULES: readonly Rule[] = [
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
    judge: ({ subject }) =>
      claim(subject.side === "bid" && !subject.isReduceOnly && subject.count > 0, {
        count: subject.count,
      }),
  },
  {
    name: "one_pregame_attempt",
    appliesTo: "entry",
    judge: ({ subject, tally }) =>
      atMost(subject.phase === "pregame" ? tally.pregameAttempts + 1 : 0, 1),
  },
  {
    name: "no_reentry",
    appliesTo: "entry",
    judge: ({ tally }) => claim(!tally.hasExited),
  },
  {
    name: "entries_per_game",
    appliesTo: "entry",
    judge: ({ tally }, limits) => {
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
    name: "quote_age",
    appliesTo: "entry",
    judge: ({ at, quote }, limits) => {
      const age = quote === null ? Number.NaN : at - quote.receivedAt;
      // A quote from the future means that two clocks disagree.
      return age < 0 ? claim(false, { value: age }) : atMost(age, limits.maxQuoteAgeMs);
    },
  },
  {
    name: "spread",
    appliesTo: "entry",
    judge: ({ quote }, limits) => {
      const width = (quote === null ? null : spread(quote)) ?? Number.NaN;
      return width < 0 ? claim(false, { value: width }) : atMost(width, limits.maxSpreadMicros);
    },
  },
  {
    name: "min_edge",
    appliesTo: "entry",
    judge: ({ subject }, limits) => atLeast(subject.edgeMicros, limits.minEdgeMicros),
  },
  {
    name: "open_positions",
    appliesTo: "entry",
    judge: (snapshot, limits) => atMost(openPositions(snapshot), limits.maxOpenPositions),
  },
  {
    name: "market_loss",
    appliesTo: "entry",
    judge: (snapshot, limits) => {
      const { marketTicker, reservation } = snapshot.subject;
      return atMost(marketLoss(snapshot, marketTicker) + reservation, limits.maxMarketLoss);
    },
  },
  {
    name: "strategy_capital",
    appliesTo: "entry",
    judge: (snapshot, limits) => {
      const { strategy, reservation } = snapshot.subject;
      const atRisk = capitalAtRisk(snapshot, (item) => item.strategy === strategy);
      return atMost(atRisk + reservation, limits.maxStrategyCapital[strategy]);
    },
  },
  {
    name: "total_capital",
    appliesTo: "entry",
    judge: (snapshot, limits) =>
      atMost(
        capitalAtRisk(snapshot, () => true) + snapshot.subject.reservation,
        limits.maxTotalCapital,
      ),
  },
];

/** A sale is reduce-only and within what is held; a lock covers what is held and still uncovered. */
function judgeReduction(snapshot: RiskSnapshot): Judgement {
  const { subject } = snapshot;
  if (subject.purpose === "entry") return claim(true);
  const isSale = subject.side === "ask" && subject.isReduceOnly;
  const isLock = subject.side === "bid" && !subject.isReduceOnly && subject.exitType === "lock";
  const numbers = { value: subject.count, limit: reducible(snapshot) };
  if (!isSale && !isLock) return claim(false, numbers);
  return subject.count > 0 ? atMost(numbers.value, numbers.limit) : claim(false, numbers);
}

/** Games in which a position is or may become open, counted per strategy, the subject's included. */
function openPositions({ holdings, openOrders, subject }: RiskSnapshot): number {
  const held = holdings.filter(({ count }) => count > 0);
  const entering = openOrders.filter(({ purpose }) => purpose === "entry");
  const all = [...held, ...entering, subject];
  return new Set(all.map(({ gameId, strategy }) => `${gameId} ${strategy}`)).size;
}
