import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { type GameState, strategyState } from "../../core/domain/game.ts";
import { instant } from "../../core/domain/units.ts";
import { waitUntil } from "../../runtime/child.ts";
import { readEnvironment } from "../../runtime/config.ts";
import { temporalCommand } from "../../runtime/embedded/temporal.ts";
import { obtainTemporalBinary } from "../../runtime/embedded/temporal-binary.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { choosePort } from "../../runtime/ports.ts";
import { pingTemporal } from "../../runtime/temporal-client.ts";
import { NAMESPACE, TASK_QUEUES } from "../../temporal.config.ts";
import type { GameInput } from "../../workflows/contracts.ts";
import type { CarryRequest } from "./carry-worker.ts";
import { startProgram } from "./children.ts";
import type { CrashCase } from "./plan.ts";
import { GAME } from "./game.ts";
import type { Stage } from "./stage.ts";

/** Continue as new after so many events: a few looks. */
const MAX_HISTORY_EVENTS = 25;
const WORKFLOW_TIMEOUT_MS = 60_000;

/** A Temporal server and the bundle of workflows that tells its steps. */
export interface CarryRig {
  readonly address: string;
  readonly client: Client;
  readonly codePath: string;
  close(): Promise<void>;
}

/** Starts a dev server in memory and bundles the workflows with the interceptors. */
export async function openCarryRig(): Promise<CarryRig> {
  const environment = readEnvironment();
  const binary = await obtainTemporalBinary({ environment, say: () => undefined });
  const [temporal, temporalUi, temporalMetrics] = [
    await choosePort(undefined),
    await choosePort(undefined),
    await choosePort(undefined),
  ];
  const { command, args } = temporalCommand(
    binary,
    { temporal, temporalUi, temporalMetrics },
    null,
  );
  const server = spawn(command, args, { stdio: "ignore" });
  const address = `127.0.0.1:${temporal}`;
  const folder = await mkdtemp(join(tmpdir(), "crash-carry-"));
  const codePath = join(folder, "workflows.js");
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(PACKAGE_ROOT, "workflows/index.ts"),
    workflowInterceptorModules: [join(PACKAGE_ROOT, "scripts/crash-orders/carry-interceptors.ts")],
    logger: new DefaultLogger("ERROR"),
  });
  await writeFile(codePath, code);
  await waitUntil("the Temporal dev server", 60_000, () => pingTemporal(address));
  const connection = await Connection.connect({ address });
  return {
    address,
    client: new Client({ connection, namespace: NAMESPACE }),
    codePath,
    close: async () => {
      await connection.close();
      const gone = once(server, "exit");
      server.kill("SIGTERM");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Plays one game across continue-as-new; the worker dies at the case's step. @returns what does not
 * hold of the workflow, and how often a worker died.
 */
export async function carry(
  rig: CarryRig,
  stage: Stage,
  one: CrashCase,
): Promise<{ readonly died: number; readonly violations: readonly string[] }> {
  const input: GameInput = {
    game: GAME,
    settings: {
      windowOpensAt: instant(0),
      retryMs: 1,
      maxHistoryEvents: MAX_HISTORY_EVENTS,
    },
    carried: null,
  };
  // Every case has its own exchange and database; the id is the game's all the same.
  const handle = await rig.client.workflow.start("game", {
    workflowId: GAME.gameId,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
    workflowTaskTimeout: "2s",
  });
  const told: Omit<CarryRequest, "death"> = {
    address: stage.address,
    temporalAddress: rig.address,
    codePath: rig.codePath,
    firstRunId: handle.firstExecutionRunId,
  };
  let died = 0;
  for (; died < one.deaths; died += 1) {
    const worker = await startWorker({ ...told, death: { step: one.step, occurrence: 1 } });
    if (!(await diesInTime(worker))) break;
  }
  const worker = await startWorker({ ...told, death: null });
  try {
    const givenUp = AbortSignal.timeout(WORKFLOW_TIMEOUT_MS);
    const state: unknown = await rig.client.withAbortSignal(givenUp, () => handle.result());
    return { died, violations: stateViolations(state as GameState) }; // The workflow's own type.
  } catch (error) {
    await handle.terminate("crash-orders gives up").catch(() => undefined);
    return { died, violations: [`the workflow did not end: ${String(error)}`] };
  } finally {
    worker.kill("SIGKILL");
  }
}

function stateViolations(state: GameState): readonly string[] {
  const pregame = strategyState(state, "pregame-anchored");
  const live = strategyState(state, "model-edge");
  const wanted: readonly (readonly [string, number, number])[] = [
    ["intents", state.decisionSeq, 2],
    ["pregame attempts", pregame.pregameAttempts, 1],
    ["pregame entries", pregame.entries, 1],
    ["live entries", live.entries, 1],
    ["open orders", state.openOrders.length, 0],
  ];
  return [
    ...(state.phase === "scored" || state.phase === "void"
      ? []
      : [`the game ended ${state.phase}`]),
    ...wanted
      .filter(([, is, should]) => is !== should)
      .map(([name, is, should]) => `${name} carried over: ${is}, not ${should}`),
  ];
}

async function startWorker(request: CarryRequest): Promise<ChildProcess> {
  const child = await startProgram("scripts/crash-orders/carry-worker.ts");
  child.send(request);
  return child;
}

async function diesInTime(worker: ChildProcess): Promise<boolean> {
  const died = once(worker, "exit").then(([, signal]) => signal === "SIGKILL");
  const late = new Promise<false>((resolve) => {
    setTimeout(() => {
      resolve(false);
    }, WORKFLOW_TIMEOUT_MS).unref();
  });
  const isDead = await Promise.race([died, late]);
  if (!isDead) worker.kill("SIGKILL");
  return isDead;
}
