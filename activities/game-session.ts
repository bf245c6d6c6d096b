import type { Logger } from "pino";
import type { StrategyInput, Verdict } from "../core/domain/decision.ts";
import type { FeedGame } from "../core/domain/feeds.ts";
import {
  decisionPhase,
  type GameState,
  isLaterPhase,
  pauseReason,
  shownPhase,
} from "../core/domain/game.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { GameIntent } from "../core/domain/order.ts";
import { allowsOrder } from "../core/domain/kill.ts";
import type { FeeSchedule, PriceBand, Quote, Trade } from "../core/domain/market.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import { basisOf } from "../core/risk/decision-basis.ts";
import type { DecisionConfig } from "../core/strategies/config.ts";
import type { GameDecider, Look } from "../core/strategies/decide.ts";
import { copyOfInput } from "../core/strategies/input-copy.ts";
import { phaseSeen, type SeenPhase } from "../core/strategies/phase-seen.ts";
import { regimeWord } from "../core/strategies/router.ts";
import { RecordPace, type RecordRules } from "../core/strategies/record-pace.ts";
import type { GameView } from "../core/strategies/view.ts";
import type { GameBreakers } from "./breaker-book.ts";
import { bookSource, IMPOSSIBLE_BOOK } from "./breaker-senses.ts";
import { type CycleCounts, newCycleCounts, countEvaluation } from "../core/scoring/cycle-counts.ts";
import type { FeedListener } from "./feed-poller.ts";
import { LIFECYCLE_STATUS } from "./lifecycle-status.ts";
import type { MarketListener } from "./market-hub.ts";
import type { ProposedIntent } from "./place-order.ts";
import { type QuoteFault, quoteFault } from "./quote-fault.ts";
import { feedListenerOf } from "./session-feeds.ts";
import type { SessionRecorder, SnapshotTrigger } from "./session-recorder.ts";

/** How a session paces itself. Run time unless the name says wall. */
export interface SessionSettings extends RecordRules {
  readonly chunkMs: number;
  readonly minChunkWallMs: number;
  readonly maxChunkWallMs: number;
  /** A quiet book is confirmed, and its age renewed, this often. */
  readonly confirmMs: number;
  /** Wall time between looks when nothing changes. */
  readonly idleWallMs: number;
  /** The last seconds of the game clock in which nothing is entered. */
  readonly closingSeconds: number;
}

/** What the ledger says at the start of a chunk, and the limits in force then. */
export interface SessionLedger {
  readonly strategies: readonly StrategyInput[];
  /** Why entries are paused by what stands in the database, such as a breaker; null when they are not. */
  readonly pausedBecause: string | null;
  readonly config: DecisionConfig;
  readonly limitsHash: string;
}

/** Why entries are paused from outside the game, such as an absent database; null when they are not. */
type PauseCheck = () => string | null;

export interface SessionDeps {
  readonly game: GameRef;
  /** Who decides under these settings. */
  readonly deciderFor: (config: DecisionConfig) => GameDecider;
  readonly view: GameView;
  readonly clock: RunClock;
  readonly configHash: string;
  readonly fees: FeeSchedule;
  readonly isDerivedBook: boolean;
  /** Price grid of each market. */
  readonly grids: ReadonlyMap<string, readonly PriceBand[]>;
  readonly settings: SessionSettings;
  readonly recorder: SessionRecorder;
  readonly breakers: GameBreakers;
  readonly pausedBecause: PauseCheck;
  /** The best prices as old as the stream vouches for them; null when it does not. */
  readonly currentQuote: (marketTicker: string) => Quote | null;
  /** Asks for a market's book anew: what it shows cannot be true. */
  readonly distrust: (marketTicker: string, reason: string) => void;
  readonly log: Logger;
}

/** How a chunk of watching ended. */
export interface ChunkEnd {
  readonly at: Instant;
  readonly entered: "live" | "closing" | "final" | null;
  readonly isPostponed: boolean;
  readonly proposals: readonly ProposedIntent<GameIntent>[];
}

/**
 * One game watched by this process: folds what stream and feeds say into the view, and decides on
 * each change. It lives across chunks, so that no window cools down between two of them.
 */
export class GameSession implements MarketListener {
  private readonly deps: SessionDeps;
  /** The first of the changes that are not evaluated yet; null when nothing changed. */
  private changedBy: SnapshotTrigger | null = "tick";
  private turn = 0;
  private wake: (() => void) | null = null;
  /** By ticker: when the newest quote came, of those that no evaluation has seen yet. */
  private newQuotes = new Map<string, number>();
  private readonly quotes = new Map<string, Quote>();
  private readonly staleTickers = new Set<string>();
  private readonly marketStatus = new Map<string, string>();
  private feed: FeedGame | null = null;
  private decider: { readonly of: GameDecider; readonly config: DecisionConfig } | null = null;
  private regime: { readonly word: string; readonly at: Instant } | null = null;
  private readonly pace: RecordPace;

  constructor(deps: SessionDeps) {
    this.deps = deps;
    this.pace = new RecordPace(deps.settings);
  }

  /** Watches until something must be decided, the phase changes, or the chunk is over. */
  async watch(state: GameState, ledger: SessionLedger, signal: AbortSignal): Promise<ChunkEnd> {
    this.turn += 1;
    const turn = this.turn;
    this.touch("tick");
    const startedWall = performance.now();
    const counts = newCycleCounts(this.deps.clock.now());
    const isSuperseded = (): boolean => signal.aborted || turn !== this.turn;
    let end = this.look(state, ledger, counts);
    while (!isWorthReturning(end)) {
      if (isSuperseded() || this.isChunkOver(counts.startedAt, startedWall)) break;
      await this.changed(this.deps.settings.idleWallMs);
      // The change belongs to the watch that came after: it must find it still undecided.
      if (isSuperseded()) break;
      end = this.look(state, ledger, counts);
    }
    this.deps.recorder.cycle(counts, end.at, end.proposals[0]?.decisionId ?? null);
    return end;
  }

  /** Decides when something changed, the phase did, or it was silent for long. */
  private look(state: GameState, ledger: SessionLedger, counts: CycleCounts): ChunkEnd {
    this.confirmQuietBooks(this.deps.clock.now());
    // After that: nothing of a decision may be known later than it is made, however fast run time goes.
    const now = this.deps.clock.now();
    const seen = this.phaseSeen(now);
    const entered = seen !== null && isLaterPhase(state.phase, seen) ? seen : null;
    const proposals =
      this.changedBy !== null || entered !== null || this.pace.isDue(now)
        ? this.evaluate(state, ledger, now, counts, entered !== null)
        : [];
    return { at: now, entered, isPostponed: this.isPostponed(state), proposals };
  }

  private isChunkOver(startedAt: Instant, startedWall: number): boolean {
    const { chunkMs, minChunkWallMs, maxChunkWallMs } = this.deps.settings;
    const wallMs = performance.now() - startedWall;
    const runMs = this.deps.clock.now() - startedAt;
    return wallMs >= maxChunkWallMs || (runMs >= chunkMs && wallMs >= minChunkWallMs);
  }

  onQuote(quote: Quote, wallMs: number): void {
    const fault = quoteFault(quote, this.deps.grids.get(quote.marketTicker) ?? []);
    if (fault !== null) {
      this.onFaulty(quote.marketTicker, fault);
      return;
    }
    this.quotes.set(quote.marketTicker, quote);
    this.newQuotes.set(quote.marketTicker, wallMs);
    this.staleTickers.delete(quote.marketTicker);
    this.deps.breakers.sourceValid(bookSource(quote.marketTicker));
    if (this.staleTickers.size === 0) this.deps.recorder.recovered(BOOK_ALARMS, () => true);
    this.deps.view.observeQuote(quote, this.deps.isDerivedBook);
    this.touch("book");
  }

  private onFaulty(ticker: string, fault: QuoteFault): void {
    this.staleTickers.add(ticker);
    this.deps.view.markStale(ticker, fault.reason);
    this.deps.recorder.alarm("quote_invalid", fault.field, `${ticker}: ${fault.reason}`);
    this.deps.breakers.sourceInvalid(bookSource(ticker), `${fault.field} ${fault.reason}`);
    this.deps.distrust(ticker, fault.reason);
    this.touch("book");
  }

  onTrade(trade: Trade): void {
    this.deps.view.observeTrade(trade);
  }

  onStale(marketTicker: string, reason: string): void {
    this.staleTickers.add(marketTicker);
    this.deps.view.markStale(marketTicker, reason);
    this.deps.recorder.alarm("market_stale", "order_book", `${marketTicker}: ${reason}`);
    const { breakers } = this.deps;
    if (reason === IMPOSSIBLE_BOOK) breakers.sourceInvalid(bookSource(marketTicker), reason);
    this.touch("book");
  }

  onLifecycle(marketTicker: string, eventType: string): void {
    const status = LIFECYCLE_STATUS[eventType];
    if (status === undefined) return;
    this.marketStatus.set(marketTicker, status);
    this.deps.view.setMarketStatus(marketTicker, status);
    this.touch("book");
  }

  onInvalid(field: string, reason: string, raw: string): void {
    this.deps.recorder.alarm("frame_invalid", field, reason, raw);
    // Whose book it was the frame does not say: each is believed again with its next sound quote.
    for (const { ticker } of this.deps.game.markets) {
      this.deps.breakers.sourceInvalid(bookSource(ticker), `${field} ${reason}`);
    }
  }

  /** The listener to register with the feed poller. */
  feedListener(): FeedListener {
    return feedListenerOf(this.deps, (trigger, seen) => {
      if (seen !== null) this.feed = seen;
      this.touch(trigger);
    });
  }

  private evaluate(
    state: GameState,
    ledger: SessionLedger,
    now: Instant,
    counts: CycleCounts,
    isNewPhase: boolean,
  ): readonly ProposedIntent<GameIntent>[] {
    const trigger = this.changedBy ?? "tick";
    const { newQuotes } = this;
    this.changedBy = null;
    this.newQuotes = new Map();
    const { view, configHash, fees, recorder } = this.deps;
    const page = view.shown(now, {
      phase: decisionPhase(state),
      strategies: ledger.strategies,
      entriesPaused: this.pausedNow(state, ledger, now),
      fees,
      configHash,
    });
    const decider = this.deciderUnder(ledger.config);
    const look = decider.look(page);
    this.tellRegime(look, now);
    this.deps.breakers.evaluated(page, look.forecast);
    const proposed = look.verdicts.filter((verdict) => mayPropose(verdict, state));
    countEvaluation(counts, look.verdicts, proposed);
    const cursor = recorder.snapshot(trigger, page, look.forecast);
    const why = this.pace.why(look.verdicts, proposed.length > 0, isNewPhase, now);
    if (why === null) return [];
    const input = copyOfInput(page);
    const output = decider.decide(input);
    const decisionId = recorder.decision(cursor, why, { input, output, ledger });
    recorder.show(shownPhase(state), input, output);
    return proposed.flatMap(({ intent }): ProposedIntent<GameIntent>[] => {
      if (intent === null) return [];
      const { marketTicker } = intent;
      const clockDisagreementSeconds = view.clockDisagreement(now);
      const basis = { ...basisOf(input, output, intent), clockDisagreementSeconds };
      return [{ decisionId, intent, quote: this.marks(marketTicker, now, newQuotes), basis }];
    });
  }

  /** A chunk may come with other limits than the one before. */
  private deciderUnder(config: DecisionConfig): GameDecider {
    if (this.decider?.config !== config) {
      this.decider = { of: this.deps.deciderFor(config), config };
    }
    return this.decider.of;
  }

  /** At most as often as changed verdicts are kept: at a border a regime may change with every price. */
  private tellRegime({ route }: Look, now: Instant): void {
    if (route === undefined || route.regime === null) return;
    const word = regimeWord(route.regime);
    const { word: before, at } = this.regime ?? { word, at: -Infinity };
    if (word !== before && now - at < this.deps.settings.verdictIntervalMs) return;
    if (word !== before) this.deps.recorder.regime(word, before);
    if (word !== before || this.regime === null) this.regime = { word, at: now };
  }

  private pausedNow(state: GameState, ledger: SessionLedger, now: Instant): string | null {
    const { view, pausedBecause } = this.deps;
    const isDisputed = view.finalWord(now) === "alone";
    const known = pauseReason(state) ?? ledger.pausedBecause ?? pausedBecause();
    return known ?? (isDisputed ? "final_disputed" : null);
  }

  private confirmQuietBooks(now: Instant): void {
    for (const [ticker, quote] of this.quotes) {
      if (this.staleTickers.has(ticker) || now - quote.receivedAt < this.deps.settings.confirmMs) {
        continue;
      }
      const confirmed = this.deps.currentQuote(ticker);
      if (confirmed === null || confirmed.receivedAt <= quote.receivedAt) continue;
      this.quotes.set(ticker, confirmed);
      this.deps.view.observeQuote(confirmed, this.deps.isDerivedBook);
    }
  }

  private marks(
    ticker: string,
    now: Instant,
    newQuotes: ReadonlyMap<string, number>,
  ): ProposedIntent["quote"] {
    const quote = this.quotes.get(ticker);
    if (!quote) return null;
    return {
      bidMicros: quote.bid,
      askMicros: quote.ask,
      receivedAt: Math.min(quote.receivedAt, now),
      receivedWallMs: newQuotes.get(ticker) ?? null,
    };
  }

  /** What the feeds and the venue show; null while there is nothing new to say. */
  private phaseSeen(now: Instant): SeenPhase | null {
    const statuses = this.deps.game.markets.map((market) => this.marketStatus.get(market.ticker));
    return phaseSeen(this.deps.view, statuses, now, this.deps.settings.closingSeconds);
  }

  /** Of a game that has not begun: one that is broken off is still held, and watched to its end. */
  private isPostponed(state: GameState): boolean {
    if (state.phase !== "pregame" && state.phase !== "postponed") return false;
    const name = this.feed?.statusName ?? "";
    return name === "STATUS_POSTPONED" || name.startsWith("STATUS_CANCEL");
  }

  private touch(trigger: SnapshotTrigger): void {
    this.changedBy ??= trigger;
    this.wake?.();
  }

  /** Resolves when something changed, or after the idle time. Changes of one turn are taken together. */
  private async changed(idleMs: number): Promise<void> {
    let wake = (): void => undefined;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, idleMs);
      wake = () => {
        clearTimeout(timer);
        setImmediate(resolve);
      };
      this.wake = wake;
    });
    if (this.wake === wake) this.wake = null;
  }
}

/** Alarms that end when every book of the game can be believed again. */
const BOOK_ALARMS = ["market_stale", "quote_invalid", "frame_invalid"];

function isWorthReturning(end: ChunkEnd): boolean {
  return end.entered !== null || end.isPostponed || end.proposals.length > 0;
}

function mayPropose(verdict: Verdict, state: GameState): boolean {
  return verdict.intent !== null && allowsOrder(state.killLevel, verdict.intent);
}
