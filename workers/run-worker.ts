import { join } from "node:path";
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { NAMESPACE, TASK_QUEUES } from "../temporal.config.ts";
import type { decide } from "../core/strategies/decide.ts";
import { readEnvironment } from "../runtime/config.ts";
import { createLogger } from "../runtime/log.ts";
import { createTemporalLogger } from "../runtime/temporal-logger.ts";
import { createActivities } from "./activities.ts";
import { alarmOnFailures } from "./failure-alarms.ts";
import { announceWorker } from "./announce.ts";
import { ensureSchedules } from "./schedules.ts";
import { closeServices, openServices, type Services } from "./services.ts";
import { prepareWorkflowBundle } from "./workflow-bundle.ts";

/** Slots of the watch queue: a game or an order under way holds one for its whole life. */
const WATCH_SLOTS = 200;

/** Runs a worker of all three task queues until it is told to end. */
export async function runWorker(decideBy: typeof decide): Promise<void> {
  const environment = readEnvironment();
  const log = createLogger({ level: environment.logLevel, service: "worker" });
  Runtime.install({
    logger: createTemporalLogger(log),
    // The SDK's core logs through ours too: every line of the log is one JSON fact.
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: "WARN", other: "ERROR" }) },
    },
    shutdownSignals: [],
  });
  const services = await openServices(environment, log);
  const connection = await NativeConnection.connect({
    address: environment.temporalAddress ?? "",
    grpcCompression: { codec: "none" },
  });
  const workers = await createWorkers(services, connection, decideBy);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ signal }, "worker stopping");
      for (const worker of workers) worker.shutdown();
    });
  }
  const running = Promise.all(workers.map((worker) => worker.run()));
  await ensureSchedules(services.client, environment.mode);
  await announceWorker({ ...services, mode: environment.mode });
  // Run time stands still until somebody watches.
  services.health.up();
  await running;
  await closeServices(services);
  await connection.close();
}

async function createWorkers(
  services: Services,
  connection: NativeConnection,
  decideBy: typeof decide,
): Promise<readonly Worker[]> {
  const activities = createActivities(services, decideBy);
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
