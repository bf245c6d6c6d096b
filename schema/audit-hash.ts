import { createHash } from "node:crypto";

/** What one row of the audit log says. Instants are microseconds since 1970: all that a column holds. */
export interface AuditRow {
  readonly auditId: number;
  readonly mode: string;
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
  /** JSON text, as it was stored. */
  readonly details: string;
  readonly atMicros: number;
  readonly recordedAtMicros: number;
}

/** What the first link follows. */
export const CHAIN_START = "0".repeat(64);

/** Names the encoding: another one gets another name, so that no two ever give the same bytes. */
const ENCODING = "tipoff-audit-1";

/**
 * The hash of a row's link: SHA-256 of the canonical bytes, 64 lowercase hex digits.
 *
 * Canonical bytes: ten texts, each as a netstring (its length in UTF-8 bytes as a decimal number, a
 * colon, the bytes, a comma), without anything between them: the encoding's name, the hash of the
 * link before, audit_id, mode, kind, actor, subject, details, at and recorded_at. Numbers are
 * decimal; instants are microseconds since 1970. No text can be taken for two, or for another's part.
 */
export function linkHash(previous: string, row: AuditRow): string {
  const texts = [
    ENCODING,
    previous,
    String(row.auditId),
    row.mode,
    row.kind,
    row.actor,
    row.subject,
    row.details,
    String(row.atMicros),
    String(row.recordedAtMicros),
  ];
  return createHash("sha256").update(texts.map(netstring).join("")).digest("hex");
}

function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}
