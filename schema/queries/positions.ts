import type { Selectable } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import { NO_POSITION, type Position } from "../../core/domain/ledger.ts";
import type { OrderOwner } from "../../core/domain/order.ts";
import { type Instant, positionCenti } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

export type PositionRow = Selectable<Database["positions"]>;

/** Names one position. */
export interface PositionKey {
  readonly occasionId: string;
  readonly strategy: OrderOwner;
  readonly marketTicker: string;
}

/** Positions of an occasion: every strategy's, closed ones included. */
export async function positionsOfOccasion(
  db: Db,
  occasionId: string,
): Promise<readonly PositionRow[]> {
  return db
    .selectFrom("positions")
    .selectAll()
    .where("occasion_id", "=", occasionId)
    .orderBy("strategy")
    .orderBy("market_ticker")
    .execute();
}

/** Everything held in a mode. */
export async function openPositions(db: Db, mode: Mode): Promise<readonly PositionRow[]> {
  return db
    .selectFrom("positions")
    .innerJoin("occasions", "occasions.occasion_id", "positions.occasion_id")
    .selectAll("positions")
    .where("occasions.mode", "=", mode)
    .where("positions.position_centi", "<>", positionCenti(0))
    .orderBy("positions.occasion_id")
    .orderBy("positions.strategy")
    .execute();
}

/** Takes the lock under which a position changes; before its first fill, by making its row. */
export async function lockPosition(tx: Db, key: PositionKey, at: Instant): Promise<Position> {
  const where = {
    occasion_id: key.occasionId,
    strategy: key.strategy,
    market_ticker: key.marketTicker,
  };
  await tx
    .insertInto("positions")
    .values({
      ...where,
      position_centi: NO_POSITION.count,
      cost_micros: NO_POSITION.cost,
      updated_at: toDate(at),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await tx
    .selectFrom("positions")
    .selectAll()
    .where((eb) => eb.and(where))
    .forUpdate()
    .executeTakeFirstOrThrow();
  return {
    count: row.position_centi,
    cost: row.cost_micros,
    fees: row.fees_micros,
    realized: row.realized_micros,
  };
}

/** Writes a position that `lockPosition` has locked; it is as old as what is held now, whatever was held before. */
export async function storePosition(
  tx: Db,
  key: PositionKey,
  position: Position,
  at: Instant,
): Promise<void> {
  await tx
    .updateTable("positions")
    .set((eb) => ({
      position_centi: position.count,
      cost_micros: position.cost,
      fees_micros: position.fees,
      realized_micros: position.realized,
      opened_at: eb
        .case()
        .when("position_centi", "=", NO_POSITION.count)
        .then(toDate(at))
        .else(eb.fn.coalesce("opened_at", eb.val(toDate(at))))
        .end(),
      updated_at: toDate(at),
    }))
    .where("occasion_id", "=", key.occasionId)
    .where("strategy", "=", key.strategy)
    .where("market_ticker", "=", key.marketTicker)
    .execute();
}
