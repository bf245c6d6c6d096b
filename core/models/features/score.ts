import { type Feature, orMissing, secondsSince, type Seen } from "./feature.ts";
import type { LiveState } from "./game-track.ts";

const POINTS = "points";
const START_UNSEEN = "the watch began after the tip";

/** The score of the team that the market pays for, and how it came about. */
export const SCORE_FEATURES: readonly Feature[] = [
  shown("score_own", "points of the market's team", POINTS, ({ clock }, side) =>
    side > 0 ? clock.homeScore : clock.awayScore,
  ),
  shown("score_other", "points of the other team", POINTS, ({ clock }, side) =>
    side > 0 ? clock.awayScore : clock.homeScore,
  ),
  shown("score_lead", "own points less the other's", POINTS, ({ lead }, side) =>
    signed(side, lead),
  ),
  shown("score_total", "points of both", POINTS, ({ clock }) => clock.homeScore + clock.awayScore),
  score("score_lead_deviations", "lead over the deviation of what is left", "deviations", (seen) =>
    signed(seen.side, seen.game.leadDeviations),
  ),
  {
    ...shown("score_pace", "points of both by minute of game clock", "points/min", (live) => {
      const { elapsedSeconds } = live.time;
      const points = live.clock.homeScore + live.clock.awayScore;
      return elapsedSeconds > 0 ? (60 * points) / elapsedSeconds : NaN;
    }),
    missingWhen: "no second is played",
  },
  course("score_lead_max", "largest lead so far", POINTS, ({ max, min }, side) =>
    side > 0 ? max : signed(-1, min),
  ),
  course(
    "score_lead_min",
    "smallest lead so far, negative when behind",
    POINTS,
    ({ max, min }, side) => (side > 0 ? min : signed(-1, max)),
  ),
  course(
    "score_lead_changes",
    "how often the leading team changed",
    "count",
    ({ changes }) => changes,
  ),
  {
    ...score("score_age_seconds", "since the score last changed", "s", ({ at, game }) =>
      game.live === null ? NaN : secondsSince(at, game.lastScoreAt),
    ),
    missingWhen: "nobody was seen to score",
  },
  {
    ...score("score_run", "points without an answer, negative when the other's", POINTS, (seen) =>
      seen.game.live === null ? NaN : signed(seen.side, orMissing(seen.game.run)),
    ),
    missingWhen: "it is not known who scored last: both at once, a correction, or nobody yet",
  },
  {
    ...score("score_own_300s", "own points", POINTS, ({ at, game, side }) =>
      game.recentPoints(side > 0 ? "home" : "away", at),
    ),
    windowMs: 300_000,
  },
  {
    ...score("score_other_300s", "the other team's points", POINTS, ({ at, game, side }) =>
      game.recentPoints(side > 0 ? "away" : "home", at),
    ),
    windowMs: 300_000,
  },
  {
    ...score("score_lead_change_600s", "how the lead moved", POINTS, ({ at, game, side }) =>
      signed(side, game.leadChange(at)),
    ),
    windowMs: 600_000,
  },
];

function score(
  name: string,
  meaning: string,
  unit: string,
  value: (seen: Seen) => number,
): Feature {
  return { name, meaning, unit, windowMs: null, needs: ["score"], missingWhen: "", value };
}

function shown(
  name: string,
  meaning: string,
  unit: string,
  value: (live: LiveState, side: 1 | -1) => number,
): Feature {
  return score(name, meaning, unit, ({ game, side }) =>
    game.live === null ? NaN : value(game.live, side),
  );
}

function course(
  name: string,
  meaning: string,
  unit: string,
  value: (
    course: { readonly max: number; readonly min: number; readonly changes: number },
    side: 1 | -1,
  ) => number,
): Feature {
  const feature = score(name, meaning, unit, ({ game, side }) =>
    game.course === null ? NaN : value(game.course, side),
  );
  return { ...feature, missingWhen: START_UNSEEN };
}

/** Home's number as the team's own; zero has no sign. */
function signed(side: 1 | -1, value: number): number {
  return value === 0 ? 0 : side * value;
}
