import type { Logger } from "pino";
import type { ForecastReading } from "../core/domain/decision.ts";
import type {
  FeedFault,
  Fetched,
  InjuryList,
  InjuryReport,
  RawResponse,
} from "../core/domain/feeds.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { lacksOfGame } from "../core/domain/source-lacks.ts";
import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { BlendConfig } from "../core/models/blend.ts";
import { type NightRatings, nightEloReading } from "../core/models/night-ratings.ts";
import { injuryReading, partnerReading } from "../core/models/readings.ts";
import type { RatingsSettings } from "../runtime/elo-artifact.ts";
import { ratingsOfNight, unusedRatings } from "../runtime/night-ratings.ts";
import { type Db, toInstant } from "../schema/database.ts";
import { partnerAt } from "../schema/queries/partner.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { faultOfFailure } from "./feed-poller.ts";
import type { NightManifest, NightSource, ScoreFeeds } from "./ports.ts";

/** The readings of one game, and the answer that its injuries were read from; null without one. */
interface KnownBeforeTip {
  readonly readings: readonly ForecastReading[];
  readonly injuries: RawResponse | null;
}

/** What is known of a game before tip: ratings, injuries, the partner's number. */
export interface Readings {
  of(game: GameRef): Promise<KnownBeforeTip>;
  /** The source of a run's night: what it lacks, and whether its books are derived. */
  night(runId: string): Promise<NightManifest>;
  /** When the injury feed last answered, run time; null before. */
  injuriesAt(): Instant | null;
}

/** Injuries are asked for at most this often, run time, with a floor in wall time. */
const INJURIES_MS = 5 * 60_000;
const INJURIES_FLOOR_WALL_MS = 2_000;

interface ReadingsOptions {
  readonly db: Db;
  readonly source: NightSource;
  readonly feeds: ScoreFeeds;
  readonly clock: RunClock;
  readonly config: BlendConfig;
  readonly ratings: RatingsSettings;
  readonly alarms: AlarmBook;
  readonly log: Logger;
}

/** Creates the readings of a process. */
export function createReadings(options: ReadingsOptions): Readings {
  const { db, source, feeds, clock, config } = options;
  const injuryAlarm = createInjuryAlarm(options);
  const nights = new Map<string, Promise<NightManifest>>();
  const ratings = new Map<string, Promise<NightRatings>>();
  let injuries: Fetched<InjuryList> | null = null;
  let injuriesAt: Instant | null = null;
  let injuriesAskedWall = -Infinity;
  let firstInjuries: Promise<void> | null = null;

  const ratingsOf = (game: GameRef): Promise<NightRatings> =>
    remembered(ratings, game.runId, async () => {
      const found = await ratingsOfNight(source, config, options.ratings, game.tradingDate);
      tellOfRatings(options, game.runId, found);
      // Somebody may build them anew while the night goes on.
      if (found.kind === "stale") ratings.delete(game.runId);
      return found;
    });
  const readInjuries = async (runId: string): Promise<void> => {
    try {
      injuries = await feeds.injuries();
      injuryAlarm.read(runId, injuries.value.faults);
      injuriesAt = clock.now();
    } catch (error) {
      injuryAlarm.failed(runId, error);
    }
  };
  /** Only the first answer is waited for: later a feed that hangs must not hold up the watch. */
  const latestInjuries = async (runId: string): Promise<typeof injuries> => {
    const everyMs = Math.max(INJURIES_FLOOR_WALL_MS, INJURIES_MS / clock.speed);
    if (performance.now() - injuriesAskedWall >= everyMs) {
      injuriesAskedWall = performance.now();
      const asked = readInjuries(runId);
      firstInjuries ??= asked;
    }
    await firstInjuries;
    return injuries;
  };
  const readNight = (runId: string): Promise<NightManifest> =>
    remembered(nights, runId, () => source.manifest());

  return {
    night: readNight,
    injuriesAt: () => injuriesAt,
    of: async (game) => {
      const lacks = lacksOfGame(await readNight(game.runId), game.eventTicker);
      const rated = await ratingsOf(game);
      const teams = { home: game.home, away: game.away };
      const readings: ForecastReading[] = [];
      const elo = nightEloReading(rated, game, config.elo);
      if (elo !== null) readings.push(elo);
      const fetched = lacks.includes("injuries") ? null : await latestInjuries(game.runId);
      const reports = fetched?.value.lines ?? [];
      if (reports.length > 0) {
        const sheet = { injuries: reports, at: clock.now(), parser: parserOf(reports, teams) };
        readings.push(injuryReading(sheet, teams, config.injuries));
      }
      const partner = await readPartner(db, source, game, clock, lacks);
      if (partner !== null) readings.push(partner);
      return { readings, injuries: fetched?.raw ?? null };
    },
  };
}

/** One feed for all games: its faults are the run's, named by their field, and end when it is read. */
function createInjuryAlarm(options: {
  readonly clock: RunClock;
  readonly alarms: AlarmBook;
  readonly log: Logger;
}): {
  failed(runId: string, error: unknown): void;
  /** Read, but for the lines with these faults. */
  read(runId: string, faults: readonly FeedFault[]): void;
} {
  const { clock, alarms, log } = options;
  const raised = new Map<string, string>();
  const nameOf = ({ source, field }: FeedFault): string => `${source}.${field}`;
  const raise = (runId: string, fault: FeedFault, still: string): void => {
    const name = nameOf(fault);
    raised.set(name, runId);
    alarms.raise({
      runId,
      gameId: null,
      severity: "warning",
      code: "feed_invalid",
      field: name,
      message: `${name}: ${fault.reason}; ${still}`,
      details: {},
      at: clock.now(),
    });
  };
  return {
    failed: (runId, error) => {
      log.warn({ error: String(error) }, "injuries not read");
      const fault = faultOfFailure("espn-injuries", error);
      raise(runId, fault, "the last report that was read stays in force");
    },
    read: (runId, faults) => {
      const still = new Set(faults.map(nameOf));
      for (const [field, of] of raised) {
        if (still.has(field)) continue;
        alarms.clear({ runId: of, gameId: null, code: "feed_invalid", field }, clock.now());
        raised.delete(field);
      }
      for (const fault of faults) raise(runId, fault, "the other lines are used");
    },
  };
}

/** Ratings that may not be used are an alarm of the run: its forecasts rest on the other sources. */
function tellOfRatings(
  { alarms, clock, ratings }: Pick<ReadingsOptions, "alarms" | "clock" | "ratings">,
  runId: string,
  found: NightRatings,
): void {
  const key = { runId, gameId: null, code: "ratings_stale", field: null };
  if (found.kind === "rated") {
    alarms.clear(key, clock.now());
    return;
  }
  alarms.raise({
    ...key,
    severity: "critical",
    message: unusedRatings(ratings, found.reason),
    details: { code: found.code },
    at: clock.now(),
  });
}

/** What read the lines of a game's teams, else those of the others. */
function parserOf(
  reports: readonly InjuryReport[],
  { home, away }: { readonly home: string; readonly away: string },
): string {
  const own = reports.filter(({ teamCode }) => teamCode === home || teamCode === away);
  const lines = own.length > 0 ? own : reports;
  return [...new Set(lines.map(({ parser }) => parser))].sort().join(",");
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
