import { required } from "../../core/domain/assert.ts";
import type { Occasion } from "../../core/domain/occasion.ts";
import { type SettlementWord, VOID } from "../../core/domain/settlement.ts";
import { type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { failure } from "../../runtime/failure.ts";
import { settlementsOfOccasion } from "../../schema/queries/settlements.ts";
import { type SettleDeps, settleFinished } from "../settle.ts";

/** What a contract's position was paid, and by which word; workers of before told no word. */
interface PaidPosition {
  readonly revenueMicros: UsdMicros | null;
  readonly word?: SettlementWord | null;
}

/** Books what a contract that was held in paid. */
export const createSettlePositionActivities = (deps: SettleDeps) => ({
  /**
   * Pays the position of a contract whose final word the venue has said. Exactly once, whoever asks.
   *
   * @returns what it paid and the word that is booked, null when nothing was held.
   * @throws VENUE_UNAVAILABLE while an order is open or fills are missing: then it is asked again.
   */
  async settlePosition(request: { readonly occasion: Occasion }): Promise<PaidPosition> {
    const { occasion } = request;
    const booked = await settleFinished(deps, occasion);
    if (booked.length < occasion.markets.length) {
      throw failure("VENUE_UNAVAILABLE", {
        occasionId: occasion.occasionId,
        booked: booked.length,
      });
    }
    const rows = await settlementsOfOccasion(deps.db, occasion.occasionId);
    const [row] = rows;
    if (row === undefined) return { revenueMicros: null, word: null };
    const revenue = rows.reduce((sum, { revenue_micros: paid }) => sum + paid, 0);
    return { revenueMicros: usdMicros(revenue), word: wordOf(row) };
  },
});
export type SettlePositionActivities = ReturnType<typeof createSettlePositionActivities>;

function wordOf({
  result,
  value_micros: value,
}: Awaited<ReturnType<typeof settlementsOfOccasion>>[number]): SettlementWord {
  if (result === "void") return VOID;
  return { result, value: required(value, "the value that was paid") };
}
