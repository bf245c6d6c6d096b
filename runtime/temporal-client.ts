import { Client, Connection } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import { NAMESPACE, TASK_QUEUES } from "../temporal.config.ts";

/** A client that also shows its connection's own services, such as the server's health. */
export type TemporalClient = Client & { readonly connection: Connection };

/**
 * Connects to a Temporal server. TLS, API key and namespace come from the standard `TEMPORAL_*`
 * variables and config file, so that a real cluster needs no other setting.
 */
export async function connectTemporal(address: string): Promise<TemporalClient> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect({
    ...connectionOptions,
    address,
    connectTimeout: 5_000,
  });
  const client = new Client({ connection, namespace: namespace ?? NAMESPACE });
  // It keeps the connection that it was given, which its type does not say.
  return client as TemporalClient;
}

/** Asks the server for a sign of life. @throws Error when it does not answer in 5 s. */
export async function pingTemporal(address: string): Promise<void> {
  const client = await connectTemporal(address);
  try {
    await client.connection.workflowService.getSystemInfo({});
  } finally {
    await client.connection.close();
  }
}

/** Looks for a worker process among those that take workflows. @throws Error when it does not yet. */
export async function findPoller(client: TemporalClient, pid: number): Promise<void> {
  const { pollers } = await client.connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUES.trading },
  });
  // The SDK names a worker `<pid>@<host>`.
  if (pollers.some(({ identity }) => identity?.startsWith(`${pid}@`))) return;
  throw new Error("it does not poll Temporal");
}
