import { teamByCode } from "./teams.ts";
import type { TradingDate } from "./time.ts";

/** Series of the NBA winner markets. */
export const NBA_SERIES = "KXNBAGAME";

/** What an NBA event ticker says: `KXNBAGAME-26NOV20BOSNYK` is BOS at NYK on 2026-11-20, Eastern. */
export interface EventKey {
  readonly date: TradingDate;
  readonly away: string;
  readonly home: string;
}

/** Months as the venue's tickers write them. */
export const MONTHS = [
  "JAN",
  "FEB",
  "MAR",
  "APR",
  "MAY",
  "JUN",
  "JUL",
  "AUG",
  "SEP",
  "OCT",
  "NOV",
  "DEC",
];

/** The series of an event: what its ticker begins with. Source: venue's ticker grammar. */
export function seriesOfEvent(eventTicker: string): string {
  return eventTicker.split("-", 1)[0] ?? eventTicker;
}

/** The event of a market: its ticker without the end that tells it from the others of the event. */
export function eventOfMarket(marketTicker: string): string {
  const cut = marketTicker.lastIndexOf("-");
  return cut === -1 ? marketTicker : marketTicker.slice(0, cut);
}

/** Builds the event ticker of a game. Source: venue's ticker grammar. */
export function eventTicker(key: EventKey): string {
  const [year = "", month = "", day = ""] = key.date.split("-");
  return `${NBA_SERIES}-${year.slice(2)}${MONTHS[Number(month) - 1] ?? ""}${day}${key.away}${key.home}`;
}

/** Builds the ticker of the market that pays when `team` wins. */
export function marketTicker(event: string, team: string): string {
  return `${event}-${team}`;
}

/** Reads an event ticker. @returns `null` when it is not an NBA game's or names unknown teams. */
export function parseEventTicker(ticker: string): EventKey | null {
  const match = /^KXNBAGAME-(\d{2})([A-Z]{3})(\d{2})([A-Z]{3})([A-Z]{3})$/.exec(ticker);
  if (!match) return null;
  const [, year = "", monthName = "", day = "", away = "", home = ""] = match;
  const month = MONTHS.indexOf(monthName) + 1;
  if (month === 0 || !teamByCode(away) || !teamByCode(home) || away === home) return null;
  return { date: `20${year}-${String(month).padStart(2, "0")}-${day}`, away, home };
}

/** Splits a market ticker into its event and team. @returns `null` when it is not an NBA market's. */
export function parseMarketTicker(
  ticker: string,
): { event: string; key: EventKey; team: string } | null {
  const cut = ticker.lastIndexOf("-");
  const event = ticker.slice(0, cut);
  const team = ticker.slice(cut + 1);
  const key = parseEventTicker(event);
  if (!key || (team !== key.home && team !== key.away)) return null;
  return { event, key, team };
}
