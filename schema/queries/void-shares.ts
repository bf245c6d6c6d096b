import type { Mode } from "../../core/domain/decision.ts";
import { positionAccounts } from "../../core/domain/ledger.ts";
import { type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { shareReturn, type VoidHolding } from "../../core/domain/void-return.ts";
import type { Db } from "../database.ts";
import type { PositionKey } from "./positions.ts";

/**
 * One strategy's share of what a void market returned to all of ours, micros. By what each held when it was
 * settled, so that it is the same whoever is settled already: a process may die between two of them.
 */
export async function shareOfReturn(
  tx: Db,
  key: PositionKey & { readonly mode: Mode },
  returned: UsdMicros,
): Promise<UsdMicros> {
  const holdings = await holdingsAtSettlement(tx, key);
  return shareReturn(returned, holdings).get(key.strategy) ?? usdMicros(0);
}

async function holdingsAtSettlement(
  tx: Db,
  { occasionId, marketTicker, mode }: PositionKey & { readonly mode: Mode },
): Promise<readonly VoidHolding[]> {
  // Positions first: one that is settled in between shows among the settlements, which count.
  const positions = await tx
    .selectFrom("positions")
    .select(["strategy", "position_centi", "cost_micros"])
    .where("occasion_id", "=", occasionId)
    .where("market_ticker", "=", marketTicker)
    .execute();
  const settlements = await tx
    .selectFrom("settlements")
    .select(["strategy", "position_centi"])
    .where("occasion_id", "=", occasionId)
    .where("market_ticker", "=", marketTicker)
    .execute();
  const holdings: VoidHolding[] = [];
  for (const { strategy, position_centi: count, cost_micros: cost } of positions) {
    const settled = settlements.find((row) => row.strategy === strategy);
    if (settled === undefined) {
      holdings.push({ strategy, count, cost });
      continue;
    }
    const { position } = positionAccounts(occasionId, strategy, marketTicker);
    const reference = `${occasionId}/${marketTicker}/${strategy}`;
    const settledAt = await settledCost(tx, { mode, reference, account: position });
    holdings.push({ strategy, count: settled.position_centi, cost: settledAt });
  }
  return holdings;
}

/** What the position cost that a settlement took out of the books, micros. */
export async function settledCost(
  tx: Db,
  {
    mode,
    reference,
    account,
  }: { readonly mode: Mode; readonly reference: string; readonly account: string },
): Promise<UsdMicros> {
  const row = await tx
    .selectFrom("ledger_entries as e")
    .innerJoin("ledger_transactions as t", "t.transaction_id", "e.transaction_id")
    .select("e.amount_micros")
    .where("t.mode", "=", mode)
    .where("t.kind", "=", "settlement")
    .where("t.reference", "=", reference)
    .where("e.account", "=", account)
    .executeTakeFirst();
  return usdMicros(0 - (row?.amount_micros ?? 0));
}
