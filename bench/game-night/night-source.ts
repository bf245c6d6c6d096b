import { assert } from "../../core/domain/assert.ts";
import type { Quote } from "../../core/domain/market.ts";
import { DECI_CENT, isOnGrid } from "../../core/domain/price-grid.ts";
import { countCenti, type Instant, instant, priceMicros } from "../../core/domain/units.ts";
import type { Fact, FactSource, QuoteFact, SlateGame } from "../../sim/facts.ts";
import type { NightGame } from "./workload.ts";

/** The evening of 1 January 2026 in the east. */
const START_AT = Date.UTC(2026, 0, 1);
const TIP_AFTER_MS = 600_000;
const SECOND_MS = 1_000;
/** An order reaches the market before the next quote, and not once trading has ended. */
export const LATENCY_MS = 500;
const END_AFTER_MS = 100;
/** A tenth of a cent. */
const TENTH_MICROS = 1_000;
const SIZE = countCenti(100_000_000);
/** A book of one price, no score feeds, no past: what the workload has. */
const LACKS = ["injuries", "espn", "live-score", "second-market", "past-results"];

type Source = Pick<FactSource, "manifest" | "pastGames">;

/** The workload as a recorded night: one market a game, whose bid and ask are the mid. */
export function nightSource(games: readonly NightGame[]): Source {
  const slate = games.map((_, number) => gameOf(number));
  const quotes = games[0]?.prices.length ?? 0;
  return {
    pastGames: [],
    manifest: {
      schemaVersion: 1,
      kind: "recording",
      name: "recording:game-night",
      seed: null,
      date: "2025-12-31",
      startAt: at(0),
      endAt: instant(at(quotes) + SECOND_MS),
      games: slate,
      lacks: LACKS,
      isDerivedBook: true,
      priceGrids: Object.fromEntries(slate.map((game) => [marketOf(game), "deci_cent"])),
      description: "GAME-NIGHT, version 1",
      origins: [],
    },
  };
}

/** What is played, in its sequence: the models, then quote by quote, and who has won. */
export function* nightFacts(games: readonly NightGame[], { manifest }: Source): Generator<Fact> {
  const told = manifest.games.map((game, number) => openingFacts(game, games[number]));
  const tickers = manifest.games.map(marketOf);
  const prices = games.map((game) => game.prices);
  for (const { opened, model } of told) yield* [opened, model];
  const quotes = prices[0]?.length ?? 0;
  for (let second = 0; second < quotes; second += 1) {
    const now = at(second);
    for (let game = 0; game < tickers.length; game += 1) {
      yield quoteFact(tickers[game] ?? "", prices[game]?.[second] ?? 0, now);
    }
  }
  for (const { closed } of told) yield closed(instant(at(quotes - 1) + END_AFTER_MS));
}

function quoteFact(marketTicker: string, tenths: number, now: Instant): Fact {
  const price = priceMicros(tenths * TENTH_MICROS);
  return {
    kind: "quote",
    marketTicker,
    sourceTime: now,
    receivedAt: now,
    bid: price,
    bidSize: SIZE,
    ask: price,
    askSize: SIZE,
    isDerived: true,
  };
}

/** @throws InvariantError when a price of the quote is none of its market's grid. */
export function assertOnGrid({ bid, ask }: QuoteFact): void {
  const isSound = bid !== null && ask !== null && isOnGrid(bid, DECI_CENT);
  assert(isSound && (ask === bid || isOnGrid(ask, DECI_CENT)), "a quote lies on its market's grid");
}

function openingFacts(game: SlateGame, night: NightGame | undefined) {
  assert(night !== undefined, "a game of the workload");
  const opensAt = at(0);
  const result = night.homeWins ? "yes" : "no";
  return {
    opened: statusFact(game, opensAt, "active", null),
    model: {
      kind: "partner",
      eventTicker: game.eventTicker,
      homeProbability: night.model / 1_000,
      sourceTime: opensAt,
      receivedAt: opensAt,
    },
    closed: (now: Instant): Fact => statusFact(game, now, "finalized", result),
  } as const;
}

function statusFact(
  game: SlateGame,
  now: Instant,
  status: "active" | "finalized",
  result: "yes" | "no" | null,
): Fact {
  return {
    kind: "market-status",
    marketTicker: marketOf(game),
    status,
    result,
    settlementValue: null,
    sourceTime: now,
    receivedAt: now,
  };
}

function gameOf(number: number): SlateGame {
  const [home, away] = [`H${TEAMS[number]}`, `A${TEAMS[number]}`];
  const eventTicker = `KXNBAGAME-25DEC31${away}${home}`;
  return {
    eventTicker,
    date: "2025-12-31",
    home,
    away,
    tipAt: instant(at(0) + TIP_AFTER_MS),
    espnEventId: "",
    nbaGameId: "",
    marketTickers: [`${eventTicker}-${home}`],
    reconstructed: [],
  };
}

/** A to O, twice. */
const TEAMS = Array.from({ length: 15 }, (_, number) => String.fromCharCode(65 + number).repeat(2));

function marketOf(game: SlateGame): string {
  return game.marketTickers[0] ?? "";
}

function at(second: number): Instant {
  return instant(START_AT + second * SECOND_MS);
}

/** Which game a market of the workload is of. */
export function gameNumber(marketTicker: Quote["marketTicker"]): number {
  return marketTicker.charCodeAt(marketTicker.length - 1) - 65;
}
