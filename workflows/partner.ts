import type { GameState } from "../core/domain/game.ts";
import type { PartnerInput } from "./contracts.ts";

/** @throws RangeError saying what a partner's probability must be, where this one is not. */
export function refuseBadPartner(partner: PartnerInput, home: string, state: GameState): void {
  const { p } = partner;
  if (!(typeof p === "number" && p > 0 && p < 1)) {
    throw new RangeError(
      `p must lie strictly between 0 and 1, and 0 would mean absent; got ${String(p)}`,
    );
  }
  if (partner.home !== undefined && partner.home !== home) {
    throw new RangeError(`home is ${home} in this game, not ${partner.home}`);
  }
  if (state.phase !== "scheduled" && state.phase !== "pregame") {
    throw new RangeError(`a partner's probability is set before tip; the game is ${state.phase}`);
  }
}
