import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readAuditHead } from "../runtime/audit-head.ts";
import { appendAudit, listAudit } from "../schema/queries/audit.ts";
import { verifyAudit } from "../schema/queries/audit-chain.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { closeAuditChain } from "./audit-chain.ts";

let cloned: ClonedDatabase;
let folder: string;
let headFile: string;
beforeEach(async () => {
  cloned = await cloneDatabase();
  folder = await mkdtemp(join(tmpdir(), "tipoff-audit-"));
  headFile = join(folder, "audit-head.json");
});
afterEach(async () => {
  await cloned.drop();
  await rm(folder, { recursive: true });
});

const close = () => closeAuditChain({ db: cloned.db, headFile, mode: "paper", log: SILENT });
const verify = async () => verifyAudit(cloned.db, await readAuditHead(headFile));

async function append(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const entry = {
      mode: "paper",
      kind: "kill",
      actor: "test",
      subject: "k",
      details: {},
    } as const;
    await appendAudit(cloned.db, { ...entry, at: new Date(0) });
  }
}

async function cutOff(from: number): Promise<void> {
  const superuser = new pg.Client({ connectionString: cloned.url });
  await superuser.connect();
  await superuser.query("set session_replication_role = replica");
  await superuser.query("delete from audit_log where audit_id >= $1", [from]);
  await superuser.query("delete from audit_chain where audit_id >= $1", [from]);
  await superuser.end();
}

it("writes no head for an empty log", async () => {
  expect(await close()).toEqual({ closed: 0, outcome: "closed" });
  expect(await readAuditHead(headFile)).toBeNull();
});

it("keeps the newest link outside the database, for its owner alone", async () => {
  await append(3);
  expect(await close()).toEqual({ closed: 3, outcome: "closed" });
  expect(await readAuditHead(headFile)).toMatchObject({ auditId: 3, links: 3 });
  expect((await stat(headFile)).mode & 0o777).toBe(0o600);
  await append(2);
  await close();
  expect(await readAuditHead(headFile)).toMatchObject({ auditId: 5, links: 5 });
  expect(await verify()).toMatchObject({ faultsTotal: 0, links: 5 });
});

it("finds a cut tail by the head, and does not write the head over", async () => {
  await append(5);
  await close();
  await cutOff(4);
  await append(2);
  expect(await close()).toEqual({ closed: 0, outcome: "broken" });
  expect(await readAuditHead(headFile)).toMatchObject({ auditId: 5 });
  expect((await verify()).faults).toMatchObject([{ kind: "truncated", auditId: 5 }]);
});

it("goes on from a head that a crash left behind the chain", async () => {
  await append(2);
  await close();
  const before = await readAuditHead(headFile);
  await append(2);
  await close();
  await writeFile(headFile, JSON.stringify(before));
  expect(await verify()).toMatchObject({ faultsTotal: 0, links: 4 });
  await close();
  expect(await readAuditHead(headFile)).toMatchObject({ auditId: 4, links: 4 });
});

it("writes a head that was removed anew, and keeps that as an act", async () => {
  await append(2);
  await close();
  await rm(headFile);
  await append(1);
  await close();
  const [row] = await listAudit(cloned.db, { kind: "audit-anchored", since: null, limit: 9 });
  expect(row).toMatchObject({ subject: headFile });
  expect(await readAuditHead(headFile)).toMatchObject({ auditId: 4, links: 4 });
});

it.each(["", "{}", '{"schemaVersion":1,"auditId":0,"hash":"x","links":1,"writtenAt":"now"}'])(
  "closes nothing over a head file that cannot be read: %j",
  async (content) => {
    await append(1);
    await writeFile(headFile, content);
    await expect(close()).rejects.toThrow(headFile);
  },
);
