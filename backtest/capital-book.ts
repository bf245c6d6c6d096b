import type { GameStrategy } from "../core/domain/order.ts";
import { type UsdMicros, usdMicros } from "../core/domain/units.ts";

/** What each strategy has committed over all games of a night, kept as it changes. */
export class CapitalBook {
  readonly #limits: Readonly<Record<GameStrategy, UsdMicros>>;
  readonly #committed: Record<GameStrategy, number>;
  #revision = 0;

  constructor(limits: Readonly<Record<GameStrategy, UsdMicros>>) {
    this.#limits = limits;
    this.#committed = { "pregame-anchored": 0, "model-edge": 0, "mean-reversion": 0 };
  }

  /** Changes with every change of what is committed. */
  get revision(): number {
    return this.#revision;
  }

  /** A game's commitments changed by so much, micros. */
  change(strategy: GameStrategy, by: number): void {
    if (by === 0) return;
    this.#committed[strategy] += by;
    this.#revision += 1;
  }

  /** What a strategy may still commit, micros. */
  left(strategy: GameStrategy): UsdMicros {
    return usdMicros(Math.max(0, this.#limits[strategy] - this.#committed[strategy]));
  }
}
