import { type Instant, instant } from "../../../core/domain/units.ts";
import type { Listing } from "../listing.ts";
import type { Night } from "../night.ts";
import type { AccountOrder, AccountPosition } from "../order.ts";

/** How far the border of each archive lies behind now, milliseconds of run time. */
export interface ArchiveLags {
  readonly markets: number;
  readonly trades: number;
  readonly orders: number;
  readonly positions: number;
}

const DAY_MS = 86_400_000;
/** As the venue's on 2026-09-26: markets and trades stay live for 60 days, orders for two weeks. */
export const VENUE_LAGS: ArchiveLags = {
  markets: 60 * DAY_MS,
  trades: 60 * DAY_MS,
  orders: 14 * DAY_MS,
  positions: 14 * DAY_MS,
};

/** Which endpoints ask: what is over before the border is shown by the `/historical` ones alone. */
export type Side = "live" | "archive";

/** Where the archives begin, the younger end. */
export type Cutoff = Readonly<Record<keyof ArchiveLags, Instant>>;

/** The borders now. They move with the clock; the venue's do about once a day. */
export function cutoffOf({ playedTo }: Pick<Night, "playedTo">, lags: ArchiveLags): Cutoff {
  const behind = (lagMs: number): Instant => instant(playedTo - lagMs);
  return {
    markets: behind(lags.markets),
    trades: behind(lags.trades),
    orders: behind(lags.orders),
    positions: behind(lags.positions),
  };
}

/** Whether what was over at an instant, or is not yet (`null`), lies on this side of its border. */
export function isOn(side: Side, overAt: Instant | null, border: Instant): boolean {
  return (overAt !== null && overAt < border) === (side === "archive");
}

/** A market is over when it has settled. */
export function isMarketOn(side: Side, { settledAt }: Listing, { markets }: Cutoff): boolean {
  return isOn(side, settledAt, markets);
}

/** An order is over when it rests no more. */
export function isOrderOn(side: Side, order: AccountOrder, { orders }: Cutoff): boolean {
  return isOn(side, order.status === "resting" ? null : order.updatedAt, orders);
}

/** A position is over when nothing is held. */
export function isPositionOn(side: Side, held: AccountPosition, { positions }: Cutoff): boolean {
  return isOn(side, held.position === 0 ? held.updatedAt : null, positions);
}
