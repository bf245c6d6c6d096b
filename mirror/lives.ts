import type { BtcSeries } from "../core/domain/btc-contract.ts";
import type { Market } from "../core/domain/market.ts";
import { gridNameOf } from "../core/domain/price-grid.ts";
import { readWord } from "../core/domain/settlement.ts";
import type { FactBody } from "../sim/facts.ts";

/**
 * What the venue's word on a Bitcoin market says that was not told: that it is listed, its strike, its close, its
 * status and result.
 *
 * @param before the word on it before; null for a market that nothing was told of.
 * @returns `null` for a market that cannot be listed: it compares no numbers, or its prices have an unknown grid.
 */
export function newsOfContract(
  series: BtcSeries,
  before: Market | null,
  now: Market,
): readonly FactBody[] | null {
  const { ticker: marketTicker, eventTicker, strikes, openAt, closeAt } = now;
  const priceGrid = gridNameOf(now.grid);
  if (strikes === null || priceGrid === null) return null;
  const { strikeType, floorStrike, capStrike } = strikes;
  const bounds = { floorStrike, capStrike };
  if (before === null) {
    const terms = { series, strikeType, ...bounds, openAt, closeAt, priceGrid };
    const listing: FactBody = { kind: "listing", marketTicker, eventTicker, ...terms };
    return [listing, ...newsOfStatus(null, now)];
  }
  const news: FactBody[] = [];
  const { floorStrike: floor, capStrike: cap } = before.strikes ?? bounds;
  if (floor !== floorStrike || cap !== capStrike) {
    news.push({ kind: "bounds", marketTicker, ...bounds });
  }
  if (before.closeAt !== closeAt) news.push({ kind: "close-moved", marketTicker, closeAt });
  return [...news, ...newsOfStatus(before, now)];
}

/** The status and the result, where they are others than before. */
export function newsOfStatus(before: Market | null, now: Market): readonly FactBody[] {
  const { ticker: marketTicker, status, result, settlementValue, expirationValue } = now;
  if (before !== null && isSameWord(before, now)) return [];
  // Nothing to be said of a market that waits for its open; a determination says its result, or is none yet.
  if (status === "initialized" || (status === "determined" && result === null)) return [];
  // What contradicts itself is no word: the market stays as it was until there is one.
  if (result !== null && "field" in readWord(now)) return [];
  const word = { result, settlementValue, expirationValue };
  return [{ kind: "market-status", marketTicker, status, ...word }];
}

function isSameWord(before: Market, now: Market): boolean {
  return (
    before.status === now.status &&
    before.result === now.result &&
    before.settlementValue === now.settlementValue &&
    before.expirationValue === now.expirationValue
  );
}
