import { type CountCenti, countCenti, type PriceMicros } from "../../core/domain/units.ts";

/** Size by price of one side, each at its own price: a NO bid at 40 offers YES at 60. */
export type Levels = ReadonlyMap<PriceMicros, CountCenti>;
/** What is displayed of a market. */
export interface BookLevels {
  readonly yes: Levels;
  readonly no: Levels;
}

/** One level as it is from now on; a size of 0 is none. */
export interface LevelMove {
  readonly outcome: "yes" | "no";
  readonly price: PriceMicros;
  readonly size: CountCenti;
}

/**
 * The moves that take what is shown to what is told. What goes comes before what is new, so that a moving book
 * never seems to cross itself. Each move may be made as it comes.
 */
export function* movesTo(shown: BookLevels, target: BookLevels): Generator<LevelMove> {
  for (const outcome of ["yes", "no"] as const) {
    for (const [price, size] of shown[outcome]) {
      const left = target[outcome].get(price) ?? countCenti(0);
      if (left < size) yield { outcome, price, size: left };
    }
  }
  for (const outcome of ["yes", "no"] as const) {
    for (const [price, size] of target[outcome]) {
      if (size > (shown[outcome].get(price) ?? 0)) yield { outcome, price, size };
    }
  }
}
