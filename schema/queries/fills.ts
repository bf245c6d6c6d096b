import { type Insertable, type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import { chargeFee, type FeeAccumulator, NO_FEES_CHARGED } from "../../core/domain/fees.ts";
import { fillPosting, type Position, positionAccounts } from "../../core/domain/ledger.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import { type ClientOrderId, type Fill, stepOrder } from "../../core/domain/order.ts";
import type { StepHook } from "../../core/domain/steps.ts";
import { countCenti, type Instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { book } from "./ledger.ts";
import { lockOrder, type OrderRow, orderState, storeOrder } from "./orders.ts";
import { lockPosition, type PositionKey, storePosition } from "./positions.ts";

export type FillRow = Selectable<Database["fills"]>;

/** An order's fees so far are not what our own model says. Micros. */
interface FeeDifference {
  readonly fillId: string;
  readonly expected: UsdMicros;
  readonly charged: UsdMicros;
}

/** What recording a batch of fills came to. */
export interface RecordedFills {
  /** Fills that were not known before. */
  readonly recorded: number;
  readonly order: OrderRow;
  readonly position: Position;
  /** Raise an alarm for these. */
  readonly feeDifferences: readonly FeeDifference[];
}

/**
 * Records fills of one order, with all they lead to, in one transaction: fill rows, ledger, position,
 * the order's state and what it still reserves. A fill seen twice is one. Fills may come late, in
 * any order, and before the order's own acknowledgement.
 *
 * @throws InvariantError when fills exceed the order, or a reduce-only one what is held; nothing is written.
 */
export async function recordFills(
  db: Db,
  batch: {
    readonly clientOrderId: ClientOrderId;
    readonly fills: readonly Fill[];
    readonly fees: FeeSchedule;
    /** When they were learned of, run time. */
    readonly at: Instant;
  },
  step?: StepHook,
): Promise<RecordedFills> {
  return db.transaction().execute(async (tx) => {
    const order = await lockOrder(tx, batch.clientOrderId);
    const { mode } = await tx
      .selectFrom("runs")
      .select("mode")
      .where("run_id", "=", order.run_id)
      .executeTakeFirstOrThrow();
    const key: PositionKey = {
      occasionId: order.occasion_id,
      strategy: order.strategy,
      marketTicker: order.market_ticker,
    };
    let position = await lockPosition(tx, key, batch.at);
    const known = await fillsOfOrder(tx, batch.clientOrderId);
    const fresh = newFills(batch.fills, known);
    if (fresh.length === 0) return { recorded: 0, order, position, feeDifferences: [] };

    const expected = expectFees(known, fresh, batch.fees);
    const rows = fresh.map((fill, index) => toRow(order, fill, expected[index] ?? fill.fee));
    await tx.insertInto("fills").values(rows).execute();
    step?.("fill.4-rows-written");
    const { is_reduce_only: isReduceOnly } = order;
    const accounts = positionAccounts(key.occasionId, key.strategy, key.marketTicker);
    for (const fill of fresh) {
      const posting = fillPosting({ ...fill, isReduceOnly }, position, accounts);
      position = posting.position;
      const { fillId: reference, at } = fill;
      const { entries } = posting;
      await book(tx, { mode, kind: "fill", reference, runId: order.run_id, at, entries });
      step?.("fill.5-first-booked");
    }
    await storePosition(tx, key, position, batch.at);

    const total = [...known.map((row) => row.count_centi), ...fresh.map(({ count }) => count)];
    const filled = countCenti(total.reduce((sum, count) => sum + count, 0));
    const after = withVenueId(
      stepOrder(orderState(order), { kind: "filled", total: filled }),
      rows,
    );
    const stored = await storeOrder(tx, order, after, {
      update: { kind: "filled" },
      details: { total: filled, fillIds: fresh.map(({ fillId }) => fillId) },
      at: batch.at,
      extra: {},
    });
    const feeDifferences = differences(known, rows);
    step?.("fill.6-before-commit");
    return { recorded: fresh.length, order: stored, position, feeDifferences };
  });
}

/** Fills of an order in the order they happened. */
export async function fillsOfOrder(
  db: Db,
  clientOrderId: ClientOrderId,
): Promise<readonly FillRow[]> {
  return db
    .selectFrom("fills")
    .selectAll()
    .where("client_order_id", "=", clientOrderId)
    .orderBy("filled_at")
    .orderBy("fill_id")
    .execute();
}

/** An occasion whose last filled order was charged other fees than our model says, micros. */
export interface FeeMismatch extends FeeDifference {
  readonly runId: string;
  readonly occasionId: string;
}

/**
 * Games and contracts under way in which the venue charges other fees than our model says: those whose
 * last filled order differs. A later order that is charged as expected ends it, and so does the end of
 * the game or the settlement of the contract.
 */
export async function feeMismatches(db: Db, mode: Mode): Promise<readonly FeeMismatch[]> {
  const { rows } = await sql<FeeMismatch>`
    with by_order as (
      select o.run_id, o.occasion_id, max(f.filled_at) as last_at,
        (array_agg(f.fill_id order by f.filled_at desc, f.fill_id desc))[1] as fill_id,
        sum(f.fee_micros)::bigint as charged, sum(f.expected_fee_micros)::bigint as expected
      from fills f join orders o using (client_order_id)
        join occasions using (occasion_id) left join games g on g.game_id = o.occasion_id
      where mode = ${mode} and coalesce(g.phase not in ('scored', 'void'),
        not exists (select from settlements s where s.occasion_id = o.occasion_id))
      group by o.run_id, o.occasion_id, o.client_order_id
    ), last as (
      select distinct on (occasion_id) * from by_order
      order by occasion_id, last_at desc, fill_id desc
    )
    select run_id as "runId", occasion_id as "occasionId", fill_id as "fillId", charged, expected
    from last where charged <> expected order by occasion_id`.execute(db);
  return rows;
}

/** Each once, those already recorded left out, in the order they happened. */
function newFills(fills: readonly Fill[], known: readonly FillRow[]): readonly Fill[] {
  const seen = new Set(known.map((row) => row.fill_id));
  const byId = new Map(fills.map((fill) => [fill.fillId, fill]));
  return [...byId.values()]
    .filter(({ fillId }) => !seen.has(fillId))
    .sort((a, b) => a.at - b.at || (a.fillId < b.fillId ? -1 : 1));
}

/** What our own model charges for the new fills, given those before them. */
function expectFees(
  known: readonly FillRow[],
  fresh: readonly Fill[],
  schedule: FeeSchedule,
): readonly UsdMicros[] {
  let accumulator: FeeAccumulator = NO_FEES_CHARGED;
  const charge = (fill: Pick<Fill, "liquidity" | "price" | "count">): UsdMicros => {
    const charged = chargeFee(accumulator, schedule, fill);
    accumulator = charged.accumulator;
    return charged.fee;
  };
  for (const row of known) {
    charge({ liquidity: row.liquidity, price: row.price_micros, count: row.count_centi });
  }
  return fresh.map(charge);
}

type NewFillRow = Insertable<Database["fills"]>;

function toRow(order: OrderRow, fill: Fill, expectedFee: UsdMicros): NewFillRow {
  return {
    fill_id: fill.fillId,
    client_order_id: order.client_order_id,
    venue_order_id: fill.venueOrderId,
    market_ticker: fill.marketTicker,
    side: fill.side,
    price_micros: fill.price,
    count_centi: fill.count,
    fee_micros: fill.fee,
    expected_fee_micros: expectedFee,
    liquidity: fill.liquidity,
    filled_at: toDate(fill.at),
  };
}

/** A fill may come before the acknowledgement, and then is what tells the venue's id. */
function withVenueId<T extends { readonly venueOrderId: string | null }>(
  state: T,
  rows: readonly NewFillRow[],
): T {
  return { ...state, venueOrderId: state.venueOrderId ?? rows[0]?.venue_order_id ?? null };
}

/**
 * Compares fees over the whole order: rounding carries over from fill to fill, and fills of one
 * instant may have been charged in another sequence than ours, so single fills may differ while
 * the order's fee is right. The last fill stands for the order.
 */
function differences(
  known: readonly FillRow[],
  rows: readonly NewFillRow[],
): readonly FeeDifference[] {
  const all = [...known, ...rows];
  const total = (pick: (row: (typeof all)[number]) => number): UsdMicros =>
    usdMicros(all.reduce((sum, row) => sum + pick(row), 0));
  const charged = total((row) => row.fee_micros);
  const expected = total((row) => row.expected_fee_micros);
  const last = rows.at(-1);
  return last === undefined || charged === expected
    ? []
    : [{ fillId: last.fill_id, expected, charged }];
}
