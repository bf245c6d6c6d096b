import type { Logger } from "pino";
import { eventOfMarket } from "../core/domain/ids.ts";
import { type ClientOrderId, type Fill, isTerminal } from "../core/domain/order.ts";
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
  const row = await synced(deps, clientOrderId);
  tellOwn(deps, row);
  return row;
}

async function synced(deps: AccountDeps, clientOrderId: string): Promise<OrderRow> {
  // The id of an order of ours, as a workflow carries it.
  const row = await findOrder(deps.db, clientOrderId as ClientOrderId);
  if (row === null) throw new Error(`no order ${clientOrderId} in the journal`);
  if (isTerminal(row.status) || row.status === "intended") return row;
  const seen = await findAtVenue(deps, row);
  if (seen === null) return await concludeAbsence(deps, row);
  return await takeIn(deps, row, seen);
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

/** Tells the hub of an order that may rest, as the journal has it; of one that takes at once there is nothing to tell. */
export function tellOwn({ hub }: Pick<AccountDeps, "hub">, row: OrderRow): void {
  if (row.time_in_force !== "good_till_canceled" || row.status === "intended") return;
  hub.ownOrder({
    clientOrderId: row.client_order_id,
    marketTicker: row.market_ticker,
    side: row.side,
    price: row.price_micros,
    left: isTerminal(row.status) ? countCenti(0) : remaining(row),
  });
}

/** What an order has left to fill. */
export function remaining(row: OrderRow): CountCenti {
  return countCenti(row.count_centi - row.filled_centi);
}
