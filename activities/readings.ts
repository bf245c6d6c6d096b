import type { Logger } from "pino";
import type { ForecastReading } from "../core/domain/decision.ts";
import type { InjuryReport } from "../core/domain/feeds.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { easternInstant, type RunClock } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { BlendConfig } from "../core/models/blend.ts";
import { type Ratings, ratingsForSeason } from "../core/models/elo.ts";
import { eloReading, injuryReading, partnerReading } from "../core/models/readings.ts";
import { type Db, toInstant } from "../schema/database.ts";
import { partnerAt } from "../schema/queries/partner.ts";
import type { NightManifest, NightSource, ScoreFeeds } from "./ports.ts";

/** What is known of a game before tip: ratings, injuries, the partner's number. */
export interface Readings {
  of(game: GameRef): Promise<readonly ForecastReading[]>;
  /** The source of a run's night: what it lacks, and whether its books are derived. */
  night(runId: string): Promise<NightManifest>;
}

/** Injuries are asked for at most this often, run time, with a floor in wall time. */
const INJURIES_MS = 5 * 60_000;
const INJURIES_FLOOR_WALL_MS = 2_000;

/** Creates the readings of a process. */
export function createReadings(options: {
  readonly db: Db;
  readonly source: NightSource;
  readonly feeds: ScoreFeeds;
  readonly clock: RunClock;
  readonly config: BlendConfig;
  readonly log: Logger;
}): Readings {
  const { db, source, feeds, clock, config, log } = options;
  const nights = new Map<string, Promise<NightManifest>>();
  const ratings = new Map<string, Promise<Ratings>>();
  let injuries: readonly InjuryReport[] = [];
  let injuriesAskedWall = -Infinity;
  let firstInjuries: Promise<void> | null = null;

  const ratingsOf = (game: GameRef): Promise<Ratings> => {
    const season = seasonOf(game.tradingDate);
    return remembered(ratings, game.runId, async () =>
      ratingsForSeason(await source.pastGames(), season, config.elo),
    );
  };
  const readInjuries = async (): Promise<void> => {
    try {
      injuries = (await feeds.injuries()).value;
    } catch (error) {
      log.warn({ error: String(error) }, "injuries not read");
    }
  };
  /** Only the first answer is waited for: later a feed that hangs must not hold up the watch. */
  const injuryReports = async (): Promise<readonly InjuryReport[]> => {
    const everyMs = Math.max(INJURIES_FLOOR_WALL_MS, INJURIES_MS / clock.speed);
    if (performance.now() - injuriesAskedWall >= everyMs) {
      injuriesAskedWall = performance.now();
      const asked = readInjuries();
      firstInjuries ??= asked;
    }
    await firstInjuries;
    return injuries;
  };
  const readNight = (runId: string): Promise<NightManifest> =>
    remembered(nights, runId, () => source.manifest());

  return {
    night: readNight,
    of: async (game) => {
      const { lacks } = await readNight(game.runId);
      const ratings = await ratingsOf(game);
      const teams = { home: game.home, away: game.away, isNeutral: false };
      // Built from results before the game's date: known since that day began.
      const dayBegan = easternInstant(game.tradingDate, 0, 0);
      const readings: ForecastReading[] = [];
      if (ratings.size > 0) readings.push(eloReading(ratings, teams, dayBegan, config.elo));
      const reports = lacks.includes("injuries") ? [] : await injuryReports();
      if (reports.length > 0) {
        const knownAt = instant(Math.max(...reports.map(({ receivedAt }) => receivedAt)));
        readings.push(injuryReading(reports, teams, knownAt, config.injuries));
      }
      const partner = await readPartner(db, source, game, clock, lacks);
      if (partner !== null) readings.push(partner);
      return readings;
    },
  };
}

/** Asks once a run; what failed is asked again. */
function remembered<T>(
  known: Map<string, Promise<T>>,
  runId: string,
  ask: () => Promise<T>,
): Promise<T> {
  const before = known.get(runId);
  if (before !== undefined) return before;
  const asked = ask();
  asked.catch(() => known.delete(runId));
  known.set(runId, asked);
  return asked;
}

/** NBA seasons are named by the year they end in: from October on it is the next. */
function seasonOf(date: string): number {
  const [year = 0, month = 0] = date.split("-").map(Number);
  return month >= 8 ? year + 1 : year;
}

async function readPartner(
  db: Db,
  source: NightSource,
  game: GameRef,
  clock: RunClock,
  lacks: readonly string[],
): Promise<ForecastReading | null> {
  const own = await partnerAt(db, game.eventTicker, clock.now());
  if (own !== null) return partnerReading(own.home_probability, toInstant(own.set_at));
  if (lacks.includes("partner")) return null;
  const noted = (await source.partners()).find(
    ({ eventTicker }) => eventTicker === game.eventTicker,
  );
  if (noted === undefined || noted.knownAt > clock.now()) return null;
  return partnerReading(noted.homeProbability, instant(noted.knownAt));
}
