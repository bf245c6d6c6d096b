import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { type Instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import type { Selection } from "../../core/strategies/btc-selection.ts";
import type { ContractEdge, SeriesContract } from "../../core/strategies/btc-series.ts";
import type { BtcCycleBatch, NewEdge, NewQuote } from "../../schema/queries/btc-writes.ts";
import type { ObservationStore } from "../observation-store.ts";
import type { BtcDecision, SeriesEvaluation } from "./series-evaluation.ts";

/** Where rows go: the database, or files while it is away. */
type BtcStore = Pick<ObservationStore, "btcCycle" | "btcDecision" | "wouldTrade">;

/** A cycle as it was evaluated. */
export interface EvaluatedCycle {
  readonly evaluation: SeriesEvaluation;
  readonly contracts: readonly SeriesContract[];
  readonly edges: readonly ContractEdge[];
  readonly selection: Selection;
  /** The verdict of each contract that was decided about. */
  readonly codes: ReadonlyMap<string, string>;
  readonly startedWall: number;
}

/** How decisions become rows. */
interface DecisionPace {
  /** Whether the look is one of a cycle, which is a row whatever it comes to. */
  readonly isCycle: boolean;
  /** Of what is kept for ever, run milliseconds. */
  readonly decisionIntervalMs: number;
  readonly verdictIntervalMs: number;
}

/** Why a decision is kept for ever: each proposal, each change of a verdict, and a sign of life. */
type Reason = "proposal" | "verdict-changed" | "interval";

/** Writes what a series' watch sees and decides. Cycles are numbered in a run without gaps. */
export class SeriesRecorder {
  readonly #of: {
    readonly runId: string;
    readonly mode: Mode;
    readonly series: BtcSeries;
    readonly configHash: string;
    readonly store: BtcStore;
  };
  /** What was kept for ever last, by contract. */
  readonly #decided = new Map<string, { readonly at: Instant; readonly code: string }>();
  /** The last row of all decisions, by contract, and how many looks since came to the same. */
  readonly #looked = new Map<string, { readonly failed: string; repeats: number }>();
  #cycleNo: number;
  #proposed = 0;
  /** What was written last, for the line that people see. */
  #shown = "";

  constructor(
    of: {
      readonly runId: string;
      readonly mode: Mode;
      readonly series: BtcSeries;
      readonly configHash: string;
      readonly store: BtcStore;
    },
    lastCycle: number,
  ) {
    this.#of = of;
    this.#cycleNo = lastCycle;
  }

  /** Counts what was proposed between two cycles. */
  proposed(count: number): void {
    this.#proposed += count;
  }

  /** Keeps a cycle: the book and the edge of every contract that is open. */
  cycle(made: EvaluatedCycle): void {
    const { evaluation, contracts, edges, selection } = made;
    const { at, spot } = evaluation;
    this.#cycleNo += 1;
    const { runId, mode, series, store } = this.#of;
    const quotes = contracts.map((one) => quoteRow(one, at));
    const closes = new Map(
      contracts.map(({ contract }) => [contract.marketTicker, contract.closeAt]),
    );
    const batch: BtcCycleBatch = {
      quotes,
      edges: edges.map((edge) => this.#edgeRow(edge, closes.get(edge.marketTicker), made)),
      cycle: {
        mode,
        series,
        run_id: runId,
        cycle_no: this.#cycleNo,
        started_at: new Date(at),
        ended_at: new Date(at),
        contracts: contracts.length,
        selected: selection.selected.length,
        excluded: JSON.stringify(selection.counts),
        evaluated: edges.length,
        proposed: this.#proposed,
        quotes_written: quotes.length,
        spot_age_ms: spot.latest === null ? null : Math.max(0, at - spot.latest.receivedAt),
        duration_wall_ms: performance.now() - made.startedWall,
      },
    };
    this.#proposed = 0;
    this.#shown = `${contracts.length} open, ${selection.selected.length} selected, spot ${
      spot.latest === null ? "unknown" : (spot.latest.price / 1e6).toFixed(2)
    }${spot.staleBecause === null ? "" : ` (${spot.staleBecause})`}, cycle ${this.#cycleNo}`;
    store.btcCycle(batch);
  }

  /**
   * Keeps a decision with its bytes: each of a cycle, each that proposes, and each that a look between two
   * cycles comes to where any rule says otherwise than in the row before. Looks that come to the same are
   * counted by the next row. What is proposed, verdicts that change and a sign of life are kept for ever besides.
   *
   * @returns its id when it proposes.
   */
  decision(decision: BtcDecision, limitsHash: string, pace: DecisionPace): string | null {
    const { input, verdict } = decision;
    const { marketTicker } = input.contract;
    const isProposal = verdict.code === "propose";
    const why = isProposal ? "proposal" : this.#why(marketTicker, input.at, verdict.code, pace);
    const repeats = this.#repeatsUpTo(decision, pace.isCycle || isProposal);
    if (why === null && repeats === null) return null;
    const { mode, runId, configHash, store } = this.#of;
    const order = verdict.order;
    const row = {
      mode,
      run_id: runId,
      market_ticker: marketTicker,
      decided_at: new Date(input.at),
      code: verdict.code,
      reason: verdict.reason,
      input: JSON.stringify(input),
      rules: JSON.stringify(verdict.rules),
      order_terms: order === null ? null : JSON.stringify(order),
      config_hash: configHash,
      limits_hash: limitsHash,
    };
    if (repeats !== null) store.btcDecision({ ...row, repeats });
    if (why === null) return null;
    this.#decided.set(marketTicker, { at: input.at, code: verdict.code });
    const decisionId = `btc-contract/${mode}/${marketTicker}#${input.at}`;
    const outcome = order?.outcome ?? null;
    const own = { decision_id: decisionId, verdict: JSON.stringify(verdict), outcome };
    store.wouldTrade({ ...row, ...own });
    return isProposal ? decisionId : null;
  }

  summary(): string {
    return this.#shown;
  }

  /** Forgets a contract that is over. */
  forget(marketTicker: string): void {
    this.#decided.delete(marketTicker);
    this.#looked.delete(marketTicker);
  }

  #why(marketTicker: string, at: Instant, code: string, pace: DecisionPace): Reason | null {
    const last = this.#decided.get(marketTicker);
    if (last === undefined) return "interval";
    const since = at - last.at;
    if (code !== last.code && since >= pace.verdictIntervalMs) return "verdict-changed";
    return since >= pace.decisionIntervalMs ? "interval" : null;
  }

  /** @returns how many looks came to what the row before says; null when this one is another of them. */
  #repeatsUpTo({ input, verdict }: BtcDecision, isDue: boolean): number | null {
    const { marketTicker } = input.contract;
    const failed = verdict.rules.flatMap((one) => (one.isPassed ? [] : [one.rule])).join();
    const last = this.#looked.get(marketTicker);
    if (last !== undefined && !isDue && failed === last.failed) {
      last.repeats += 1;
      return null;
    }
    this.#looked.set(marketTicker, { failed, repeats: 0 });
    return last?.repeats ?? 0;
  }

  #edgeRow(
    edge: ContractEdge,
    closeAt: Instant | undefined,
    { evaluation, codes }: EvaluatedCycle,
  ): NewEdge {
    const { at, spot } = evaluation;
    const { mode, runId } = this.#of;
    const forecast = closeAt === undefined ? null : evaluation.forecast(closeAt);
    const settlement = forecast?.settlement ?? null;
    return {
      mode,
      market_ticker: edge.marketTicker,
      computed_at: new Date(at),
      run_id: runId,
      cycle_no: this.#cycleNo,
      model_probability: edge.model,
      confidence: edge.confidence,
      bid_micros: edge.bid,
      ask_micros: edge.ask,
      edge_yes_micros: edge.edgeYesMicros,
      edge_no_micros: edge.edgeNoMicros,
      code: codes.get(edge.marketTicker) ?? "not_selected",
      spot_micros: spot.latest?.price ?? null,
      mean_micros: settlement === null ? null : dollars(settlement.mean),
      deviation_micros:
        settlement === null ? null : dollars(settlement.mean * settlement.deviation),
      model_version: forecast?.modelVersion ?? null,
    };
  }
}

function dollars(amount: number): UsdMicros {
  return usdMicros(Math.round(amount * 1e6));
}

function quoteRow({ contract, quote, quoteStaleBecause }: SeriesContract, at: Instant): NewQuote {
  return {
    market_ticker: contract.marketTicker,
    observed_at: new Date(at),
    bid_micros: quote?.bid ?? null,
    bid_size_centi: quote?.bidSize ?? null,
    ask_micros: quote?.ask ?? null,
    ask_size_centi: quote?.askSize ?? null,
    stale_because: quote === null ? "no_quote" : quoteStaleBecause,
  };
}
