import type { CountCenti, Instant, PriceMicros, UsdMicros } from "./units.ts";

/** The venue's life of a market, in its own words. */
export type MarketStatus =
  | "initialized"
  | "active"
  | "inactive"
  | "closed"
  | "determined"
  | "finalized";

/** How a market resolved: `scalar` pays YES the settlement value and NO the rest. */
export type MarketResult = "yes" | "no" | "scalar";
/** How what is held there was paid: of a void market the cost came back. */
export type MarketOutcome = MarketResult | "void";

/** How a market compares what it settles on with its strikes, in the venue's own words. */
export const STRIKE_TYPES = [
  "greater",
  "greater_or_equal",
  "less",
  "less_or_equal",
  "between",
] as const;
/** One of those ways. */
export type StrikeType = (typeof STRIKE_TYPES)[number];

/** Strikes of a market that settles on a number, micro-dollars; null until the venue states them. */
export interface MarketStrikes {
  readonly strikeType: StrikeType;
  readonly floorStrike: UsdMicros | null;
  readonly capStrike: UsdMicros | null;
}

/** One band of a market's price grid: valid prices are start + k * step, up to end. Micros. */
export interface PriceBand {
  readonly startMicros: number;
  readonly endMicros: number;
  readonly stepMicros: number;
}

/** One yes/no question with a ticker and a book. */
export interface Market {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly yesTitle: string;
  readonly status: MarketStatus;
  readonly openAt: Instant;
  readonly closeAt: Instant;
  readonly expectedExpirationAt: Instant | null;
  readonly grid: readonly PriceBand[];
  /** Which matching engine holds it; every order names it. */
  readonly exchangeIndex: number;
  readonly result: MarketResult | null;
  /** What one YES contract paid, in micros; present once determined. */
  readonly settlementValue: UsdMicros | null;
  /** Null for a market that settles on no number, such as a game's. */
  readonly strikes: MarketStrikes | null;
  /** The number it settled on, micro-dollars; null until it is known, and where it is no number. */
  readonly expirationValue: UsdMicros | null;
  /** When it was paid out, on the venue's clock; null before. */
  readonly settledAt: Instant | null;
}

/** The venue's event: parent of mutually exclusive markets. */
export interface VenueEvent {
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly title: string;
  readonly markets: readonly Market[];
}

/** How a series charges; an event override wins over its series. `kind` is an open string at the wire. */
export interface FeeSchedule {
  readonly kind: "quadratic" | "quadratic_with_maker_fees" | "quadratic_with_combo_maker_fees";
  /** Multiplier of the quadratic fee, in thousandths: 1000 is 1.0. */
  readonly multiplierMilli: number;
}

/** Best prices of one market at one instant. `null` means that side of the book is empty. */
export interface Quote {
  readonly marketTicker: string;
  readonly bid: PriceMicros | null;
  readonly bidSize: CountCenti | null;
  readonly ask: PriceMicros | null;
  readonly askSize: CountCenti | null;
  /** The venue's clock. */
  readonly quotedAt: Instant;
  /** Ours. */
  readonly receivedAt: Instant;
}

/** A quote that the next one writes over: who keeps it takes a copy. */
export type MutableQuote = { -readonly [Key in keyof Quote]: Quote[Key] };

/** Writes into `into` what a quote of the same market shows, as told at these instants. */
export function writeQuote(
  into: MutableQuote,
  { bid, bidSize, ask, askSize }: Pick<Quote, "bid" | "bidSize" | "ask" | "askSize">,
  quotedAt: Instant,
  receivedAt: Instant,
): void {
  into.bid = bid;
  into.bidSize = bidSize;
  into.ask = ask;
  into.askSize = askSize;
  into.quotedAt = quotedAt;
  into.receivedAt = receivedAt;
}

/**
 * A quote with the sizes that its source knows: where a recording has none, the venue that plays it
 * shows a contract in their place, which says nothing.
 */
export function withKnownSizes<Q extends Pick<Quote, "bidSize" | "askSize">>(
  quote: Q,
  lacks: readonly string[],
): Q {
  return lacks.includes("sizes") ? { ...quote, bidSize: null, askSize: null } : quote;
}

/** A public print on the tape. */
export interface Trade {
  readonly tradeId: string;
  readonly marketTicker: string;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  /** `bid`: the taker bought YES. */
  readonly takerSide: "bid" | "ask";
  readonly at: Instant;
}

/** Middle of a two-sided quote in micros. @returns `null` when a side is empty. */
export function mid(quote: Pick<Quote, "bid" | "ask">): number | null {
  return quote.bid === null || quote.ask === null ? null : (quote.bid + quote.ask) / 2;
}

/** Ask minus bid in micros. @returns `null` when a side is empty. */
export function spread(quote: Pick<Quote, "bid" | "ask">): number | null {
  return quote.bid === null || quote.ask === null ? null : quote.ask - quote.bid;
}
