import { believedHomeMid, booksQuality, isBelieved } from "../core/domain/believed-price.ts";
import type { DecisionInput, DecisionOutput, Verdict } from "../core/domain/decision.ts";
import type { Instant } from "../core/domain/units.ts";
import {
  countEvaluation,
  type CycleCounts,
  countsJson,
  newCycleCounts,
} from "../core/scoring/cycle-counts.ts";
import { type GameObservation, type GameScore, scoreGame } from "../core/scoring/game-instants.ts";
import { type Sight, SightLog } from "./compared.ts";

/** What a game showed at one evaluation, for its picture. Micros and probabilities; null when absent. */
export interface LoggedPrice {
  readonly at: Instant;
  readonly homeBid: number | null;
  readonly homeAsk: number | null;
  readonly awayBid: number | null;
  readonly awayAsk: number | null;
  readonly mid: number | null;
  readonly model: number | null;
  readonly espn: number | null;
}

/** A score, period or clock state that had changed. */
export interface LoggedChange {
  readonly at: Instant;
  readonly clockState: string;
  readonly period: number;
  readonly homeScore: number;
  readonly awayScore: number;
}

/** A strategy's verdict from `at` until its next one. */
export interface LoggedVerdict {
  readonly at: Instant;
  readonly strategy: string;
  readonly code: string;
  readonly detail: string | null;
  /** Best edge seen, micros per contract; null when there was none. */
  readonly edge: number | null;
  /** Home's middle price and our probability that home wins; null when absent. */
  readonly mid: number | null;
  readonly model: number | null;
}

/** An edge that was seen and not traded: the first by strategy and code. */
export interface LoggedCandidate {
  readonly strategy: string;
  readonly code: string;
  readonly edge: number;
  readonly at: Instant;
  readonly input: string;
  readonly output: string;
}

/** A decision that proposed something, with all that it looked at: it can be run again. */
export interface LoggedDecision {
  readonly decisionId: string;
  readonly input: string;
  readonly output: string;
}

/** What a report tells of one game beside its money. */
export interface GameLogged {
  readonly scores: readonly GameScore[];
  readonly evaluations: number;
  readonly candidates: number;
  readonly proposed: number;
  /** JSON by strategy and code, and by strategy and cents. */
  readonly skipped: string;
  readonly edges: string;
  readonly verdictCounts: readonly {
    readonly strategy: string;
    readonly code: string;
    readonly isLive: boolean;
    readonly count: number;
  }[];
  readonly missed: readonly LoggedCandidate[];
  readonly verdicts: readonly LoggedVerdict[];
  readonly decisions: readonly LoggedDecision[];
  readonly prices: readonly LoggedPrice[];
  readonly sights: readonly Sight[];
  readonly changes: readonly LoggedChange[];
}

const NO_PRICES = { bid: null, ask: null };
/** Codes that say nothing of an entry that was let go. */
const NOT_MISSED: readonly string[] = ["propose", "hold"];

/** Keeps of a game's evaluations what the night's report, and a comparison with another run, are made of. */
export class GameLog {
  readonly #tipAt: Instant;
  readonly #counts: CycleCounts;
  readonly #observations: GameObservation[] = [];
  readonly #verdictCounts = new Map<string, GameLogged["verdictCounts"][number]>();
  readonly #missed = new Map<string, LoggedCandidate>();
  readonly #verdicts: LoggedVerdict[] = [];
  readonly #codes = new Map<string, string>();
  readonly #decisions: LoggedDecision[] = [];
  readonly #prices: LoggedPrice[] = [];
  readonly #changes: LoggedChange[] = [];
  readonly #sights = new SightLog();
  #change = "";
  #isLive = false;

  constructor(startAt: Instant, tipAt: Instant) {
    this.#tipAt = tipAt;
    this.#counts = newCycleCounts(startAt);
  }

  /** One evaluation; `decisionId` names it where something was proposed. */
  evaluated(input: DecisionInput, output: DecisionOutput, decisionId: string | null): void {
    const price = priceOf(input, output);
    this.#prices.push(price);
    this.#observe(input, price);
    this.#see(input, price);
    const proposed = output.verdicts.filter(({ intent }) => intent !== null);
    countEvaluation(this.#counts, output.verdicts, proposed);
    for (const verdict of output.verdicts) {
      this.#countVerdict(verdict);
      this.#keepChange(verdict, price);
      this.#keepMissed(verdict, input, output);
    }
    if (decisionId === null) return;
    this.#decisions.push({
      decisionId,
      input: JSON.stringify(input),
      output: JSON.stringify(output),
    });
  }

  /** What was kept; scores need to know who won. */
  end(homeWon: boolean | null): GameLogged {
    const { evaluations, candidates, proposed, skipped, edges } = this.#counts;
    const game = { scheduledTipAt: this.#tipAt, homeWon: homeWon ?? false };
    return {
      scores: homeWon === null ? [] : scoreGame(this.#observations, game),
      ...{ evaluations, candidates, proposed },
      skipped: countsJson(skipped),
      edges: countsJson(edges),
      verdictCounts: [...this.#verdictCounts.values()],
      missed: [...this.#missed.values()],
      verdicts: this.#verdicts,
      decisions: this.#decisions,
      prices: this.#prices,
      sights: this.#sights.all(),
      changes: this.#changes,
    };
  }

  #observe({ at, clock }: DecisionInput, price: LoggedPrice): void {
    this.#observations.push({
      observedAt: at,
      clockState: clock?.state ?? null,
      period: clock?.period ?? null,
      clockSeconds: clock?.clockSeconds ?? null,
      homeScore: clock?.homeScore ?? null,
      awayScore: clock?.awayScore ?? null,
      model: price.model,
      market: price.mid === null ? null : price.mid / 1e6,
    });
    if (clock === null) return;
    const { state, period, homeScore, awayScore } = clock;
    this.#isLive ||= state === "in";
    const change = `${state} ${String(period)} ${String(homeScore)} ${String(awayScore)}`;
    if (change === this.#change) return;
    this.#change = change;
    this.#changes.push({ at, clockState: state, period, homeScore, awayScore });
  }

  #see({ at, markets }: DecisionInput, { model }: LoggedPrice): void {
    // As the night's own rows are read: one quality stands for both books.
    const areBelieved = isBelieved(booksQuality(markets));
    for (const { ticker, quote } of markets) {
      const { bid, ask } = areBelieved ? quote : NO_PRICES;
      this.#sights.see({ marketTicker: ticker, at, bid, ask, model });
    }
  }

  #countVerdict({ strategy, code }: Verdict): void {
    const key = `${strategy} ${code} ${String(this.#isLive)}`;
    const count = (this.#verdictCounts.get(key)?.count ?? 0) + 1;
    this.#verdictCounts.set(key, { strategy, code, isLive: this.#isLive, count });
  }

  #keepChange({ strategy, code, detail, edgeMicros }: Verdict, price: LoggedPrice): void {
    if (this.#codes.get(strategy) === code) return;
    this.#codes.set(strategy, code);
    const { at, mid: middle, model } = price;
    this.#verdicts.push({ at, strategy, code, detail, edge: edgeMicros, mid: middle, model });
  }

  #keepMissed(verdict: Verdict, input: DecisionInput, output: DecisionOutput): void {
    const { strategy, code, edgeMicros: edge } = verdict;
    if (edge === null || edge <= 0 || NOT_MISSED.includes(code)) return;
    const own = input.strategies.find((one) => one.strategy === strategy);
    const key = `${strategy} ${code}`;
    if ((own?.entries ?? 0) > 0 || this.#missed.has(key)) return;
    const texts = { input: JSON.stringify(input), output: JSON.stringify(output) };
    this.#missed.set(key, { strategy, code, edge, at: input.at, ...texts });
  }
}

function priceOf(input: DecisionInput, { forecast }: DecisionOutput): LoggedPrice {
  const home = input.markets.find(({ team }) => team === "home")?.quote;
  const away = input.markets.find(({ team }) => team === "away")?.quote;
  const espn = input.readings.find(({ source }) => source === "espn")?.value ?? null;
  return {
    at: input.at,
    homeBid: home?.bid ?? null,
    homeAsk: home?.ask ?? null,
    awayBid: away?.bid ?? null,
    awayAsk: away?.ask ?? null,
    mid: believedHomeMid(input.markets),
    model: forecast.homeProbability,
    espn,
  };
}
