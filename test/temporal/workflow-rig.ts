import { randomUUID } from "node:crypto";
import { Client, Connection } from "@temporalio/client";
import { NativeConnection, Worker } from "@temporalio/worker";
import type { GameRef } from "../../core/domain/game-ref.ts";
import type { GameIntent } from "../../core/domain/order.ts";
import { countCenti, instant, priceMicros } from "../../core/domain/units.ts";
import { NAMESPACE, TASK_QUEUES } from "../../temporal.config.ts";
import { builtWorkflows } from "./built-workflows.ts";
import "./quiet-runtime.ts";

/** Activities by name, as a worker takes them. */
export type Stubs = Record<string, (...args: never[]) => Promise<unknown>>;

export interface WorkflowRig {
  readonly client: Client;
  /** Replaces activities for the next test. */
  use(stubs: Stubs): void;
  /** An activity that does not answer while the rig runs. */
  hang(): Promise<never>;
  stop(): Promise<void>;
}

/** The workflows' bundled code as one version has it. */
export type CodeVersion = (code: string) => string;

/**
 * A real server and real workers with activities that each test scripts.
 *
 * @param versions of the workflows' code, each with a worker of its own beside the others.
 */
export async function startRig(
  address: string,
  versions: readonly CodeVersion[] = [(code) => code],
): Promise<WorkflowRig> {
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const client = new Client({ connection: clientConnection, namespace: NAMESPACE });
  let current: Stubs = {};
  let release: (error: Error) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    release = reject;
  });
  stopped.catch(() => undefined);
  const activities = new Proxy(
    {},
    {
      get: (_target, name) =>
        typeof name === "string"
          ? (...args: never[]) => {
              const stub = current[name];
              if (stub === undefined) throw new Error(`no stub for activity ${name}`);
              return stub(...args);
            }
          : undefined,
      has: () => true,
      ownKeys: () => ACTIVITY_NAMES,
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    },
  );
  const code = await builtWorkflows();
  const common = { connection, namespace: NAMESPACE, activities };
  const workers = await Promise.all([
    ...versions.map((version, index) =>
      Worker.create({
        ...{ ...common, taskQueue: TASK_QUEUES.trading, identity: `version ${index}` },
        // One process holds several workers of a queue only if they say that they differ.
        workerDeploymentOptions: {
          version: { deploymentName: "rig", buildId: `${index}` },
          useWorkerVersioning: false,
        },
        workflowBundle: { code: version(code) },
      }),
    ),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.watch }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.batch }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    client,
    use: (stubs) => {
      current = stubs;
    },
    hang: () => stopped,
    stop: async () => {
      // A kill or a series that a test left would go on asking the stubs of the next file.
      for await (const { workflowId } of client.workflow.list({ query: RUNNING })) {
        await client.workflow.getHandle(workflowId).terminate("its test is over").catch(ignore);
      }
      release(new Error("the rig has stopped"));
      for (const worker of workers) worker.shutdown();
      await running;
      await clientConnection.close();
      await connection.close();
    },
  };
}

const RUNNING = "ExecutionStatus = 'Running'";
const ignore = (): void => undefined; // It ended by itself meanwhile.

const ACTIVITY_NAMES = [
  "readClock",
  "placeOrder",
  "cancelOrder",
  "cancelOpenOrders",
  "recordPartner",
  "recordAct",
  "throwKill",
  "isKillStanding",
  "signalRunning",
  "sweepVenue",
  "measureAccount",
  "flattenPositions",
  "finishKill",
  "watchGame",
  "followOrder",
  "awaitSettlement",
  "openDay",
  "discoverSlate",
  "closeDay",
  "scoreGame",
  "findRunToScore",
  "scoreRun",
  "writeRunReport",
  "scoreNight",
  "findWeekToReview",
  "reviewWeek",
  "reconcile",
  "prepareScheduledDay",
  "recordStartedDay",
  "openBtcRun",
  "watchSeries",
  "closeBtcSeries",
  "fillShadow",
  "placeInShadow",
  "settlePosition",
  "sweepSettlements",
  "findBtcReportDate",
  "findBtcReportGaps",
  "writeBtcReport",
  "retainBtc",
];

/** A game of its own for each test. */
export function aGame(): GameRef {
  const eventTicker = `KXNBAGAME-26NOV20BOSNYK-${randomUUID().slice(0, 8)}`;
  return {
    gameId: `game/paper/${eventTicker}`,
    runId: "trading-day/paper/2026-11-20",
    mode: "paper",
    eventTicker,
    home: "NYK",
    away: "BOS",
    tradingDate: "2026-11-20",
    tipAt: instant(Date.parse("2026-11-21T00:30:00Z")),
    espnEventId: "1",
    nbaGameId: "2",
    markets: [{ ticker: `${eventTicker}-NYK`, team: "home", exchangeIndex: 3 }],
  };
}

/** An entry of one strategy. */
export function anIntent(game: GameRef, changes: Partial<GameIntent> = {}): GameIntent {
  return {
    strategy: "pregame-anchored",
    purpose: "entry",
    exitType: null,
    phase: "pregame",
    marketTicker: game.markets[0]?.ticker ?? "",
    eventTicker: game.eventTicker,
    exchangeIndex: 3,
    side: "bid",
    count: countCenti(1_000),
    isReduceOnly: false,
    limitPrice: priceMicros(500_000),
    fairValue: priceMicros(550_000),
    edgeMicros: 40_000,
    plan: {
      price: priceMicros(500_000),
      timeInForce: "good_till_canceled",
      isPostOnly: true,
      expectedFillProbability: 0.5,
      expectedPrice: priceMicros(500_000),
    },
    mayTakeFallback: true,
    ...changes,
  };
}

/** Reads until what is read holds. */
export async function untilHolds<T>(
  read: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it never came to hold");
}

/** Waits until something is so. */
export async function untilTrue(holds: () => boolean): Promise<void> {
  await untilHolds(() => Promise.resolve(holds()), Boolean);
}

/** Activities of a kill that finds nothing resting. @param thrown takes each kill that is thrown. */
export function quietKill(thrown: unknown[] = []): Stubs {
  return {
    isKillStanding: () => Promise.resolve(false),
    throwKill: (kill: unknown) => {
      thrown.push(kill);
      return Promise.resolve({ inFlight: [] });
    },
    signalRunning: () => Promise.resolve(0),
    measureAccount: () => Promise.resolve(null),
    sweepVenue: () => Promise.resolve({ resting: 0, isDone: true, away: null }),
    finishKill: () => Promise.resolve({}),
  };
}
