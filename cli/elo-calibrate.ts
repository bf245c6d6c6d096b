import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type CalibrationWalk,
  chooseMethod,
  walkCalibration,
} from "../backtest/calibration-walk.ts";
import { CALIBRATION_METHODS, fitCalibration } from "../core/models/calibration.ts";
import { type CalibrationArtifact, blendCalibration } from "../runtime/calibration-artifact.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import { openRatings } from "../runtime/elo-artifact.ts";
import { readMatchups } from "../runtime/elo-matchups.ts";
import { failed } from "./output.ts";

/** What may be asked for: a method, or the one that proves itself out of sample. */
export const CALIBRATION_CHOICES = ["auto", ...CALIBRATION_METHODS] as const;
export type CalibrationChoice = (typeof CALIBRATION_CHOICES)[number];

/** What to fit, on which forecasts. */
export interface EloCalibrateOptions {
  /** Folder of ratings with their history. */
  readonly ratings: string;
  readonly method: CalibrationChoice;
  /** Earlier seasons are left out: the game was another. */
  readonly fromSeason: number;
  readonly out: string;
  readonly now: Date;
}

/** What was fitted and written, and how each method did out of sample. */
export interface EloCalibration {
  readonly out: string;
  readonly artifact: CalibrationArtifact;
  readonly version: string;
  readonly walks: readonly CalibrationWalk[];
}

/**
 * Fits a calibration of the forecasts beside ratings, judges every method by season walk-forward,
 * and writes the one that was asked for.
 *
 * @throws TradingError CONFIG_INVALID when the ratings cannot be read.
 */
export async function calibrateElo(options: EloCalibrateOptions): Promise<EloCalibration> {
  const ratings = openRatings(options.ratings);
  const forecasts = readMatchups(ratings).filter(({ season }) => season >= options.fromSeason);
  const [first] = forecasts;
  const last = forecasts.at(-1);
  if (!first || !last) {
    throw failed(
      `${options.ratings} has no game of season ${options.fromSeason} or later`,
      "name an earlier season with --from-season",
    );
  }
  const walks = CALIBRATION_METHODS.filter((method) => method !== "identity").map((method) =>
    walkCalibration(method, forecasts),
  );
  const method = options.method === "auto" ? chooseMethod(walks) : options.method;
  const { map, identityBecause } = fitCalibration(method, forecasts);
  const walk = walks.find((one) => one.method === method);
  const isUnproven = options.method === "auto" && method === "identity";
  const artifact: CalibrationArtifact = {
    metadata: {
      schemaVersion: 1,
      eloVersion: ratings.metadata.modelVersion,
      parameters: ratings.metadata.parameters,
      ratingsVersion: ratings.version,
      asked: options.method,
      identityBecause: isUnproven ? "no_method_helps_out_of_sample" : identityBecause,
      firstSeason: first.season,
      lastSeason: last.season,
      lastGame: last.date,
      games: forecasts.length,
      walkForward: walk ? scoresOnly(walk) : null,
      commit: codeCommit(),
      builtAt: options.now.toISOString(),
    },
    map,
  };
  await mkdir(dirname(options.out), { recursive: true });
  await writeFile(options.out, `${JSON.stringify(artifact, null, 2)}\n`);
  return { out: options.out, artifact, version: blendCalibration(artifact).version, walks };
}

function scoresOnly({ games, before, after }: CalibrationWalk) {
  return {
    games,
    before: { brier: before.brier, logLoss: before.logLoss },
    after: { brier: after.brier, logLoss: after.logLoss },
  };
}
