import { required } from "../../core/domain/assert.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type BitcoinDescription, describeBitcoin } from "./btc-describe.ts";
import { type Edge, STATED_EDGE } from "./fair.ts";
import type { World, WorldGame } from "./world.ts";

/** A world in numbers, before it is played. JSON-safe; times in epoch milliseconds. */
export interface WorldDescription {
  readonly name: string;
  readonly date: TradingDate;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly edge: Edge;
  /** What can be earned on the games, in words and in the numbers the world is made with. */
  readonly statedEdge: { readonly text: string; readonly numbers: object };
  readonly pastGames: number;
  readonly games: readonly GameDescription[];
  /** Null where none is played. */
  readonly bitcoin: BitcoinDescription | null;
  /** Facts of each kind over the whole world. */
  readonly facts: Readonly<Record<string, number>>;
}

/** One game, with what only the world knows of it. */
export interface GameDescription {
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tipAt: Instant;
  readonly homeElo: number;
  readonly awayElo: number;
  readonly playersOut: readonly string[];
  /** True probability before tip that home wins. */
  readonly homeProbability: number;
  readonly homeScore: number;
  readonly awayScore: number;
  readonly overtimes: number;
  /** From the real tip to the final, wall minutes; 0 for a game not played. */
  readonly minutes: number;
  readonly isScalar: boolean;
}

/**
 * Counts and measures a world. Reads all its facts: about a second for a night of 15 games, and for
 * an hour of all Bitcoin series.
 */
export function describeWorld(world: World): WorldDescription {
  const facts: Record<string, number> = {};
  for (const fact of world.facts()) facts[fact.kind] = (facts[fact.kind] ?? 0) + 1;
  const { name, date, startAt, endAt } = world.manifest;
  return {
    name,
    date,
    startAt,
    endAt,
    edge: world.edge,
    statedEdge: { text: edgeText(world.edge), numbers: world.edge === "none" ? {} : STATED_EDGE },
    pastGames: world.pastGames.length,
    games: world.games.map(describeGame),
    bitcoin: world.bitcoin === null ? null : describeBitcoin(world.bitcoin, world.edge),
    facts,
  };
}

function describeGame(game: WorldGame): GameDescription {
  const last = required(game.script.moments.at(-1), "a game has an end");
  const out = game.injuries.filter((injury) => injury.decided === "Out");
  return {
    eventTicker: game.slate.eventTicker,
    home: game.home.code,
    away: game.away.code,
    tipAt: game.slate.tipAt,
    homeElo: Math.round(game.homeElo),
    awayElo: Math.round(game.awayElo),
    playersOut: out.map((injury) => `${injury.player} (${injury.teamCode}, ${injury.impactElo})`),
    homeProbability: Number(game.script.pregameTruth.toFixed(4)),
    homeScore: last.homeScore,
    awayScore: last.awayScore,
    overtimes: Math.max(0, last.period - 4),
    minutes: game.isScalar ? 0 : Math.round((game.script.endAt - game.startAt) / 60_000),
    isScalar: game.isScalar,
  };
}

/** Log-odds in cents at even odds, where the price moves 25 cents for each unit. */
const centsAtEven = (logOdds: number): string => (25 * logOdds).toFixed(1);

function edgeText(edge: Edge): string {
  if (edge === "none") return "None: the market is the truth, to the tick.";
  const { pregameDeviation, runPoints, overshoot, halfLifeSeconds } = STATED_EDGE;
  return (
    `Before tip the market is off by about ${centsAtEven(pregameDeviation)} cents at even odds, ` +
    `fading as the game is played. When a team has scored ${runPoints} unanswered points it ` +
    `overshoots by about ${centsAtEven(overshoot)} cents, which halve every ` +
    `${halfLifeSeconds.join(" to ")} seconds.`
  );
}
