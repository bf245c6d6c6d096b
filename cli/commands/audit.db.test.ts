import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { z } from "zod";
import type { HomeLock } from "../../runtime/home-lock.ts";
import { holdHome, homeAt, readServices, ServicesFile } from "../../runtime/home.ts";
import { appendAudit } from "../../schema/queries/audit.ts";
import { throwKill } from "../../schema/queries/kill.ts";
import { captureOutput } from "../../test/support/captured-output.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { runCommandLine } from "../program.ts";

let cloned: ClonedDatabase;
let folder: string;
let lock: HomeLock;
let told = { out: "", err: "" };
beforeAll(async () => {
  cloned = await cloneDatabase();
  folder = await mkdtemp(join(tmpdir(), "tipoff-audit-cli-"));
  const home = homeAt(folder);
  lock = await holdHome(home, "test");
  const services = new ServicesFile(home, await readServices(home));
  await services.change({
    mode: "paper",
    // Nobody listens there: an incident is gathered while things are broken.
    urls: { database: cloned.url, temporalAddress: "127.0.0.1:1", exchange: "http://127.0.0.1:1" },
  });
});
afterAll(async () => {
  await lock.release();
  await cloned.drop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  told = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function tipoff(...args: readonly string[]): Promise<number> {
  [told.out, told.err] = ["", ""];
  process.exitCode = 0;
  return runCommandLine([...args, "--home", folder]);
}

async function append(subject: string): Promise<void> {
  const entry = {
    mode: "paper",
    kind: "stage",
    actor: "ada",
    subject,
    details: { to: 1 },
  } as const;
  await appendAudit(cloned.db, { ...entry, at: new Date(0) });
}

const Verdict = z.looseObject({ isWhole: z.boolean(), links: z.int(), unchained: z.int() });

it("lists acts by kind and time, the latest first, as a table and as JSON", async () => {
  await append("first");
  await append("second");
  expect(await tipoff("audit", "--kind", "stage", "--since", "1h")).toBe(0);
  expect(told.out.indexOf("second")).toBeLessThan(told.out.indexOf("first"));
  expect(await tipoff("audit", "list", "--limit", "1", "--json")).toBe(0);
  expect(JSON.parse(told.out)).toMatchObject([
    { subject: "second", details: { to: 1 }, hash: null },
  ]);
  expect(await tipoff("audit", "--kind", "kill")).toBe(0);
  expect(told.out).toContain("no such rows");
  expect(await tipoff("audit", "--kind", "gossip")).toBe(2);
  expect(await tipoff("audit", "--since", "lately")).toBe(2);
});

it("closes, verifies, and says what is not chained yet", async () => {
  await append("third");
  expect(await tipoff("audit", "close")).toBe(0);
  expect(told.out).toMatch(/^\d+ rows linked; nothing is left\n$/);
  await append("fourth");
  expect(await tipoff("audit", "verify")).toBe(0);
  expect(told.out).toMatch(/^whole: \d+ links to row \d+, 0 faults, 1 rows not chained yet\n$/);
  expect(await tipoff("audit", "verify", "--json")).toBe(0);
  expect(Verdict.parse(JSON.parse(told.out))).toMatchObject({ isWhole: true, unchained: 1 });
});

it("answers 1 and names row and fault when a byte was changed, and when the head file is gone", async () => {
  const superuser = new pg.Client({ connectionString: cloned.url });
  await superuser.connect();
  await superuser.query("set session_replication_role = replica");
  await superuser.query("update audit_log set details = '{\"to\":2}' where audit_id = 2");
  expect(await tipoff("audit", "verify")).toBe(1);
  expect(told.out).toContain("changed 2: stage second is not what was linked");
  expect(told.out).toContain("NOT WHOLE");
  await superuser.query("update audit_log set details = '{\"to\":1}' where audit_id = 2");
  await superuser.end();
  expect(await tipoff("audit", "verify")).toBe(0);
  await rm(homeAt(folder).auditHeadFile);
  expect(await tipoff("audit", "verify")).toBe(1);
  expect(told.out).toContain("audit-head.json is missing");
});

const Opened = z.object({
  incidentId: z.int(),
  archive: z.string(),
  sha256: z.string(),
  manifest: z.looseObject({ leftOut: z.array(z.string()), what: z.string() }),
});

it("opens an incident of a kill with Temporal away, lists it, and closes it with a text once", async () => {
  const kill = { killId: "k-7", level: "no-entries", reason: "odd", by: "ada" } as const;
  await throwKill(cloned.db, { ...kill, mode: "paper" });
  expect(await tipoff("incident", "k-7", "--json"), told.err).toBe(0);
  const { incidentId, archive, manifest } = Opened.parse(JSON.parse(told.out));
  expect(manifest.what).toBe("no-entries: odd");
  expect(manifest.leftOut).toEqual([expect.stringContaining("Temporal did not answer")]);
  await access(archive);
  expect(await tipoff("incident", "k-7", "--out", archive)).toBe(3);
  expect(await tipoff("incident", "list")).toBe(0);
  expect(told.out).toContain("kill k-7");
  expect(told.out).toContain("open");
  const close = ["incident", "close", String(incidentId), "--text"];
  expect(await tipoff(...close, " ")).toBe(2);
  expect(await tipoff(...close, "a typo")).toBe(0);
  expect(await tipoff(...close, "another")).toBe(3);
  expect(await tipoff("incident", "close", "99", "--text", "x")).toBe(1);
  expect(await tipoff("incident", "list", "--json")).toBe(0);
  expect(JSON.parse(told.out)).toMatchObject([{ source: "kill", resolution: "a typo" }]);
});

it("gathers a window given by hand, and refuses half of one or one that runs back", async () => {
  const file = join(folder, "by-hand.tar.gz");
  const window = ["--from", "2026-11-20", "--to", "2026-11-21T00:00:00Z"];
  expect(await tipoff("incident", ...window, "--out", file), told.err).toBe(0);
  await access(file);
  expect(await tipoff("incident")).toBe(2);
  expect(await tipoff("incident", "--from", "1h")).toBe(2);
  expect(await tipoff("incident", "--from", "1h", "--to", "2h")).toBe(2);
  expect(await tipoff("incident", "k-7", ...window)).toBe(2);
  expect(await tipoff("incident", "nobody")).toBe(2);
});
