import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Fact, PastGame, SourceManifest } from "../facts.ts";
import { FACTS_FILE, MANIFEST_FILE, PAST_GAMES_FILE, type RecordingManifest } from "./format.ts";
import { hashFile } from "./hash.ts";

/** Lines given to the compression at once. */
const LINES_A_CHUNK = 2_000;

/** Everything a recording holds. Facts in order of `receivedAt`. */
export interface RecordingContent {
  readonly manifest: SourceManifest;
  readonly facts: readonly Fact[];
  readonly pastGames: readonly PastGame[];
}

/** A recording whose facts are never all in memory: its manifest is known after the last of them. */
export interface StreamedContent {
  readonly facts: AsyncIterable<Fact> | Iterable<Fact>;
  readonly pastGames: readonly PastGame[];
  manifest(): SourceManifest;
}

/** Writes a recording folder: the manifest last, so that a torn folder cannot be opened. */
export async function writeRecording(
  dir: string,
  content: RecordingContent,
): Promise<RecordingManifest> {
  return streamRecording(dir, { ...content, manifest: () => content.manifest });
}

/** Writes a recording folder as its facts come. */
export async function streamRecording(
  dir: string,
  content: StreamedContent,
): Promise<RecordingManifest> {
  await mkdir(dir, { recursive: true });
  const files = {
    facts: await writeLines(join(dir, FACTS_FILE), content.facts),
    pastGames: await writeLines(join(dir, PAST_GAMES_FILE), content.pastGames),
  };
  const manifest: RecordingManifest = { ...content.manifest(), files };
  await writeFile(join(dir, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

async function writeLines(
  path: string,
  rows: AsyncIterable<object> | Iterable<object>,
): Promise<string> {
  await pipeline(Readable.from(chunksOf(rows)), createGzip(), createWriteStream(path));
  return hashFile(path);
}

async function* chunksOf(rows: AsyncIterable<object> | Iterable<object>): AsyncGenerator<string> {
  let lines: string[] = [];
  for await (const row of rows) {
    lines.push(`${JSON.stringify(row)}\n`);
    if (lines.length < LINES_A_CHUNK) continue;
    yield lines.join("");
    lines = [];
  }
  if (lines.length > 0) yield lines.join("");
}
