import type { Instant } from "../../domain/units.ts";
import type { GameTrack } from "./game-track.ts";
import type { MarketTrack } from "./market-track.ts";

/** The five groups, fourteen features each. */
export type FeatureGroup = "price" | "score" | "momentum" | "game-state" | "microstructure";

/**
 * What a feature reads. `quote`: the market's own best prices; `pair`: those of the other team's
 * market; `prints`: the tape; `schedule`: the tip as listed; `feed`: an answer of the score feeds;
 * `score`: a believed live clock and score; `strengths`: Elo, injuries, partner; `espn`: its live
 * probability while fresh.
 */
export type FeatureNeed =
  | "quote"
  | "pair"
  | "prints"
  | "schedule"
  | "feed"
  | "score"
  | "strengths"
  | "espn";

/** What is known at an instant, seen from one market: `own` is the team it pays for. */
export interface Seen {
  readonly at: Instant;
  readonly market: MarketTrack;
  /** The other team's market; null where the source has none. */
  readonly pair: MarketTrack | null;
  readonly game: GameTrack;
  /** 1 when the market is the home team's, -1 when it is the away team's. */
  readonly side: 1 | -1;
}

/** One feature: a number read from what is known, or NaN. */
export interface Feature {
  /** Stable: models name their inputs by it. */
  readonly name: string;
  readonly meaning: string;
  readonly unit: string;
  /** How far back it looks, run milliseconds; null when it has no window. */
  readonly windowMs: number | null;
  readonly needs: readonly FeatureNeed[];
  /** When it is null, beyond what it needs being absent and its window not being covered; empty when never. */
  readonly missingWhen: string;
  /** @returns NaN when it is missing, never a number that stands for that. */
  readonly value: (seen: Seen) => number;
}

/** Micro-dollars as dollars; null as NaN. */
export function usd(micros: number | null | undefined): number {
  return micros === null || micros === undefined ? NaN : micros / 1_000_000;
}

/** One less the other; null without both. Of micros, so that no digit is lost. */
export function difference(one: number | null, other: number | null | undefined): number | null {
  return one === null || other === null || other === undefined ? null : one - other;
}

/** Hundredths of a contract as contracts; null as NaN. */
export function contracts(centi: number | null | undefined): number {
  return centi === null || centi === undefined ? NaN : centi / 100;
}

/** Milliseconds between two instants as seconds; an instant that is unknown gives NaN. */
export function secondsSince(at: Instant, then: number | null): number {
  return then === null ? NaN : (at - then) / 1_000;
}

/** NaN for what is not there. */
export function orMissing(value: number | null): number {
  return value ?? NaN;
}
