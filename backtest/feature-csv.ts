import { ONE_USD_MICROS } from "../core/domain/units.ts";
import { FEATURE_NAMES } from "../core/models/features/list.ts";
import type { SourceManifest } from "../sim/facts.ts";
import type { FeatureRow } from "./feature-desk.ts";

/** The columns that `tools/train` reads, in their sequence; `docs/features.md` says what they hold. */
export const FEATURE_COLUMNS: readonly string[] = [
  "game_id",
  "market",
  "source",
  "instant_ms",
  "knownAt_ms",
  "yes_bid",
  "yes_ask",
  "mid",
  ...FEATURE_NAMES,
  "label_settled",
  "label_exit_value_c",
  "seconds_to_close",
];

/** What a night's rows are of: worlds go by their seed, since no model may play one that it has learned from. */
export function originOf({ kind, seed }: Pick<SourceManifest, "kind" | "seed">): string {
  return kind === "world" ? `world:${String(seed)}` : kind;
}

/** A row as a line of CSV, without its end, with the origin of its night; what is missing is an empty field. */
export function featureLine(row: FeatureRow, origin: string): string {
  const usd = (micros: number | null): string =>
    field(micros === null ? null : micros / ONE_USD_MICROS);
  return [
    row.gameId,
    row.marketTicker,
    origin,
    field(row.at),
    field(row.knownAt),
    usd(row.bid),
    usd(row.ask),
    usd(row.mid),
    ...Array.from(row.features, field),
    field(row.settled),
    field(row.exitValueCents),
    field(row.secondsToClose),
  ].join(",");
}

/** The shortest text that reads back as the same number. */
function field(value: number | null): string {
  return value === null || Number.isNaN(value) ? "" : String(value);
}
