import { randomUUID } from "node:crypto";
import { NBA_SERIES } from "../core/domain/ids.ts";
import type { Market } from "../core/domain/market.ts";
import type { ClientOrderId } from "../core/domain/order.ts";
import { snap } from "../core/domain/price-grid.ts";
import { countCenti, ONE_CONTRACT_CENTI, ONE_USD_MICROS } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";

/** A drill without a resting order would measure nothing. */
const WANTED = 5;
/** Bids lie at the end of the grid, and only in markets whose best bid is far from there. Micros. */
const FAR_MICROS = 100_000;
/** Should the drill die, the exchange ends them after this. Run milliseconds. */
const EXPIRES_MS = 5 * 60_000;
const TIMEOUT_MS = 2_500;

/**
 * Counts the orders that rest, and where none do rests a few bids of one contract at the lowest
 * price, far from the market, for the drill to cancel.
 *
 * @returns how many rest now.
 */
export async function restForDrill(venue: Venue): Promise<number> {
  const resting = await venue.orders({ status: "resting" });
  if (resting.length > 0) return resting.length;
  let placed = 0;
  for (const market of await farMarkets(venue)) {
    if (placed >= WANTED) break;
    const price = snap(0, market.grid, "up");
    if (price === null) continue;
    const outcome = await venue.createOrder(
      {
        clientOrderId: randomUUID() as ClientOrderId, // A drill's own: no intent stands behind it.
        marketTicker: market.ticker,
        exchangeIndex: market.exchangeIndex,
        side: "bid",
        price,
        count: countCenti(ONE_CONTRACT_CENTI),
        timeInForce: "good_till_canceled",
        isPostOnly: true,
        isReduceOnly: false,
        expiresAtSeconds: Math.ceil((market.now + EXPIRES_MS) / 1_000),
        orderGroupId: null,
      },
      TIMEOUT_MS,
    );
    if (outcome.kind === "accepted") placed += 1;
  }
  return placed;
}

/** Open markets with a bid far above the lowest price, and the venue's time as their books show it. */
async function farMarkets(venue: Venue): Promise<readonly (Market & { readonly now: number })[]> {
  const events = await venue.events({ seriesTicker: NBA_SERIES, status: "open" });
  const open = events.flatMap(({ markets }) => markets).filter(({ status }) => status === "active");
  const far: (Market & { readonly now: number })[] = [];
  for (const market of open) {
    const book = await venue.orderBook(market.ticker);
    const best = Math.max(0, ...book.yes.map(([price]) => price));
    if (best >= FAR_MICROS && best < ONE_USD_MICROS) far.push({ ...market, now: book.at ?? 0 });
    if (far.length >= WANTED) break;
  }
  return far;
}
