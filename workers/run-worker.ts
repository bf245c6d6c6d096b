import { join } from "node:path";
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { NAMESPACE, TASK_QUEUES } from "../temporal.config.ts";
import { watchLimitUsage } from "../activities/limit-alarms.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { guardConfig } from "../activities/gates/config-guard.ts";
import { readEnvironment } from "../runtime/config.ts";
import { startHeartbeat } from "../runtime/heartbeat.ts";
import { homeAt } from "../runtime/home.ts";
import { createLogger } from "../runtime/log.ts";
import { Secret } from "../runtime/secret.ts";
import { createTemporalLogger } from "../runtime/temporal-logger.ts";
import { createActivities } from "./activities.ts";
import { alarmOnFailures } from "./failure-alarms.ts";
import { announceWorker } from "./announce.ts";
import { auditKey, keepChainClosed } from "./audit-closer.ts";
import { watchKills } from "./kill-watch.ts";
import { ensureSchedules } from "./schedules.ts";
import { readPaperKey } from "./paper-key.ts";
import { closeServices, openServices, type Services } from "./services.ts";
import { prepareWorkflowBundle } from "./workflow-bundle.ts";
import { watchMissedDays } from "./missed-days.ts";
import { watchWorkflowTasks } from "./workflow-tasks.ts";

/** Slots of the watch queue: a game or an order under way holds one for its whole life. */
const WATCH_SLOTS = 200;

type Strategies = readonly GameStrategyDefinition[];

/**
 * Runs a worker of all three task queues until it is told to end.
 *
 * @param played what the games are played with, given what is loaded: a bench puts its own in.
 */
export async function runWorker(
  played: (loaded: Strategies) => Strategies = (loaded) => loaded,
): Promise<void> {
  const environment = readEnvironment();
  const { keyId, privateKeyPem } = await readPaperKey(homeAt(environment.home).exchange);
  const secrets = [new Secret(keyId), privateKeyPem];
  const log = createLogger({ level: environment.logLevel, service: "worker", secrets });
  Runtime.install({
    logger: createTemporalLogger(log),
    // The SDK's core logs through ours too: every line of the log is one JSON fact.
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: "WARN", other: "ERROR" }) },
    },
    shutdownSignals: [],
  });
  const services = await openServices(environment, log);
  const stopHeartbeat = startHeartbeat(services.home.heartbeatFile, () => ({
    isStreamOpen: services.stream.health().isOpen,
  }));
  // Before anything can be sent: a test window that stands is kept from the first order on.
  const changed = await guardConfig({ ...services, ...services.stage, mode: environment.mode });
  if (changed.length > 0) log.warn({ changed }, "settings differ from the locked test window");
  const connection = await NativeConnection.connect({
    address: environment.temporalAddress ?? "",
    grpcCompression: { codec: "none" },
  });
  const workers = await createWorkers(services, connection, played(services.strategies));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ signal }, "worker stopping");
      for (const worker of workers) worker.shutdown();
    });
  }
  const running = Promise.all(workers.map((worker) => worker.run()));
  // First of all: a kill that was thrown while no worker lived is driven before anything else is.
  const watches = [
    watchKills({ ...services, mode: environment.mode }),
    watchWorkflowTasks({ ...services, taskQueue: TASK_QUEUES.trading }),
    watchLimitUsage({ ...services, mode: environment.mode }),
  ];
  // Then what a dead predecessor watched: what else a start does has time until that is under way.
  await announceWorker({ ...services, mode: environment.mode });
  await ensureSchedules(services.client, environment.mode);
  watches.push(watchMissedDays({ ...services, mode: environment.mode }));
  await auditKey(services);
  const stopClosing = keepChainClosed(services);
  // Run time stands still until somebody watches.
  services.health.up();
  await running;
  await stopClosing();
  await Promise.all(watches.map((stop) => stop()));
  stopHeartbeat();
  await closeServices(services);
  await connection.close();
}

async function createWorkers(
  services: Services,
  connection: NativeConnection,
  strategies: Strategies,
): Promise<readonly Worker[]> {
  const activities = createActivities(services, strategies);
  const common = {
    connection,
    interceptors: { activity: [alarmOnFailures(services)] },
    namespace: NAMESPACE,
    shutdownGraceTime: "2s" as const,
    shutdownForceTime: "8s" as const,
  };
  const poll = { type: "autoscaling" } as const;
  const trading = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUES.trading,
    activities: activities.trading,
    workflowBundle: await prepareWorkflowBundle(join(services.home.path, "cache")),
    workflowTaskPollerBehavior: poll,
    activityTaskPollerBehavior: poll,
    stickyQueueScheduleToStartTimeout: "2s",
  });
  const watch = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUES.watch,
    activities: activities.watch,
    maxConcurrentActivityTaskExecutions: WATCH_SLOTS,
    activityTaskPollerBehavior: poll,
  });
  const batch = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUES.batch,
    activities: activities.batch,
  });
  return [trading, watch, batch];
}
