import { expect, it } from "vitest";
import { type AuditRow, CHAIN_START, linkHash } from "./audit-hash.ts";
import { type AuditHead, type AuditLink, verifyChain } from "./audit-verify.ts";

const ROW: AuditRow = {
  auditId: 7,
  mode: "paper",
  kind: "kill",
  actor: "ada",
  subject: "kill-1",
  details: '{"level":"cancel-all","reason":"é—drill"}',
  atMicros: 1_795_222_800_000_001,
  recordedAtMicros: 1_795_222_800_123_456,
};

// Both computed by another program (Python's hashlib) from the documented bytes.
const FIRST = "4615a58c85c514287d8b42c40b4266c84ed8ac4f7417e6a59ef0d86d9bd3f8bc";
const SECOND = "9bb2a1543170bf7d128f0a81fb436090a3c8dcce9e412348f2409ad012cd6cf5";

it("hashes the documented bytes", () => {
  expect(linkHash(CHAIN_START, ROW)).toBe(FIRST);
  const next = { ...ROW, auditId: 9, kind: "resume", details: "{}" };
  expect(linkHash(FIRST, next)).toBe(SECOND);
});

it("gives other bytes for every change of a field, and for text moved between two fields", () => {
  const changes: readonly Partial<AuditRow>[] = [
    { auditId: 8 },
    { mode: "shadow" },
    { kind: "resume" },
    { actor: "adb" },
    { subject: "kill-2" },
    { details: "{}" },
    { atMicros: ROW.atMicros + 1 },
    { recordedAtMicros: ROW.recordedAtMicros + 1 },
    { actor: "ad", subject: "akill-1" },
    { actor: "ada,6:kill-1", subject: "" },
  ];
  const hashes = [ROW, ...changes.map((change) => ({ ...ROW, ...change }))].map((row) =>
    linkHash(CHAIN_START, row),
  );
  expect(new Set(hashes).size).toBe(hashes.length);
});

/** Rows 1, 2, 4, 5, 6 (an id was drawn and rolled back) with their links. */
function aChain(): { rows: AuditRow[]; links: AuditLink[]; head: AuditHead } {
  const rows = [1, 2, 4, 5, 6].map((auditId) => ({ ...ROW, auditId, subject: `s-${auditId}` }));
  const links: AuditLink[] = [];
  for (const row of rows) {
    const previous = links.at(-1)?.hash ?? CHAIN_START;
    links.push({ auditId: row.auditId, previous, hash: linkHash(previous, row) });
  }
  return { rows, links, head: { auditId: 6, hash: links.at(-1)?.hash ?? "", links: 5 } };
}

/** A list, as a page reader gives it. */
async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  for (const one of list) yield await Promise.resolve(one);
}

const verdictOf = ({ rows, links, head }: ReturnType<typeof aChain>) =>
  verifyChain(each(rows), each(links), head);

async function faultsOf(chain: ReturnType<typeof aChain>) {
  const { faults, faultsTotal } = await verdictOf(chain);
  expect(faultsTotal).toBe(faults.length);
  return faults.map(({ kind, auditId }) => [kind, auditId]);
}

it("finds nothing in a whole chain with a gap of ids, and counts rows that wait for their link", async () => {
  const chain = aChain();
  chain.rows.push({ ...ROW, auditId: 9 });
  expect(await verdictOf(chain)).toMatchObject({ faultsTotal: 0, links: 5, unchained: 1 });
});

it("names a changed row and goes on behind it", async () => {
  const chain = aChain();
  chain.rows.splice(1, 1, { ...ROW, auditId: 2, subject: "other" });
  chain.rows.splice(3, 1, { ...ROW, auditId: 5, subject: "other" });
  expect(await faultsOf(chain)).toEqual([
    ["changed", 2],
    ["changed", 5],
  ]);
});

it("names the first link too: a rewritten row with a link made to fit breaks the link after it", async () => {
  const chain = aChain();
  const forged = { ...ROW, auditId: 1, subject: "other" };
  chain.rows[0] = forged;
  chain.links[0] = { auditId: 1, previous: CHAIN_START, hash: linkHash(CHAIN_START, forged) };
  expect(await faultsOf(chain)).toEqual([["missing", 2]]);
});

it("names a row that was inserted with a link made to fit", async () => {
  const chain = aChain();
  const previous = chain.links[1]?.hash ?? "";
  const forged = { ...ROW, auditId: 3 };
  chain.rows.splice(2, 0, forged);
  chain.links.splice(2, 0, { auditId: 3, previous, hash: linkHash(previous, forged) });
  expect(await faultsOf(chain)).toContainEqual(["inserted", 3]);
});

it("names a chain that was written anew whole by the head that was kept outside", async () => {
  const chain = aChain();
  const rows = chain.rows.map((row) => ({ ...row, actor: "other" }));
  const links: AuditLink[] = [];
  for (const row of rows) {
    const previous = links.at(-1)?.hash ?? CHAIN_START;
    links.push({ auditId: row.auditId, previous, hash: linkHash(previous, row) });
  }
  expect(await faultsOf({ rows, links, head: chain.head })).toEqual([["rewritten", 6]]);
});

it("names a chain that lost its head and grew again", async () => {
  const chain = aChain();
  chain.rows.splice(4);
  chain.links.splice(4);
  const previous = chain.links.at(-1)?.hash ?? "";
  const later = { ...ROW, auditId: 8 };
  chain.rows.push(later);
  chain.links.push({ auditId: 8, previous, hash: linkHash(previous, later) });
  expect(await faultsOf(chain)).toEqual([["missing", 6]]);
});

it("names an emptied log", async () => {
  const { head } = aChain();
  expect(await faultsOf({ rows: [], links: [], head })).toEqual([["truncated", 6]]);
});

it("names some of very many faults and counts all", async () => {
  const rows = Array.from({ length: 1_000 }, (_, index) => ({ ...ROW, auditId: index + 1 }));
  const links: AuditLink[] = [];
  for (const row of rows) {
    const previous = links.at(-1)?.hash ?? CHAIN_START;
    links.push({ auditId: row.auditId, previous, hash: linkHash(previous, row) });
  }
  const changed = rows.map((row) => ({ ...row, details: "x" }));
  const verdict = await verifyChain(each(changed), each(links), null);
  expect(verdict.faultsTotal).toBe(1_000);
  expect(verdict.faults.length).toBe(200);
});
