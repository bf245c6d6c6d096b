import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { createTerminalSink } from "../../clients/alerts/terminal.ts";
import { createWebhookSink } from "../../clients/alerts/webhook.ts";
import type { AlertSettings } from "../../runtime/alerts-config.ts";
import { startHeartbeat } from "../../runtime/heartbeat.ts";
import { Secret } from "../../runtime/secret.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { startAlertDesk } from "./desk.ts";

let cloned: ClonedDatabase;
let server: WireServer;
let folder: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  server = await startWireServer();
  server.answer = () => ({ status: 200, text: "ok", type: "text/plain" });
  folder = await mkdtemp(join(tmpdir(), "tipoff-desk-"));
});
afterAll(async () => {
  await server.close();
  await cloned.drop();
  await rm(folder, { recursive: true });
});

const common = { least: "warning", joinsAtRepeat: 0, gatherMs: 0 } as const;

/** Shuts the database for everybody, as a server that is away does, or opens it again. */
async function setOpen(isOpen: boolean): Promise<void> {
  const name = new URL(cloned.url).pathname.slice(1);
  const admin = new pg.Client({ connectionString: inject("postgresUrl") });
  await admin.connect();
  await admin.query(`alter database ${name} allow_connections ${String(isOpen)}`);
  const end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
  if (!isOpen) await admin.query(end, [name]);
  await admin.end();
}

it("tells of a silent worker and of a lost database with both away, and not again when the database is back", async () => {
  const heartbeatFile = join(folder, "heartbeat.json");
  const url = new Secret(`${server.url}/hook`);
  const settings: AlertSettings = {
    repeatMs: 600_000,
    silentMs: 5_000,
    lostMs: 6_000,
    unknownOrderMs: 60_000,
    sinks: [
      { name: "terminal", kind: "terminal", ...common },
      { name: "chat", kind: "webhook", shape: "slack", url, ...common },
    ],
    secrets: [],
  };
  const said: string[] = [];
  const stopHeartbeat = startHeartbeat(heartbeatFile, () => ({ isStreamOpen: true }));
  const desk = startAlertDesk({
    db: cloned.db,
    sinks: [
      createTerminalSink("terminal", (line) => said.push(line)),
      createWebhookSink({ name: "chat", shape: "slack", url }),
    ],
    settings,
    heartbeatFile,
    probes: { temporal: () => Promise.resolve(), venue: () => Promise.resolve() },
    scrub: (text) => text,
    log: SILENT,
  });
  await new Promise((resolve) => setTimeout(resolve, settings.silentMs + 2_000));
  expect(said).toEqual([]);

  await setOpen(false);
  stopHeartbeat();
  const wanted = (lines: readonly string[]) =>
    ["worker_silent", "connection_lost"].map(
      (code) => lines.filter((line) => line.includes(code)).length,
    );
  const posted = () => server.seen.map(({ body }) => body);
  await expect.poll(() => wanted(said), { timeout: 60_000 }).toEqual([1, 1]);
  await expect.poll(() => wanted(posted()), { timeout: 20_000 }).toEqual([1, 1]);
  expect(said.join()).toContain("the database cannot be asked");

  await setOpen(true);
  const alarms = () =>
    cloned.db
      .selectFrom("alarms")
      .select(["code", "field", "cleared_at"])
      .orderBy("code")
      .execute();
  await expect
    .poll(
      async () =>
        (await alarms().catch(() => [])).map(({ code, cleared_at: end }) => [code, end === null]),
      {
        timeout: 60_000,
      },
    )
    .toEqual([
      ["connection_lost", false],
      ["worker_silent", true],
    ]);
  const stopAgain = startHeartbeat(heartbeatFile, () => ({ isStreamOpen: true }));
  await expect
    .poll(async () => (await alarms()).every(({ cleared_at: end }) => end !== null), {
      timeout: 30_000,
    })
    .toBe(true);
  stopAgain();
  await desk.stop();
  expect(wanted(said)).toEqual([1, 1]);
  expect(wanted(posted())).toEqual([1, 1]);
});
