/**
 * A worker that plays one game workflow across continue-as-new, and dies at the step it is told.
 * Placing, following and settling are the real activities; watching and scoring are scripted.
 */
import { activityInfo } from "@temporalio/activity";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { createFollowActivities } from "../../activities/follow-order.ts";
import { createOrderActivities } from "../../activities/place-order.ts";
import { createSettleActivities } from "../../activities/settle.ts";
import type { ProposedIntent } from "../../activities/place-order.ts";
import type { WatchResult } from "../../activities/watch-game.ts";
import type { GameState } from "../../core/domain/game.ts";
import type { GameIntent } from "../../core/domain/order.ts";
import { NAMESPACE, TASK_QUEUES } from "../../temporal.config.ts";
import { BASIS } from "../../test/db/night.ts";
import { type Death, type Desk, die, openDesk } from "./desk.ts";
import { quoteNow, taking } from "./intents.ts";
import { FINAL_AT, OPEN_AT, type StageAddress } from "./game.ts";

/** What this worker is told. */
export interface CarryRequest {
  readonly address: StageAddress;
  readonly temporalAddress: string;
  /** The bundled workflows, with `carry-interceptors.ts` in them. */
  readonly codePath: string;
  /** Run that the workflow began with: what has another one was continued. */
  readonly firstRunId: string;
  readonly death: Death;
}

const LOOK_MS = 30;

process.once("message", (request: CarryRequest) => {
  run(request).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");

async function run(request: CarryRequest): Promise<void> {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  const desk = await openDesk(request.address, request.death);
  const connection = await NativeConnection.connect({ address: request.temporalAddress });
  await desk.advanceTo(OPEN_AT);
  const activities = {
    ...createOrderActivities(desk.deps),
    ...createFollowActivities(desk.deps),
    ...createSettleActivities(desk.deps),
    readClock: () => Promise.resolve({ nowMs: desk.deps.clock.now(), speed: 240 }),
    watchGame: ({ state }: { state: GameState }) => watch(desk, state, request.firstRunId),
    scoreGame: () => Promise.resolve(),
  };
  const reached = {
    fn: (_info: unknown, step: string): void => {
      if (step === request.death?.step) die();
    },
    callDuringReplay: false,
  };
  const common = { connection, namespace: NAMESPACE, activities };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.trading,
      workflowBundle: { codePath: request.codePath },
      sinks: { carry: { reached } },
      stickyQueueScheduleToStartTimeout: "1s",
    }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.watch }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.batch }),
  ]);
  await Promise.all(workers.map((worker) => worker.run()));
}

/** One entry before the workflow continues as new, another strategy's after it, and then the end. */
async function watch(desk: Desk, state: GameState, firstRunId: string): Promise<WatchResult> {
  const isContinued = activityInfo().workflowExecution?.runId !== firstRunId;
  const proposals: ProposedIntent<GameIntent>[] = [];
  let entered: WatchResult["entered"] = null;
  if (state.decisionSeq === 0) proposals.push(proposal(desk, "pregame-anchored"));
  else if (!isContinued) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  else if (state.decisionSeq === 1) proposals.push(proposal(desk, "model-edge"));
  else {
    await desk.advanceTo(FINAL_AT + 2_000);
    entered = "final";
  }
  const at = desk.deps.clock.now();
  return { at, summary: "", entered, isPostponed: false, proposals, standingKill: null };
}

function proposal(
  desk: Desk,
  strategy: "pregame-anchored" | "model-edge",
): ProposedIntent<GameIntent> {
  const phase = strategy === "model-edge" ? "live" : "pregame";
  const intent = { ...taking(1_000), strategy, phase } as const;
  const quote = quoteNow(desk.deps.clock);
  return { decisionId: `crash-orders#${strategy}`, intent, quote, basis: BASIS };
}
