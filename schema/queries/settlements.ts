import type { Selectable } from "kysely";
import { positionAccounts, settlementPosting } from "../../core/domain/ledger.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import { type SettlementWord, sidesOf, wordRevenue } from "../../core/domain/settlement.ts";
import type { StepHook } from "../../core/domain/steps.ts";
import { type Instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { book } from "./ledger.ts";
import { OPEN_STATUSES } from "./orders.ts";
import { lockPosition, type PositionKey, storePosition } from "./positions.ts";
import { settledAsCorrected } from "./settled-words.ts";
import { shareOfReturn } from "./void-shares.ts";

type SettlementRow = Selectable<Database["settlements"]>;

/** A settlement by the venue's last word, and how often it was corrected. */
type CorrectedSettlement = Omit<SettlementRow, "recorded_at"> & { readonly corrections: number };

/** What settling one strategy's position in one market came to. */
export type SettleOutcome =
  | { readonly kind: "settled"; readonly revenue: UsdMicros; readonly pnl: UsdMicros }
  /** Settled before; nothing was changed. */
  | { readonly kind: "exists"; readonly revenue: UsdMicros }
  /** These orders may still fill: bring them to their end first. */
  | { readonly kind: "orders-open"; readonly clientOrderIds: readonly ClientOrderId[] };

/**
 * Settles one strategy's position in one market by the venue's word, exactly once: the settlement,
 * its booking and the closed position in one transaction. A strategy that holds nothing settles at 0.
 *
 * @param settlement.returned what the account was paid of a void market for what all of ours held, micros,
 * of which this strategy books its share; where that is not known it books its own cost.
 */
export async function settleMarket(
  db: Db,
  settlement: PositionKey &
    SettlementWord & { readonly at: Instant; readonly returned?: UsdMicros | null },
  step?: StepHook,
): Promise<SettleOutcome> {
  return db.transaction().execute(async (tx) => {
    const run = await tx
      .selectFrom("occasions")
      .select(["run_id", "mode"])
      .where("occasion_id", "=", settlement.occasionId)
      .executeTakeFirstOrThrow();
    const position = await lockPosition(tx, settlement, settlement.at);
    const before = await findSettlement(tx, settlement);
    if (before) return { kind: "exists", revenue: before.revenue_micros };
    const open = await openOrdersOf(tx, settlement);
    if (open.length > 0) return { kind: "orders-open", clientOrderIds: open };

    const { occasionId, strategy, marketTicker, at, returned = null } = settlement;
    const share =
      returned === null
        ? position.cost
        : await shareOfReturn(tx, { ...settlement, mode: run.mode }, returned);
    const revenue = wordRevenue(settlement, sidesOf(position.count), share);
    await tx
      .insertInto("settlements")
      .values({
        occasion_id: occasionId,
        market_ticker: marketTicker,
        strategy,
        result: settlement.result,
        value_micros: settlement.value,
        position_centi: position.count,
        revenue_micros: revenue,
        settled_at: toDate(at),
      })
      .execute();
    step?.("settle.3-row-written");
    const accounts = positionAccounts(occasionId, strategy, marketTicker);
    const posting = settlementPosting(revenue, position, accounts);
    const reference = `${occasionId}/${marketTicker}/${strategy}`;
    const { entries } = posting;
    await book(tx, {
      mode: run.mode,
      kind: "settlement",
      reference,
      runId: run.run_id,
      at,
      entries,
    });
    step?.("settle.4-booked");
    if (position.count !== 0) await storePosition(tx, settlement, posting.position, at);
    step?.("settle.5-before-commit");
    return { kind: "settled", revenue, pnl: usdMicros(revenue - position.cost) };
  });
}

/** Settlements of an occasion, as the venue corrected them. */
export async function settlementsOfOccasion(
  db: Db,
  occasionId: string,
): Promise<readonly CorrectedSettlement[]> {
  return settledAsCorrected(db)
    .selectAll("settled")
    .where("settled.occasion_id", "=", occasionId)
    .orderBy("settled.market_ticker")
    .orderBy("settled.strategy")
    .execute();
}

async function findSettlement(tx: Db, key: PositionKey): Promise<SettlementRow | undefined> {
  return tx
    .selectFrom("settlements")
    .selectAll()
    .where("occasion_id", "=", key.occasionId)
    .where("market_ticker", "=", key.marketTicker)
    .where("strategy", "=", key.strategy)
    .executeTakeFirst();
}

async function openOrdersOf(tx: Db, key: PositionKey): Promise<readonly ClientOrderId[]> {
  const rows = await tx
    .selectFrom("orders")
    .select("client_order_id")
    .where("occasion_id", "=", key.occasionId)
    .where("market_ticker", "=", key.marketTicker)
    .where("strategy", "=", key.strategy)
    .where("status", "in", OPEN_STATUSES)
    .execute();
  return rows.map((row) => row.client_order_id);
}
