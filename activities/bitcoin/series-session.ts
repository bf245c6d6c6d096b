import type { Logger } from "pino";
import { type BtcContract, hasStrike } from "../../core/domain/btc-contract.ts";
import { duePhase } from "../../core/domain/contract.ts";
import { type Occasion, occasionOfContract } from "../../core/domain/occasion.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant, usdMicros } from "../../core/domain/units.ts";
import { reservation } from "../../core/risk/exposure.ts";
import { btcIntent } from "../../core/strategies/btc-intent.ts";
import type { SeriesContract } from "../../core/strategies/btc-series.ts";
import type { BitcoinConfig } from "../../runtime/bitcoin-config.ts";
import { wallNow } from "../../runtime/wall.ts";
import type { BtcRun, ContractNews, SeriesState } from "../../workflows/btc-contracts.ts";
import { LIFECYCLE_STATUS } from "../lifecycle-status.ts";
import type { MarketHub, MarketListener } from "../market-hub.ts";
import type { ProposedIntent } from "../place-order.ts";
import { ProposedEntries } from "./proposed-entries.ts";
import {
  basisOfBtc,
  type BtcDecision,
  type EntryBars,
  SeriesEvaluation,
} from "./series-evaluation.ts";
import { untoldFacts } from "./contract-news.ts";
import { LedgerView, type SeriesLedger } from "./series-ledger.ts";
import type { SeriesMarkets, TrackedContract } from "./series-markets.ts";
import type { SeriesRecorder } from "./series-recorder.ts";
import type { SpotBook } from "./spot-book.ts";

/** Reads the ledger, which of these decisions it holds first. */
export type ReadSeriesLedger = (pending: readonly string[]) => Promise<SeriesLedger>;

export interface SeriesSessionDeps {
  readonly run: BtcRun;
  readonly markets: SeriesMarkets;
  readonly hub: Pick<MarketHub, "view">;
  readonly spot: Pick<SpotBook, "forecast" | "now">;
  readonly clock: RunClock;
  readonly recorder: SeriesRecorder;
  /** Looks after catalogue and settlements; never throws, and is quick when nothing is due. */
  readonly keepUp: (at: Instant) => void;
  /** Has the catalogue read again at the next upkeep: the venue has told of a change of it. */
  readonly refreshSoon: () => void;
  /** Whether all that the venue will ever say was heard; asked once the source is over. */
  readonly isSettled: () => boolean;
  /** Why entries are paused from outside the series, such as an absent database; null when not. */
  readonly pausedBecause: () => string | null;
  /** Whether the venue has said that it does not trade now; silence is no such word. */
  readonly isVenuePaused: () => boolean;
  readonly config: BitcoinConfig;
  /** Chance that displayed size is still there when we arrive, 0 to 1. */
  readonly fillProbability: number;
  /** Hears that a cycle was completed. */
  readonly onCycle: (at: Instant) => void;
  /** Hears how long after a price of the spot the edges were there, wall milliseconds. */
  readonly onEdges?: (wallMs: number) => void;
  readonly log: Logger;
}

/** A contract that a workflow is to be started for. */
export interface AdmittedContract {
  readonly contract: BtcContract;
  readonly occasion: Occasion;
  readonly phase: "waiting" | "open" | "entry-window";
  readonly isStruck: boolean;
  readonly retryMs: number;
  /** Proposals that an earlier run of its workflow made. */
  readonly decisionsBefore: number;
  readonly at: Instant;
}

/** One that the books have not been asked about yet. */
type Admission = Omit<AdmittedContract, "decisionsBefore">;

/** How a chunk of watching ended. */
export interface SeriesChunkEnd {
  readonly at: Instant;
  readonly admitted: readonly Admission[];
  readonly news: readonly { readonly marketTicker: string; readonly news: ContractNews }[];
  readonly isOver: boolean;
}

/** What is proposed, by contract. */
type Proposals = ReadonlyMap<string, ProposedIntent>;
const NOTHING: Proposals = new Map();

/** The venue's word for a close that is another than before. */
const CLOSE_MOVED = "close_date_updated";

/** Longest wall time between two looks when nothing changes. */
const IDLE_WALL_MS = 250;

/**
 * One series watched by this process: every price of the spot and every change of a book brings the edges
 * of all its contracts up to date, and decides about those that are followed. Lives across chunks.
 */
export class SeriesSession implements MarketListener {
  readonly #deps: SeriesSessionDeps;
  /** Contracts that were seen to have a workflow: once that has ended, none is started anew. */
  readonly #admitted = new Set<string>();
  readonly #proposed: ProposedEntries;
  #turn = 0;
  #isChanged = true;
  /** When the price came that is not evaluated yet, wall; null when none is. */
  #spotWallMs: number | null = null;
  #evaluatedWallMs = 0;
  #cycleAt: Instant | null = null;
  #codes = new Map<string, string>();
  #selected: readonly BtcContract[] = [];
  #wake: (() => void) | null = null;

  constructor(deps: SeriesSessionDeps) {
    this.#deps = deps;
    this.#proposed = new ProposedEntries(deps.config.watch.retryMs);
  }

  /** Watches until contracts must be told something, or the chunk is over. */
  async watch(
    state: SeriesState,
    readLedger: ReadSeriesLedger,
    signal: AbortSignal,
  ): Promise<SeriesChunkEnd> {
    this.#turn += 1;
    const turn = this.#turn;
    const isSuperseded = (): boolean => signal.aborted || turn !== this.#turn;
    const startedWall = performance.now();
    if (isSuperseded()) return nothingAt(this.#deps.clock.now());
    const ledger = await LedgerView.open(() => this.#read(readLedger), this.#deps.log);
    if (isSuperseded()) return nothingAt(this.#deps.clock.now());
    // What an answer that was lost admitted is not there, and is admitted again.
    for (const { marketTicker } of state.followed) this.#admitted.add(marketTicker);
    this.#isChanged = true;
    for (;;) {
      const end = this.#look(state, ledger.current());
      const isWorthIt = end.admitted.length > 0 || end.news.length > 0 || end.isOver;
      const isChunkOver = performance.now() - startedWall >= this.#deps.config.watch.maxChunkWallMs;
      if (isWorthIt || isChunkOver || isSuperseded()) return end;
      await this.#changed();
      if (isSuperseded()) return nothingAt(end.at);
    }
  }

  onPrice(wallMs: number): void {
    this.#spotWallMs ??= wallMs;
    this.#touch();
  }

  onQuote(): void {
    this.#touch();
  }

  onTrade(): void {
    // Prints move no quote: the book tells it.
  }

  onStale(): void {
    this.#touch();
  }

  onLifecycle(marketTicker: string, eventType: string, closeAt: Instant | null = null): void {
    const { markets } = this.#deps;
    const status = LIFECYCLE_STATUS[eventType];
    const heardWallMs = performance.now();
    if (status !== undefined) markets.told(marketTicker, { status }, heardWallMs);
    if (eventType === CLOSE_MOVED) {
      // Until the catalogue is read again no decision may be of the old close.
      if (closeAt !== null) markets.told(marketTicker, { closeAt }, heardWallMs);
      this.#deps.refreshSoon();
    }
    this.#deps.keepUp(this.#deps.clock.now());
    this.#touch();
  }

  onInvalid(field: string, reason: string): void {
    this.#deps.log.warn({ field, reason }, "invalid frame of a Bitcoin market");
  }

  #look(state: SeriesState, ledger: SeriesLedger): SeriesChunkEnd {
    const { clock, run, config, isSettled } = this.#deps;
    const at = clock.now();
    this.#deps.keepUp(at);
    const cycleAt = instant(Math.floor(at / config.watch.cycleMs) * config.watch.cycleMs);
    const isCycle = this.#cycleAt === null || cycleAt > this.#cycleAt;
    const isDue = performance.now() - this.#evaluatedWallMs >= config.watch.evaluateWallMs;
    const proposals =
      isCycle || (this.#isChanged && isDue)
        ? this.#evaluate(at, isCycle ? cycleAt : null, state, ledger)
        : NOTHING;
    return {
      at,
      admitted: this.#admissions(at, state),
      news: this.#news(at, state, proposals, ledger),
      isOver: run.endsAt !== null && at >= run.endsAt - 1 && isSettled(),
    };
  }

  /** Edges of all that is open; decisions about what is followed and in its entry window. */
  #evaluate(
    at: Instant,
    cycleAt: Instant | null,
    state: SeriesState,
    ledger: SeriesLedger,
  ): Proposals {
    const { spot, markets, config, recorder, onEdges } = this.#deps;
    const startedWall = performance.now();
    this.#isChanged = false;
    this.#evaluatedWallMs = startedWall;
    const known = [...markets.all()].filter(({ end }) => end === null);
    const contracts = known.map((one) => this.#seen(one));
    const evaluation = new SeriesEvaluation(at, spot, contracts);
    const open = contracts.filter(({ contract }) => contract.openAt <= at && at < contract.closeAt);
    const edges = evaluation.edges(open);
    if (this.#spotWallMs !== null) onEdges?.(performance.now() - this.#spotWallMs);
    this.#spotWallMs = null;
    const proposals = this.#decide(evaluation, cycleAt !== null, state, ledger);
    recorder.proposed(proposals.size);
    if (cycleAt === null) return proposals;
    this.#cycleAt = cycleAt;
    this.#forgetGone();
    const selection = evaluation.select(config.selection);
    this.#selected = selection.selected;
    const codes = new Map<string, string>(
      selection.excluded.map(({ marketTicker, reason }) => [marketTicker, reason]),
    );
    for (const [ticker, code] of this.#codes) codes.set(ticker, code);
    this.#deps.onCycle(at);
    recorder.cycle({ evaluation, contracts: open, edges, selection, codes, startedWall });
    return proposals;
  }

  #decide(
    evaluation: SeriesEvaluation,
    isCycle: boolean,
    state: SeriesState,
    ledger: SeriesLedger,
  ): Proposals {
    const { config, recorder, markets, fillProbability } = this.#deps;
    const paused = this.#paused(state);
    const { at } = evaluation;
    const wallMs = performance.now();
    const bars = (): EntryBars => ({
      // What was proposed a moment ago, in this very look too, is spent.
      capitalLeft: usdMicros(Math.max(0, ledger.capitalLeft - this.#proposed.reserved(at, wallMs))),
      of: (ticker) => paused ?? ledger.of(ticker) ?? this.#proposed.barOf(ticker, at, wallMs),
    });
    const proposals = new Map<string, ProposedIntent>();
    this.#codes = new Map();
    for (const { marketTicker, phase } of state.followed) {
      const tracked = markets.get(marketTicker);
      if (tracked === null || phase !== "entry-window") continue;
      const decision = evaluation.decide(tracked.contract, bars(), ledger.rules);
      if (decision === null) continue;
      this.#codes.set(marketTicker, decision.verdict.code);
      const pace = { isCycle, ...config.watch };
      const decisionId = recorder.decision(decision, ledger.limitsHash, pace);
      const intent = btcIntent(decision.verdict, fillProbability);
      if (decisionId === null || intent === null) continue;
      const reserved = reservation(intent, decision.input.fees);
      const entry = { decisionId, proposedAt: at, proposedWallMs: wallMs, reserved };
      this.#proposed.add(marketTicker, entry);
      const basis = basisOfBtc(decision);
      proposals.set(marketTicker, { decisionId, intent, quote: marksOf(decision), basis });
    }
    return proposals;
  }

  /** Selected contracts that no workflow has yet. */
  #admissions(at: Instant, state: SeriesState): readonly Admission[] {
    const { run, markets, config } = this.#deps;
    const followed = new Set(state.followed.map(({ marketTicker }) => marketTicker));
    return this.#selected.flatMap((contract): Admission[] => {
      const { marketTicker } = contract;
      if (followed.has(marketTicker) || this.#admitted.has(marketTicker)) return [];
      const tracked = markets.get(marketTicker);
      if (tracked === null) return [];
      const due = duePhase(tracked.contract, at, config.window).phase;
      if (due === "closing") return [];
      const isStruck = hasStrike(tracked.contract.bounds);
      const occasion = occasionOfContract({
        runId: run.runId,
        mode: run.mode,
        contract: tracked.contract,
        exchangeIndex: tracked.exchangeIndex,
      });
      const phase = due === "entry-window" && !isStruck ? "open" : due;
      const { retryMs } = config.watch;
      return [{ contract: tracked.contract, occasion, phase, isStruck, retryMs, at }];
    });
  }

  /** What followed contracts have not been told: worked out anew each time, so that none is lost. */
  #news(
    at: Instant,
    state: SeriesState,
    proposals: Proposals,
    { exited }: SeriesLedger,
  ): SeriesChunkEnd["news"] {
    const { config, isVenuePaused } = this.#deps;
    const { maxAttempts } = config.watch;
    const context = { at, window: config.window, isVenuePaused: isVenuePaused(), maxAttempts };
    return state.followed.flatMap((followed) => {
      const { marketTicker } = followed;
      const tracked = this.#deps.markets.get(marketTicker);
      if (tracked === null) return [];
      const proposal = proposals.get(marketTicker) ?? null;
      const own = { hasProposal: proposal !== null, hasExited: exited.has(marketTicker) };
      const facts = untoldFacts(followed, tracked, { ...context, ...own });
      if (facts.length === 0 && proposal === null) return [];
      return [{ marketTicker, news: { at, facts, proposal } }];
    });
  }

  #seen({ contract, status, exchangeIndex, fees }: TrackedContract): SeriesContract {
    const view = this.#deps.hub.view(contract.marketTicker);
    return {
      contract,
      status,
      exchangeIndex,
      fees,
      quote: view?.quote ?? null,
      quoteStaleBecause: view?.staleBecause ?? null,
    };
  }

  #paused({ killLevel, entriesPausedBecause }: SeriesState): string | null {
    if (killLevel !== null) return `killed:${killLevel}`;
    return entriesPausedBecause ?? this.#deps.pausedBecause();
  }

  async #read(readLedger: ReadSeriesLedger): Promise<SeriesLedger> {
    const ledger = await readLedger(this.#proposed.pending());
    this.#proposed.booked(ledger.booked, this.#deps.clock.now());
    return ledger;
  }

  /** Of contracts that the catalogue has dropped nothing is kept. */
  #forgetGone(): void {
    const { markets } = this.#deps;
    const isKnown = (ticker: string): boolean => markets.get(ticker) !== null;
    for (const ticker of this.#admitted) if (!isKnown(ticker)) this.#admitted.delete(ticker);
    this.#proposed.forget(isKnown);
  }

  #touch(): void {
    this.#isChanged = true;
    this.#wake?.();
  }

  /** Resolves when something changed, or when the next cycle is due. Changes of one turn are taken together. */
  async #changed(): Promise<void> {
    const { clock, config } = this.#deps;
    const { cycleMs, evaluateWallMs } = config.watch;
    const toCycleWallMs = (cycleMs - (clock.now() % cycleMs)) / clock.speed;
    // What comes within the least time between two evaluations is evaluated at its end.
    const toNextMs = (): number => evaluateWallMs - (performance.now() - this.#evaluatedWallMs);
    let wake = (): void => undefined;
    await new Promise<void>((resolve) => {
      const idle = setTimeout(resolve, Math.max(1, Math.min(IDLE_WALL_MS, toCycleWallMs)));
      let isAwake = false;
      wake = () => {
        if (isAwake) return;
        isAwake = true;
        clearTimeout(idle);
        const waitMs = Math.min(toNextMs(), toCycleWallMs);
        if (waitMs > 0) setTimeout(resolve, waitMs);
        else setImmediate(resolve);
      };
      this.#wake = wake;
      if (this.#isChanged) wake();
    });
    if (this.#wake === wake) this.#wake = null;
  }
}

function nothingAt(at: Instant): SeriesChunkEnd {
  return { at, admitted: [], news: [], isOver: false };
}

function marksOf({ input }: BtcDecision): ProposedIntent["quote"] {
  const { quote } = input;
  if (quote === null) return null;
  return {
    bidMicros: quote.bid,
    askMicros: quote.ask,
    receivedAt: Math.min(quote.receivedAt, input.at),
    receivedWallMs: wallNow(),
  };
}
