import { parseBtcEventTicker } from "../core/domain/btc-contract.ts";
import { type Occasion, occasionOfGame } from "../core/domain/occasion.ts";
import { easternDate } from "../core/domain/time.ts";
import { type Db, toInstant } from "../schema/database.ts";
import { findOccasion, orderedMarkets } from "../schema/queries/occasions.ts";
import { gameOf } from "./game-of.ts";

/**
 * The occasion behind a position, as those who sent its orders know it. A contract's market is the one that
 * its orders went to.
 *
 * @throws Error when there is none of this id.
 */
export async function occasionOf(db: Db, occasionId: string): Promise<Occasion> {
  const row = await findOccasion(db, occasionId);
  if (row === null) throw new Error(`no occasion ${occasionId} behind a position`);
  const { mode, domain, run_id: runId, event_ticker: eventTicker } = row;
  if (domain === "nba") return occasionOfGame(await gameOf(db, occasionId, mode));
  const closeAt = parseBtcEventTicker(eventTicker)?.closes[0] ?? toInstant(row.opened_at);
  return {
    ...{ occasionId, runId, mode, domain, eventTicker },
    tradingDate: easternDate(closeAt),
    markets: await orderedMarkets(db, occasionId),
  };
}
