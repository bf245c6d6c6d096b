import { required } from "../core/domain/assert.ts";
import type { MarketInput, Verdict } from "../core/domain/decision.ts";
import { mid } from "../core/domain/market.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import {
  bestOfMarkets,
  type EntryContext,
  entryGate,
  marketGate,
  proposeEntry,
} from "../core/strategies/entry.ts";
import { pregameAnchored } from "../core/strategies/pregame-anchored.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { verdict } from "../core/strategies/verdicts.ts";
import type { Fact, SlateGame } from "../sim/facts.ts";
import type { NightConfig } from "./result.ts";

/** Who won, by event. */
export type Winners = Readonly<Record<string, "home" | "away">>;

/** What the oracle claims a winner is worth above its ask, micro-dollars: more, and risk would doubt its forecast. */
const CLAIM_MICROS = 100_000;
/** And at most. */
const SURE_MICROS = 990_000;

/**
 * A strategy that knows who wins and does all else as PregameAnchored does, under its settings: the same
 * window, prices, sizes, exits and risk. It stands in its place.
 */
export function oracleStrategy(winners: Winners): GameStrategyDefinition {
  return {
    ...pregameAnchored,
    version: "oracle",
    summary: "Knows who wins: only to prove that a backtest would show it.",
    entry: (context) => enterWinner(winners, context),
  };
}

function enterWinner(winners: Winners, context: EntryContext): Verdict {
  const { input, own, config } = context;
  const gate = entryGate(context);
  if (gate) return gate;
  if (own.pregameAttempts > 0) return verdict(own.strategy, "attempt_used");
  if (input.phase !== "pregame") return verdict(own.strategy, "not_pregame");
  const { windowOpensBeforeTipMs } = config.strategies.pregameAnchored;
  if (input.tipAt - input.at > windowOpensBeforeTipMs) {
    return verdict(own.strategy, "before_window");
  }
  const winner = winners[input.eventTicker];
  return bestOfMarkets(context, (market) =>
    market.team === winner ? claimed(market, context) : verdict(own.strategy, "no_price"),
  );
}

function claimed(market: MarketInput, context: EntryContext): Verdict {
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const fairValue = Math.min(SURE_MICROS, (market.quote.ask ?? SURE_MICROS) + CLAIM_MICROS);
  return proposeEntry({ market, fairValue, numbers: {} }, context);
}

/** Settings under which nobody plays but the oracle. */
export function oracleConfig(config: NightConfig): NightConfig {
  const { strategies } = config.decision;
  const pregame = { ...strategies.pregameAnchored, isEnabled: true };
  return {
    ...config,
    decision: {
      ...config.decision,
      strategies: { ...strategies, active: ["pregame-anchored"], pregameAnchored: pregame },
    },
  };
}

/** The games of a night with its facts. */
interface PlayedNight {
  readonly name: string;
  readonly games: readonly SlateGame[];
  readonly facts: readonly Fact[];
}

/**
 * The markets that orders meet when every game has the labels of the next one: prices, volume and result of the
 * next game of the night, and for its last one of the first game of the night that follows, at the same time
 * from tip, under the game's own tickers. A game that is its own next one has none.
 *
 * Games follow each other by the price of their first market at tip, the dearest first: what is decided on a game is bought in a
 * market that asks a little less, at its price, and not left unfilled in one that asks anything else.
 */
export function nextGamesMarkets(night: PlayedNight, following: PlayedNight): readonly Fact[] {
  const games = dearestFirst(night);
  const facts = games.flatMap((game, index): readonly Fact[] => {
    const after = games[index + 1];
    if (after !== undefined) return marketsAs(game, after, night.facts);
    const first = required(dearestFirst(following)[0], "a game of the night that follows");
    const isItself = following.name === night.name && first.eventTicker === game.eventTicker;
    return isItself ? [] : marketsAs(game, first, following.facts);
  });
  return facts.sort((a, b) => a.receivedAt - b.receivedAt);
}

function dearestFirst({ games, facts }: PlayedNight): readonly SlateGame[] {
  const priced = games.map((game) => ({ game, price: priceAtTip(game, facts) }));
  return priced.sort((a, b) => b.price - a.price).map(({ game }) => game);
}

/** The last price of the game's first market before tip, micros: a middle or a print; 0 where there is none. */
function priceAtTip(game: SlateGame, facts: readonly Fact[]): number {
  const [market] = marketsOf(game);
  let price = 0;
  for (const fact of facts) {
    if (fact.receivedAt > game.tipAt) break;
    if (fact.kind !== "quote" && fact.kind !== "trade") continue;
    if (fact.marketTicker !== market) continue;
    price = (fact.kind === "trade" ? fact.price : mid(fact)) ?? price;
  }
  return price;
}

/** What happened in the markets of `other`, as if in those of `game`. */
function marketsAs(game: SlateGame, other: SlateGame, facts: readonly Fact[]): readonly Fact[] {
  const laterMs = game.tipAt - other.tipAt;
  const shift = (at: Instant): Instant => instant(at + laterMs);
  const own = marketsOf(game);
  const tickers = new Map(marketsOf(other).map((ticker, index) => [ticker, own[index]]));
  return facts.flatMap((fact): readonly Fact[] => {
    if (!("marketTicker" in fact)) return [];
    const marketTicker = tickers.get(fact.marketTicker);
    if (marketTicker === undefined) return [];
    const [sourceTime, receivedAt] = [shift(fact.sourceTime), shift(fact.receivedAt)];
    return [{ ...fact, marketTicker, sourceTime, receivedAt }];
  });
}

/** Home's market first; of a game that has one alone it is that one, whoever's it is. */
function marketsOf({ marketTickers, home }: SlateGame): readonly string[] {
  const isHomes = (ticker: string): boolean => ticker.endsWith(`-${home}`);
  return [...marketTickers].sort((a, b) => Number(isHomes(b)) - Number(isHomes(a)));
}
