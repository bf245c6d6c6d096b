import type { Mode } from "../core/domain/decision.ts";
import type { Db } from "../schema/database.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { openPositions } from "../schema/queries/positions.ts";

/** What each strategy has at stake over all occasions: held at cost, and reserved by open orders. Micros. */
export async function committedCapital(db: Db, mode: Mode): Promise<ReadonlyMap<string, number>> {
  const [positions, orders] = await Promise.all([openPositions(db, mode), openOrders(db, mode)]);
  const committed = new Map<string, number>();
  const add = (strategy: string, micros: number): void => {
    committed.set(strategy, (committed.get(strategy) ?? 0) + micros);
  };
  for (const position of positions) add(position.strategy, position.cost_micros);
  for (const order of orders) add(order.strategy, order.reserved_micros);
  return committed;
}
