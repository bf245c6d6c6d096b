import { PRICE_GRIDS } from "../../../core/domain/price-grid.ts";
import { team, teamByCode } from "../../../core/domain/teams.ts";
import { formatCount, formatUsd, ONE_USD_MICROS } from "../../../core/domain/units.ts";
import type { FeeSchedule, MarketStrikes } from "../../../core/domain/market.ts";
import type { SlateGame } from "../../facts.ts";
import type { ListedEvent } from "../catalog.ts";
import type { Listing, ListingTerms } from "../listing.ts";
import { BTC_SOURCES, BTC_TITLES, seriesTicker, shardOf } from "../series.ts";
import { stableUuid } from "../stable-uuid.ts";
import { dollars, rfc3339 } from "./wire.ts";

const DAY_MS = 86_400_000;

type TermsOf<Kind extends ListingTerms["kind"]> = Extract<ListingTerms, { kind: Kind }>;

/** A market as the venue shows it. */
export function marketWire(listing: Listing): object {
  const { ticker, result, settlementValue, settledAt } = listing;
  const isQuoted = listing.status === "active" || listing.status === "inactive";
  const top = listing.top();
  const bid = isQuoted ? (top.bid ?? 0) : 0;
  const ask = isQuoted ? (top.ask ?? ONE_USD_MICROS) : ONE_USD_MICROS;
  const last = dollars(listing.lastPrice ?? 0);
  return {
    ticker,
    event_ticker: listing.eventTicker,
    market_type: "binary",
    created_time: rfc3339(listing.createdAt),
    updated_time: rfc3339(listing.updatedAt),
    open_time: rfc3339(listing.openAt),
    close_time: rfc3339(listing.closeAt),
    status: listing.status,
    yes_bid_dollars: dollars(bid),
    yes_bid_size_fp: formatCount(isQuoted ? top.bidSize : 0),
    yes_ask_dollars: dollars(ask),
    yes_ask_size_fp: formatCount(isQuoted ? top.askSize : 0),
    no_bid_dollars: dollars(ONE_USD_MICROS - ask),
    no_ask_dollars: dollars(ONE_USD_MICROS - bid),
    last_price_dollars: last,
    previous_price_dollars: last,
    previous_yes_bid_dollars: dollars(bid),
    previous_yes_ask_dollars: dollars(ask),
    volume_fp: formatCount(listing.volume),
    volume_24h_fp: formatCount(listing.volume),
    open_interest_fp: "0.00",
    liquidity_dollars: "0.0000",
    notional_value_dollars: "1.0000",
    result: result ?? "",
    ...(settlementValue === null ? {} : { settlement_value_dollars: dollars(settlementValue) }),
    ...(settledAt === null ? {} : { settlement_ts: rfc3339(settledAt) }),
    can_close_early: true,
    rules_secondary: "",
    price_level_structure: listing.priceGrid,
    price_ranges: PRICE_GRIDS[listing.priceGrid].map(({ startMicros, endMicros, stepMicros }) => ({
      start: dollars(startMicros),
      end: dollars(endMicros),
      step: dollars(stepMicros),
    })),
    exchange_index: shardOf(ticker),
    ...(listing.terms.kind === "game"
      ? gameWire(listing, listing.terms)
      : bitcoinWire(listing, listing.terms)),
  };
}

function gameWire(listing: Listing, { game, teamCode }: TermsOf<"game">): object {
  const { city } = team(teamCode);
  const other = teamCode === game.home ? game.away : game.home;
  // The city that won, once that is known.
  const { result } = listing;
  const winner = result === "yes" ? city : team(other).city;
  return {
    title: gameTitle(game),
    yes_sub_title: city,
    no_sub_title: city,
    expected_expiration_time: rfc3339(listing.expectedExpirationAt),
    occurrence_datetime: rfc3339(listing.expectedExpirationAt),
    latest_expiration_time: rfc3339(game.tipAt + 14 * DAY_MS),
    settlement_timer_seconds: 30,
    early_close_condition: "This market will close and expire after a winner is declared.",
    expiration_value: result === null || result === "scalar" ? "" : winner,
    strike_type: "structured",
    custom_strike: { basketball_team: stableUuid(`team/${teamCode}`) },
    rules_primary: `If ${city} wins the ${gameTitle(game)} professional basketball game originally scheduled for ${game.date}, then the market resolves to Yes.`,
  };
}

function bitcoinWire(listing: Listing, terms: TermsOf<"bitcoin">): object {
  const { series, strikes, settledOn } = terms;
  const words = strikeWords(strikes);
  return {
    title: BTC_TITLES[series][0],
    yes_sub_title: words ?? "TBD",
    // The quarter's NO side is never named, whatever is known.
    no_sub_title: series === "KXBTC15M" ? "TBD" : (words ?? "TBD"),
    expected_expiration_time: rfc3339(listing.expectedExpirationAt),
    latest_expiration_time: rfc3339(listing.expectedExpirationAt + 7 * DAY_MS),
    settlement_timer_seconds: 1,
    expiration_value: settledOn === null ? "" : wholeCents(settledOn),
    ...strikesWire(strikes),
    rules_primary: `If the simple average of the sixty seconds of CF Benchmarks' BRTI before ${rfc3339(listing.closeAt)} is ${words ?? "at least that of the sixty seconds before the market opened"}, then the market resolves to Yes.`,
  };
}

/** Strikes as the venue writes them: dollars as numbers, absent where there is none yet. */
export function strikesWire({ strikeType, floorStrike, capStrike }: MarketStrikes): object {
  return {
    strike_type: strikeType,
    ...(floorStrike !== null && { floor_strike: floorStrike / ONE_USD_MICROS }),
    ...(capStrike !== null && { cap_strike: capStrike / ONE_USD_MICROS }),
  };
}

/** What a market pays for, in words. @returns null while its strikes are not known. */
function strikeWords({ strikeType, floorStrike, capStrike }: MarketStrikes): string | null {
  const isCapped = strikeType === "less" || strikeType === "less_or_equal";
  const strike = isCapped ? capStrike : floorStrike;
  if (strike === null) return null;
  const at = `$${wholeCents(strike)}`;
  switch (strikeType) {
    case "greater":
      return `above ${at}`;
    case "greater_or_equal":
      return `${at} or above`;
    case "less":
      return `below ${at}`;
    case "less_or_equal":
      return `${at} or below`;
    case "between":
      return capStrike === null ? null : `${at} to $${wholeCents(capStrike)}`;
  }
}

/** Dollars with cents; more places only where they say something. */
function wholeCents(micros: number): string {
  return formatUsd(micros).replace(/0{1,4}$/, "");
}

function gameTitle({ away, home }: SlateGame): string {
  return `${teamByCode(away)?.city ?? away} at ${teamByCode(home)?.city ?? home}`;
}

/** An event as the venue shows it, with its markets where they are asked for. */
export function eventWire(
  event: ListedEvent,
  markets: readonly object[] | null,
  override: FeeSchedule | null,
): object {
  const { eventTicker } = event;
  return {
    event_ticker: eventTicker,
    series_ticker: seriesTicker(eventTicker),
    exchange_index: shardOf(eventTicker),
    ...(override === null ? {} : overrideWire(override)),
    ...(event.kind === "game" ? gameEventWire(event.game) : bitcoinEventWire(event)),
    ...(markets === null ? {} : { markets }),
  };
}

/** An event's own fees as its fields state them; `null` twice: those of its series. */
export function overrideWire(override: FeeSchedule | null): object {
  return {
    fee_type_override: override?.kind ?? null,
    fee_multiplier_override: override === null ? null : override.multiplierMilli / 1_000,
  };
}

function gameEventWire(game: SlateGame): object {
  return {
    title: gameTitle(game),
    sub_title: `${game.away} at ${game.home} (${game.date})`,
    collateral_return_type: "",
    mutually_exclusive: true,
    product_metadata: { competition: "Pro Basketball (M)", competition_scope: "Game" },
    settlement_sources: [{ name: "the Governing League", url: "https://www.nba.com" }],
  };
}

function bitcoinEventWire({ series, closeAt }: Extract<ListedEvent, { kind: "bitcoin" }>): object {
  const [title, frequency] = BTC_TITLES[series];
  // Of a ladder of bands one pays; of strikes to be above, many may.
  const isLadder = series === "KXBTC";
  return {
    title,
    sub_title: rfc3339(closeAt),
    collateral_return_type: isLadder ? "MECNET" : "",
    mutually_exclusive: isLadder,
    strike_date: rfc3339(closeAt),
    strike_period: frequency,
    product_metadata: {},
    settlement_sources: BTC_SOURCES,
  };
}
