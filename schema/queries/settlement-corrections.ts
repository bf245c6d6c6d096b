import type { Mode } from "../../core/domain/decision.ts";
import { correctionPosting, positionAccounts } from "../../core/domain/ledger.ts";
import { type SettlementWord, sidesOf, wordRevenue } from "../../core/domain/settlement.ts";
import { type Instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";
import { book } from "./ledger.ts";
import { lockPosition, type PositionKey, storePosition } from "./positions.ts";
import { settledAsCorrected } from "./settled-words.ts";

/** What the venue's correction of one strategy's settlement came to. */
export type CorrectionOutcome =
  | {
      readonly kind: "corrected";
      /** The how many-th of this settlement, from 1. */
      readonly number: number;
      /** What is paid more than before, micros; negative when it was taken back. */
      readonly change: UsdMicros;
    }
  /** Paid by this word already; nothing was changed. */
  | { readonly kind: "exists" }
  /** The books have a word that the venue told later; nothing was changed. */
  | { readonly kind: "outdated" }
  /** Never settled: there is nothing to correct. */
  | { readonly kind: "unsettled" };

/**
 * Books that the venue pays by another word than the one a position was settled by: the row of the
 * correction, the difference in the ledger and the position's result in one transaction. Exactly once per
 * position and number of the correction: a word that is told again changes nothing, whoever tells it.
 *
 * @param correction.toldAt the venue's own time of the word: one that is older than the last is not taken.
 */
export async function correctSettlement(
  db: Db,
  correction: PositionKey &
    SettlementWord & {
      readonly toldAt: Instant;
      readonly at: Instant;
    },
): Promise<CorrectionOutcome> {
  const { occasionId, strategy, marketTicker, result, value, toldAt, at } = correction;
  return db.transaction().execute(async (tx) => {
    // Under this lock corrections of one position come one after the other.
    const position = await lockPosition(tx, correction, at);
    const paid = await settledAsCorrected(tx)
      .selectAll("settled")
      .select(["occasions.run_id", "occasions.mode"])
      .where("settled.occasion_id", "=", occasionId)
      .where("settled.market_ticker", "=", marketTicker)
      .where("settled.strategy", "=", strategy)
      .executeTakeFirst();
    if (paid === undefined) return { kind: "unsettled" };
    if (paid.result === result && paid.value_micros === value) return { kind: "exists" };
    if (paid.told_at !== null && toldAt < toInstant(paid.told_at)) return { kind: "outdated" };

    const number = paid.corrections + 1;
    // Of what was held when it was settled: the position itself is out of the books since.
    const accounts = positionAccounts(occasionId, strategy, marketTicker);
    const reference = `${occasionId}/${marketTicker}/${strategy}`;
    const cost = await settledCost(tx, { mode: paid.mode, reference, account: accounts.position });
    const due = wordRevenue(correction, sidesOf(paid.position_centi), cost);
    await tx
      .insertInto("settlement_corrections")
      .values({
        occasion_id: occasionId,
        market_ticker: marketTicker,
        strategy,
        correction_no: number,
        result,
        value_micros: value,
        revenue_micros: due,
        told_at: toDate(toldAt),
        corrected_at: toDate(at),
      })
      .execute();
    const posting = correctionPosting({ paid: paid.revenue_micros, due }, position, accounts);
    await book(tx, {
      mode: paid.mode,
      kind: "settlement",
      reference: `${reference}/correction/${number}`,
      runId: paid.run_id,
      at,
      entries: posting.entries,
    });
    await storePosition(tx, correction, posting.position, at);
    return { kind: "corrected", number, change: usdMicros(due - paid.revenue_micros) };
  });
}

/** What the position cost that a settlement took out of the books, micros. */
async function settledCost(
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
