import { open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";

/** Where the audit chain ended, written outside the database: a chain that was cut shows against it. */
const AuditHeadFile = z.strictObject({
  schemaVersion: z.literal(1),
  auditId: z.int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  links: z.int().positive(),
  /** When it was written, wall time. */
  writtenAt: z.iso.datetime(),
});
export type AuditHeadFile = z.infer<typeof AuditHeadFile>;

/** Reads the head. @returns `null` when there is none. @throws Error naming the file when it is no head. */
export async function readAuditHead(file: string): Promise<AuditHeadFile | null> {
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const parsed = AuditHeadFile.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} is no head of an audit chain (${z.prettifyError(parsed.error)})`);
}

/** Replaces the head at once and durably: neither a reader nor a loss of power sees half of it. */
export async function writeAuditHead(
  file: string,
  head: Pick<AuditHeadFile, "auditId" | "hash" | "links">,
  writtenAt: Date,
): Promise<void> {
  const { auditId, hash, links } = head;
  const content = { schemaVersion: 1, auditId, hash, links, writtenAt: writtenAt.toISOString() };
  const fresh = `${file}.new`;
  await writeFile(fresh, `${JSON.stringify(content)}\n`, { mode: 0o600, flush: true });
  await rename(fresh, file);
  // The rename itself is on the disk only when the folder is.
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
