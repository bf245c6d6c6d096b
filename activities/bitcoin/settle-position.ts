import type { Occasion } from "../../core/domain/occasion.ts";
import type { UsdMicros } from "../../core/domain/units.ts";
import { failure } from "../../runtime/failure.ts";
import { settledRevenue } from "../../schema/queries/settlements.ts";
import { type SettleDeps, settleFinished } from "../settle.ts";

/** Books what a contract that was held in paid. */
export const createSettlePositionActivities = (deps: SettleDeps) => ({
  /**
   * Pays the position of a contract whose final word the venue has said. Exactly once, whoever asks.
   *
   * @returns what it paid, null when nothing was held.
   * @throws VENUE_UNAVAILABLE while an order is open or fills are missing: then it is asked again.
   */
  async settlePosition(request: {
    readonly occasion: Occasion;
  }): Promise<{ readonly revenueMicros: UsdMicros | null }> {
    const { occasion } = request;
    const booked = await settleFinished(deps, occasion);
    if (booked.length < occasion.markets.length) {
      throw failure("VENUE_UNAVAILABLE", {
        occasionId: occasion.occasionId,
        booked: booked.length,
      });
    }
    return { revenueMicros: await settledRevenue(deps.db, occasion.occasionId) };
  },
});
export type SettlePositionActivities = ReturnType<typeof createSettlePositionActivities>;
