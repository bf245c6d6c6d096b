import type { MarketInput } from "./decision.ts";
import { mid } from "./market.ts";
import { ONE_USD_MICROS } from "./units.ts";

/**
 * Qualities, as table `snapshots` names them, of observations whose prices can be believed: only these are
 * prices of the market to whatever judges us by it.
 */
export const BELIEVED_QUALITIES = ["ok", "derived"] as const;

/** Whether an observation of this quality has prices to believe. */
export function isBelieved(quality: string): boolean {
  return BELIEVED_QUALITIES.some((believed) => believed === quality);
}

/** A derived price may stand for both sides of its book; the venue's own never meet. */
export function isCrossed({ quote, isDerived }: Pick<MarketInput, "quote" | "isDerived">): boolean {
  const { bid, ask } = quote;
  if (bid === null || ask === null) return false;
  return bid > ask || (bid === ask && !isDerived);
}

/**
 * Why a market's quote is no price: it is not what the venue shows now, or no venue shows it.
 *
 * @returns `null` when it can be believed, also where a side is empty.
 */
export function doubtOf(market: MarketInput): string | null {
  if (market.staleBecause !== null) return `stale:${market.staleBecause}`;
  return isCrossed(market) ? "crossed" : null;
}

/** Middle of a market's own book, micros. @returns `null` when a side is empty, or it is not to be believed. */
export function believedMid(market: MarketInput): number | null {
  return doubtOf(market) === null ? mid(market.quote) : null;
}

/**
 * What can be said of a game's books together. One word stands for all prices of an observation, so a doubt of
 * either book is one of both; without any it is that of the market which `believedHomeMid` is of, and where no
 * book has both sides `one-sided` or `empty`.
 */
export function booksQuality(markets: readonly MarketInput[]): string {
  const inSequence = homeFirst(markets);
  for (const market of inSequence) {
    const doubt = doubtOf(market);
    if (doubt !== null) return doubt;
  }
  const priced = inSequence.find(({ quote }) => mid(quote) !== null);
  if (priced !== undefined) return priced.isDerived ? "derived" : "ok";
  const quote = inSequence[0]?.quote;
  return (quote?.bid ?? quote?.ask ?? null) === null ? "empty" : "one-sided";
}

/**
 * Home's mid, or what the away market's mid leaves of the dollar, micros.
 *
 * @returns `null` when the books are not to be believed, or none of them has both sides.
 */
export function believedHomeMid(markets: readonly MarketInput[]): number | null {
  if (!isBelieved(booksQuality(markets))) return null;
  for (const { team, quote } of homeFirst(markets)) {
    const middle = mid(quote);
    if (middle !== null) return team === "home" ? middle : ONE_USD_MICROS - middle;
  }
  return null;
}

function homeFirst(markets: readonly MarketInput[]): readonly MarketInput[] {
  return [...markets].sort((a, b) => Number(b.team === "home") - Number(a.team === "home"));
}
