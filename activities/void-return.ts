import type { UsdMicros } from "../core/domain/units.ts";
import type { VenueSettlement } from "../core/domain/venue.ts";
import { returnedBy } from "../core/domain/void-return.ts";
import { ordersOfOccasion } from "../schema/queries/orders.ts";
import type { AccountDeps } from "./account.ts";

/** What the account was paid for what is ours of a void market, all strategies together, micros. */
export async function ownReturn(
  { db, venue }: Pick<AccountDeps, "db" | "venue">,
  occasionId: string,
  row: VenueSettlement,
): Promise<UsdMicros> {
  const { marketTicker } = row;
  const orders = await ordersOfOccasion(db, occasionId);
  const ours = new Set(orders.map((order) => order.venue_order_id));
  const fills = await venue.fills({ marketTicker, isProof: true });
  const own = fills.filter(({ venueOrderId }) => ours.has(venueOrderId));
  return returnedBy(row, own, own.length < fills.length);
}
