import type { InjuryStatus } from "../domain/feeds.ts";

/** One player's line of the report, as the model needs it. */
export interface Injury {
  readonly teamCode: string;
  readonly player: string;
  readonly status: InjuryStatus;
  /** Loss of strength without the player, in Elo points; null when the feed does not say. */
  readonly impactElo: number | null;
}

/** How a report is read. */
export interface InjuryConfig {
  /** Elo points a player is worth when the feed gives no figure. */
  readonly defaultImpactElo: number;
  /** Most that one team's report may move the forecast, Elo points. */
  readonly maxLossElo: number;
}

/**
 * Chance that a player sits out, by the league's own words: "questionable" is stated as 50 %,
 * "doubtful" as 25 % to play, "probable" as 75 % or more (NBA injury reporting rules).
 */
const MISS_PROBABILITY: Readonly<Record<InjuryStatus, number>> = {
  Available: 0,
  Probable: 0.1,
  "Day-To-Day": 0.5,
  Questionable: 0.5,
  Doubtful: 0.75,
  Out: 1,
};

/** Expected loss of one team in Elo points, 0 to `maxLossElo`; a player named twice counts once, the later line. */
export function expectedLoss(
  injuries: readonly Injury[],
  teamCode: string,
  config: InjuryConfig,
): number {
  const lines = new Map<string, number>();
  for (const injury of injuries) {
    if (injury.teamCode !== teamCode) continue;
    const impact = Math.max(0, injury.impactElo ?? config.defaultImpactElo);
    lines.set(injury.player, impact * MISS_PROBABILITY[injury.status]);
  }
  let total = 0;
  for (const loss of lines.values()) total += loss;
  return Math.min(total, config.maxLossElo);
}

/** Shift of home's log-odds (natural) by both teams' expected losses; positive favours home. */
export function injuryShift(
  injuries: readonly Injury[],
  home: string,
  away: string,
  config: InjuryConfig,
): number {
  const eloPoints = expectedLoss(injuries, away, config) - expectedLoss(injuries, home, config);
  return (eloPoints * Math.LN10) / 400;
}
