import { believedMid } from "../core/domain/believed-price.ts";
import type { DecisionInput } from "../core/domain/decision.ts";
import type { FeeSchedule } from "../core/domain/market.ts";
import { settlementValue } from "../core/domain/settlement.ts";
import type { Instant, PriceMicros } from "../core/domain/units.ts";
import { featureVector } from "../core/strategies/model-trees.ts";
import type { Fact, SlateGame } from "../sim/facts.ts";
import { ExitLabels, type Labelled } from "./exit-labels.ts";
import { PaperDesk } from "./paper-desk.ts";
import type { NightConfig } from "./result.ts";

/** How rows are made. */
export interface FeatureSettings {
  /** As nights are played with. */
  readonly config: NightConfig;
  /** Between two rows of a market, run milliseconds. */
  readonly everyMs: number;
  /** Horizon of the best exit, run milliseconds. */
  readonly holdMs: number;
  readonly fees: FeeSchedule;
}

/** One market as a decision saw it, and what came of it. */
export interface FeatureRow {
  readonly gameId: string;
  readonly marketTicker: string;
  readonly at: Instant;
  /** The last instant that any feature used. */
  readonly knownAt: Instant | null;
  readonly bid: PriceMicros | null;
  readonly ask: PriceMicros | null;
  /** Micros. */
  readonly mid: number | null;
  /** In the sequence of `FEATURES`; NaN where missing. */
  readonly features: Float64Array;
  /** 1 when YES was paid, 0 when NO; null for what is neither, and while nobody has said. */
  readonly settled: 0 | 1 | null;
  readonly exitValueCents: number | null;
  /** Null when it never closed. */
  readonly secondsToClose: number | null;
}

type Seen = Omit<FeatureRow, "settled" | "exitValueCents" | "secondsToClose">;
type StatusFact = Extract<Fact, { kind: "market-status" }>;

interface Market {
  /** The book as it was, for the labels; what a row sees is its decision's. */
  readonly desk: PaperDesk;
  readonly labels: ExitLabels<Seen>;
  readonly rows: Labelled<Seen>[];
  hasChanged: boolean;
  closedAt: Instant | null;
  isSettled: boolean;
}

const IDLE_LISTENER = { onFill: () => undefined, onClosed: () => undefined };

/** The rows of one game: of decisions that were made on it, and what became of its markets. */
export class FeatureDesk {
  readonly #game: SlateGame;
  readonly #everyMs: number;
  readonly #markets: readonly Market[];
  #done: FeatureRow[] = [];
  /** The first decision from here on makes rows: after the very first, a whole number of steps from the tip. */
  #nextAt = -Infinity;

  constructor(game: SlateGame, { everyMs, holdMs, fees }: FeatureSettings) {
    this.#game = game;
    this.#everyMs = everyMs;
    this.#markets = game.marketTickers.map((ticker) => ({
      desk: new PaperDesk(ticker, fees, 0, IDLE_LISTENER),
      labels: new ExitLabels<Seen>(holdMs, fees),
      rows: [],
      hasChanged: false,
      closedAt: null,
      isSettled: false,
    }));
  }

  /** Takes in one fact of this game. */
  play(fact: Fact): void {
    if (!("marketTicker" in fact)) return;
    const market = this.#market(fact.marketTicker);
    if (!market) return;
    if (market.closedAt === null && market.desk.play(fact)) market.hasChanged = true;
    if (fact.kind === "market-status") this.#status(market, fact);
  }

  /** All facts of this instant are in. */
  settleInstant(at: Instant): void {
    for (const market of this.#markets) {
      if (!market.hasChanged || market.closedAt !== null) continue;
      market.hasChanged = false;
      market.rows.push(...market.labels.observeBid(at, market.desk.quote(at).bid));
    }
  }

  /** A decision was made on the game; all facts up to its instant are in. */
  decided({ at, markets, trees }: DecisionInput): void {
    if (at < this.#nextAt) return;
    let hasRows = false;
    for (const shown of markets) {
      const { ticker, quote } = shown;
      const market = this.#market(ticker);
      const seen = trees?.markets.find(({ marketTicker }) => marketTicker === ticker);
      if (!market || seen === undefined || market.closedAt !== null) continue;
      const { bid, ask } = quote;
      const row = {
        ...{ gameId: this.#game.eventTicker, marketTicker: ticker, at, knownAt: seen.knownAt },
        ...{ bid, ask, mid: believedMid(shown), features: featureVector(seen) },
      };
      market.labels.add(row, at, ask);
      hasRows = true;
    }
    if (!hasRows) return;
    const steps = Math.floor((at - this.#game.tipAt) / this.#everyMs);
    this.#nextAt = this.#game.tipAt + (steps + 1) * this.#everyMs;
  }

  /** The rows whose market was settled since the last time, in sequence of time. */
  take(): readonly FeatureRow[] {
    return this.#done.splice(0);
  }

  /** The source has ended at `at`: what waits goes without what was never said. */
  stop(at: Instant): readonly FeatureRow[] {
    for (const market of this.#markets) {
      if (market.isSettled) continue;
      market.rows.push(...market.labels.stop(at));
      this.#finish(market, null);
    }
    return this.take();
  }

  #market(ticker: string): Market | undefined {
    return this.#markets.find(({ desk }) => desk.marketTicker === ticker);
  }

  #status(market: Market, fact: StatusFact): void {
    const at = fact.receivedAt;
    const isOver = ["closed", "determined", "finalized"].includes(fact.status);
    if (isOver) market.closedAt ??= at;
    if (fact.result === null || market.isSettled) return;
    const value = settlementValue(fact.result, fact.settlementValue);
    market.rows.push(...market.labels.settle(at, value));
    this.#finish(market, fact.result === "yes" ? 1 : fact.result === "no" ? 0 : null);
  }

  #finish(market: Market, settled: 0 | 1 | null): void {
    market.isSettled = true;
    const { closedAt } = market;
    for (const { row, exitValueCents } of market.rows.splice(0)) {
      const secondsToClose = closedAt === null ? null : (closedAt - row.at) / 1_000;
      this.#done.push({ ...row, settled, exitValueCents, secondsToClose });
    }
  }
}
