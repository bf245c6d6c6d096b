import type { AccountView } from "../core/domain/account-comparison.ts";
import type { Fill } from "../core/domain/order.ts";
import type { Instant } from "../core/domain/units.ts";
import type { Venue, VenueOrder } from "../core/domain/venue.ts";

/** Cash that moves while the rest is read makes the read worthless: it is read again, so often. */
const ATTEMPTS = 5;

/**
 * Reads the whole account as it stands at one instant: what rests, what changed since `recent`, and
 * all fills and settlements since the books were opened, all transfers.
 */
export async function readAccount(
  venue: Venue,
  times: { readonly openedAt: Instant; readonly recent: Instant },
): Promise<AccountView> {
  for (let attempt = 1; ; attempt += 1) {
    const { cash: before } = await venue.balance();
    const fills = await venue.fills({ since: times.openedAt });
    const view = {
      orders: await readOrders(venue, times.recent),
      positions: await venue.positions(),
      settlements: await venue.settlements(times.openedAt),
      transfers: await venue.transfers(),
    };
    const { cash } = await venue.balance();
    if (cash !== before && attempt < ATTEMPTS) continue;
    return { ...view, fills: await withUnexplained(venue, fills, view), cash };
  }
}

async function readOrders(venue: Venue, recent: Instant): Promise<readonly VenueOrder[]> {
  const resting = await venue.orders({ status: "resting" });
  const changed = await venue.orders({ since: recent });
  return [...new Map([...resting, ...changed].map((one) => [one.venueOrderId, one])).values()];
}

/** Where the fills since the opening do not add up to what is held, the market's earlier ones are read too. */
async function withUnexplained(
  venue: Venue,
  fills: readonly Fill[],
  { positions, settlements }: Pick<AccountView, "positions" | "settlements">,
): Promise<readonly Fill[]> {
  const held = new Map<string, number>();
  for (const { marketTicker, position } of positions) held.set(marketTicker, position);
  for (const one of settlements) held.set(one.marketTicker, one.yesCount - one.noCount);
  for (const { marketTicker, side, count } of fills) {
    const left = (held.get(marketTicker) ?? 0) + (side === "bid" ? 0 - count : count);
    held.set(marketTicker, left);
  }
  const all = new Map(fills.map((fill) => [fill.fillId, fill]));
  for (const [marketTicker, left] of held) {
    if (left === 0) continue;
    const earlier = await venue.fills({ marketTicker, isProof: true });
    for (const fill of earlier) all.set(fill.fillId, fill);
  }
  return [...all.values()];
}
