import { type KillLevel, sweepsAll } from "../core/domain/kill.ts";
import type { Db } from "../schema/database.ts";
import { forbidsOrder, type NewKill } from "../schema/queries/kill.ts";
import { openOrders } from "../schema/queries/orders.ts";
import type { Venue, VenueOrder } from "../core/domain/venue.ts";

/** What a sweep asks of the venue. */
export type SweptVenue = Pick<Venue, "cancelAll" | "orders" | "cancelOrder">;

const CANCEL_TIMEOUT_MS = 2_500;
/** Cancels in flight at once. */
const CANCELS_AT_ONCE = 20;

/**
 * Cancels at the venue what a kill's level forbids to rest, as the venue itself shows it: everything,
 * or for the milder levels those orders of ours that it forbids.
 *
 * @returns how many such orders still rested when it looked.
 * @throws TradingError when the venue does not answer.
 */
export async function sweepOnce(
  venue: SweptVenue,
  level: KillLevel,
  isForbidden: (order: VenueOrder) => boolean,
): Promise<number> {
  if (sweepsAll(level)) await venue.cancelAll(CANCEL_TIMEOUT_MS);
  const resting = await venue.orders({ status: "resting" });
  const unwanted = resting.filter((order) => sweepsAll(level) || isForbidden(order));
  for (let start = 0; start < unwanted.length; start += CANCELS_AT_ONCE) {
    await Promise.all(
      unwanted
        .slice(start, start + CANCELS_AT_ONCE)
        .map(({ venueOrderId, marketTicker, exchangeIndex }) =>
          venue.cancelOrder({ venueOrderId, marketTicker, exchangeIndex }, CANCEL_TIMEOUT_MS),
        ),
    );
  }
  return unwanted.length;
}

/** What a level forbids of ours by the ledger; the milder levels leave alone what the user placed by hand. */
export async function forbiddenByLedger(
  db: Db,
  { mode, level }: Pick<NewKill, "mode" | "level">,
): Promise<(order: VenueOrder) => boolean> {
  const open = await openOrders(db, mode);
  const forbidden = open.filter((order) => forbidsOrder(level, order));
  // Our id: of an order nobody heard back from, the venue's is not known.
  const ids = new Set<string | null>(forbidden.map(({ client_order_id }) => client_order_id));
  return ({ clientOrderId }) => clientOrderId !== null && ids.has(clientOrderId);
}

/** Orders that rest at the venue and that a sweep of this level takes off it, by the ledger. */
export async function restingForbidden(
  venue: Pick<Venue, "orders">,
  db: Db,
  kill: Pick<NewKill, "mode" | "level">,
): Promise<readonly VenueOrder[]> {
  const resting = await venue.orders({ status: "resting" });
  if (sweepsAll(kill.level)) return resting;
  return resting.filter(await forbiddenByLedger(db, kill));
}

/**
 * What the milder levels forbid by what the venue alone shows: an entry that rests is a bid, since what buys
 * NO, an ask, takes at once or not at all, and so does a lock. For when the database, which knows, is away.
 */
export function isBid({ side }: VenueOrder): boolean {
  return side === "bid";
}
