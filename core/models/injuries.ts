import type { InjuryStatus } from "../domain/feeds.ts";
import type { Instant } from "../domain/units.ts";
import { MISS_PROBABILITY, missedShare } from "./injury-table.ts";

/** One line of a report, as the model needs it. */
export interface Injury {
  readonly teamCode: string;
  readonly player: string;
  readonly status: InjuryStatus;
  /** Why, in the report's words; null when it does not say. */
  readonly reason: string | null;
  /** Loss of strength without the player, in Elo points; null when the feed does not say. */
  readonly impactElo: number | null;
  /** When the report was published; null when the feed does not say. */
  readonly sourceTime: Instant | null;
  /** When it was here. */
  readonly receivedAt: Instant;
}

/** How a report is read. */
export interface InjuryConfig {
  /** Elo points a player is worth when neither the feed nor `players` gives a figure. */
  readonly defaultImpactElo: number;
  /** Expected loss of a team whose report is not yet submitted, Elo points. */
  readonly notSubmittedLossElo: number;
  /** Most that one team's report may move the forecast, Elo points. */
  readonly maxLossElo: number;
  /** Elo points by team and player, such as `DEN Nikola Jokic`; the feed's own figure goes before. */
  readonly players: Readonly<Record<string, number>>;
}

/**
 * Expected loss of one team in Elo points, 0 to `maxLossElo`: for each player his worth (player-impact
 * minus) by the chance that he sits out and the share of it that is missed for this reason.
 *
 * Lines that were published or received after `at` do not count. Of a player named twice the line
 * counts that was received last. Where all that is known is that a report is not yet submitted, the
 * loss is `notSubmittedLossElo`; without a line it is 0.
 */
export function expectedLoss(
  injuries: readonly Injury[],
  teamCode: string,
  at: Instant,
  config: InjuryConfig,
): number {
  const lines = new Map<string, Injury>();
  let isUnsubmitted = false;
  for (const injury of injuries) {
    if (injury.teamCode !== teamCode || knownFrom(injury) > at) continue;
    if (injury.status === "Not Yet Submitted") {
      isUnsubmitted = true;
      continue;
    }
    const before = lines.get(injury.player);
    if (!before || before.receivedAt <= injury.receivedAt) lines.set(injury.player, injury);
  }
  if (lines.size === 0 && isUnsubmitted) return config.notSubmittedLossElo;
  let total = 0;
  for (const injury of lines.values()) total += lossOf(injury, config);
  return Math.min(total, config.maxLossElo);
}

/** Shift of home's log-odds (natural) by both teams' expected losses; positive favours home. */
export function injuryShift(
  injuries: readonly Injury[],
  game: { readonly home: string; readonly away: string },
  at: Instant,
  config: InjuryConfig,
): number {
  const loss = (team: string): number => expectedLoss(injuries, team, at, config);
  return ((loss(game.away) - loss(game.home)) * Math.LN10) / 400;
}

/** When the newest line that counts at `at` became known. @returns `null` when none does. */
export function injuriesKnownAt(injuries: readonly Injury[], at: Instant): Instant | null {
  let newest: Instant | null = null;
  for (const injury of injuries) {
    const known = knownFrom(injury);
    if (known <= at && (newest === null || known > newest)) newest = known;
  }
  return newest;
}

/** Published and here. */
function knownFrom({ sourceTime, receivedAt }: Injury): Instant {
  return sourceTime !== null && sourceTime > receivedAt ? sourceTime : receivedAt;
}

function lossOf(injury: Injury, config: InjuryConfig): number {
  if (injury.status === "Not Yet Submitted") return 0;
  const { teamCode, player, impactElo, status, reason } = injury;
  const worth = impactElo ?? config.players[`${teamCode} ${player}`] ?? config.defaultImpactElo;
  return Math.max(0, worth) * MISS_PROBABILITY[status] * missedShare(reason);
}
