import type { Mode } from "../core/domain/decision.ts";
import type { Db } from "../schema/database.ts";
import { openPositions, type PositionRow } from "../schema/queries/positions.ts";

/**
 * Positions in the games of a night that a paper exchange has loaded. With another night loaded in its place
 * nobody would ever pay them.
 */
export async function heldInNight(
  db: Db,
  mode: Mode,
  night: { readonly games: readonly { readonly eventTicker: string }[] },
): Promise<readonly PositionRow[]> {
  const held = await openPositions(db, mode);
  return held.filter(({ market_ticker: ticker }) =>
    night.games.some(({ eventTicker }) => ticker.startsWith(`${eventTicker}-`)),
  );
}
