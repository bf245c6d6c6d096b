import {
  CancellationScope,
  continueAsNew,
  ParentClosePolicy,
  setCurrentDetails,
  sleep,
  startChild,
} from "@temporalio/workflow";
import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import type { KillOutcome, KillReport } from "../activities/kill.ts";
import { shown, workflowIds } from "../temporal.config.ts";
import { flattening, kills } from "./activities.ts";
import type { KillInput } from "./contracts.ts";
import { isHistoryLong, markEnd } from "./shared.ts";

/** Workflows that start while a kill is thrown are found within so many rounds. */
const SIGNAL_ROUNDS = 6;
const FIRST_PAUSE_MS = 500;
/** The longest while orders rest, or may still arrive, or the venue does not answer. */
const LONGEST_PAUSE_MS = 2_000;

/** Drives a kill to its end and measures it. The row in the database comes first: from then on nothing is sent. */
export async function killSwitch(input: KillInput): Promise<KillReport> {
  const run = new KillRun(input);
  await run.sweep();
  if (input.level === "flatten") await run.flatten();
  return await run.finish();
}

class KillRun {
  private readonly input: KillInput;
  private outcome: KillOutcome;
  private round: number;

  constructor(input: KillInput) {
    this.input = input;
    const none = { signaled: 0, before: null, flattenAttempts: 0, left: [] };
    this.outcome = input.carried ?? none;
    this.round = input.carriedRound ?? 0;
  }

  /** Until the venue itself shows no resting order that the level forbids. */
  async sweep(): Promise<void> {
    const { input } = this;
    const thrown = await kills.throwKill(input);
    this.show(`in flight: ${thrown.inFlight.length}`);
    // The first sweep waits for nobody: neither for signals nor for what the account is worth.
    const [swept, before] = await Promise.all([
      kills.sweepVenue(input),
      this.outcome.before === null ? kills.measureAccount(input) : this.outcome.before,
      this.signal(),
    ]);
    this.outcome = { ...this.outcome, before };
    let { isDone } = swept;
    this.show(swept.away ?? `resting ${swept.resting}`);
    while (!isDone) {
      this.round += 1;
      await sleep(pauseAfter(this.round));
      // Workflows that started between the first signal and the row missed the kill.
      if (this.round <= SIGNAL_ROUNDS) await this.signal();
      const again = await kills.sweepVenue(input);
      this.show(again.away ?? `resting ${again.resting}`);
      ({ isDone } = again);
      if (isHistoryLong(null)) await this.carryOn();
    }
  }

  /** Until no position is left, or every attempt is used. */
  async flatten(): Promise<void> {
    for (;;) {
      const attempt = this.outcome.flattenAttempts + 1;
      const sold = await flattening.flattenPositions({ ...this.input, attempt });
      if ("away" in sold) {
        this.show(sold.away);
        await sleep(LONGEST_PAUSE_MS);
        if (isHistoryLong(null)) await this.carryOn();
        continue;
      }
      this.outcome = { ...this.outcome, left: sold.left };
      this.show(`attempt ${attempt}: ${sold.left.length} positions left`);
      if (sold.isOver) return;
      this.outcome = { ...this.outcome, flattenAttempts: attempt };
      await sleep(sold.pauseMs);
    }
  }

  async finish(): Promise<KillReport> {
    const report = await kills.finishKill({ ...this.input, ...this.outcome });
    markEnd(report.isFlat === false ? "positions left" : "killed");
    return report;
  }

  private async signal(): Promise<void> {
    const signaled = await kills.signalRunning(this.input);
    this.outcome = { ...this.outcome, signaled: this.outcome.signaled + signaled };
  }

  private carryOn(): Promise<never> {
    const { input, outcome: carried, round: carriedRound } = this;
    return continueAsNew<typeof killSwitch>({ ...input, carried, carriedRound });
  }

  private show(what: string): void {
    const { level, reason } = this.input;
    setCurrentDetails(
      `**${level}** ${reason}\n\n${what}, workflows signaled ${this.outcome.signaled}`,
    );
  }
}

/** Short while workflows are told, then twice as long each time. */
function pauseAfter(round: number): number {
  const doublings = Math.max(0, round - SIGNAL_ROUNDS);
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** doublings);
}

/** Starts the kill workflow from another workflow; it outlives its parent, canceled or not. */
export async function startKill(input: KillInput): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() =>
      startChild(killSwitch, {
        workflowId: workflowIds.kill(input.killId),
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        ...shown.kill(input),
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
