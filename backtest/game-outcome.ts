import type { GameIntent, GameStrategy } from "../core/domain/order.ts";
import type { Instant, UsdMicros } from "../core/domain/units.ts";
import type { DeskFill } from "./paper-desk.ts";
import type { GamePositions } from "./positions.ts";
import {
  type GameResult,
  type NightFill,
  type NightSettlement,
  type SettledPosition,
  strategyResult,
} from "./result.ts";
import { VerdictCounts } from "./verdict-counts.ts";

/** What has come of one game so far, beside its money: fills, payments, and what the strategies said. */
export class GameOutcome {
  readonly counts = new VerdictCounts();
  homeWon: boolean | null = null;
  finalScore: { readonly home: number; readonly away: number } | null = null;
  readonly #fills: NightFill[] = [];
  readonly #settlements: NightSettlement[] = [];
  /** By strategy: what was paid for the distance of fills from the mid, micros. */
  readonly #spreadPaid = new Map<GameStrategy, number>();

  filled(fill: DeskFill, intent: GameIntent): void {
    const { strategy, purpose, exitType, phase } = intent;
    this.#fills.push({ strategy, purpose, exitType, phase, ...fill });
    const distance = fill.mid === null ? 0 : fill.price - fill.mid;
    const paid = ((fill.side === "bid" ? distance : -distance) * fill.count) / 100;
    this.#spreadPaid.set(strategy, (this.#spreadPaid.get(strategy) ?? 0) + paid);
  }

  /** A position was paid out at `value` per YES contract. */
  settled(
    paid: SettledPosition & { readonly strategy: GameStrategy },
    value: UsdMicros,
    at: Instant,
  ): void {
    const { strategy, marketTicker, count, revenue } = paid;
    this.#settlements.push({ strategy, marketTicker, value, count, revenue, at });
  }

  /** All of it, with the result of each strategy that played. */
  result(
    names: readonly GameStrategy[],
    positions: GamePositions,
  ): Pick<
    GameResult,
    "fills" | "settlements" | "strategies" | "unsettled" | "homeWon" | "finalScore"
  > {
    return {
      fills: this.#fills,
      settlements: this.#settlements,
      strategies: names.map((strategy) =>
        strategyResult(strategy, this.#fills, {
          counts: this.counts.of(strategy),
          ...positions.result(strategy),
          spreadPaid: this.#spreadPaid.get(strategy) ?? 0,
        }),
      ),
      unsettled: positions.open(),
      homeWon: this.homeWon,
      finalScore: this.finalScore,
    };
  }
}
