import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TradingError } from "../../core/domain/errors.ts";
import type { Fact, FactSource, PastGame } from "../facts.ts";
import { DERIVED_SPREAD_DEFAULT, DerivedBook, type DerivedSpread } from "./derived-book.ts";
import {
  FactLine,
  FACTS_FILE,
  MANIFEST_FILE,
  PAST_GAMES_FILE,
  PastGameLine,
  RecordingManifest,
} from "./format.ts";
import { hashFile } from "./hash.ts";
import { parseJson, readJsonBatches } from "./json-lines.ts";
import { firstIssue, refuse } from "./refusal.ts";

/** How a recording is played. */
export interface RecordingOptions {
  /** Width of books that were derived from trades, in cents; quoted books are left alone. */
  readonly spreadCents?: DerivedSpread;
  /** Past games by their lines, filled as they are read: many nights share most of theirs. */
  readonly knownPastGames?: Map<string, PastGame>;
}

/** A recording as a source of facts. */
interface OpenRecording extends FactSource {
  readonly manifest: RecordingManifest;
  /** The same facts, as many at once as are read. */
  readonly batches: () => AsyncIterable<readonly Fact[]>;
}

/**
 * Opens a recording folder and checks the hashes of its files. Facts are streamed, and checked
 * against the format and their order as they are read.
 *
 * @throws TradingError RECORDING_INVALID, naming file, line and reason.
 */
export async function openRecording(
  dir: string,
  options: RecordingOptions = {},
): Promise<OpenRecording> {
  const manifest = await readManifest(join(dir, MANIFEST_FILE));
  const factsFile = join(dir, FACTS_FILE);
  const pastGamesFile = join(dir, PAST_GAMES_FILE);
  await checkHash(factsFile, manifest.files.facts);
  await checkHash(pastGamesFile, manifest.files.pastGames);
  const pastGames: PastGame[] = [];
  const past = readJsonBatches(pastGamesFile, PastGameLine, unplayable, options.knownPastGames);
  for await (const batch of past) for (const { value } of batch) pastGames.push(value);
  const batches = () => readFacts(factsFile, options.spreadCents ?? DERIVED_SPREAD_DEFAULT);
  return { manifest, pastGames, batches, facts: () => eachOf(batches()) };
}

/** What is wrong in a folder is not mended by hand: its hashes would tell. */
function unplayable(path: string, line: number | null, reason: string): TradingError {
  const nextStep = `make ${dirname(path)} again with \`npx tipoff recording import\`, or name another folder`;
  return refuse(path, line, reason, nextStep);
}

/** What a recording says of itself. @throws TradingError RECORDING_INVALID when it is none. */
export async function readManifest(path: string): Promise<RecordingManifest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    throw unplayable(path, null, "not here: this folder holds no recording");
  }
  const parsed = RecordingManifest.safeParse(parseJson(path, null, text, unplayable));
  if (!parsed.success) throw unplayable(path, null, firstIssue(parsed.error));
  return parsed.data;
}

async function checkHash(path: string, expected: string): Promise<void> {
  const found = await hashFile(path).catch(() => null);
  if (found === null) throw unplayable(path, null, "missing, though the manifest names it");
  if (found !== expected) {
    throw unplayable(path, null, "its hash is not the manifest's: it was changed");
  }
}

async function* readFacts(
  path: string,
  spreadCents: DerivedSpread,
): AsyncGenerator<readonly Fact[]> {
  const book = new DerivedBook(spreadCents);
  let lastAt = -Infinity;
  for await (const batch of readJsonBatches(path, FactLine, unplayable)) {
    yield batch.map(({ line, value }) => {
      if (value.receivedAt < lastAt) {
        throw unplayable(path, line, "received before the line above it");
      }
      lastAt = value.receivedAt;
      return book.open(value);
    });
  }
}

async function* eachOf(batches: AsyncIterable<readonly Fact[]>): AsyncGenerator<Fact> {
  for await (const batch of batches) yield* batch;
}
