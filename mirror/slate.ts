import { setTimeout as sleep } from "node:timers/promises";
import type { EspnClient } from "../clients/espn/client.ts";
import type { MarketData } from "../clients/kalshi/market-data.ts";
import type { NbaClient } from "../clients/nba/client.ts";
import { TradingError } from "../core/domain/errors.ts";
import type { FeedGame, FeedName, Fetched, Scoreboard } from "../core/domain/feeds.ts";
import { NBA_SERIES, parseEventTicker } from "../core/domain/ids.ts";
import type { Market, VenueEvent } from "../core/domain/market.ts";
import { gridNameOf, type PriceGridName } from "../core/domain/price-grid.ts";
import { matchSlate, type SlateEntry } from "../core/domain/slate.ts";
import type { TradingDate } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { Logger } from "../runtime/log.ts";
import type { SlateGame } from "../sim/facts.ts";

interface SlateSources {
  /** US Eastern. */
  readonly date: TradingDate;
  readonly marketData: Pick<MarketData, "events">;
  readonly espn: Pick<EspnClient, "scoreboard">;
  readonly nba: Pick<NbaClient, "scoreboard">;
  readonly log: Logger;
  /** From one try to read a feed's scoreboard to the next, wall milliseconds. */
  readonly pauseMs?: number;
}

/** A feed that is away for a moment is not taken for one that the night lacks: so often it is tried. */
const TRIES = 5;
const PAUSE_MS = 4_000;

/** The games of a day that the venue trades now. */
export interface Slate {
  /** By tip, then by event ticker. */
  readonly games: readonly SlateGame[];
  /** By market ticker, of every market of these games. */
  readonly priceGrids: Readonly<Record<string, PriceGridName>>;
  /**
   * A feed could not be read, or shows a game not (yet): the NBA's scoreboard moves on to a day only in
   * its morning. What it tells of a game of the slate later is followed; which games there are, under which
   * ids and what they lack stays as it was found here.
   */
  readonly isIncomplete: boolean;
}

/**
 * Reads which games the venue trades on a day, and what the feeds call them. The tip is ESPN's word, else
 * the NBA's. A feed that fails, again and again for a while, is one that its games lack.
 *
 * A game that neither feed shows, or of which they contradict the venue or each other, is left out: nothing
 * behind the slate sees two feeds that disagree, since both are served from its one word on a game.
 *
 * @throws TradingError what the venue's side fails with: without its events there is no slate.
 */
export async function readSlate(sources: SlateSources): Promise<Slate> {
  const { date, marketData, espn, nba, log } = sources;
  const [listed, espnGames, nbaGames] = await Promise.all([
    marketData.events({ seriesTicker: NBA_SERIES, status: "open" }),
    gamesOf("espn", () => espn.scoreboard(date), sources),
    gamesOf("nba", () => nba.scoreboard(), sources),
  ]);
  const priceGrids = new Map<string, PriceGridName>();
  const events = eventsOf(date, listed, log).map((event) => ({
    ...event,
    markets: event.markets.filter((market) => {
      const name = gridNameOf(market.grid);
      if (name !== null) priceGrids.set(market.ticker, name);
      else log.warn({ marketTicker: market.ticker }, "a market with a price grid that has no name");
      return name !== null;
    }),
  }));
  const markets = new Map(events.flatMap((event) => event.markets).map((one) => [one.ticker, one]));
  const entries = matchSlate(events, { espn: espnGames, nba: nbaGames }, date);
  const games = entries.flatMap((entry, index) => slateGame(entry, index, markets, sources) ?? []);
  const tickers = games.flatMap(({ marketTickers }) => marketTickers);
  return {
    games,
    priceGrids: Object.fromEntries([...priceGrids].filter(([ticker]) => tickers.includes(ticker))),
    isIncomplete: entries.some(
      ({ espnEventId, nbaGameId }) => espnEventId === null || nbaGameId === null,
    ),
  };
}

async function gamesOf(
  feed: FeedName,
  ask: () => Promise<Fetched<Scoreboard>>,
  { log, pauseMs = PAUSE_MS }: Pick<SlateSources, "log" | "pauseMs">,
): Promise<readonly FeedGame[]> {
  for (let tries = 1; ; tries += 1) {
    const beganAt = performance.now();
    try {
      const { games, faults } = (await ask()).value;
      for (const fault of faults) log.warn({ feed, ...fault }, "a game of a scoreboard is bad");
      return games;
    } catch (error) {
      if (!(error instanceof TradingError)) throw error;
      if (tries === TRIES) {
        log.warn({ feed, error: error.message }, "the slate is read without a feed");
        return [];
      }
      log.info({ feed, error: error.message }, "a feed is asked again");
    }
    await sleep(Math.max(0, pauseMs - (performance.now() - beganAt)));
  }
}

/** The day's events. A ticker that cannot be read may be a game's: a team by another code. */
function eventsOf(
  date: TradingDate,
  events: readonly VenueEvent[],
  log: Logger,
): readonly VenueEvent[] {
  return events.filter(({ eventTicker }) => {
    const key = parseEventTicker(eventTicker);
    if (key === null) log.warn({ eventTicker }, "an event's ticker cannot be read");
    return key?.date === date;
  });
}

/** @returns `null` for a game that must not be traded: without a market, without a feed, or in doubt. */
function slateGame(
  entry: SlateEntry,
  index: number,
  markets: ReadonlyMap<string, Market>,
  { date, log }: Pick<SlateSources, "date" | "log">,
): SlateGame | null {
  const { eventTicker, home, away, tipAt, espnEventId, nbaGameId, reasons } = entry;
  if (!entry.isTradable) {
    log.warn({ eventTicker, reasons }, "a game is left out of the slate");
    return null;
  }
  const marketTickers = entry.markets.map(({ ticker }) => ticker).sort();
  const opens = marketTickers.flatMap((ticker) => markets.get(ticker)?.openAt ?? []);
  return {
    eventTicker,
    date,
    home,
    away,
    tipAt,
    espnEventId: espnEventId ?? laterId(date, index),
    nbaGameId: nbaGameId ?? laterId(date, index),
    marketTickers,
    reconstructed: [],
    ...(entry.isNeutral === true && { isNeutral: true }),
    marketsOpenAt: instant(Math.min(...opens)),
    // One feed is enough to tell the score; what a game lacks of the NBA alone has no word.
    ...(espnEventId === null && { lacks: ["espn"] }),
  };
}

/**
 * A feed may not show a game yet: the NBA's scoreboard moves on to a day in its morning. It is served under an id of
 * ours, of ten digits as the league's are, which begin otherwise.
 */
function laterId(date: TradingDate, index: number): string {
  return `99${date.slice(2).replaceAll("-", "")}${String(index).padStart(2, "0")}`;
}
