import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import { extract } from "tar";
import { afterAll, beforeAll, expect, it } from "vitest";
import { homeAt } from "../../runtime/home.ts";
import { raiseAlarm } from "../../schema/queries/alarms.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { addGame, approve, intentOf, NOW, proposalOf } from "../../test/db/night.ts";
import { gatherIncident, type Manifest } from "./gather.ts";

const PLANTED = "hunter22-planted-secret-value";
const KEY_LINE = "MC4CAQAwBQYDK2VwBCIEIPlantedPlantedPlantedPlanted";

let cloned: ClonedDatabase;
let folder: string;
let out: string;
let manifest: Manifest;
let sha256: string;
const read = (name: string): Promise<string> => readFile(join(out, name), "utf8");

beforeAll(async () => {
  cloned = await cloneDatabase();
  folder = await mkdtemp(join(tmpdir(), "tipoff-incident-test-"));
  const home = homeAt(folder);
  for (const path of [home.logs, home.exchange]) await mkdir(path, { recursive: true });
  const keyFile = join(home.exchange, "paper-key.pem");
  await writeFile(keyFile, `-----BEGIN PRIVATE KEY-----\n${KEY_LINE}\n-----END PRIVATE KEY-----\n`);
  const now = Date.now();
  await writeLogs(home.logs, now);
  await writeRows();
  const outFile = join(folder, "out", "incident.tar.gz");
  ({ manifest, sha256 } = await gatherIncident(
    {
      db: cloned.db,
      home,
      secretFiles: [keyFile, join(folder, "not-there")],
      withTemporal: (use) => use(clientWith({ note: `key ${KEY_LINE}` })),
    },
    {
      incidentId: 4,
      what: "a fee differs",
      from: new Date(now - 60_000),
      to: new Date(now + 60_000),
      outFile,
    },
  ));
  out = join(folder, "read");
  await mkdir(out);
  await extract({ file: outFile, cwd: out });
  expect(
    createHash("sha256")
      .update(await readFile(outFile))
      .digest("hex"),
  ).toBe(sha256);
  expect((await stat(outFile)).mode & 0o777).toBe(0o600);
});
afterAll(async () => {
  await cloned.drop();
  await rm(folder, { recursive: true });
});

async function writeLogs(logs: string, now: number): Promise<void> {
  const line = (ago: number, msg: string): string =>
    JSON.stringify({ level: 30, time: new Date(now - ago).toISOString(), service: "worker", msg });
  const worker = [
    line(600_000, "long before"),
    line(30_000, "in the window"),
    line(20_000, `connected to postgres://tipoff:${PLANTED}@localhost/db`),
    line(10_000, `the key is ${KEY_LINE}`),
    line(-600_000, "long after"),
  ];
  await writeFile(join(logs, "worker.log"), `${worker.join("\n")}\n`);
  const stamp = (ago: number): string =>
    new Date(now - ago).toISOString().replace("T", " ").replace("Z", " UTC");
  const postgres = [
    `${stamp(600_000)} [1] LOG:  old`,
    "\tand its detail",
    `${stamp(30_000)} [1] ERROR:  new`,
    "\tand its detail too",
  ];
  await writeFile(join(logs, "postgres.errors.log"), `${postgres.join("\n")}\n`);
  await writeFile(join(logs, "worker.errors.log"), "Error: no time at all\n    at x.ts:1\n");
  await writeFile(join(logs, "exchange.log"), `${line(600_000, "long before")}\n`);
}

async function writeRows(): Promise<void> {
  const gameId = await addGame(cloned.db);
  await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  await raiseAlarm(cloned.db, {
    runId: null,
    gameId: null,
    severity: "critical",
    code: "fee_mismatch",
    field: null,
    message: "a fee differs",
    details: { password: PLANTED },
    at: NOW,
  });
}

/** A server with one workflow, whose history has one payload. */
function clientWith(payload: object): Client {
  const data = Buffer.from(JSON.stringify(payload));
  const started = { input: { payloads: [{ metadata: {}, data }] } };
  const history = {
    events: [{ eventId: 1, workflowExecutionStartedEventAttributes: started }],
  };
  const workflow = {
    list: async function* () {
      yield await Promise.resolve({
        workflowId: "game/paper/X",
        runId: "0123456789",
        type: "game",
        status: { name: "RUNNING" },
      });
    },
    getHandle: () => ({ fetchHistory: () => Promise.resolve(history) }),
  };
  return { workflow } as unknown as Client; // Test boundary: only what is asked.
}

it("holds each file with its hash, and says what it is about", async () => {
  expect(JSON.parse(await read("manifest.json"))).toEqual(manifest);
  expect(manifest).toMatchObject({
    incidentId: 4,
    what: "a fee differs",
    run: { configHash: "test" },
    leftOut: [],
    audit: { links: 0, faults: 0 },
  });
  for (const { name, sha256: hash, bytes, lines } of manifest.files) {
    const content = await read(name);
    expect(createHash("sha256").update(content).digest("hex"), name).toBe(hash);
    expect(Buffer.byteLength(content)).toBe(bytes);
    expect(content.split("\n").length - 1).toBe(lines);
  }
});

it("holds the rows of the window as JSON, order and audit beside each other", async () => {
  const order = JSON.parse(await read("tables/orders.jsonl")) as Record<string, unknown>;
  expect(order).toMatchObject({ status: "intended", price_micros: 500_000 });
  const audit = (await read("tables/audit_log.jsonl")).trim().split("\n");
  expect(audit.some((line) => line.includes("order-request"))).toBe(true);
  expect(await read("tables/alarms.jsonl")).toContain("fee_mismatch");
});

it("holds the lines of the logs that were written in the window, with what belongs to them", async () => {
  const worker = await read("logs/worker.log");
  expect(worker).toContain("in the window");
  expect(worker).not.toContain("long before");
  expect(worker).not.toContain("long after");
  const postgres = await read("logs/postgres.errors.log");
  expect(postgres).toMatch(/^[^\n]* ERROR: {2}new\n\tand its detail too\n$/);
  expect(await read("logs/worker.errors.log")).toContain("no time at all");
  expect(manifest.files.some(({ name }) => name.includes("exchange.log"))).toBe(false);
});

it("holds the histories as JSON, with payloads that can be read", async () => {
  const { files } = manifest;
  const name = files.find((file) => file.name.startsWith("histories/"))?.name ?? "";
  expect(name).toBe("histories/game/game_paper_X.01234567.json");
  const { workflowId, history } = JSON.parse(await read(name)) as {
    workflowId: string;
    history: {
      events: {
        workflowExecutionStartedEventAttributes: { input: { payloads: { data: string }[] } };
      }[];
    };
  };
  expect(workflowId).toBe("game/paper/X");
  const [payload] = history.events[0]?.workflowExecutionStartedEventAttributes.input.payloads ?? [];
  const text = Buffer.from(payload?.data ?? "", "base64").toString();
  expect(JSON.parse(text)).toEqual({ note: "key [secret]" });
});

it("holds no secret that was planted in logs, rows and histories, and says that some were", async () => {
  for (const { name } of manifest.files) {
    const content = await read(name);
    expect(content, name).not.toContain(PLANTED);
    expect(content, name).not.toContain(KEY_LINE);
  }
  // Two log lines, the alarm, one payload.
  expect(manifest.secretsHidden).toBe(4);
});

it("is made while Temporal is away, and names what is missing", async () => {
  const home = homeAt(folder);
  const outFile = join(folder, "away.tar.gz");
  const away = await gatherIncident(
    {
      db: cloned.db,
      home,
      secretFiles: [],
      withTemporal: () => Promise.reject(new Error("connection refused")),
    },
    { incidentId: 5, what: "x", from: new Date(0), to: new Date(), outFile },
  );
  expect(away.manifest.leftOut).toEqual([
    "histories: Temporal did not answer (Error: connection refused)",
  ]);
  await stat(outFile);
});
