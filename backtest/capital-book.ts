import type { GameStrategy } from "../core/domain/order.ts";
import { type RiskLimits, strategyCapital } from "../core/domain/risk.ts";
import { type UsdMicros, usdMicros } from "../core/domain/units.ts";

/** What each strategy has committed over all games of a night, kept as it changes. */
export class CapitalBook {
  readonly #limits: Pick<RiskLimits, "maxStrategyCapital">;
  readonly #committed = new Map<GameStrategy, number>();
  #revision = 0;

  constructor(limits: Pick<RiskLimits, "maxStrategyCapital">) {
    this.#limits = limits;
  }

  /** Changes with every change of what is committed. */
  get revision(): number {
    return this.#revision;
  }

  /** A game's commitments changed by so much, micros. */
  change(strategy: GameStrategy, by: number): void {
    if (by === 0) return;
    this.#committed.set(strategy, (this.#committed.get(strategy) ?? 0) + by);
    this.#revision += 1;
  }

  /** What a strategy may still commit, micros. */
  left(strategy: GameStrategy): UsdMicros {
    const committed = this.#committed.get(strategy) ?? 0;
    return usdMicros(Math.max(0, strategyCapital(this.#limits, strategy) - committed));
  }
}
