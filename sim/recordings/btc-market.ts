import { outcomeAt, parseBtcMarketTicker } from "../../core/domain/btc-contract.ts";
import { settlementValue } from "../../core/domain/settlement.ts";
import { type Instant, instant, type UsdMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { refuse } from "./refusal.ts";

const MINUTE_MS = 60_000;
/** A market is listed this long before its open. */
const LISTED_BEFORE_MS = 15 * MINUTE_MS;
/** The venue states the result about six seconds after the close, and pays a second later. */
const DETERMINED_AFTER_MS = 6_000;
const FINALIZED_AFTER_MS = 7_000;

/** One quarter-hour market as its file tells it. */
export interface BtcMarket {
  readonly marketTicker: string;
  readonly eventTicker: string;
  readonly openAt: Instant;
  readonly closeAt: Instant;
  /** Micro-dollars of the index; null where the file has none. */
  readonly strike: UsdMicros | null;
  /** The index average that settled it, micro-dollars; null where the file has none. */
  readonly settlement: UsdMicros | null;
  readonly result: "yes" | "no" | null;
}

/** Checks one market by itself. @throws TradingError RECORDING_INVALID with line, column and reason. */
export function checkedMarket(
  file: string,
  line: number,
  market: Omit<BtcMarket, "eventTicker">,
): BtcMarket {
  const { marketTicker, openAt, closeAt, strike, settlement, result } = market;
  const read = parseBtcMarketTicker(marketTicker);
  if (read?.key.series !== "KXBTC15M") {
    throw refuse(file, line, `market_ticker: ${marketTicker} is no market of KXBTC15M`);
  }
  if (closeAt <= openAt) throw refuse(file, line, "close_time_utc: not after open_time_utc");
  if (!read.key.closes.includes(closeAt)) {
    throw refuse(file, line, `close_time_utc: not the close that ${marketTicker} names`);
  }
  if (strike !== null && settlement !== null && result !== null) {
    const outcome = outcomeAt({ kind: "at-or-above", strike }, settlement);
    if (outcome !== result) {
      const reason = `${result}, though its settlement against its strike is ${outcome}`;
      throw refuse(file, line, `result: ${reason}`);
    }
  }
  return { ...market, eventTicker: read.event };
}

/** When nothing more is told of a market's book. */
export function lifeEndsAt({ closeAt }: BtcMarket): Instant {
  return instant(closeAt + DETERMINED_AFTER_MS);
}

/**
 * The life of one market: listed without a strike, which is the average of the minute before the
 * open and so stated at the open; the result after the close. Without a result it stays closed.
 */
export function lifeOf(market: BtcMarket): readonly Fact[] {
  const { marketTicker, eventTicker, openAt, closeAt, strike, settlement, result } = market;
  const status = { kind: "market-status", marketTicker } as const;
  const undecided = { result: null, settlementValue: null };
  const listing: Fact = {
    kind: "listing",
    marketTicker,
    eventTicker,
    series: "KXBTC15M",
    strikeType: "greater_or_equal",
    floorStrike: null,
    capStrike: null,
    openAt,
    closeAt,
    priceGrid: "tapered_deci_cent",
    ...at(openAt - LISTED_BEFORE_MS),
  };
  const facts: Fact[] = [listing, { ...status, ...undecided, status: "active", ...at(openAt) }];
  if (strike !== null) {
    facts.push({
      kind: "bounds",
      marketTicker,
      floorStrike: strike,
      capStrike: null,
      ...at(openAt),
    });
  }
  facts.push({ ...status, ...undecided, status: "closed", ...at(closeAt) });
  if (result === null) return facts;
  const paid = {
    result,
    settlementValue: settlementValue(result, null),
    expirationValue: settlement,
  };
  facts.push(
    { ...status, ...paid, status: "determined", ...at(closeAt + DETERMINED_AFTER_MS) },
    { ...status, ...paid, status: "finalized", ...at(closeAt + FINALIZED_AFTER_MS) },
  );
  return facts;
}

function at(ms: number): { readonly sourceTime: Instant; readonly receivedAt: Instant } {
  return { sourceTime: instant(ms), receivedAt: instant(ms) };
}
