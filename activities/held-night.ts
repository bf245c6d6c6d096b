import { parseBtcEventTicker } from "../core/domain/btc-contract.ts";
import type { Mode } from "../core/domain/decision.ts";
import { eventOfMarket } from "../core/domain/ids.ts";
import type { PlayedManifest } from "../runtime/exchange-control.ts";
import type { Db } from "../schema/database.ts";
import { openPositions, type PositionRow } from "../schema/queries/positions.ts";

/** What tells the markets of a source. */
type Night = Pick<PlayedManifest, "kind" | "games" | "bitcoin" | "startAt" | "endAt">;

/**
 * Whether it is games alone of a world or a recording: once its day is over it may be left for another night,
 * which begins anew. Bitcoin goes on without a day, and a live source is left as it is.
 */
export function isGamesAlone({ kind, bitcoin }: Pick<PlayedManifest, "kind" | "bitcoin">): boolean {
  return kind !== "live" && bitcoin === undefined;
}

/**
 * Positions in the games, and in the Bitcoin contracts, of what a paper exchange has loaded. With another
 * night loaded in its place nobody would ever pay them.
 */
export async function heldInNight(
  db: Db,
  mode: Mode,
  night: Night,
): Promise<readonly PositionRow[]> {
  const held = await openPositions(db, mode);
  return held.filter(
    ({ market_ticker: ticker }) =>
      night.games.some(({ eventTicker }) => ticker.startsWith(`${eventTicker}-`)) ||
      isContractOf(night, ticker),
  );
}

/** A contract that closes after the source's end is paid by nobody anyway, unless it is heard live: time goes on there. */
function isContractOf({ kind, bitcoin, startAt, endAt }: Night, ticker: string): boolean {
  if (!bitcoin?.series.some((series) => ticker.startsWith(`${series}-`))) return false;
  const closes = parseBtcEventTicker(eventOfMarket(ticker))?.closes ?? [];
  return closes.some((at) => at > startAt && (at <= endAt || kind === "live"));
}
