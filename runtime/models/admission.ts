import { dayBeganAt, easternInstant, type TradingDate } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { TreeManifest } from "./manifest.ts";

/** What a model would play. */
export interface NightToPlay {
  readonly kind: "world" | "recording" | "live";
  /** Of a world; null otherwise. */
  readonly seed: number | null;
  readonly date: TradingDate;
}

const DAY_MS = 86_400_000;

/** What a source of facts is, by the name in its manifest. */
export function nightKind(name: string): NightToPlay["kind"] {
  if (name.startsWith("world:")) return "world";
  return name.startsWith("recording:") ? "recording" : "live";
}

/**
 * Why a model may not play a night: one of a world outside worlds or in a world it has learned from,
 * one of recordings on a night inside its data window, or so long after it that it is stale.
 *
 * @param maxAgeDays from the last date it learned from to the night.
 * @returns `null` when it may.
 */
export function admissionRefusal(
  { source, name }: Pick<TreeManifest, "source" | "name">,
  night: NightToPlay,
  maxAgeDays: number,
): string | null {
  if (source.kind === "world") {
    if (night.kind !== "world") {
      return `${name} was trained on invented worlds: it is off outside simulation`;
    }
    const isKnown = night.seed !== null && source.seeds.includes(night.seed);
    return isKnown ? `${name} has learned from world ${night.seed} itself` : null;
  }
  // The dates of a world are invented: no age can be told between them and a recording's.
  if (night.kind === "world") return null;
  if (source.to >= night.date) {
    return `${name} has learned from games until ${source.to}: on ${night.date} it would know what comes`;
  }
  const age = (Date.parse(night.date) - Date.parse(source.to)) / DAY_MS;
  if (age <= maxAgeDays) return null;
  return `${name} is stale: it has learned until ${source.to}, ${age} days before ${night.date}, and ${maxAgeDays} are allowed`;
}

/**
 * When the last date was over that a model learned from: as old as that is what it knows. The dates of a
 * world are invented, and a model that may play one is as old as the night, as its ratings are.
 */
export function learnedUntil(
  { source }: Pick<TreeManifest, "source">,
  night: NightToPlay,
): Instant {
  if (source.kind === "world" || night.kind === "world") return easternInstant(night.date, 0, 0);
  // A day after its noon is within the next date, whatever the clocks do in that night.
  return dayBeganAt(instant(easternInstant(source.to, 12, 0) + DAY_MS));
}
