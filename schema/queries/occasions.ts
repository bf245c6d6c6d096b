import type { Selectable } from "kysely";
import type { Occasion } from "../../core/domain/occasion.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

type OccasionRow = Selectable<Database["occasions"]>;

/** Writes an occasion before anything hangs on it; a repeat changes nothing. */
export async function openOccasion(db: Db, occasion: Occasion, at: Instant): Promise<void> {
  const { occasionId, runId, mode, domain, eventTicker } = occasion;
  await db
    .insertInto("occasions")
    .values({
      occasion_id: occasionId,
      run_id: runId,
      mode,
      domain,
      event_ticker: eventTicker,
      opened_at: toDate(at),
    })
    .onConflict((conflict) => conflict.column("occasion_id").doNothing())
    .execute();
}

/** Writes occasions before anything hangs on them; a repeat changes nothing. */
export async function openOccasions(
  db: Db,
  opened: readonly { readonly occasion: Occasion; readonly at: Instant }[],
): Promise<void> {
  for (const { occasion, at } of opened) await openOccasion(db, occasion, at);
}

/** Which of these ids are occasions. */
export async function knownOccasions(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom("occasions")
    .select("occasion_id")
    .where("occasion_id", "in", ids)
    .execute();
  return new Set(rows.map(({ occasion_id }) => occasion_id));
}

/** One occasion. @returns `null` when there is none of this id. */
export async function findOccasion(db: Db, occasionId: string): Promise<OccasionRow | null> {
  const found = await db
    .selectFrom("occasions")
    .selectAll()
    .where("occasion_id", "=", occasionId)
    .executeTakeFirst();
  return found ?? null;
}

/** The markets of an occasion in which an order of ours was written down, with their shards. */
export async function orderedMarkets(
  db: Db,
  occasionId: string,
): Promise<readonly { readonly ticker: string; readonly exchangeIndex: number }[]> {
  return db
    .selectFrom("orders")
    .select(["market_ticker as ticker", "exchange_index as exchangeIndex"])
    .where("occasion_id", "=", occasionId)
    .groupBy(["market_ticker", "exchange_index"])
    .orderBy("market_ticker")
    .execute();
}
