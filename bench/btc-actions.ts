import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import { actionsIn } from "../activities/workflow-figures.ts";
import { beginBtc, seriesResults } from "../cli/btc-run.ts";
import { openSource } from "../cli/source.ts";
import { BTC_SERIES } from "../core/domain/btc-contract.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import { homeAt } from "../runtime/home.ts";
import { ActionCounter } from "../scripts/btc-soak/actions.ts";
import { withOwnServices } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const MODE = "shadow";
const HOURS = 2;
const SPEED = 60;
const HOUR_MS = 3_600_000;
/** What the play leaves out of an hour at speed 1, at most: chunks of watching, and the sweep's schedule. */
const CHUNK_WALL_MS = 50_000;
const CHUNKS = (BTC_SERIES.length * HOUR_MS) / CHUNK_WALL_MS;
const SWEEPS = 12;
/** Its start by the schedule, its one activity, and both again as a margin for what it tells. */
const SWEEP_ACTIONS = 4;
const ENDING_TIMEOUT_MS = 5 * 60_000;

/** Temporal's billable actions of the three series with the selection as it is set, from real histories. */
export async function btcActions(): Promise<BenchResult> {
  const { hours, contracts } = await played();
  const left = CHUNKS + SWEEPS * SWEEP_ACTIONS;
  const sorted = contracts.toSorted((one, other) => one - other);
  return {
    name: "btc-actions",
    definition:
      `billable actions of the dearest of ${HOURS} hours of the three series with the selection of ` +
      `config/tipoff.yaml, from the histories of all their workflows, world ${SEED} in shadow at ${SPEED} times, and ` +
      `${left} more for what that pace leaves out at most: ${CHUNKS} chunks of ${CHUNK_WALL_MS / 1_000} s of watching ` +
      `and ${SWEEPS} sweeps (signals and starts between workflows counted on both sides); of a contract: its ` +
      "start, all that its series tells it and all that it does, each counted once",
    seed: SEED,
    figures: [
      {
        ...{ name: "actions an hour, three series", unit: "actions", target: { atMost: 2_500 } },
        value: Math.max(...hours) + left,
      },
      { name: "of those played", value: Math.max(...hours), unit: "actions", target: null },
      {
        ...{ name: "actions a further contract, most", unit: "actions", target: { atMost: 12 } },
        value: sorted.at(-1) ?? Number.NaN,
      },
      {
        ...{ name: "actions a further contract, median", unit: "actions", target: null },
        value: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      },
      { name: "contracts", value: sorted.length, unit: "contracts", target: null },
    ],
  };
}

async function played(): Promise<{ hours: readonly number[]; contracts: readonly number[] }> {
  const home = homeAt(await mkdtemp(join(tmpdir(), "tipoff-bench-")));
  return withOwnServices({ home, mode: MODE, settings: (usual) => usual }, async (services) => {
    const { environment, exchangeUrl, temporal, startingCashUsd } = services;
    const bitcoin = { series: BTC_SERIES, hours: HOURS };
    const wished = { source: `world:${SEED}`, games: 0, date: null, bitcoin };
    await beginBtc(services, {
      playable: await openSource(wished, environment),
      ...{ isNamed: true, mode: MODE, speed: SPEED, startingCashUsd, ...bitcoin },
    });
    const control = createExchangeControl(exchangeUrl);
    const { startAt } = await control.manifest();
    const counter = new ActionCounter(temporal);
    const hours: number[] = [];
    let before = 0;
    for (let hour = 1; hour <= HOURS; hour += 1) {
      while ((await control.clock()).nowMs < startAt + hour * HOUR_MS) await sleep(100);
      const { actions } = await counter.count();
      hours.push(actions - before);
      before = actions;
    }
    await seriesResults(temporal, MODE, BTC_SERIES, AbortSignal.timeout(ENDING_TIMEOUT_MS));
    return { hours, contracts: await contractCosts(temporal) };
  });
}

/**
 * What each contract with a workflow cost. A start by another workflow is two actions, one of which is the
 * first event of its own history, and a signal from one is a single action, counted where it arrives.
 */
async function contractCosts(temporal: Client): Promise<readonly number[]> {
  const costs: number[] = [];
  for await (const { runId, workflowId, type } of temporal.workflow.list({
    query: "TradeDomain = 'btc'",
  })) {
    if (type !== "btcContract") continue;
    const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    costs.push(1 + actionsIn(events ?? []));
  }
  return costs;
}
