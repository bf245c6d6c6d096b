import { readFile } from "node:fs/promises";
import type { Client } from "@temporalio/client";
import { codeCommit } from "../../runtime/code-commit.ts";
import { readAuditHead } from "../../runtime/audit-head.ts";
import type { Home } from "../../runtime/home.ts";
import { createSecretNet } from "../../runtime/scrub.ts";
import { Secret } from "../../runtime/secret.ts";
import type { Db } from "../../schema/database.ts";
import { verifyAudit } from "../../schema/queries/audit-chain.ts";
import {
  INCIDENT_TABLES,
  incidentRows,
  type WallWindow,
} from "../../schema/queries/incident-rows.ts";
import { latestRun } from "../../schema/queries/runs.ts";
import { ArchiveFolder, type ArchivedFile } from "./archive.ts";
import { addHistories } from "./histories.ts";
import { logFiles, logLines } from "./logs.ts";

/** Where an incident's facts are. */
export interface GatherDeps {
  readonly db: Db;
  /** Connects to Temporal when its turn comes; it may be away. */
  readonly withTemporal: (use: (client: Client) => Promise<void>) => Promise<void>;
  readonly home: Home;
  /** Files that hold secrets, whose contents are looked for in everything. */
  readonly secretFiles: readonly string[];
}

/** What is gathered. */
export interface GatherRequest extends WallWindow {
  readonly incidentId: number;
  readonly what: string;
  readonly outFile: string;
}

/** The first file of an archive. */
export interface Manifest {
  readonly schemaVersion: 1;
  readonly incidentId: number;
  readonly what: string;
  /** Wall time. */
  readonly window: { readonly from: string; readonly to: string };
  /** The code that gathered it, and what the last run of the window was started with. */
  readonly codeCommit: string;
  readonly run: {
    readonly runId: string;
    readonly codeCommit: string;
    readonly configHash: string;
  } | null;
  /** Whether the audit log was whole when it was gathered. */
  readonly audit: {
    readonly links: number;
    readonly unchained: number;
    readonly faults: number;
  };
  readonly files: readonly ArchivedFile[];
  readonly leftOut: readonly string[];
  /** Secrets that were found and hidden on the way. Anything but 0 is a finding of its own. */
  readonly secretsHidden: number;
}

/** Gathers tables, logs and histories of a window into one archive. What is away is named, not waited for. */
export async function gatherIncident(
  deps: GatherDeps,
  request: GatherRequest,
): Promise<{ readonly manifest: Manifest; readonly sha256: string }> {
  const { from, to } = request;
  const scrubber = createSecretNet(await readSecrets(deps.secretFiles));
  const archive = await ArchiveFolder.create(scrubber);
  try {
    await addTables(archive, deps.db, { from, to });
    for (const name of await logFiles(deps.home.logs)) {
      await archive.add(`logs/${name}`, logLines(deps.home.logs, name, { from, to }));
    }
    await deps
      .withTemporal((client) => addHistories(archive, client, { from, to }, scrubber))
      .catch((error: unknown) => {
        archive.leftOut.push(`histories: Temporal did not answer (${String(error)})`);
      });
    const manifest = await describe(deps, request, archive, () => scrubber.hidden);
    return { manifest, sha256: await archive.pack(request.outFile, manifest) };
  } finally {
    await archive.remove();
  }
}

async function describe(
  { db, home }: GatherDeps,
  { incidentId, what, from, to }: GatherRequest,
  archive: ArchiveFolder,
  hidden: () => number,
): Promise<Manifest> {
  const run = await latestRun(db, to);
  const audit = await verifyAudit(db, await readAuditHead(home.auditHeadFile));
  return {
    schemaVersion: 1,
    incidentId,
    what,
    window: { from: from.toISOString(), to: to.toISOString() },
    codeCommit: codeCommit(),
    run: run && { runId: run.run_id, codeCommit: run.code_commit, configHash: run.config_hash },
    audit: { links: audit.links, unchained: audit.unchained, faults: audit.faultsTotal },
    files: archive.files,
    leftOut: archive.leftOut,
    secretsHidden: hidden(),
  };
}

/** All tables at one moment. */
async function addTables(archive: ArchiveFolder, db: Db, window: WallWindow): Promise<void> {
  await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => {
      for (const name of INCIDENT_TABLES) {
        await archive.add(`tables/${name}.jsonl`, incidentRows(tx, name, window));
      }
    });
}

/** A file that is not there holds no secret. */
async function readSecrets(files: readonly string[]): Promise<readonly Secret[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.filter((text) => text !== "").map((text) => new Secret(text));
}
