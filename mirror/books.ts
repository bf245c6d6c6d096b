import { type CountCenti, countCenti, type PriceMicros } from "../core/domain/units.ts";
import type { BookSnapshot } from "../core/domain/venue.ts";
import type { FactBody } from "../sim/facts.ts";
import { type LevelMove, movesTo } from "../sim/recordings/level-moves.ts";

interface Sides {
  readonly yes: Map<PriceMicros, CountCenti>;
  readonly no: Map<PriceMicros, CountCenti>;
}
type LevelBody = Extract<FactBody, { kind: "level" }>;

/** The venue's books as they were told on: what is told next is the difference to them. */
export class MirroredBooks {
  readonly #shown = new Map<string, Sides>();

  /** Markets of which anything is shown. */
  get tickers(): readonly string[] {
    return [...this.#shown.keys()];
  }

  /** Notes a level that was told, now or by an earlier process. */
  note({ marketTicker, outcome, price, size }: LevelBody): void {
    const levels = this.#of(marketTicker)[outcome];
    if (size === 0) levels.delete(price);
    else levels.set(price, size);
  }

  /** Forgets a market that is over. */
  drop(marketTicker: string): void {
    this.#shown.delete(marketTicker);
  }

  /** The levels that a whole book differs in from what was told; each is to be noted as it is told. */
  *whole(book: BookSnapshot): Generator<LevelBody> {
    const { marketTicker } = book;
    const target = { yes: new Map(book.yes), no: new Map(book.no) };
    for (const move of movesTo(this.#of(marketTicker), target)) yield levelOf(marketTicker, move);
  }

  /** The level that a change leaves. @returns `null` for one that takes more than is there. */
  changed(change: Omit<LevelMove, "size"> & LevelChange): LevelBody | null {
    const { marketTicker, outcome, price, delta } = change;
    const size = (this.#of(marketTicker)[outcome].get(price) ?? 0) + delta;
    return size < 0 ? null : levelOf(marketTicker, { outcome, price, size: countCenti(size) });
  }

  #of(marketTicker: string): Sides {
    const shown = this.#shown.get(marketTicker);
    if (shown !== undefined) return shown;
    const fresh: Sides = { yes: new Map(), no: new Map() };
    this.#shown.set(marketTicker, fresh);
    return fresh;
  }
}

interface LevelChange {
  readonly marketTicker: string;
  /** Signed, in hundredths of a contract. */
  readonly delta: number;
}

function levelOf(marketTicker: string, move: LevelMove): LevelBody {
  return { kind: "level", marketTicker, ...move };
}
