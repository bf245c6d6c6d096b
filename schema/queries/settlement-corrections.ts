import { correctionPosting, positionAccounts } from "../../core/domain/ledger.ts";
import { type SettlementWord, sidesOf, wordRevenue } from "../../core/domain/settlement.ts";
import { type Instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";
import { book } from "./ledger.ts";
import { lockPosition, type PositionKey, storePosition } from "./positions.ts";
import { settledAsCorrected } from "./settled-words.ts";
import { settledCost, shareOfReturn } from "./void-shares.ts";

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
 * @param correction.returned as `settleMarket` takes it: what a void market returned to all of ours, micros.
 * @param correction.toldAt the venue's own time of the word: one that is older than the last is not taken.
 */
export async function correctSettlement(
  db: Db,
  correction: PositionKey &
    SettlementWord & {
      readonly toldAt: Instant;
      readonly at: Instant;
      readonly returned?: UsdMicros | null;
    },
): Promise<CorrectionOutcome> {
  const {
    occasionId,
    strategy,
    marketTicker,
    result,
    value,
    toldAt,
    at,
    returned = null,
  } = correction;
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
    const { mode } = paid;
    const share =
      returned === null
        ? await settledCost(tx, { mode, reference, account: accounts.position })
        : await shareOfReturn(tx, { ...correction, mode }, returned);
    const due = wordRevenue(correction, sidesOf(paid.position_centi), share);
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
      mode,
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
