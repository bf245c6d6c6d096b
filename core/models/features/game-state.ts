import {
  type Feature,
  type FeatureNeed,
  orMissing,
  secondsSince,
  type Seen,
  usd,
} from "./feature.ts";
import type { LiveState } from "./game-track.ts";

/** A close game late: the last five minutes within five points. */
const CLUTCH = { seconds: 300, points: 5 } as const;
const PROBABILITY = "probability";

/** Where the game stands, and what the forecasts say of it. */
export const GAME_STATE_FEATURES: readonly Feature[] = [
  state(
    "game_seconds_to_tip",
    "until the scheduled tip, negative after it",
    "s",
    ["schedule"],
    (seen) => secondsSince(seen.game.tipAt, seen.at),
  ),
  live("game_period", "period, overtimes from 5", "count", ({ clock }) => clock.period),
  live("game_clock_seconds", "left in the period", "s", ({ clock }) => clock.clockSeconds),
  live(
    "game_seconds_left",
    "of game clock until the end, of the overtime being played",
    "s",
    (one) => one.time.secsToGameEnd,
  ),
  live("game_progress", "share of regulation played", "share, 0 to 1", ({ time }) => time.progress),
  live("game_is_overtime", "1 in overtime", "0 or 1", ({ time }) => (time.overtime > 0 ? 1 : 0)),
  live("game_is_clutch", "1 in the last 5 minutes within 5 points", "0 or 1", ({ clock, lead }) =>
    clock.period >= 4 && clock.clockSeconds <= CLUTCH.seconds && Math.abs(lead) <= CLUTCH.points
      ? 1
      : 0,
  ),
  state("game_feed_age_seconds", "since a score feed answered", "s", ["feed"], ({ at, game }) =>
    secondsSince(at, game.feed?.receivedAt ?? null),
  ),
  state(
    "game_feed_is_believed",
    "1 when nothing speaks against the clock",
    "0 or 1",
    ["feed"],
    (seen) => believed(seen),
  ),
  state(
    "game_pregame",
    "probability before tip, by Elo, injuries and partner",
    PROBABILITY,
    ["strengths"],
    (seen) => own(seen, seen.game.pregame),
  ),
  state(
    "game_in_game",
    "probability by score, clock, ball and strengths",
    PROBABILITY,
    ["score", "strengths"],
    (seen) => own(seen, seen.game.inGame),
  ),
  state("game_espn", "ESPN's probability", PROBABILITY, ["espn"], (seen) =>
    own(seen, seen.game.espn(seen.at)),
  ),
  state(
    "game_in_game_less_mid",
    "in-game probability less the mid",
    PROBABILITY,
    ["score", "strengths", "quote"],
    (seen) => own(seen, seen.game.inGame) - usd(seen.market.mid),
  ),
  {
    ...live("game_possession", "1 with the ball, -1 without", "-1 or 1", () => NaN),
    missingWhen: "no basket of the last 24 s of game clock says who has it",
    value: ({ game, side }) =>
      game.possession === null ? NaN : game.possession === "home" ? side : -side,
  },
];

function state(
  name: string,
  meaning: string,
  unit: string,
  needs: readonly FeatureNeed[],
  value: (seen: Seen) => number,
): Feature {
  return { name, meaning, unit, windowMs: null, needs, missingWhen: "", value };
}

function live(
  name: string,
  meaning: string,
  unit: string,
  value: (live: LiveState) => number,
): Feature {
  return state(name, meaning, unit, ["score"], ({ game }) =>
    game.live === null ? NaN : value(game.live),
  );
}

/** Home's probability as that of the market's team. */
function own({ side }: Seen, home: number | null): number {
  return side > 0 ? orMissing(home) : 1 - orMissing(home);
}

function believed({ game }: Seen): number {
  if (game.feed === null) return NaN;
  return game.feed.staleBecause.length === 0 ? 1 : 0;
}
