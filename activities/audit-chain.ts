import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import { readAuditHead, writeAuditHead } from "../runtime/audit-head.ts";
import { wallNow } from "../runtime/wall.ts";
import type { Db } from "../schema/database.ts";
import { appendAudit } from "../schema/queries/audit.ts";
import { closeAuditBatch, type Closing } from "../schema/queries/audit-chain.ts";

/** What closing the chain needs. */
export interface AuditChainDeps {
  readonly db: Db;
  /** `Home.auditHeadFile`. */
  readonly headFile: string;
  readonly mode: Mode;
  readonly log: Logger;
}

/** What a closing came to: links made, and why it stopped. */
export interface ChainClosed {
  readonly closed: number;
  /** `closed` when nothing is left. */
  readonly outcome: Closing["kind"];
}

/**
 * Links every row of the audit log that can be linked, and writes the newest link to the head file
 * after each batch. A crash between the two leaves the head behind the chain, never before it.
 *
 * A head that is missing while there is a chain is written anew, and that is an act of its own in the
 * log: who removes the file to hide a cut leaves that trace.
 */
export async function closeAuditChain(deps: AuditChainDeps): Promise<ChainClosed> {
  let known = await readAuditHead(deps.headFile);
  for (let closed = 0; ; ) {
    const closing = await closeAuditBatch(deps.db, known);
    if (closing.kind !== "closed") return { closed, outcome: closing.kind };
    const { head } = closing;
    if (head !== null && head.auditId !== known?.auditId) {
      const now = new Date(wallNow());
      await writeAuditHead(deps.headFile, head, now);
      const isAnchoredAnew = known === null && head.links > closing.closed;
      if (isAnchoredAnew) await noteAnchor(deps, head, now);
      known = { schemaVersion: 1, ...head, writtenAt: now.toISOString() };
      // The log is a second place outside the database.
      deps.log.info({ ...head, closed: closing.closed }, "audit chain closed");
    }
    if (closing.closed === 0) return { closed, outcome: "closed" };
    closed += closing.closed;
  }
}

async function noteAnchor(
  { db, mode, headFile, log }: AuditChainDeps,
  head: { readonly auditId: number; readonly links: number },
  at: Date,
): Promise<void> {
  log.warn({ file: headFile, ...head }, "audit head was missing");
  await appendAudit(db, {
    mode,
    kind: "audit-anchored",
    actor: "audit",
    subject: headFile,
    details: { why: "the head file was missing", auditId: head.auditId, links: head.links },
    at,
  });
}
