import { z } from "zod";
import { BTC_SERIES } from "../../core/domain/btc-contract.ts";
import { ACCOUNT_CASH_USD_MAX } from "../../core/domain/paper-cash.ts";
import { isTradingDate } from "../../core/domain/time.ts";
import type { FactSource } from "../facts.ts";
import { DERIVED_SPREADS } from "../recordings/derived-book.ts";
import { openRecording } from "../recordings/reader.ts";
import { createWorld, GAMES_DEFAULT, GAMES_MAX } from "../world/world.ts";
import { SPEED_RANGE } from "./clock.ts";
import { ApiError, invalidParameters } from "./errors.ts";

/** A week of Bitcoin. */
export const HOURS_MAX = 168;
const HOURS_DEFAULT = 24;

/** What a night is made of and how it is played. */
export const LoadRequest = z.strictObject({
  source: z
    .string()
    .regex(/^(world:\d{1,15}|recording:.+|live)$/, "world:SEED, recording:DIR or live"),
  speed: z.number().min(SPEED_RANGE.min).max(SPEED_RANGE.max),
  /** Of a world; 0 only beside Bitcoin series, where it is the default. */
  games: z.number().int().min(0).max(GAMES_MAX).optional(),
  /** Bitcoin series that a world plays, or a live night hears. */
  series: z
    .array(z.enum(BTC_SERIES))
    .min(1)
    .refine((all) => new Set(all).size === all.length, "each series once")
    .optional(),
  /** How long it plays them. */
  hours: z.number().int().min(1).max(HOURS_MAX).optional(),
  edge: z.enum(["default", "none"]).optional(),
  /** Index of a game that is called off at its tip: its markets settle at a fair price. */
  scalarGame: z
    .number()
    .int()
    .min(0)
    .max(GAMES_MAX - 1)
    .optional(),
  date: z.string().refine(isTradingDate, "YYYY-MM-DD").optional(),
  startingCashUsd: z.number().positive().max(ACCOUNT_CASH_USD_MAX),
  spreadCents: z.literal(DERIVED_SPREADS).optional(),
  /** Whose books the account is of; what was loaded before this could be said has none. */
  mode: z.enum(["shadow", "paper"]).optional(),
  /** Begins at the start, in the place of what is loaded: of the same night too, and of one that is unfinished and holds nothing. */
  isAnew: z.boolean().optional(),
});
export type LoadRequest = z.infer<typeof LoadRequest>;

/** Opens the world or the recording that a request names: the same request opens the same facts. */
export async function openSource(request: LoadRequest): Promise<FactSource> {
  const [kind, name] = splitOnce(request.source, ":");
  if (request.source === "live") throw invalidParameters("this program hears no live venue");
  if (kind === "world") {
    const { edge, date, scalarGame, series, hours = HOURS_DEFAULT } = request;
    const games = request.games ?? (series === undefined ? undefined : 0);
    if (games === 0 && series === undefined) throw invalidParameters("a night without games");
    if (request.hours !== undefined && series === undefined) {
      throw invalidParameters("hours are of Bitcoin series: name them");
    }
    if (scalarGame !== undefined && scalarGame >= (games ?? GAMES_DEFAULT)) {
      throw invalidParameters(`the night has no game ${scalarGame}`);
    }
    return createWorld({
      seed: Number(name),
      ...(games !== undefined && { games }),
      ...(edge !== undefined && { edge }),
      ...(date !== undefined && { date }),
      ...(scalarGame !== undefined && { scalarGame }),
      ...(series !== undefined && { bitcoin: { series, hours } }),
    });
  }
  if (request.series !== undefined || request.hours !== undefined) {
    throw invalidParameters("series and hours are of a world: a recording has its own");
  }
  const source = await openRecording(
    name,
    request.spreadCents === undefined ? {} : { spreadCents: request.spreadCents },
  );
  if (request.date !== undefined && request.date !== source.manifest.date) {
    const details = `the recording is of ${source.manifest.date}`;
    throw new ApiError(400, "invalid_parameters", "another date than the recording's", details);
  }
  return source;
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const cut = text.indexOf(separator);
  return [text.slice(0, cut), text.slice(cut + separator.length)];
}
