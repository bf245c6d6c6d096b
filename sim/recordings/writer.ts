import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Fact, PastGame, SourceManifest } from "../facts.ts";
import { FACTS_FILE, MANIFEST_FILE, PAST_GAMES_FILE, type RecordingManifest } from "./format.ts";
import { hashFile } from "./hash.ts";

/** Everything a recording holds. Facts in order of `receivedAt`. */
export interface RecordingContent {
  readonly manifest: SourceManifest;
  readonly facts: readonly Fact[];
  readonly pastGames: readonly PastGame[];
}

/** Writes a recording folder: the manifest last, so that a torn folder cannot be opened. */
export async function writeRecording(
  dir: string,
  content: RecordingContent,
): Promise<RecordingManifest> {
  await mkdir(dir, { recursive: true });
  const manifest: RecordingManifest = {
    ...content.manifest,
    files: {
      facts: await writeLines(join(dir, FACTS_FILE), content.facts),
      pastGames: await writeLines(join(dir, PAST_GAMES_FILE), content.pastGames),
    },
  };
  await writeFile(join(dir, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

async function writeLines(path: string, rows: readonly object[]): Promise<string> {
  await writeFile(path, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
  return hashFile(path);
}
