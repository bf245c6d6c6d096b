import type {
  Forecast,
  ForecastReading,
  ForecastSourceName,
  GameClock,
} from "../domain/decision.ts";
import { gameTime } from "../domain/game-clock.ts";
import type { TradingDate } from "../domain/time.ts";
import type { Instant } from "../domain/units.ts";
import { calibrate, type CalibrationMap } from "./calibration.ts";
import type { EloConfig } from "./elo.ts";
import type { InjuryConfig } from "./injuries.ts";
import { logistic, logit } from "./logistic.ts";
import { type InGameConfig, inGameProbability } from "./win-probability.ts";

/** Version of the blend by itself. */
const BLEND_VERSION = "blend-1";
/** Version of the in-game model. */
const IN_GAME_VERSION = "diffusion-1";
/** Why something is absent that is known only after the instant of the decision. */
const FROM_THE_FUTURE = "from_the_future";

/** A calibration of Elo's forecasts, with the name that it has in forecasts. JSON-safe. */
export interface BlendCalibration {
  readonly map: CalibrationMap;
  readonly version: string;
  /** Date of the last game that it was fitted on: for nights up to then it knows too much. */
  readonly lastGame: TradingDate;
}

/** Settings of the forecast and of the models under it. */
export interface BlendConfig {
  readonly elo: EloConfig;
  readonly injuries: InjuryConfig;
  readonly inGame: InGameConfig;
  /** What is made of Elo, moved by injuries, before it is blended; null leaves it as it is. */
  readonly calibration: BlendCalibration | null;
  readonly weights: {
    readonly elo: number;
    readonly partner: number;
    readonly espn: number;
    /** Weight of the in-game model at tip and at the end of regulation; linear in progress between. */
    readonly inGameAtTip: number;
    readonly inGameAtEnd: number;
  };
  /** An ESPN probability older than this is stale, run milliseconds. */
  readonly espnMaxAgeMs: number;
  /** A reconstructed score is used this long after the end of the quarter it tells, run milliseconds. */
  readonly reconstructedMaxAgeMs: number;
  /** Probabilities are kept this far from 0 and 1 before their log-odds are taken. */
  readonly clip: number;
}

/** What the blend looks at. */
export interface BlendInput {
  readonly at: Instant;
  readonly phase: "pregame" | "live" | "closing";
  readonly clock: GameClock | null;
  readonly readings: readonly ForecastReading[];
}

type Source = Forecast["sources"][number];
/** A source while its weight is not known yet. */
type Term = { -readonly [Key in keyof Source]: Source[Key] };

/**
 * Blends all sources in log-odds. Injuries shift Elo, and what comes of it is calibrated. Once the game is on, the strengths reach the
 * blend through the in-game model alone, and say nothing about the present without a live score.
 * An absent source drops out with its reason and the weights of the rest are made to sum to 1.
 *
 * @returns a forecast whose `homeProbability` is null when no source is left.
 */
export function blendForecast(input: BlendInput, config: BlendConfig): Forecast {
  const elo = readTerm("elo", input, config);
  const injuries = readTerm("injuries", input, config);
  const partner = readTerm("partner", input, config);
  const espn = readTerm("espn", input, config);

  const { weights, clip } = config;
  const eloLogit = elo.value === null ? null : ratedLogit(elo.value, injuries.value ?? 0, config);
  const partnerLogit = partner.value === null ? null : logit(partner.value, clip);
  const strengths = weigh(eloLogit, weights.elo, partnerLogit, weights.partner);
  const inGame = inGameTerm(input, strengths.mean, config);
  const isLive = input.phase !== "pregame";
  const live = isLive ? weighLive(input, espn, inGame, config) : NOTHING_WEIGHED;
  // What the strengths weigh in a live blend they weigh inside the in-game model.
  const strengthsShare = isLive ? live.secondShare : 1;
  elo.weight = strengths.firstShare * strengthsShare;
  // Injuries move Elo's log-odds: their weight is the weight of what they move.
  injuries.weight = injuries.value === null ? 0 : elo.weight;
  partner.weight = strengths.secondShare * strengthsShare;
  espn.weight = live.firstShare;
  inGame.weight = live.secondShare;
  if (strengthsShare === 0) {
    for (const term of [elo, injuries, partner]) term.absentBecause ??= "needs_live_score";
  }
  const sources = [elo, injuries, partner, espn, inGame];
  const mean = isLive ? live.mean : strengths.mean;
  return {
    homeProbability: mean === null ? null : logistic(mean),
    sources,
    knownAt: latestKnown(input, sources),
    modelVersion: blendVersion(config),
  };
}

function weighLive(input: BlendInput, espn: Term, inGame: Term, config: BlendConfig): Weighed {
  const { weights, clip } = config;
  const progress = input.clock ? gameTime(input.clock).progress : 0;
  return weigh(
    espn.value === null ? null : logit(espn.value, clip),
    weights.espn,
    inGame.value === null ? null : logit(inGame.value, clip),
    weights.inGameAtTip + (weights.inGameAtEnd - weights.inGameAtTip) * progress,
  );
}

/** The version of a blend: with a calibration, its name too. */
export function blendVersion({ calibration }: Pick<BlendConfig, "calibration">): string {
  // A config that was stored before there was any has none.
  return calibration ? `${BLEND_VERSION}+${calibration.version}` : BLEND_VERSION;
}

/** Log-odds of Elo's chance, moved by injuries and calibrated. */
function ratedLogit(elo: number, shift: number, { clip, calibration }: BlendConfig): number {
  const moved = logit(elo, clip) + shift;
  return calibration ? logit(calibrate(calibration.map, logistic(moved)), clip) : moved;
}

/**
 * Whether a forecast from before tip says the same at any later look at the same readings, its terms' ages left
 * out: nothing in it is waiting to be known, or will turn stale.
 */
export function isLastingBeforeTip({ sources }: Forecast): boolean {
  return sources.every(
    ({ source, value, absentBecause }) =>
      absentBecause !== FROM_THE_FUTURE && (source !== "espn" || value === null),
  );
}

/** The weighted mean of two terms, and the share of each in it. */
interface Weighed {
  readonly mean: number | null;
  readonly firstShare: number;
  readonly secondShare: number;
}

const NOTHING_WEIGHED: Weighed = { mean: null, firstShare: 0, secondShare: 0 };

/** Weighted mean of what is there. */
function weigh(
  first: number | null,
  firstWeight: number,
  second: number | null,
  secondWeight: number,
): Weighed {
  const a = first === null ? 0 : firstWeight;
  const b = second === null ? 0 : secondWeight;
  const total = a + b;
  if (!(total > 0)) return NOTHING_WEIGHED;
  const firstShare = a / total;
  const secondShare = b / total;
  const mean = (first ?? 0) * firstShare + (second ?? 0) * secondShare;
  return { mean, firstShare, secondShare };
}

/** One reading as a term, absent with a reason unless it can be believed now. */
function readTerm(source: ForecastSourceName, input: BlendInput, config: BlendConfig): Term {
  const reading = lastReading(source, input.readings);
  const known = reading?.knownAt ?? null;
  const ageMs = known === null ? null : input.at - known;
  const because = reading ? whyAbsent(reading, ageMs, config) : "not_read";
  return {
    source,
    value: because === null ? (reading?.value ?? null) : null,
    weight: 0,
    ageMs,
    version: reading?.version ?? "none",
    absentBecause: because,
  };
}

function lastReading(
  source: ForecastSourceName,
  readings: readonly ForecastReading[],
): ForecastReading | undefined {
  let last: ForecastReading | undefined;
  for (const reading of readings) if (reading.source === source) last = reading;
  return last;
}

function whyAbsent(
  reading: ForecastReading,
  ageMs: number | null,
  config: BlendConfig,
): string | null {
  const { source, value } = reading;
  if (reading.absentBecause !== null) return reading.absentBecause;
  if (value === null) return "no_value";
  if (ageMs === null) return "unknown_age";
  if (ageMs < 0) return FROM_THE_FUTURE;
  if (!isInRange(source, value)) return "out_of_range";
  return source === "espn" && ageMs > config.espnMaxAgeMs ? "stale" : null;
}

/** A probability of strength is never certain; ESPN's may be at the end. A shift is bounded. */
function isInRange(source: ForecastSourceName, value: number): boolean {
  if (source === "injuries") return Math.abs(value) <= 5;
  if (source === "espn") return value >= 0 && value <= 1;
  return value > 0 && value < 1;
}

function inGameTerm(input: BlendInput, pregameLogit: number | null, config: BlendConfig): Term {
  const { clock } = input;
  const because = whyNoInGame(input, pregameLogit, config);
  const value =
    because !== null || clock === null || pregameLogit === null
      ? null
      : inGameProbability(
          {
            lead: clock.homeScore - clock.awayScore,
            ...gameTime(clock),
            possession: clock.possession ?? null,
            pregame: logistic(pregameLogit),
          },
          config.inGame,
        );
  return {
    source: "in-game",
    value,
    weight: 0,
    ageMs: clock === null ? null : input.at - clock.receivedAt,
    version: IN_GAME_VERSION,
    absentBecause: because,
  };
}

function whyNoInGame(
  input: BlendInput,
  pregameLogit: number | null,
  config: BlendConfig,
): string | null {
  const { clock } = input;
  if (input.phase === "pregame") return "before_tip";
  if (clock === null) return "no_live_score";
  if (clock.receivedAt > input.at) return FROM_THE_FUTURE;
  if (clock.state === "pre") return "before_tip";
  // The end of a quarter is known when it has come, and soon says nothing about the present.
  const ageMs = input.at - clock.sourceTime;
  if (clock.isReconstructed && clock.state === "in" && ageMs > config.reconstructedMaxAgeMs) {
    return "no_live_score";
  }
  if (clock.staleBecause.length > 0) return "clock_stale";
  return pregameLogit === null ? "no_pregame_strength" : null;
}

function latestKnown(input: BlendInput, sources: readonly Source[]): Instant | null {
  let latest: Instant | null = null;
  for (const term of sources) {
    if (term.value === null || term.weight === 0) continue;
    const known =
      term.source === "in-game"
        ? (input.clock?.receivedAt ?? null)
        : (input.readings.find((reading) => reading.source === term.source)?.knownAt ?? null);
    if (known !== null && (latest === null || known > latest)) latest = known;
  }
  return latest;
}
