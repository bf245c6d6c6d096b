import { type RawBuilder, type Selectable, sql } from "kysely";
import type { LedgerView } from "../../core/domain/account-comparison.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { ForeignExposure } from "../../core/domain/foreign.ts";
import { transferPosting } from "../../core/domain/ledger.ts";
import { type Instant, usdMicros } from "../../core/domain/units.ts";
import type { VenueTransfer } from "../../core/domain/venue.ts";
import { type Db, toDate, toInstant } from "../database.ts";
import type { Database } from "../tables.ts";
import { book, cashIdentity } from "./ledger.ts";

type ForeignExposureRow = Selectable<Database["foreign_exposure"]>;
export type ObservationRow = Selectable<Database["account_observations"]>;

/**
 * A run whose books are compared. A paper account begins anew with each source that is played; games and
 * Bitcoin of one source share it.
 */
export interface BooksOfRun {
  readonly mode: Mode;
  readonly runId: string;
}

/**
 * When a run's books were opened, and with how much cash: all that was booked by other runs, and the
 * opening balance. @returns `null` before there is one.
 */
export async function openingOf(
  db: Db,
  { mode, runId }: BooksOfRun,
): Promise<{ readonly at: Instant; readonly amount: number } | null> {
  const { rows } = await sql<{ at: Date; amount: number }>`
    select (select min(started_at) from runs where run_id in ${sharingBooks(sql.ref("r.run_id"))}) as at, (
      select coalesce(sum(e.amount_micros), 0)::bigint
      from ledger_transactions t join ledger_entries e using (transaction_id)
      where t.mode = ${mode} and e.account = 'cash'
        and (t.run_id is null or t.run_id not in ${sharingBooks(sql.ref("r.run_id"))}
          or t.reference = 'opening-balance')) as amount
    from runs r where r.run_id = ${runId} and exists (
      select from ledger_transactions where mode = ${mode} and reference = 'opening-balance')`.execute(
    db,
  );
  const [row] = rows;
  return row === undefined ? null : { at: toInstant(row.at), amount: row.amount };
}

/**
 * Our side of a comparison with the account: of the orders that the venue shows, by either id, those
 * that are ours; our orders that work; every fill, position and settlement of the mode.
 */
export async function readLedgerView(
  db: Db,
  books: BooksOfRun,
  shown: readonly { readonly venueOrderId: string; readonly clientOrderId: string | null }[],
): Promise<LedgerView> {
  const { mode } = books;
  const opening = await openingOf(db, books);
  const { cash, difference } = await cashIdentity(db, mode);
  const orders = await db
    .selectFrom("orders as o")
    .innerJoin("runs as r", "r.run_id", "o.run_id")
    .select(["o.client_order_id", "o.venue_order_id", "o.status", "o.filled_centi"])
    .where("r.mode", "=", mode)
    .execute();
  const byClientId = new Map<string, (typeof orders)[number]>(
    orders.map((order) => [order.client_order_id, order]),
  );
  const listed = new Map(
    orders.flatMap((order) =>
      order.venue_order_id === null ? [] : [[order.venue_order_id, order] as const],
    ),
  );
  for (const { venueOrderId, clientOrderId } of shown) {
    const order = byClientId.get(clientOrderId ?? "");
    if (order !== undefined) listed.set(venueOrderId, order);
  }
  return {
    openedAt: opening?.at ?? 0,
    opening: usdMicros(opening?.amount ?? 0),
    orders: [...listed].map(([venueOrderId, order]) => ({
      venueOrderId,
      status: order.status,
      filled: order.filled_centi,
    })),
    fills: await bookedFills(db, books),
    held: await contractsBy(db, mode, "positions"),
    settled: await contractsBy(db, mode, "settlements"),
    cash,
    identityDifference: difference,
  };
}

/** SQL for the runs that are played from the same source as one, itself among them. */
const sharingBooks = (runId: RawBuilder<unknown>) => sql`(
  select shared.run_id from runs shared join runs one using (mode, source, manifest)
  where one.run_id = ${runId})`;

async function bookedFills(db: Db, { mode, runId }: BooksOfRun): Promise<LedgerView["fills"]> {
  const { rows: sharing } = await sql<{ run_id: string }>`${sharingBooks(sql.val(runId))}`.execute(
    db,
  );
  const own = new Set(sharing.map(({ run_id }) => run_id));
  const rows = await db
    .selectFrom("fills as f")
    .innerJoin("orders as o", "o.client_order_id", "f.client_order_id")
    .innerJoin("runs as r", "r.run_id", "o.run_id")
    .select([
      "f.fill_id as fillId",
      "f.side",
      "f.price_micros as price",
      "f.count_centi as count",
      "f.fee_micros as fee",
      "r.run_id as runId",
    ])
    .where("r.mode", "=", mode)
    .execute();
  return rows.map(({ runId: owner, ...fill }) => ({ ...fill, isExpected: own.has(owner) }));
}

async function contractsBy(
  db: Db,
  mode: Mode,
  table: "positions" | "settlements",
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ ticker: string; total: number }>`
    select p.market_ticker as ticker, sum(p.position_centi)::bigint as total
    from ${sql.table(table)} p join occasions o using (occasion_id)
    where o.mode = ${mode} group by p.market_ticker`.execute(db);
  return new Map(rows.map(({ ticker, total }) => [ticker, total]));
}

/** Replaces what is known to be at stake beside our own: from its commit on the risk rules count it. */
export async function storeForeignExposure(
  db: Db,
  mode: Mode,
  foreign: readonly ForeignExposure[],
  at: Instant,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom("foreign_exposure").where("mode", "=", mode).execute();
    if (foreign.length === 0) return;
    await tx
      .insertInto("foreign_exposure")
      .values(
        foreign.map((one) => ({
          mode,
          market_ticker: one.marketTicker,
          position_centi: one.position,
          resting_orders: one.restingOrders,
          at_risk_micros: one.atRisk,
          observed_at: toDate(at),
        })),
      )
      .execute();
  });
}

/** What is foreign and at stake, as last seen. */
export async function foreignExposureOf(
  db: Db,
  mode: Mode,
): Promise<readonly ForeignExposureRow[]> {
  return db
    .selectFrom("foreign_exposure")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy("market_ticker")
    .execute();
}

/** Something foreign that was seen in the account, with the venue's evidence. */
export interface NewObservation {
  readonly kind: ObservationRow["kind"];
  readonly venueId: string;
  readonly marketTicker: string | null;
  readonly details: object;
  readonly happenedAt: Instant;
}

/** Keeps what is seen for the first time. @returns the new ones. */
export async function recordObservations(
  db: Db,
  mode: Mode,
  seen: readonly NewObservation[],
  at: Instant,
): Promise<readonly ObservationRow[]> {
  if (seen.length === 0) return [];
  return db
    .insertInto("account_observations")
    .values(
      seen.map((one) => ({
        mode,
        kind: one.kind,
        venue_id: one.venueId,
        market_ticker: one.marketTicker,
        details: JSON.stringify(one.details),
        happened_at: toDate(one.happenedAt),
        observed_at: toDate(at),
      })),
    )
    .onConflict((conflict) => conflict.columns(["mode", "kind", "venue_id"]).doNothing())
    .returningAll()
    .execute();
}

/** Books money that the account's owner moved, once per transfer. @returns whether it was new. */
export async function bookTransfer(
  db: Db,
  mode: Mode,
  transfer: VenueTransfer,
  runId: string | null,
): Promise<boolean> {
  return db.transaction().execute((tx) =>
    book(tx, {
      mode,
      kind: transfer.amount > 0 ? "deposit" : "withdrawal",
      reference: transfer.transferId,
      runId,
      at: transfer.at,
      entries: transferPosting(transfer.amount),
    }),
  );
}
