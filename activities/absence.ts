import type { Db } from "../schema/database.ts";
import { netOf } from "../core/domain/account-comparison.ts";
import type { Instant } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { type OrderRow, orderByVenueId } from "../schema/queries/orders.ts";

/**
 * Whether the account itself says that an order never came to it. All four witnesses must agree:
 * current and archived orders show none of its id; every fill of its market belongs to an order that
 * they do show, or that is another one of ours; and those fills add up to the position (once the
 * market has settled, to what was settled), so that none is held back.
 */
export async function isProvenAbsent(
  deps: { readonly db: Db; readonly venue: Venue },
  row: OrderRow,
  since: Instant,
): Promise<boolean> {
  const { market_ticker: marketTicker, client_order_id: clientOrderId } = row;
  const orders = await deps.venue.orders({ marketTicker, isProof: true });
  if (orders.some((order) => order.clientOrderId === clientOrderId)) return false;
  const shown = new Set(orders.map((order) => order.venueOrderId));
  const fills = await deps.venue.fills({ marketTicker, isProof: true });
  for (const { venueOrderId } of fills) {
    if (shown.has(venueOrderId)) continue;
    const owner = await orderByVenueId(deps.db, venueOrderId);
    if (owner === null || owner.client_order_id === clientOrderId) return false;
  }
  return netOf(fills) === (await heldAtVenue(deps.venue, marketTicker, since));
}

/**
 * What the account holds in a market, YES positive; of a market settled after `since` what it held
 * then. The settlements are read first: a market that settles in between shows in neither, which
 * proves nothing.
 */
export async function heldAtVenue(
  venue: Venue,
  marketTicker: string,
  since: Instant,
): Promise<number> {
  const settled = (await venue.settlements(since)).find((one) => one.marketTicker === marketTicker);
  if (settled !== undefined) return settled.yesCount - settled.noCount;
  const positions = await venue.positions();
  return positions.find((one) => one.marketTicker === marketTicker)?.position ?? 0;
}
