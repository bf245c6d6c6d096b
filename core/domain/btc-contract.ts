import { assert } from "./assert.ts";
import { MONTHS } from "./ids.ts";
import { easternInstant, easternParts, isTradingDate } from "./time.ts";
import { type Instant, instant, parseDecimal, type UsdMicros, usdMicros } from "./units.ts";

/**
 * Series of the Bitcoin markets: up or down over a quarter of an hour, a band at the full hour,
 * above a strike at the full hour.
 */
export const BTC_SERIES = ["KXBTC15M", "KXBTC", "KXBTCD"] as const;
/** One of the Bitcoin series. */
export type BtcSeries = (typeof BTC_SERIES)[number];

/** How long a market of `KXBTC15M` is open: from fifteen minutes before its close, milliseconds. */
const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;
/** The index average is published in whole cents, and strikes are written in them. */
const CENT_MICROS = 10_000;

/** What the event ticker of a Bitcoin market says. */
export interface BtcEventKey {
  readonly series: BtcSeries;
  /**
   * The instants at which its markets may close: one, or both of the hour that fall-back repeats.
   * The venue's own close time decides; a ticker only confirms it.
   */
  readonly closes: readonly Instant[];
}

/** What the end of a Bitcoin market's ticker says. */
export type BtcMarketKey =
  /** `KXBTC15M`: the minute of the close, which the event says already. */
  | { readonly kind: "minute" }
  /** `T` and a strike: `KXBTCD`, and the open ends of `KXBTC`. */
  | { readonly kind: "threshold"; readonly strike: UsdMicros }
  /** `B` and the middle of a band of `KXBTC`. */
  | { readonly kind: "band"; readonly middle: UsdMicros };

/**
 * The settlement values for which a contract pays. Values are the venue's average in whole cents,
 * strikes micro-dollars of the index. A strike is null until the venue has computed it: that of
 * `KXBTC15M` is the average of the minute before its open. A range includes its floor and not its cap.
 */
export type ContractBounds =
  | {
      readonly kind: "above" | "at-or-above" | "below" | "at-or-below";
      readonly strike: UsdMicros | null;
    }
  | { readonly kind: "range"; readonly floor: UsdMicros; readonly cap: UsdMicros };

/** One Bitcoin contract, as far as it does not change with the market. */
export interface BtcContract {
  readonly series: BtcSeries;
  readonly eventTicker: string;
  readonly marketTicker: string;
  readonly bounds: ContractBounds;
  readonly openAt: Instant;
  readonly closeAt: Instant;
}

/**
 * Reads an event ticker, such as `KXBTC15M-26MAY110530` or `KXBTCD-26SEP2000`: the close on the
 * clock of New York. Source: venue's ticker grammar.
 *
 * @returns `null` when it is no Bitcoin event's, or names a time that the clock never shows.
 */
export function parseBtcEventTicker(ticker: string): BtcEventKey | null {
  const match = /^(KXBTC15M|KXBTCD|KXBTC)-(\d{2})([A-Z]{3})(\d{2})(\d{2})(\d{2})?$/.exec(ticker);
  if (!match) return null;
  const [, name, year = "", monthName = "", day = "", hour = "", minute] = match;
  const series = BTC_SERIES.find((one) => one === name);
  const isQuarterly = series === "KXBTC15M";
  if (series === undefined || isQuarterly !== (minute !== undefined)) return null;
  if (Number(minute ?? 0) % 15 !== 0) return null;
  const month = String(MONTHS.indexOf(monthName) + 1).padStart(2, "0");
  const closes = easternInstants(`20${year}-${month}-${day}`, Number(hour), Number(minute ?? 0));
  return closes.length === 0 ? null : { series, closes };
}

/** Reads a market ticker. @returns `null` when it is no Bitcoin market's. */
export function parseBtcMarketTicker(
  ticker: string,
): { event: string; key: BtcEventKey; market: BtcMarketKey } | null {
  const cut = ticker.lastIndexOf("-");
  const event = ticker.slice(0, cut);
  const end = ticker.slice(cut + 1);
  const key = parseBtcEventTicker(event);
  if (key === null) return null;
  const market = parseMarketEnd(key.series, event, end);
  return market === null ? null : { event, key, market };
}

/** Builds the ticker of the event that closes at an instant. */
export function btcEventTicker(series: BtcSeries, closeAt: Instant): string {
  const { date, hour, minute } = easternParts(closeAt);
  const [year = "", month = "", day = ""] = date.split("-");
  const quarter = series === "KXBTC15M" ? twoDigits(minute) : "";
  const monthName = MONTHS[Number(month) - 1] ?? "";
  return `${series}-${year.slice(2)}${monthName}${day}${twoDigits(hour)}${quarter}`;
}

/**
 * Builds the ticker of a market of that event.
 *
 * @throws InvariantError when a market that is named by its strike has none.
 */
export function btcMarketTicker(
  series: BtcSeries,
  closeAt: Instant,
  bounds: ContractBounds,
): string {
  const event = btcEventTicker(series, closeAt);
  if (series === "KXBTC15M") return `${event}-${event.slice(-2)}`;
  if (bounds.kind === "range") {
    return `${event}-B${decimal((bounds.floor + bounds.cap) / 2)}`;
  }
  assert(bounds.strike !== null, "a market named by its strike has one");
  return `${event}-T${decimal(bounds.strike)}`;
}

/**
 * The hour in which a contract closes, named by its beginning in UTC: from just after it to its end, so that
 * 13:00 belongs to the hour that it ends. Contracts of one hour see the same moves of the index: they are
 * one risk and one cluster of scores.
 */
export function closeHour(closeAt: Instant): string {
  const begins = Math.ceil(closeAt / HOUR_MS) * HOUR_MS - HOUR_MS;
  return new Date(begins).toISOString().slice(0, 13);
}

/** When a market opens. @returns `null` where the close does not say: only `KXBTC15M` has a fixed life. */
export function openBeforeClose(series: BtcSeries, closeAt: Instant): Instant | null {
  return series === "KXBTC15M" ? instant(closeAt - QUARTER_MS) : null;
}

/**
 * Reads the bounds from the venue's strike type and strikes. The cap of a band is written as its
 * last cent (80,499.99 before the next floor of 80,500), and is then moved up by that cent.
 *
 * @returns `null` for a strike type that prices no Bitcoin contract, and for a range that is none.
 */
export function contractBounds(wire: {
  readonly strikeType: string;
  readonly floorStrike: UsdMicros | null;
  readonly capStrike: UsdMicros | null;
}): ContractBounds | null {
  const { strikeType, floorStrike, capStrike } = wire;
  switch (strikeType) {
    case "greater":
      return { kind: "above", strike: floorStrike };
    case "greater_or_equal":
      return { kind: "at-or-above", strike: floorStrike };
    case "less":
      return { kind: "below", strike: capStrike };
    case "less_or_equal":
      return { kind: "at-or-below", strike: capStrike };
    case "between": {
      if (floorStrike === null || capStrike === null) return null;
      const cap = usdMicros(isLastCent(capStrike) ? capStrike + CENT_MICROS : capStrike);
      return floorStrike < cap ? { kind: "range", floor: floorStrike, cap } : null;
    }
    default:
      return null;
  }
}

/** Whether the bounds can be priced: the strike of a contract that has not opened is not known. */
export function hasStrike(bounds: ContractBounds): boolean {
  return bounds.kind === "range" || bounds.strike !== null;
}

/**
 * Resolves a contract at a settlement value. A tie pays YES on `at-or-above`, as `KXBTC15M` rules,
 * and on the floor of a range; it pays NO on `above` and `below`, as `KXBTCD` and the open ends of
 * `KXBTC` rule. The value is rounded to the cent, half up: the venue publishes cents for
 * `KXBTC15M`, and only in cents do the bands of `KXBTC` leave nothing out.
 *
 * @throws InvariantError when the strike is not known.
 */
export function outcomeAt(bounds: ContractBounds, value: UsdMicros): "yes" | "no" {
  const { first, end } = centsOf(bounds);
  const cents = Math.floor((value + CENT_MICROS / 2) / CENT_MICROS);
  return cents >= first && cents < end ? "yes" : "no";
}

/**
 * The same bounds for the average before it is rounded: it pays YES when `low <= average < high`.
 * Dollars; infinite where a side is open. Neighbours of a ladder share their border exactly.
 *
 * @throws InvariantError when the strike is not known.
 */
export function averageInterval(bounds: ContractBounds): {
  readonly low: number;
  readonly high: number;
} {
  const { first, end } = centsOf(bounds);
  return { low: (first - 0.5) / 100, high: (end - 0.5) / 100 };
}

/** The cents that pay: from `first` up to, and not including, `end`. */
function centsOf(bounds: ContractBounds): { readonly first: number; readonly end: number } {
  if (bounds.kind === "range") return { first: centUp(bounds.floor), end: centUp(bounds.cap) };
  const { kind, strike } = bounds;
  assert(strike !== null, "the strike is known");
  switch (kind) {
    case "at-or-above":
      return { first: centUp(strike), end: Infinity };
    case "above":
      return { first: centUp(strike + 1), end: Infinity };
    case "below":
      return { first: -Infinity, end: centUp(strike) };
    case "at-or-below":
      return { first: -Infinity, end: centUp(strike + 1) };
  }
}

/** The lowest whole cent that is not below an amount of micros. */
function centUp(micros: number): number {
  return Math.ceil(micros / CENT_MICROS);
}

function isLastCent(micros: number): boolean {
  return (micros + CENT_MICROS) % 1_000_000 === 0;
}

function parseMarketEnd(series: BtcSeries, event: string, end: string): BtcMarketKey | null {
  if (series === "KXBTC15M") return event.slice(-2) === end ? { kind: "minute" } : null;
  const micros = parseDecimal(end.slice(1), 6);
  if (micros === null || micros <= 0) return null;
  if (end.startsWith("T")) return { kind: "threshold", strike: usdMicros(micros) };
  if (end.startsWith("B") && series === "KXBTC") return { kind: "band", middle: usdMicros(micros) };
  return null;
}

/** The instants at which the clock of New York shows a time: none, one, or two in autumn. */
function easternInstants(date: string, hour: number, minute: number): readonly Instant[] {
  if (!isTradingDate(date) || hour > 23) return [];
  const first = easternInstant(date, hour, minute);
  return [first, instant(first + HOUR_MS)].filter((at) => {
    const seen = easternParts(at);
    return seen.date === date && seen.hour === hour && seen.minute === minute;
  });
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** Dollars as tickers write them: without a fraction, or with the cents it has. */
function decimal(micros: number): string {
  return String(Math.round(micros / CENT_MICROS) / 100);
}
