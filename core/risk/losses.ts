import type { AccountFacts, ClosedTrade, Holding } from "../domain/risk.ts";
import { type MarketMark, markOfHeld, unrealizedOf } from "../domain/marking.ts";
import { type Instant, type UsdMicros, usdMicros } from "../domain/units.ts";
import { byTrade } from "./exposure.ts";

/** What an account has lost, micros, after fees and with what is held marked. Gains are negative. */
export interface Losses {
  readonly daily: number;
  readonly weekly: number;
  /** Of the worst single trade, closed today or open. */
  readonly worstTrade: number;
  /** Losing trades in a row, the newest counted first. */
  readonly streak: number;
  /** Fall from the highest result, micros, and as percent of the highest equity. */
  readonly drawdown: number;
  readonly drawdownPct: number;
  /** Result since the first deposit, realised and marked. */
  readonly result: number;
  /** Markets held whose book nobody has seen yet: taken at cost here, and no entry is made meanwhile. */
  readonly unmarked: number;
}

/** What the losses are measured from; a `RiskSnapshot` is one. */
export interface LossFacts {
  readonly account: AccountFacts;
  readonly holdings: readonly Holding[];
  readonly marks: Readonly<Record<string, MarketMark>>;
}

/**
 * Measures the losses of an account. What is held counts at its bid, a NO at what the lowest ask leaves
 * of the dollar, 0 where nobody takes it, and both sides of a game at the dollar they pay together, against what it cost; all of it counts for today and this
 * week, whenever it was bought. Past events that a person has released (a streak, a single trade, a
 * drawdown) count from then on only.
 */
export function measureLosses({ account, holdings, marks }: LossFacts): Losses {
  const held = holdings.filter(({ count }) => count !== 0);
  const trades = byTrade(holdings)
    .filter((legs) => legs.some(({ count }) => count !== 0))
    .map((legs) => ({
      booked: sum(legs.map(({ realized, fees }) => realized - fees)),
      unrealized: unrealized(legs, marks),
    }));
  const unrealizedAll = sum(trades.map(({ unrealized }) => unrealized));
  const result = account.realizedEver + unrealizedAll;
  const highest = account.highWater ?? result;
  const drawdown = Math.max(0, highest - result);
  const highestEquity = account.deposits + highest;
  return {
    daily: -(account.realizedToday + unrealizedAll) + 0,
    weekly: -(account.realizedThisWeek + unrealizedAll) + 0,
    worstTrade: Math.max(
      0,
      account.worstClosed,
      ...trades.map(({ booked, unrealized }) => 0 - booked - unrealized),
    ),
    streak: account.lossStreak,
    drawdown,
    drawdownPct: drawdown === 0 ? 0 : (drawdown / highestEquity) * 100,
    result,
    unmarked: held.filter(({ marketTicker }) => marks[marketTicker] === undefined).length,
  };
}

/**
 * What trades that are over have lost, those left out that a person has released.
 *
 * @param trades the newest first: at least all that closed today, and all since the last that lost nothing.
 */
export function closedLosses(
  trades: readonly ClosedTrade[],
  { released, dayBeganAt }: Pick<AccountFacts, "released" | "dayBeganAt">,
): Pick<AccountFacts, "worstClosed" | "lossStreak"> {
  const judged = released["single_trade_loss"] ?? -Infinity;
  const today = trades.filter(({ closedAt }) => closedAt > judged && closedAt >= dayBeganAt);
  const counted = released["consecutive_losses"] ?? -Infinity;
  const end = trades.findIndex(({ net, closedAt }) => net >= 0 || closedAt <= counted);
  return {
    worstClosed: usdMicros(Math.max(0, ...today.map(({ net }) => 0 - net))),
    lossStreak: end === -1 ? trades.length : end,
  };
}

/**
 * The result that these losses raise the highest one to, micros. What cannot be marked yet is taken at cost:
 * no height to measure a fall from.
 *
 * @returns `null` when the highest stays as it is.
 */
export function raisedHighWater(
  { result, unmarked }: Losses,
  { highWater }: Pick<AccountFacts, "highWater">,
): UsdMicros | null {
  const isRaised = unmarked === 0 && (highWater === null || result > highWater);
  return isRaised ? usdMicros(result) : null;
}

/**
 * The highest result by what is kept of it, micros; 0 before the first.
 *
 * @returns `null` once a drawdown was released that had tripped since: it begins anew.
 */
export function highWaterOf(
  kept: { readonly result: UsdMicros; readonly at: Instant } | null,
  released: AccountFacts["released"],
): UsdMicros | null {
  if (kept === null) return usdMicros(0);
  return (released["drawdown"] ?? -Infinity) >= kept.at ? null : kept.result;
}

/** What is left of a trade, beyond its cost, micros; what was sold and all fees are booked. */
function unrealized(legs: readonly Holding[], marks: LossFacts["marks"]): number {
  return unrealizedOf(
    legs
      .filter(({ count }) => count !== 0)
      .map(({ marketTicker, count, cost }) => {
        const mark = marks[marketTicker];
        return { count, cost, mark: mark === undefined ? null : markOfHeld(mark, count) };
      }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
