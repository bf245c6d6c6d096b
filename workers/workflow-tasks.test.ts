import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { AlarmBook } from "../activities/alarm-book.ts";
import { NAMESPACE } from "../temporal.config.ts";
import { SILENT, WALL } from "../test/support/kalshi.ts";
import { endSignal, type throwsAlways, type waits } from "../test/temporal/throwing-workflow.ts";
import { CODE, findFailing, watchWorkflowTasks } from "./workflow-tasks.ts";

Runtime.install({ logger: new DefaultLogger("ERROR", () => undefined) });

/** A queue of its own: other tests leave workflows behind. */
const taskQueue = "throwing";

let client: Client;
let worker: Worker;
let running: Promise<void>;
let close: () => Promise<void>;
beforeAll(async () => {
  const address = inject("temporalAddress");
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  client = new Client({ connection: clientConnection, namespace: NAMESPACE });
  worker = await Worker.create({
    connection,
    namespace: NAMESPACE,
    taskQueue,
    workflowsPath: fileURLToPath(new URL("../test/temporal/throwing-workflow.ts", import.meta.url)),
  });
  running = worker.run();
  close = async () => {
    worker.shutdown();
    await running;
    await clientConnection.close();
    await connection.close();
  };
});
afterAll(() => close());

it("alarms on a workflow whose code throws at every attempt, and lets run time stand still until it ends", async () => {
  const sound = await client.workflow.start<typeof waits>("waits", {
    workflowId: "sound",
    taskQueue,
  });
  const broken = await client.workflow.start<typeof throwsAlways>("throwsAlways", {
    workflowId: "game/paper/BROKEN",
    taskQueue,
    workflowTaskTimeout: "5s",
  });
  const open = new Map<string, string>();
  const alarms: AlarmBook = {
    raise: ({ code, field, message }) => void open.set(`${code} ${field ?? ""}`, message),
    clear: ({ code, field }) => void open.delete(`${code} ${field ?? ""}`),
    flush: () => Promise.resolve(),
  };
  let isStuck = false;
  const health = { stuck: (value: boolean) => void (isStuck = value) };
  const stop = watchWorkflowTasks({ client, alarms, clock: WALL, health, log: SILENT, taskQueue });
  try {
    await expect.poll(() => isStuck, { timeout: 90_000 }).toBe(true);
    expect([...open.keys()]).toEqual([`${CODE} game/paper/BROKEN`]);
    await broken.terminate("mended by hand");
    await expect.poll(() => isStuck, { timeout: 30_000 }).toBe(false);
    expect([...open.keys()]).toEqual([]);
  } finally {
    await stop();
    await sound.signal(endSignal);
    await sound.result();
  }
});

it("takes a task that ran out of time for no broken code before it has done so five times", async () => {
  const silent = "silent"; // Nobody works on this queue but the polls below, which answer nothing.
  const { connection, workflowService } = client;
  const waiting = await client.workflow.start<typeof waits>("waits", {
    ...{ workflowId: "silent", taskQueue: silent, workflowTaskTimeout: "1s" },
  });
  const runOut = async (attempt: number): Promise<void> => {
    const polled = await connection.withDeadline(Date.now() + 60_000, () =>
      workflowService.pollWorkflowTaskQueue({
        ...{ namespace: NAMESPACE, taskQueue: { name: silent }, identity: "nobody" },
      }),
    );
    expect(polled.attempt).toBe(attempt);
  };
  for (let attempt = 1; attempt <= 4; attempt += 1) await runOut(attempt);
  expect(await findFailing({ client, taskQueue: silent })).toEqual(new Map());
  for (let attempt = 5; attempt <= 6; attempt += 1) await runOut(attempt);
  expect(await findFailing({ client, taskQueue: silent })).toEqual(new Map([["silent", 6]]));
  await waiting.terminate("the test is over");
});
