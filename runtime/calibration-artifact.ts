import { readFileSync } from "node:fs";
import { z } from "zod";
import { CALIBRATION_METHODS } from "../core/models/calibration.ts";
import type { BlendCalibration } from "../core/models/blend.ts";
import { ELO_VERSION, type EloConfig } from "../core/models/elo.ts";
import { configInvalid, hashOf } from "./config-file.ts";
import { changedParameters, EloParameters, toParameters } from "./elo-artifact.ts";

const FIT_AGAIN = "fit it again with `npx tipoff elo calibrate`";

const share = z.number().min(0).max(1);
const rising = z
  .array(share)
  .min(2)
  .refine((values) => values.every((value, i) => value >= (values[i - 1] ?? 0)), "does not rise")
  .readonly();

const Map = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("identity") }),
  z
    .strictObject({ method: z.literal("isotonic"), x: rising, y: rising })
    .refine(({ x, y }) => x.length === y.length, "x and y are not of one length"),
  z.strictObject({
    ...{ method: z.literal("platt"), intercept: z.number(), slope: z.number().positive() },
  }),
  z.strictObject({
    ...{ method: z.literal("beta"), c: z.number() },
    ...{ a: z.number().nonnegative(), b: z.number().nonnegative() },
  }),
]);

const count = z.int().min(0);
const Scores = z.strictObject({ brier: z.number().nullable(), logLoss: z.number().nullable() });

const Metadata = z.strictObject({
  schemaVersion: z.literal(1),
  /** The ratings whose forecasts it was fitted on: it is of no use for others. */
  eloVersion: z.string(),
  parameters: EloParameters,
  ratingsVersion: z.string(),
  /** What was asked for; `auto` takes what was better out of sample, or the identity. */
  asked: z.enum([...CALIBRATION_METHODS, "auto"]),
  /** Why the map is the identity, where another was asked for. */
  identityBecause: z.string().nullable(),
  firstSeason: z.int(),
  lastSeason: z.int(),
  /** Date of the last game that it was fitted on. */
  lastGame: z.iso.date({ error: `stale: no date of the last game it was fitted on; ${FIT_AGAIN}` }),
  games: count,
  /** Out of sample, by season: fitted on the seasons before alone. */
  walkForward: z.strictObject({ games: count, before: Scores, after: Scores }).nullable(),
  commit: z.string(),
  builtAt: z.iso.datetime(),
});

/** A calibration on disk: the map and what it was made of. */
export const CalibrationArtifact = z.strictObject({ metadata: Metadata, map: Map });
export type CalibrationArtifact = z.infer<typeof CalibrationArtifact>;

/** The map with the name that forecasts give it. */
export function blendCalibration({ metadata, map }: CalibrationArtifact): BlendCalibration {
  // Fitted again on the same, it is the same.
  const content = { ...metadata, builtAt: null };
  const version = `${map.method}-${hashOf({ content, map }).slice(0, 12)}`;
  return { map, version, lastGame: metadata.lastGame };
}

/**
 * Reads a calibration for settings.
 *
 * @throws TradingError CONFIG_INVALID naming file and field, or that it was fitted on forecasts of
 * another formula or of other constants than the settings', or that it does not say up to when.
 */
export function openCalibration(file: string, elo: EloConfig): BlendCalibration {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw configInvalid(file, [error instanceof Error ? error.message : String(error)]);
  }
  const parsed = CalibrationArtifact.safeParse(raw);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw configInvalid(file, faults);
  }
  const { metadata } = parsed.data;
  const changed = changedParameters(metadata.parameters, toParameters(elo));
  if (metadata.eloVersion !== ELO_VERSION) {
    changed.push(`formula ${metadata.eloVersion} (this is ${ELO_VERSION})`);
  }
  if (changed.length > 0) {
    const fault = `stale: fitted on forecasts with ${changed.join(", ")}; ${FIT_AGAIN}`;
    throw configInvalid(file, [fault]);
  }
  return blendCalibration(parsed.data);
}
