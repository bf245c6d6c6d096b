import { required } from "../core/domain/assert.ts";
import type { Verdict } from "../core/domain/decision.ts";
import type { GameStrategy } from "../core/domain/order.ts";

/** One code of one strategy, and how often it came. */
interface Cell {
  readonly code: string;
  count: number;
}

/** How often each strategy said what. Nearly always it says what it said before. */
export class VerdictCounts {
  /** In the sequence in which the strategies are asked. */
  readonly #cells: { readonly strategy: GameStrategy; last: Cell; all: Map<string, Cell> }[] = [];

  /** Counts the verdicts of one decision. */
  count(verdicts: readonly Verdict[]): void {
    for (let index = 0; index < verdicts.length; index += 1) {
      const verdict = required(verdicts[index], "a verdict");
      const cell = this.#cells[index];
      if (cell?.strategy === verdict.strategy && cell.last.code === verdict.code) {
        cell.last.count += 1;
      } else {
        this.#countOther(verdict);
      }
    }
  }

  #countOther({ strategy, code }: Verdict): void {
    const own = this.#cells.find((one) => one.strategy === strategy);
    const cell = own?.all.get(code) ?? { code, count: 0 };
    cell.count += 1;
    if (own === undefined) {
      this.#cells.push({ strategy, last: cell, all: new Map([[code, cell]]) });
    } else {
      own.all.set(code, (own.last = cell));
    }
  }

  /** The counts of one strategy by code. */
  of(strategy: GameStrategy): ReadonlyMap<string, number> {
    const all = this.#cells.find((one) => one.strategy === strategy)?.all ?? [];
    return new Map([...all].map(([code, { count }]) => [code, count]));
  }
}
