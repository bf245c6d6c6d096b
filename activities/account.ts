import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import { eventOfMarket } from "../core/domain/ids.ts";
import { type ClientOrderId, type Fill, isTerminal } from "../core/domain/order.ts";
import type { OwnOrderNews } from "../core/domain/own-orders.ts";
import type { StepHook } from "../core/domain/steps.ts";
import type { RunClock } from "../core/domain/time.ts";
import { type CountCenti, countCenti, type Instant, instant } from "../core/domain/units.ts";
import type { Venue, VenueOrder } from "../core/domain/venue.ts";
import { wallNow } from "../runtime/wall.ts";
import { type Db, toInstant } from "../schema/database.ts";
import { recordFills } from "../schema/queries/fills.ts";
import {
  applyOrderUpdate,
  findOrder,
  openOrders,
  type OrderRow,
  type WireUpdate,
} from "../schema/queries/orders.ts";
import { isProvenAbsent } from "./absence.ts";
import type { FeeBook } from "./fee-book.ts";
import type { AlarmBook } from "./alarm-book.ts";
import type { StoredBreakers } from "./breaker-book.ts";
import type { MarketHub } from "./market-hub.ts";

/** What it takes to read one of our orders from the account. */
export interface AccountDeps {
  readonly db: Db;
  readonly venue: Venue;
  readonly clock: RunClock;
  readonly fees: FeeBook;
  readonly alarms: AlarmBook;
  readonly breakers: StoredBreakers;
  /** Told what is left of an order: others' quotes are without it. */
  readonly hub: Pick<MarketHub, "ownOrder">;
  readonly log: Logger;
  /** Told of each numbered step; only a test that means to die at one hands it in. */
  readonly step?: StepHook;
}

/** An order the venue did not confirm may still be on its way for as long as a request may take. */
const PROOF_OF_ABSENCE_WALL_MS = 5_000;
/** Clocks of ours and the venue's may differ: a sweep looks this far back. Run time. */
const SWEEP_BACK_MS = 120_000;

/**
 * Reads one order from the account and takes in what is new: its state, its fills, its end. REST is
 * the truth; the stream only says when to look. Idempotent: every fill has its venue id.
 *
 * @returns the order as it stands now.
 */
export async function syncOrder(deps: AccountDeps, clientOrderId: string): Promise<OrderRow> {
  const { row, seen } = await synced(deps, clientOrderId);
  tellOwn(deps, row, seen);
  return row;
}

/** An order as it stands now, and as the venue shows it, where it was asked and does. */
interface Synced {
  readonly row: OrderRow;
  readonly seen: VenueOrder | null;
}

async function synced(deps: AccountDeps, clientOrderId: string): Promise<Synced> {
  // The id of an order of ours, as a workflow carries it.
  const row = await findOrder(deps.db, clientOrderId as ClientOrderId);
  if (row === null) throw new Error(`no order ${clientOrderId} in the journal`);
  if (isTerminal(row.status) || row.status === "intended") return { row, seen: null };
  const seen = await findAtVenue(deps, row);
  if (seen === null) return { row: await concludeAbsence(deps, row), seen };
  return { row: await takeIn(deps, row, seen), seen };
}

async function findAtVenue(deps: AccountDeps, row: OrderRow): Promise<VenueOrder | null> {
  const { venue_order_id: venueOrderId, market_ticker: marketTicker } = row;
  const since = sweepFrom(row);
  if (venueOrderId === null) {
    const orders = await deps.venue.orders({ marketTicker, since });
    return orders.find((order) => order.clientOrderId === row.client_order_id) ?? null;
  }
  const seen = await deps.venue.order(venueOrderId);
  if (seen !== null) return seen;
  // Not found by its id, it may have moved to the archive.
  const orders = await deps.venue.orders({ marketTicker, since, isProof: true });
  return orders.find((order) => order.venueOrderId === venueOrderId) ?? null;
}

/** Nothing found proves nothing until the request can no longer arrive; then the whole account must agree. */
async function concludeAbsence(deps: AccountDeps, row: OrderRow): Promise<OrderRow> {
  const sentWallMs = row.sent_wall_ms ?? row.updated_at.getTime();
  const sentAgoMs = wallNow() - sentWallMs;
  if (row.status === "working" || row.is_known_sent) return row;
  if (sentAgoMs < PROOF_OF_ABSENCE_WALL_MS) return row;
  if (!(await isProvenAbsent(deps, row, sweepFrom(row)))) return row;
  deps.log.info({ clientOrderId: row.client_order_id }, "order proven absent at the venue");
  return await apply(deps, row, { kind: "absent" });
}

async function takeIn(deps: AccountDeps, row: OrderRow, seen: VenueOrder): Promise<OrderRow> {
  let current = row;
  deps.step?.("fill.1-seen");
  if (current.venue_order_id === null || current.status !== "working") {
    current = await apply(deps, current, {
      kind: "acknowledged",
      venueOrderId: seen.venueOrderId,
    });
  }
  deps.step?.("fill.2-acknowledged");
  if (seen.filled > current.filled_centi) {
    const fills = await deps.venue.fills({ venueOrderId: seen.venueOrderId });
    deps.step?.("fill.3-read");
    current = await takeInFills(deps, current, fills);
  }
  // Its fills first: an order is over only when every contract the venue counts is in the ledger. One
  // that the venue or its owner made smaller is executed there with less than we sent.
  if (seen.status !== "resting" && current.filled_centi >= seen.filled) {
    current = await apply(deps, current, { kind: "closed", reason: "canceled" });
  }
  return current;
}

/** Books fills of one of our orders, whatever its state: a fill that comes after the end counts too. */
export async function takeInFills(
  deps: AccountDeps,
  row: OrderRow,
  fills: readonly Fill[],
): Promise<OrderRow> {
  const schedule = await deps.fees.schedule(eventOfMarket(row.market_ticker));
  const { client_order_id: clientOrderId } = row;
  const batch = { clientOrderId, fills, fees: schedule, at: deps.clock.now() };
  const recorded = await recordFills(deps.db, batch, deps.step);
  deps.step?.("fill.7-committed");
  for (const difference of recorded.feeDifferences) {
    deps.alarms.raise({
      runId: row.run_id,
      gameId: row.occasion_id,
      severity: "critical",
      code: "fee_mismatch",
      field: "fee_cost",
      message: `fill ${difference.fillId} cost ${difference.charged} micros, expected ${difference.expected}`,
      details: { ...difference },
      at: deps.clock.now(),
    });
  }
  if (recorded.recorded > 0) await deps.breakers.changed("fees", "losses");
  return recorded.order;
}

async function apply(deps: AccountDeps, row: OrderRow, update: WireUpdate): Promise<OrderRow> {
  const { client_order_id: clientOrderId } = row;
  return await applyOrderUpdate(deps.db, { clientOrderId, update, at: deps.clock.now() });
}

function sweepFrom(row: OrderRow): Instant {
  return instant(toInstant(row.intended_at) - SWEEP_BACK_MS);
}

/**
 * Tells the hub of an order that may rest, as the journal has it, or as the venue shows it: its owner may have moved
 * it or made it smaller there. Of one that takes at once there is nothing to tell.
 */
export function tellOwn(
  deps: Pick<AccountDeps, "hub">,
  row: OrderRow,
  seen: VenueOrder | null = null,
): void {
  if (row.status === "intended") return;
  if (isTerminal(row.status)) tell(deps, row, { said: "answered", left: countCenti(0) });
  else if (seen !== null) {
    const { side, price } = seen;
    const left = seen.status === "resting" ? seen.remaining : countCenti(0);
    tell(deps, row, { side, price, left, said: "shown" });
  } else tell(deps, row, { said: row.status === "working" ? "answered" : "sent" });
}

/** Tells the hub of an order that the venue may show before it has answered. */
export function tellSent(deps: Pick<AccountDeps, "hub">, row: OrderRow): void {
  tell(deps, row, { said: "sent" });
}

/** What rests at the venue since an earlier process was not heard of by this one's hub. */
export async function tellOpenOrders(
  db: Db,
  mode: Mode,
  hub: Pick<MarketHub, "ownOrder">,
): Promise<void> {
  for (const row of await openOrders(db, mode)) tellOwn({ hub }, row);
}

function tell(
  { hub }: Pick<AccountDeps, "hub">,
  row: OrderRow,
  news: Pick<OwnOrderNews, "said"> & Partial<OwnOrderNews>,
): void {
  if (row.time_in_force !== "good_till_canceled") return;
  hub.ownOrder({
    clientOrderId: row.client_order_id,
    marketTicker: row.market_ticker,
    side: row.side,
    price: row.price_micros,
    left: remaining(row),
    ...news,
  });
}

/** What an order has left to fill. */
export function remaining(row: OrderRow): CountCenti {
  return countCenti(row.count_centi - row.filled_centi);
}
