import { CancellationScope, patched, workflowInfo } from "@temporalio/workflow";
import type { Mode } from "../core/domain/decision.ts";
import { isToldTo, type KillOrder } from "../core/domain/kill.ts";
import { killLook } from "./activities.ts";
import { startKill } from "./kill-switch.ts";

/**
 * The kills that one run of a workflow is signaled. One that a person sent stops everything, not only
 * this workflow; one that a kill's own workflow tells is thrown already. A person may also send a copy
 * of what a workflow told once, ids and all: it is a person's unless the kill that it names stands.
 */
export class KillSignals {
  private readonly name: string;
  private readonly mode: Mode;
  private readonly heard = new Set<string>();
  private started: number;

  /**
   * @param name begins the ids of the kills that are started here.
   * @param started how many there were before this run of the workflow.
   */
  constructor(name: string, mode: Mode, started = 0) {
    this.name = name;
    this.mode = mode;
    this.started = started;
  }

  /** How many kills were started, to be carried into the next run. */
  get killsStarted(): number {
    return this.started;
  }

  /** Starts the kill of everything, if a person sent this one. */
  async throwIfByHand(kill: KillOrder): Promise<void> {
    if (kill.killId !== null && !(await this.isCopy({ ...kill, killId: kill.killId }))) return;
    this.started += 1;
    const { level, reason, by } = kill;
    const killId = `${this.name}-${workflowInfo().runId}-${this.started}`;
    await startKill({ killId, mode: this.mode, level, reason, by });
  }

  private async isCopy(kill: KillOrder & { readonly killId: string }): Promise<boolean> {
    const { killId, tellingId, level } = kill;
    const isTold = tellingId !== null && isToldTo(workflowInfo().runId, tellingId);
    if (isTold && !this.heard.has(tellingId)) {
      this.heard.add(tellingId);
      return false;
    }
    // In histories of before there were copies every kill with an id was told by its workflow.
    if (!patched("kill-copies")) return false;
    const { mode } = this;
    // Said is said, also where the workflow is canceled meanwhile.
    return !(await CancellationScope.nonCancellable(() =>
      killLook.isKillStanding({ killId, mode, level }),
    ));
  }
}
