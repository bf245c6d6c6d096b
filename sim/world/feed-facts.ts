import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import type { Random } from "./random.ts";
import type { GameScript, Moment } from "./script.ts";
import type { NightGame } from "./slate.ts";

/** How far each feed is behind the arena, milliseconds. */
export const FEED_LAG_MS = { espn: [8_000, 20_000], nba: [5_000, 12_000] } as const;
type Feed = keyof typeof FEED_LAG_MS;
type GameState = Extract<Fact, { kind: "game-state" }>;

const MINUTE_MS = 60_000;
/** Error of ESPN's win probability and of the partner's, in probability. */
const ESPN_DEVIATION = 0.012;
const PARTNER_DEVIATION = 0.02;

/** Everything the feeds will show of a game, in order of `receivedAt`. */
export function feedFacts(
  game: NightGame,
  script: GameScript,
  openAt: Instant,
  random: Random,
): Fact[] {
  const facts = [
    ...before(game, script, openAt, random),
    ...live(game, script, "nba", random),
    ...live(game, script, "espn", random),
  ];
  // The sort is stable: what one feed says at one instant keeps its order.
  return facts.sort((one, other) => one.receivedAt - other.receivedAt);
}

/** A probability that is somebody's reading of the truth; certainty is read as such. */
function misread(truth: number, deviation: number, random: Random): number {
  if (truth === 0 || truth === 1) return truth;
  const seen = truth + random.normal(0, deviation);
  return Number(Math.min(0.999, Math.max(0.001, seen)).toFixed(4));
}

/** What is known before tip: the schedule, the injury report and its updates, the partner. */
function before(game: NightGame, script: GameScript, openAt: Instant, random: Random): Fact[] {
  const { eventTicker } = game.slate;
  const facts: Fact[] = (["espn", "nba"] as const).map((feed) => ({
    ...blankState(eventTicker, feed),
    sourceTime: openAt,
    receivedAt: openAt,
  }));
  for (const injury of game.injuries) {
    const { teamCode, player, impactElo } = injury;
    const reportedAt = instant(openAt - 90 * MINUTE_MS);
    const common = { kind: "injury", teamCode, player, impactElo } as const;
    facts.push({ ...common, status: injury.reported, sourceTime: reportedAt, receivedAt: openAt });
    const decidedAt = instant(Math.round(game.slate.tipAt - random.between(12, 32) * MINUTE_MS));
    const receivedAt = instant(Math.round(decidedAt + random.between(15_000, 60_000)));
    if (injury.decided === injury.reported) continue;
    facts.push({ ...common, status: injury.decided, sourceTime: decidedAt, receivedAt });
  }
  const partnerAt = instant(Math.round(openAt + random.between(1, 6) * MINUTE_MS));
  facts.push({
    kind: "partner",
    eventTicker,
    homeProbability: misread(script.pregameTruth, PARTNER_DEVIATION, random),
    sourceTime: partnerAt,
    receivedAt: partnerAt,
  });
  return facts;
}

function blankState(eventTicker: string, feed: Feed): Omit<GameState, "sourceTime" | "receivedAt"> {
  return {
    kind: "game-state",
    feed,
    eventTicker,
    state: "pre",
    statusName: "STATUS_SCHEDULED",
    period: 0,
    clockSeconds: 0,
    homeScore: 0,
    awayScore: 0,
    homePeriods: [],
    awayPeriods: [],
    isReconstructed: false,
  };
}

/** What one feed shows while the game is played: the NBA's carries the plays, ESPN's its forecast. */
function live(game: NightGame, script: GameScript, feed: Feed, random: Random): Fact[] {
  const facts: Fact[] = [];
  const { eventTicker } = game.slate;
  const [low, high] = FEED_LAG_MS[feed];
  let shownAt = 0;
  let periods: Periods = { home: [], away: [] };
  for (const moment of script.moments) {
    const lag = Math.round(random.between(low, high));
    shownAt = Math.max(shownAt, moment.at + lag);
    periods = pointsByPeriod(periods, moment);
    const times = { sourceTime: moment.at, receivedAt: instant(shownAt) };
    if (feed === "nba") {
      for (const play of moment.plays) facts.push({ kind: "play", eventTicker, ...play, ...times });
    }
    facts.push({ ...stateFact(eventTicker, feed, moment, periods), ...times });
    if (feed === "espn" && moment.plays.length > 0) {
      const homeProbability = misread(moment.truth, ESPN_DEVIATION, random);
      facts.push({ kind: "win-probability", eventTicker, homeProbability, ...times });
    }
  }
  return facts;
}

interface Periods {
  readonly home: readonly number[];
  readonly away: readonly number[];
}

/** Points by period after this moment: what exceeds the earlier periods is this period's. */
function pointsByPeriod(known: Periods, moment: Moment): Periods {
  if (moment.period === 0) return known;
  const upTo = (earlier: readonly number[], score: number): number[] => {
    const done = earlier.slice(0, moment.period - 1);
    return [...done, score - done.reduce((sum, points) => sum + points, 0)];
  };
  return {
    home: upTo(known.home, moment.homeScore),
    away: upTo(known.away, moment.awayScore),
  };
}

function stateFact(
  eventTicker: string,
  feed: Feed,
  moment: Moment,
  periods: Periods,
): Omit<GameState, "sourceTime" | "receivedAt"> {
  const isOver = moment.status === "STATUS_FINAL" || moment.status === "STATUS_POSTPONED";
  return {
    ...blankState(eventTicker, feed),
    state: isOver ? "post" : "in",
    statusName: moment.status,
    period: moment.period,
    clockSeconds: moment.clockSeconds,
    homeScore: moment.homeScore,
    awayScore: moment.awayScore,
    homePeriods: periods.home,
    awayPeriods: periods.away,
  };
}
