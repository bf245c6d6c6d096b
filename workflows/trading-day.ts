import {
  allHandlersFinished,
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  executeChild,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import type { SlateMatch } from "../activities/day.ts";
import { readKill } from "../core/domain/kill.ts";
import { passOn } from "../core/domain/signal-note.ts";
import { attributes, dateAttribute, shown } from "../temporal.config.ts";
import { batch } from "./activities.ts";
import {
  killSignal,
  pauseEntriesSignal,
  resumeSignal,
  timelineQuery,
  type TradingDayInput,
  type TradingDayResult,
} from "./contracts.ts";
import { game } from "./game.ts";
import { KillSignals } from "./kill-signals.ts";
import { nightlyScoring } from "./nightly-scoring.ts";
import { createActRecorder, createPhaseMarker, Timeline } from "./shared.ts";

/** A day of trading: finds the slate, starts a game workflow for each match, ends with the report. */
export async function tradingDay(input: TradingDayInput): Promise<TradingDayResult> {
  const day = new DayRun(input);
  try {
    await day.begin();
  } catch (error) {
    // What is under way when the day is stopped is canceled, or fails and is not tried again.
    if (!isStopped()) throw error;
  }
  await day.gamesEnd();
  const hasBeenStopped = isStopped();
  // A stopped day is still accounted for: its report says where every order and cent is.
  return await CancellationScope.nonCancellable(() => day.close(hasBeenStopped));
}

/** Whether the day itself was canceled; a game that a person ended does not end the day. */
function isStopped(): boolean {
  return CancellationScope.current().consideredCancelled;
}

class DayRun {
  private readonly input: TradingDayInput;
  private readonly timeline = new Timeline();
  private readonly markPhase = createPhaseMarker("running");
  private readonly games: ChildWorkflowHandle<typeof game>[] = [];

  constructor(input: TradingDayInput) {
    this.input = input;
    const recordAct = createActRecorder(input.mode);
    const kills = new KillSignals(input.date, input.mode);
    setHandler(timelineQuery, () => this.timeline.all());
    setHandler(killSignal, async (payload) => {
      const kill = readKill(payload);
      this.note(`killed (${kill.level}): ${kill.reason}, by ${kill.by}`);
      await kills.throwIfByHand(kill);
    });
    setHandler(resumeSignal, async (payload) => {
      this.note("resumed");
      await this.passOn(resumeSignal, payload);
      await recordAct("resume", payload);
    });
    setHandler(pauseEntriesSignal, async (payload) => {
      this.note("entries paused");
      await this.passOn(pauseEntriesSignal, payload);
      await recordAct("pause", payload);
    });
  }

  async begin(): Promise<void> {
    await batch.openDay(this.input);
    const slate = await batch.discoverSlate(this.input);
    const starts = slate.matches.map((match) => this.startGame(match));
    // Every start is waited for: a game that began while another could not is the day's all the same.
    await Promise.allSettled(starts);
    await Promise.all(starts);
    this.note(`${this.games.length} games started, ${slate.unmatched.length} not matched`);
  }

  /** Each in its own way: scored, ended by a person, or, when the day is stopped, out of the market. */
  async gamesEnd(): Promise<void> {
    await Promise.allSettled(this.games.map((child) => child.result()));
  }

  private async startGame({ game: ref, settings }: SlateMatch): Promise<void> {
    const child = await startChild(game, {
      workflowId: ref.gameId,
      args: [{ game: ref, settings, carried: null }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
      workflowTaskTimeout: "5s",
      staticSummary: `${ref.away} at ${ref.home}, ${ref.mode}, ${ref.tradingDate}`,
      typedSearchAttributes: [
        { key: attributes.domain, value: "nba" },
        { key: attributes.mode, value: ref.mode },
        { key: attributes.event, value: ref.eventTicker },
        { key: attributes.date, value: dateAttribute(ref.tradingDate) },
        { key: attributes.phase, value: "scheduled" },
      ],
    });
    this.games.push(child);
  }

  async close(isStopped: boolean): Promise<TradingDayResult> {
    this.markPhase("scoring");
    const { runId } = this.input;
    const scoring = await executeChild(nightlyScoring, {
      workflowId: `nightly-scoring/${runId}`,
      args: [{ runId, isStopped }],
      ...shown.nightlyScoring(this.input.mode, this.input.date),
    });
    const verdict = isStopped ? "stopped" : scoring.verdict;
    await batch.closeDay({ runId, verdict });
    this.markPhase(verdict);
    this.note(`verdict: ${verdict}`);
    // A signal that is being passed on reaches the audit log before the day is over.
    await condition(allHandlersFinished);
    const { scored, reportDir } = scoring;
    return { runId, games: this.games.length, scored, verdict, reportDir };
  }

  private async passOn(signal: typeof resumeSignal, payload: unknown): Promise<void> {
    const sent = passOn(payload, workflowInfo().workflowId);
    await Promise.all(this.games.map((child) => tell(child.signal(signal, sent))));
  }

  note(what: string): void {
    this.timeline.add(null, what);
    this.timeline.show(`**${this.input.date}** ${this.input.mode}, ${this.input.source}`);
  }
}

/** A game that is over takes no signals, which is no failure of the day. */
async function tell(signaled: Promise<void>): Promise<void> {
  await signaled.catch(() => undefined);
}
