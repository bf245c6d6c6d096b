import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import type { AdmittedContract } from "../activities/bitcoin/series-session.ts";
import type { WatchSeriesResult } from "../activities/bitcoin/watch-series.ts";
import { STARTED_COST } from "../core/domain/contract-cost.ts";
import { type FollowedContract, followedAfter } from "../core/domain/followed-contract.ts";
import { type KillOrder, readKill, stricter } from "../core/domain/kill.ts";
import { passOn } from "../core/domain/signal-note.ts";
import type { Instant } from "../core/domain/units.ts";
import { shown, workflowIds } from "../temporal.config.ts";
import { bitcoin, bitcoinBatch } from "./activities.ts";
import { btcContract } from "./btc-contract.ts";
import {
  type BtcSeriesInput,
  type BtcSeriesResult,
  type ContractNews,
  contractNewsSignal,
  type SeriesState,
  seriesStateQuery,
} from "./btc-contracts.ts";
import {
  killSignal,
  pauseEntriesSignal,
  resumeSignal,
  timelineQuery,
  workerStartedSignal,
} from "./contracts.ts";
import { KillSignals } from "./kill-signals.ts";
import {
  createActRecorder,
  createPhaseMarker,
  interruptible,
  isHistoryLong,
  Timeline,
} from "./shared.ts";

/**
 * A Bitcoin series around the clock: one chunked watch of all its contracts, a workflow for each that the
 * selection admits. Endless by continue-as-new; a source that is played ends it.
 */
export async function btcSeries(input: BtcSeriesInput): Promise<BtcSeriesResult> {
  const run = new SeriesRun(input);
  try {
    return await run.watch();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return await CancellationScope.nonCancellable(() => run.stop("stopped"));
  }
}

class SeriesRun {
  private readonly input: BtcSeriesInput;
  private state: SeriesState;
  private now: Instant | null;
  private readonly timeline: Timeline;
  private readonly markPhase: (phase: string) => void;
  private readonly recordAct: ReturnType<typeof createActRecorder>;
  private isInterrupted = false;
  private summary: string;
  private readonly kills: KillSignals;

  constructor(input: BtcSeriesInput) {
    const { carried } = input;
    this.input = input;
    this.state = carried?.state ?? { followed: [], killLevel: null, entriesPausedBecause: null };
    this.now = carried?.now ?? null;
    this.timeline = new Timeline(carried?.timeline);
    this.summary = carried?.summary ?? "";
    this.kills = new KillSignals(input.series, input.run.mode, carried?.killsStarted);
    this.markPhase = createPhaseMarker(carried === null ? "starting" : this.phase());
    this.recordAct = createActRecorder(input.run.mode);
    this.handleMessages();
  }

  async watch(): Promise<BtcSeriesResult> {
    const { run, series } = this.input;
    if (this.input.carried === null) await bitcoinBatch.openBtcRun({ run, series });
    this.markPhase(this.phase());
    this.show();
    for (;;) {
      if (isHistoryLong(this.input.maxHistoryEvents) && allHandlersFinished()) await this.carryOn();
      this.isInterrupted = false;
      const result = await interruptible(
        () => bitcoin.watchSeries({ run, series, state: this.state }),
        () => this.isInterrupted,
      );
      if (result === null) continue;
      // A cancel in between would leave contracts that nobody tells of it.
      await CancellationScope.nonCancellable(() => this.obey(result));
      if (result.isOver) return await this.stop("source over");
    }
  }

  /** Contracts that hold nothing end with it, the others live on to their settlement. */
  async stop(endedBecause: BtcSeriesResult["endedBecause"]): Promise<BtcSeriesResult> {
    this.note(`${endedBecause}: ${this.state.followed.length} contracts are told`);
    const cancels = this.state.followed.map(({ marketTicker }) =>
      this.contract(marketTicker)
        .cancel()
        .catch(() => undefined),
    );
    await Promise.all(cancels);
    const { run, series } = this.input;
    await bitcoinBatch.closeBtcSeries({ runId: run.runId, series, endedBecause });
    this.markPhase(endedBecause === "stopped" ? "stopped" : "over");
    await condition(allHandlersFinished);
    return { series, contractsFollowed: this.state.followed.length, endedBecause };
  }

  private async obey(result: WatchSeriesResult): Promise<void> {
    this.now = result.at;
    this.summary = result.summary;
    this.learnKill(result);
    await Promise.all(result.admitted.map((admitted) => this.admit(admitted)));
    await Promise.all(result.news.map(({ marketTicker, news }) => this.tell(marketTicker, news)));
    this.show();
  }

  /** Its workflow may be there already: an answer that was lost is given twice, a series begins anew. */
  private async admit(admitted: AdmittedContract): Promise<void> {
    const { contract, occasion, phase, retryMs, decisionsBefore } = admitted;
    const { marketTicker, closeAt, eventTicker } = contract;
    const { tradingDate: date } = occasion;
    const { run } = this.input;
    let followed: FollowedContract = {
      marketTicker,
      phase,
      closeAt,
      isStruck: admitted.isStruck,
      cost: STARTED_COST,
    };
    try {
      await startChild(btcContract, {
        workflowId: workflowIds.btcContract(run.mode, marketTicker),
        args: [
          {
            occasion,
            contract,
            retryMs,
            decisionsBefore,
            shadowInPlace: true,
            phase,
            at: admitted.at,
            killLevel: this.state.killLevel,
            entriesPausedBecause: this.state.entriesPausedBecause,
          },
        ],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        // One that ended with a series which was stopped goes on with the next; one that is over does not.
        workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
        workflowTaskTimeout: "5s",
        ...shown.btcContract({ mode: run.mode, marketTicker, eventTicker, phase, date }),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // What an earlier series told it is not known: it is told all again, or found to be over.
      followed = { marketTicker, closeAt, phase: "waiting", isStruck: false };
    }
    const others = this.state.followed.filter((one) => one.marketTicker !== marketTicker);
    this.state = { ...this.state, followed: [...others, followed] };
  }

  /** One that is over, or was canceled by a person, hears nothing more. */
  private async tell(marketTicker: string, news: ContractNews): Promise<void> {
    const isHeard = await this.contract(marketTicker)
      .signal(contractNewsSignal, news)
      .then(
        () => true,
        () => false,
      );
    const followed = this.state.followed.flatMap((one) => {
      if (one.marketTicker !== marketTicker) return [one];
      const next = followedAfter(one, news.facts, news.proposal !== null);
      return !isHeard || next.phase === "scored" || next.phase === "void" ? [] : [next];
    });
    this.state = { ...this.state, followed };
  }

  private contract(marketTicker: string): ReturnType<typeof getExternalWorkflowHandle> {
    return getExternalWorkflowHandle(workflowIds.btcContract(this.input.run.mode, marketTicker));
  }

  private learnKill({ standingKill }: WatchSeriesResult): void {
    if (
      standingKill === null ||
      stricter(this.state.killLevel, standingKill) === this.state.killLevel
    ) {
      return;
    }
    this.note(`a kill stands (${standingKill}): \`tipoff resume\` lifts it`);
    this.setBrakes({ killLevel: standingKill });
  }

  private handleMessages(): void {
    setHandler(seriesStateQuery, () => this.state);
    setHandler(timelineQuery, () => this.timeline.all());
    setHandler(workerStartedSignal, () => {
      this.isInterrupted = true;
    });
    setHandler(killSignal, (payload) => this.kill(readKill(payload)));
    setHandler(resumeSignal, async (payload) => {
      this.note("resumed");
      this.setBrakes({ killLevel: null, entriesPausedBecause: null });
      await this.passOn(resumeSignal.name, payload);
      await this.recordAct("resume", payload);
    });
    setHandler(pauseEntriesSignal, async (payload) => {
      this.note("entries paused");
      this.setBrakes({ entriesPausedBecause: "paused by signal" });
      await this.passOn(pauseEntriesSignal.name, payload);
      await this.recordAct("pause", payload);
    });
  }

  private async passOn(signal: string, payload: unknown): Promise<void> {
    const sent = passOn(payload, workflowInfo().workflowId);
    const told = this.state.followed.map(({ marketTicker }) =>
      // One that is over takes no signals, which is no failure of the series.
      this.contract(marketTicker)
        .signal(signal, sent)
        .catch(() => undefined),
    );
    await Promise.all(told);
  }

  private async kill(kill: KillOrder): Promise<void> {
    this.note(`killed (${kill.level}): ${kill.reason}, by ${kill.by}`);
    this.setBrakes({ killLevel: stricter(this.state.killLevel, kill.level) });
    await this.kills.throwIfByHand(kill);
  }

  private setBrakes(
    brakes: Partial<Pick<SeriesState, "killLevel" | "entriesPausedBecause">>,
  ): void {
    this.state = { ...this.state, ...brakes };
    this.isInterrupted = true;
    this.markPhase(this.phase());
    this.show();
  }

  private phase(): string {
    const { killLevel, entriesPausedBecause } = this.state;
    if (killLevel !== null) return "halted";
    return entriesPausedBecause === null ? "watching" : "paused";
  }

  private carryOn(): Promise<never> {
    const { state, now, summary } = this;
    const { killsStarted } = this.kills;
    return continueAsNew<typeof btcSeries>({
      ...this.input,
      carried: { state, now, timeline: this.timeline.all(), summary, killsStarted },
    });
  }

  private note(what: string): void {
    this.timeline.add(this.now, what);
    this.show();
  }

  private show(): void {
    const { run, series } = this.input;
    this.timeline.show(
      `**${series}** ${run.mode}, ${run.source}: ${this.phase()}\n\n${this.summary}\n\ncontracts followed ${this.state.followed.length}`,
    );
  }
}
