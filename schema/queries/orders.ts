import { type Selectable, sql } from "kysely";
import type pg from "pg";
import type { Mode } from "../../core/domain/decision.ts";
import {
  type ClientOrderId,
  isTerminal,
  isUnsentCode,
  type OrderState,
  type OrderStatus,
  type OrderUpdate,
  SHADOW_CODE,
  stepOrder,
} from "../../core/domain/order.ts";
import { type Instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit, type AuditEntry } from "./audit.ts";

export type OrderRow = Selectable<Database["orders"]>;
export type OrderUpdateRow = Selectable<Database["order_updates"]>;

/** Orders in these may still fill, and count against every cap. */
export const OPEN_STATUSES = ["intended", "submitted", "working", "unknown"] as const;

/** Fills are not an update of their own here: `recordFills` writes them with their money. */
export type WireUpdate = Exclude<OrderUpdate, { kind: "filled" }>;

/**
 * Advances one order by one thing learned, under its row's lock. A repeat changes and appends nothing,
 * but for a second request of the same order: from it on, the venue not knowing the order proves nothing.
 *
 * Before `closed` and `absent`, record the order's fills: closing releases what is reserved for the
 * rest of the order.
 *
 * @throws when there is no such order.
 */
export async function applyOrderUpdate(
  db: Db,
  change: {
    readonly clientOrderId: ClientOrderId;
    readonly update: WireUpdate;
    readonly at: Instant;
    /** When the order was handed to the wire, wall clock milliseconds. */
    readonly sentWallMs?: number;
    /** What the update was learned from; kept also when the order knew it already. */
    readonly audit?: AuditEntry;
  },
): Promise<OrderRow> {
  const { update } = change;
  return db.transaction().execute(async (tx) => {
    const order = await lockOrder(tx, change.clientOrderId);
    if (change.audit !== undefined) await appendAudit(tx, change.audit);
    const before = orderState(order);
    const after = stepOrder(before, update);
    const isRepeat = isSame(before, after);
    const isSentAgain =
      update.kind === "submitted" &&
      after.status === "submitted" &&
      change.sentWallMs !== undefined &&
      change.sentWallMs !== order.sent_wall_ms;
    if (isRepeat && !isSentAgain) return order;
    const extra = {
      ...(update.kind === "submitted" && !isRepeat ? { submitted_at: toDate(change.at) } : {}),
      ...(change.sentWallMs === undefined ? {} : { sent_wall_ms: change.sentWallMs }),
      ...(update.kind === "rejected" ? { reject_code: update.code } : {}),
      // The stamp precedes the wire; what never left was not submitted.
      ...(update.kind === "rejected" && isUnsentCode(update.code)
        ? { submitted_at: null, sent_wall_ms: null }
        : {}),
      ...(update.kind === "absent" ? { reject_code: "absent" } : {}),
    };
    return storeOrder(tx, order, after, { ...change, details: update, extra });
  });
}

/**
 * Stamps an order as being sent, in one statement on the sender's own connection: what lies between
 * the journal and the wire. Every request is stamped anew: from the latest on, the venue not knowing the
 * order proves nothing.
 *
 * The stamp may be lost with the database. An order found `intended` that this process did not write
 * itself may therefore have been sent.
 *
 * @returns false when the order is beyond being sent: another attempt brought it on, or to its end.
 */
export async function stampSubmitted(
  connection: pg.PoolClient,
  stamp: {
    readonly clientOrderId: ClientOrderId;
    readonly at: Instant;
    readonly sentWallMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await connection.query(
    `with stamped as (
       update orders set status = 'submitted', submitted_at = coalesce(submitted_at, $2),
         sent_wall_ms = $3, updated_at = now()
       where client_order_id = $1 and status in ('intended', 'submitted')
       returning client_order_id)
     insert into order_updates (client_order_id, kind, status, details, at)
     select client_order_id, 'submitted', 'submitted', '{"kind":"submitted"}', $2 from stamped`,
    [stamp.clientOrderId, toDate(stamp.at), stamp.sentWallMs],
  );
  return (rowCount ?? 0) > 0;
}

/** Takes the lock under which an order changes. */
export async function lockOrder(tx: Db, clientOrderId: ClientOrderId): Promise<OrderRow> {
  return tx
    .selectFrom("orders")
    .selectAll()
    .where("client_order_id", "=", clientOrderId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** The part of a row that the state machine knows. */
export function orderState(order: OrderRow): OrderState {
  return {
    status: order.status,
    count: order.count_centi,
    filled: order.filled_centi,
    venueOrderId: order.venue_order_id,
    isKnownSent: order.is_known_sent,
  };
}

/**
 * Writes an order's next state, releases what it no longer reserves, and appends the update. One that ends in
 * shadow keeps what it would have reserved: until its fill is known that is what it has at stake.
 */
export async function storeOrder(
  tx: Db,
  order: OrderRow,
  after: OrderState,
  cause: {
    readonly update: { readonly kind: string };
    readonly details: object;
    readonly at: Instant;
    readonly extra: Partial<Pick<OrderRow, "submitted_at" | "sent_wall_ms" | "reject_code">>;
  },
): Promise<OrderRow> {
  const isClosing = isTerminal(after.status) && !isTerminal(order.status);
  const stored = await tx
    .updateTable("orders")
    .set({
      status: after.status,
      filled_centi: after.filled,
      venue_order_id: after.venueOrderId,
      is_known_sent: after.isKnownSent,
      reserved_micros:
        cause.extra.reject_code === SHADOW_CODE
          ? order.reserved_micros
          : reservedAfter(order, after),
      ...(isClosing ? { closed_at: toDate(cause.at) } : {}),
      ...cause.extra,
      updated_at: sql`now()`,
    })
    .where("client_order_id", "=", order.client_order_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("order_updates")
    .values({
      client_order_id: order.client_order_id,
      kind: cause.update.kind,
      status: after.status,
      details: JSON.stringify(cause.details),
      at: toDate(cause.at),
    })
    .execute();
  return stored;
}

/** A closed order reserves nothing, an open one its share for what is left, rounded up. */
function reservedAfter(order: OrderRow, after: OrderState): UsdMicros {
  if (isTerminal(after.status)) return usdMicros(0);
  const left = BigInt(order.count_centi - order.filled_centi);
  const leftAfter = BigInt(order.count_centi - after.filled);
  if (left === 0n) return order.reserved_micros;
  const share = (BigInt(order.reserved_micros) * leftAfter + left - 1n) / left;
  return usdMicros(Number(share));
}

function isSame(a: OrderState, b: OrderState): boolean {
  return (
    a.status === b.status &&
    a.filled === b.filled &&
    a.venueOrderId === b.venueOrderId &&
    a.isKnownSent === b.isKnownSent
  );
}

/** One order. @returns `null` when there is none of this id. */
export async function findOrder(db: Db, clientOrderId: ClientOrderId): Promise<OrderRow | null> {
  const found = await db
    .selectFrom("orders")
    .selectAll()
    .where("client_order_id", "=", clientOrderId)
    .executeTakeFirst();
  return found ?? null;
}

/** The order the venue knows by this id: attributes fills that carry no client id. */
export async function orderByVenueId(db: Db, venueOrderId: string): Promise<OrderRow | null> {
  const found = await db
    .selectFrom("orders")
    .selectAll()
    .where("venue_order_id", "=", venueOrderId)
    .executeTakeFirst();
  return found ?? null;
}

/** Orders of a mode that are not over, oldest first; all of them, or those of some statuses. */
export async function openOrders(
  db: Db,
  mode: Mode,
  statuses: readonly OrderStatus[] = OPEN_STATUSES,
): Promise<readonly OrderRow[]> {
  return db
    .selectFrom("orders")
    .innerJoin("runs", "runs.run_id", "orders.run_id")
    .selectAll("orders")
    .where("runs.mode", "=", mode)
    .where("orders.status", "in", statuses)
    .orderBy("orders.intended_at")
    .execute();
}

/** All orders of an occasion, oldest first. */
export async function ordersOfOccasion(db: Db, occasionId: string): Promise<readonly OrderRow[]> {
  return db
    .selectFrom("orders")
    .selectAll()
    .where("occasion_id", "=", occasionId)
    .orderBy("intended_at")
    .orderBy("recorded_at")
    .execute();
}

/** How an order came to its state, oldest first. */
export async function updatesOfOrder(
  db: Db,
  clientOrderId: ClientOrderId,
): Promise<readonly OrderUpdateRow[]> {
  return db
    .selectFrom("order_updates")
    .selectAll()
    .where("client_order_id", "=", clientOrderId)
    .orderBy("update_id")
    .execute();
}
