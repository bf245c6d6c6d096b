import {
  CancellationScope,
  type ChildWorkflowHandle,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import type { SlateMatch } from "../activities/day.ts";
import { readKill } from "../core/domain/kill.ts";
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
import { startKill } from "./kill-switch.ts";
import { nightlyScoring } from "./nightly-scoring.ts";
import { attributes, createPhaseMarker, dateAttribute, Timeline } from "./shared.ts";

/** A day of trading: finds the slate, starts a game workflow for each match, ends with the report. */
export async function tradingDay(input: TradingDayInput): Promise<TradingDayResult> {
  const day = new DayRun(input);
  await batch.openDay(input);
  const slate = await batch.discoverSlate(input);
  const started = await day.startGames(slate.matches);
  day.note(`${started.length} games started, ${slate.unmatched.length} not matched`);
  try {
    await Promise.all(started.map((child) => child.result().catch(leaveCancellation)));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    day.isStopped = true;
  }
  // A stopped day is still accounted for: its report says where every order and cent is.
  return await CancellationScope.nonCancellable(() => day.close(started.length));
}

/** A game that a person ended does not end the day; the day's own cancellation does. */
function leaveCancellation(error: unknown): void {
  if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
}

class DayRun {
  isStopped = false;
  private readonly input: TradingDayInput;
  private readonly timeline = new Timeline();
  private readonly markPhase = createPhaseMarker("running");
  private games: readonly ChildWorkflowHandle<typeof game>[] = [];
  private killsStarted = 0;

  constructor(input: TradingDayInput) {
    this.input = input;
    setHandler(timelineQuery, () => this.timeline.all());
    setHandler(killSignal, (payload) => {
      const kill = readKill(payload);
      this.note(`killed (${kill.level}): ${kill.reason}, by ${kill.by}`);
      if (kill.killId !== null) return;
      this.killsStarted += 1;
      const killId = `${input.date}-${workflowInfo().runId}-${this.killsStarted}`;
      void startKill({ ...kill, killId, mode: input.mode });
    });
    setHandler(resumeSignal, async (payload) => {
      this.note("resumed");
      await Promise.all(this.games.map((child) => tell(child.signal(resumeSignal, payload))));
    });
    setHandler(pauseEntriesSignal, async (payload) => {
      this.note("entries paused");
      await Promise.all(this.games.map((child) => tell(child.signal(pauseEntriesSignal, payload))));
    });
  }

  async startGames(
    matches: readonly SlateMatch[],
  ): Promise<readonly ChildWorkflowHandle<typeof game>[]> {
    this.games = await Promise.all(matches.map((match) => this.startGame(match)));
    return this.games;
  }

  private async startGame({
    game: ref,
    settings,
  }: SlateMatch): Promise<ChildWorkflowHandle<typeof game>> {
    return await startChild(game, {
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
  }

  async close(games: number): Promise<TradingDayResult> {
    this.markPhase("scoring");
    const { runId } = this.input;
    const scoring = await executeChild(nightlyScoring, {
      workflowId: `nightly-scoring/${runId}`,
      args: [{ runId }],
      staticSummary: `scores and report of ${runId}`,
      typedSearchAttributes: [
        { key: attributes.domain, value: "nba" },
        { key: attributes.mode, value: this.input.mode },
        { key: attributes.date, value: dateAttribute(this.input.date) },
      ],
    });
    const verdict = this.isStopped ? "stopped" : scoring.verdict;
    await batch.closeDay({ runId, verdict });
    this.markPhase(verdict);
    this.note(`verdict: ${verdict}`);
    return { runId, games, scored: scoring.scored, verdict, reportDir: scoring.reportDir };
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
