import type { FeedGame } from "./feeds.ts";
import { parseEventTicker, parseMarketTicker } from "./ids.ts";
import type { VenueEvent } from "./market.ts";
import type { GameMarket } from "./game-ref.ts";
import type { TradingDate } from "./time.ts";
import { type Instant, instant } from "./units.ts";

/** A venue event joined with the feeds' games of the same day and teams. */
export interface SlateEntry {
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tipAt: Instant;
  readonly espnEventId: string | null;
  readonly nbaGameId: string | null;
  readonly markets: readonly GameMarket[];
  /** On neutral ground, as ESPN says; absent elsewhere. */
  readonly isNeutral?: boolean;
  /** 0 to 1; below `MIN_CONFIDENCE` the game is reported and not traded. */
  readonly confidence: number;
  /** Stable codes, the ones that lowered the confidence among them. */
  readonly reasons: readonly string[];
  readonly isTradable: boolean;
}

/** Least confidence of a match that is traded: both feeds agree, or one does and nothing contradicts. */
const MIN_CONFIDENCE = 0.6;
/** Kalshi's expected expiration lies this long after the tip. Source: venue's listed NBA events. */
const EXPIRATION_AFTER_TIP_MS = 3 * 3_600_000;
/** Tips that differ by more than this are not the same game, or not known well enough to trade. */
const MAX_TIP_DIFFERENCE_MS = 30 * 60_000;

/** How much of the confidence each reason costs. A reason that contradicts costs all of it. */
const COSTS: Readonly<Record<string, number>> = {
  espn_missing: 0.3,
  nba_missing: 0.2,
  no_feed: 1,
  home_away_swapped: 1,
  several_candidates: 1,
  tip_disagrees: 1,
  no_market: 1,
  second_market_missing: 0.1,
  tip_unknown_at_venue: 0.05,
};

/**
 * Matches venue events with feed games by (Eastern date, away, home).
 *
 * Titles are never used: they name cities, in several spellings. A feed that shows the teams the
 * other way round, two games for one event, or a tip more than 30 minutes apart is a contradiction.
 */
export function matchSlate(
  events: readonly VenueEvent[],
  feeds: { readonly espn: readonly FeedGame[]; readonly nba: readonly FeedGame[] },
  date: TradingDate,
): readonly SlateEntry[] {
  return events
    .flatMap((event) => {
      const key = parseEventTicker(event.eventTicker);
      return key !== null && key.date === date ? [matchEvent(event, key, feeds)] : [];
    })
    .sort((a, b) => a.tipAt - b.tipAt || a.eventTicker.localeCompare(b.eventTicker));
}

function matchEvent(
  event: VenueEvent,
  key: { readonly date: TradingDate; readonly home: string; readonly away: string },
  feeds: { readonly espn: readonly FeedGame[]; readonly nba: readonly FeedGame[] },
): SlateEntry {
  const espn = candidates(feeds.espn, key);
  const nba = candidates(feeds.nba, key);
  const reasons = new Set<string>([...espn.reasons, ...nba.reasons]);
  if (espn.game === null) reasons.add("espn_missing");
  if (nba.game === null) reasons.add("nba_missing");
  const feedTip = espn.game?.tipAt ?? nba.game?.tipAt ?? null;
  if (feedTip === null) reasons.add("no_feed");
  const venueTip = tipAtVenue(event);
  if (venueTip === null) reasons.add("tip_unknown_at_venue");
  const tips = [espn.game?.tipAt, nba.game?.tipAt, venueTip].filter(
    (tip) => typeof tip === "number",
  );
  if (Math.max(...tips) - Math.min(...tips) > MAX_TIP_DIFFERENCE_MS) reasons.add("tip_disagrees");
  const markets = marketsOf(event, key);
  if (markets.length === 0) reasons.add("no_market");
  if (markets.length === 1) reasons.add("second_market_missing");
  const cost = [...reasons].reduce((sum, reason) => sum + (COSTS[reason] ?? 0), 0);
  const confidence = Math.max(0, Math.round((1 - cost) * 100) / 100);
  return {
    eventTicker: event.eventTicker,
    home: key.home,
    away: key.away,
    tipAt: feedTip ?? venueTip ?? instant(0),
    espnEventId: espn.game?.externalId ?? null,
    nbaGameId: nba.game?.externalId ?? null,
    markets,
    confidence,
    reasons: reasons.size === 0 ? ["date_and_teams_agree"] : [...reasons].sort(),
    isTradable: confidence >= MIN_CONFIDENCE,
    ...(espn.game?.isNeutral === true ? { isNeutral: true } : {}),
  };
}

function candidates(
  games: readonly FeedGame[],
  key: { readonly date: TradingDate; readonly home: string; readonly away: string },
): { readonly game: FeedGame | null; readonly reasons: readonly string[] } {
  const sameDay = games.filter((game) => game.date === key.date);
  const straight = sameDay.filter((game) => game.home === key.home && game.away === key.away);
  const swapped = sameDay.some((game) => game.home === key.away && game.away === key.home);
  const reasons = [
    ...(straight.length > 1 ? ["several_candidates"] : []),
    ...(swapped ? ["home_away_swapped"] : []),
  ];
  return { game: straight.length === 1 ? (straight[0] ?? null) : null, reasons };
}

function tipAtVenue(event: VenueEvent): Instant | null {
  const expiration = event.markets[0]?.expectedExpirationAt ?? null;
  return expiration === null ? null : instant(expiration - EXPIRATION_AFTER_TIP_MS);
}

function marketsOf(
  event: VenueEvent,
  key: { readonly home: string; readonly away: string },
): readonly GameMarket[] {
  return event.markets
    .flatMap((market): GameMarket[] => {
      const team = parseMarketTicker(market.ticker)?.team ?? null;
      if (team !== key.home && team !== key.away) return [];
      return [
        {
          ticker: market.ticker,
          team: team === key.home ? "home" : "away",
          exchangeIndex: market.exchangeIndex,
        },
      ];
    })
    .sort((a, b) => (a.team === b.team ? 0 : a.team === "home" ? -1 : 1));
}
