import { averageInterval, type BtcContract, hasStrike } from "../domain/btc-contract.ts";
import { type MarketStatus, type Quote, spread } from "../domain/market.ts";
import type { CountCenti, Instant } from "../domain/units.ts";
import type { SettlementForecast } from "../models/digital-option.ts";

/** Every reason to leave a contract out, in the sequence they are looked at. Tables key on them: add, never rename. */
export const EXCLUSIONS = {
  not_tradable: "The venue does not trade the market.",
  not_open: "The market does not open soon.",
  closing: "Too little time is left to the close.",
  too_early: "The close is too far away.",
  strike_unknown: "The venue has not stated the strike, and it cannot be guessed.",
  no_forecast: "There is no forecast of the close: nothing says what is near.",
  far_from_spot: "The bounds are too many deviations from the expected average.",
  no_quote: "There is no quote.",
  quote_stale: "The quote cannot be believed.",
  quote_old: "The quote is older than allowed.",
  one_sided: "A side of the book is empty.",
  crossed: "The bid is not below the ask.",
  spread_wide: "The spread is wider than allowed.",
  size_small: "Too little is displayed at a best price.",
  beyond_nearest: "Others of the event are nearer, and fill its places.",
} as const;

/** One of the reasons. */
type Exclusion = keyof typeof EXCLUSIONS;

/** Settings of the filter. */
export interface SelectionConfig {
  /** Contracts of one event, at most: the nearest to the expected average. */
  readonly maxPerEvent: number;
  /** Furthest that the nearest bound may lie from it, in deviations of the average. */
  readonly maxDeviations: number;
  /** Time to the close, seconds: at least, and at most. */
  readonly minSecondsToClose: number;
  readonly maxSecondsToClose: number;
  /** A market that opens within this is let in before it has a book, run milliseconds. */
  readonly opensWithinMs: number;
  readonly maxSpreadMicros: number;
  /** Least size at either best price, where sizes are known. */
  readonly minSize: CountCenti;
  readonly maxQuoteAgeMs: number;
}

/** The bound that the plan of work rests on: the 24 nearest contracts of an event. */
export const MAX_PER_EVENT = 24;

/** One contract that may be let in, as the venue shows it. */
export interface SelectionCandidate {
  readonly contract: BtcContract;
  readonly status: MarketStatus;
  readonly quote: Quote | null;
  /** Why the quote cannot be believed, such as `sequence_gap`; null when it can. */
  readonly staleBecause: string | null;
}

/** Which contracts are followed one by one, and why the others are not. */
export interface Selection {
  /** The nearest first, event by event. */
  readonly selected: readonly BtcContract[];
  readonly excluded: readonly { readonly marketTicker: string; readonly reason: Exclusion }[];
  /** How many were left out by each reason; every reason is there. */
  readonly counts: Readonly<Record<Exclusion, number>>;
}

/**
 * Chooses the contracts worth following: those that the venue trades, near enough to the expected
 * average and to the close, with a quote that could be dealt on; of these the nearest of each event.
 * The first reason against a contract, in the sequence of `EXCLUSIONS`, is the one that counts.
 *
 * A quarter-hour contract without a strike will be struck at the index, and counts as near. One
 * that is not open yet has no book, and is let in without.
 *
 * @param forecasts the settlement average of each close.
 */
export function selectContracts(
  candidates: readonly SelectionCandidate[],
  forecasts: ReadonlyMap<Instant, SettlementForecast>,
  at: Instant,
  config: SelectionConfig,
): Selection {
  const excluded: { marketTicker: string; reason: Exclusion }[] = [];
  const near = new Map<string, { contract: BtcContract; distance: number }[]>();
  for (const candidate of candidates) {
    const { contract } = candidate;
    const forecast = forecasts.get(contract.closeAt) ?? null;
    const reason = exclusionOf(candidate, forecast, at, config);
    if (reason !== null) {
      excluded.push({ marketTicker: contract.marketTicker, reason });
      continue;
    }
    const event = near.get(contract.eventTicker) ?? [];
    event.push({ contract, distance: forecast === null ? 0 : distanceTo(contract, forecast) });
    near.set(contract.eventTicker, event);
  }
  const selected: BtcContract[] = [];
  for (const event of near.values()) {
    event.sort((a, b) => a.distance - b.distance || byTicker(a.contract, b.contract));
    selected.push(...event.slice(0, config.maxPerEvent).map(({ contract }) => contract));
    for (const { contract } of event.slice(config.maxPerEvent)) {
      excluded.push({ marketTicker: contract.marketTicker, reason: "beyond_nearest" });
    }
  }
  return { selected, excluded, counts: countsOf(excluded) };
}

/**
 * How far the nearest bound of a contract lies from the expected average, in log returns; 0 inside
 * a range. A quarter-hour contract without a strike is as near as can be.
 */
export function distanceTo(contract: BtcContract, forecast: SettlementForecast): number {
  if (!hasStrike(contract.bounds)) return contract.series === "KXBTC15M" ? 0 : Infinity;
  const { low, high } = averageInterval(contract.bounds);
  const isInside = forecast.mean >= low && forecast.mean < high;
  if (contract.bounds.kind === "range" && isInside) return 0;
  return Math.min(gap(forecast.mean, low), gap(forecast.mean, high));
}

function gap(mean: number, bound: number): number {
  return bound > 0 && bound < Infinity ? Math.abs(Math.log(mean / bound)) : Infinity;
}

function exclusionOf(
  candidate: SelectionCandidate,
  forecast: SettlementForecast | null,
  at: Instant,
  config: SelectionConfig,
): Exclusion | null {
  const { contract, status } = candidate;
  const isWaiting = status === "initialized" && at < contract.openAt;
  if (status !== "active" && !isWaiting) return "not_tradable";
  if (at < contract.openAt && contract.openAt - at > config.opensWithinMs) return "not_open";
  const secondsToClose = (contract.closeAt - at) / 1_000;
  if (!(secondsToClose >= config.minSecondsToClose)) return "closing";
  if (!(secondsToClose <= config.maxSecondsToClose)) return "too_early";
  if (!hasStrike(contract.bounds) && contract.series !== "KXBTC15M") return "strike_unknown";
  if (forecast === null) return "no_forecast";
  const distance = distanceTo(contract, forecast);
  if (!(distance <= config.maxDeviations * forecast.deviation)) return "far_from_spot";
  return isWaiting ? null : quoteExclusion(candidate, at, config);
}

function quoteExclusion(
  { quote, staleBecause }: SelectionCandidate,
  at: Instant,
  config: SelectionConfig,
): Exclusion | null {
  if (quote === null) return "no_quote";
  if (staleBecause !== null) return "quote_stale";
  if (!(at - quote.receivedAt <= config.maxQuoteAgeMs)) return "quote_old";
  const width = spread(quote);
  if (width === null) return quote.bid === quote.ask ? "no_quote" : "one_sided";
  if (!(width > 0)) return "crossed";
  if (!(width <= config.maxSpreadMicros)) return "spread_wide";
  const isSmall = (size: CountCenti | null): boolean => size !== null && !(size >= config.minSize);
  return isSmall(quote.bidSize) || isSmall(quote.askSize) ? "size_small" : null;
}

function byTicker(a: BtcContract, b: BtcContract): number {
  if (a.marketTicker === b.marketTicker) return 0;
  return a.marketTicker < b.marketTicker ? -1 : 1;
}

function countsOf(
  excluded: readonly { readonly reason: Exclusion }[],
): Readonly<Record<Exclusion, number>> {
  const names = Object.keys(EXCLUSIONS) as Exclusion[];
  const none = names.map((name) => [name, 0] as const);
  const counts = Object.fromEntries(none) as Record<Exclusion, number>;
  for (const { reason } of excluded) counts[reason] += 1;
  return counts;
}
