import type { CountCenti } from "../../core/domain/units.ts";
import type { Db } from "../database.ts";

/** The venue's order group of a day on one shard. @returns `null` when none was made yet. */
export async function findOrderGroup(
  db: Db,
  runId: string,
  exchangeIndex: number,
): Promise<string | null> {
  const found = await db
    .selectFrom("order_groups")
    .select("order_group_id")
    .where("run_id", "=", runId)
    .where("exchange_index", "=", exchangeIndex)
    .executeTakeFirst();
  return found?.order_group_id ?? null;
}

/** Keeps a group that was made at the venue. @returns the one that counts: who came first. */
export async function keepOrderGroup(
  db: Db,
  group: {
    readonly runId: string;
    readonly exchangeIndex: number;
    readonly orderGroupId: string;
    readonly limit: CountCenti;
  },
): Promise<string> {
  await db
    .insertInto("order_groups")
    .values({
      run_id: group.runId,
      exchange_index: group.exchangeIndex,
      order_group_id: group.orderGroupId,
      limit_centi: group.limit,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await findOrderGroup(db, group.runId, group.exchangeIndex)) ?? group.orderGroupId;
}

/** Ids of the groups of days that are not over: what `tipoff resume` resets. */
export async function liveOrderGroups(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("order_groups")
    .innerJoin("runs", "runs.run_id", "order_groups.run_id")
    .select("order_group_id")
    .where("runs.ended_at", "is", null)
    .execute();
  return rows.map(({ order_group_id }) => order_group_id);
}
