/** A proposal as either run made it. Micros, hundredths, epoch milliseconds of run time. */
export interface ComparedOrder {
  readonly eventTicker: string;
  readonly strategy: string;
  readonly purpose: "entry" | "exit";
  readonly exitType: string | null;
  readonly marketTicker: string;
  readonly side: "bid" | "ask";
  /** When it was decided on, */
  readonly at: number;
  /** and when risk was asked. */
  readonly proposedAt: number;
  readonly price: number;
  readonly count: number;
  readonly edge: number;
  readonly fairValue: number;
  /** What the decision saw of the market; null where there was no price. */
  readonly bid: number | null;
  readonly ask: number | null;
  /** Home's probability by the forecast of the decision; null without one. */
  readonly model: number | null;
  readonly refusalCode: string | null;
  /** With what replaced it. */
  readonly filled: number;
  readonly firstFillAt: number | null;
  readonly averagePrice: number | null;
}

/** What a strategy said of a game from `at` on. */
export interface ComparedVerdict {
  readonly eventTicker: string;
  readonly strategy: string;
  readonly at: number;
  readonly code: string;
  readonly edge: number | null;
}

/** What a run's decisions saw of one market from `at` on. Micros; null where there was no price to believe. */
export interface Sight {
  readonly marketTicker: string;
  readonly at: number;
  readonly bid: number | null;
  readonly ask: number | null;
  /** Home's probability by the forecast; null without one. */
  readonly model: number | null;
}

/** One of the two runs of a night; each list by time. */
export interface ComparedRun {
  readonly orders: readonly ComparedOrder[];
  readonly verdicts: readonly ComparedVerdict[];
  readonly sights: readonly Sight[];
}

/** Forecasts further apart than this are not the same, probability. */
export const MODEL_GAP = 0.005;
/** Of what changes faster, a sight is kept this often at most, run milliseconds. */
const SIGHT_MS = 5_000;

/** Keeps of what a run saw what has changed since, in little room. */
export class SightLog {
  readonly #last = new Map<string, Sight>();
  readonly #kept: Sight[] = [];

  see(sight: Sight): void {
    const last = this.#last.get(sight.marketTicker);
    if (last && (sight.at - last.at < SIGHT_MS || !hasChanged(last, sight))) return;
    this.#last.set(sight.marketTicker, sight);
    this.#kept.push(sight);
  }

  /** By time, as they were seen. */
  all(): readonly Sight[] {
    return this.#kept;
  }
}

function hasChanged(a: Sight, b: Sight): boolean {
  if (a.bid !== b.bid || a.ask !== b.ask || (a.model === null) !== (b.model === null)) return true;
  return Math.abs((a.model ?? 0) - (b.model ?? 0)) >= MODEL_GAP;
}
