import type { Client } from "@temporalio/client";
import { actionsIn } from "../../activities/workflow-figures.ts";

/** What the workflows of Bitcoin cost, and how long their histories were. */
export interface WorkflowCost {
  /** Billable actions of all runs so far. */
  readonly actions: number;
  /** Events of the longest history of a series. */
  readonly longestHistory: number;
  /** Events of the longest history of a contract, */
  readonly longestContract: number;
  /** and the most billable actions of one; its start by its series is two, of which its history has one. */
  readonly dearestContract: number;
}

/** Counts actions over all runs of the pipeline's workflows; one that has ended is read once. */
export class ActionCounter {
  readonly #client: Client;
  readonly #ended = new Map<string, number>();
  #longest = 0;
  #longestContract = 0;
  #dearestContract = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async count(): Promise<WorkflowCost> {
    let actions = 0;
    for await (const { runId, workflowId, type, status } of this.#client.workflow.list({
      query: "TradeDomain = 'btc'",
    })) {
      const known = this.#ended.get(runId);
      if (known !== undefined) {
        actions += known;
        continue;
      }
      const { events } = await this.#client.workflow.getHandle(workflowId, runId).fetchHistory();
      const all = events ?? [];
      const own = actionsIn(all);
      actions += own;
      if (type === "btcSeries") this.#longest = Math.max(this.#longest, all.length);
      if (type === "btcContract") {
        this.#longestContract = Math.max(this.#longestContract, all.length);
        this.#dearestContract = Math.max(this.#dearestContract, 1 + own);
      }
      if (status.name !== "RUNNING") this.#ended.set(runId, own);
    }
    return {
      actions,
      longestHistory: this.#longest,
      longestContract: this.#longestContract,
      dearestContract: this.#dearestContract,
    };
  }
}
