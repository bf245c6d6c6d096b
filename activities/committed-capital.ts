import type { Mode } from "../core/domain/decision.ts";
import type { Db } from "../schema/database.ts";
import { openPositions } from "../schema/queries/positions.ts";
import { readReservations } from "../schema/queries/risk-snapshot.ts";

/**
 * What each strategy has at stake over all occasions, micros: held at cost, reserved by open orders, and in
 * shadow what would have been filled.
 */
export async function committedCapital(db: Db, mode: Mode): Promise<ReadonlyMap<string, number>> {
  const [positions, orders] = await Promise.all([
    openPositions(db, mode),
    readReservations(db, mode),
  ]);
  const committed = new Map<string, number>();
  const add = (strategy: string, micros: number): void => {
    committed.set(strategy, (committed.get(strategy) ?? 0) + micros);
  };
  for (const position of positions) add(position.strategy, position.cost_micros);
  for (const order of orders) add(order.strategy, order.reserved);
  return committed;
}
