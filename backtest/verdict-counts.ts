import type { Verdict } from "../core/domain/decision.ts";
import type { GameStrategy } from "../core/domain/order.ts";

/** One code of one strategy, and how often it came. */
interface Cell {
  readonly code: string;
  count: number;
}

/** How often each strategy said what. Nearly always it says what it said before. */
export class VerdictCounts {
  readonly #cells = new Map<GameStrategy, { last: Cell; readonly all: Map<string, Cell> }>();

  count({ strategy, code }: Verdict): void {
    const own = this.#cells.get(strategy);
    if (own?.last.code === code) {
      own.last.count += 1;
      return;
    }
    const cell = own?.all.get(code) ?? { code, count: 0 };
    cell.count += 1;
    if (own === undefined) this.#cells.set(strategy, { last: cell, all: new Map([[code, cell]]) });
    else own.all.set(code, (own.last = cell));
  }

  /** The counts of one strategy by code. */
  of(strategy: GameStrategy): ReadonlyMap<string, number> {
    const all = [...(this.#cells.get(strategy)?.all ?? [])];
    return new Map(all.map(([code, { count }]) => [code, count]));
  }
}
