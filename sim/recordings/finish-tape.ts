import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { z } from "zod";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { LOST_AFTER_MS } from "./btc-shown-book.ts";
import { LiveManifest, type RecordingManifest } from "./format.ts";
import { parseJson } from "./json-lines.ts";
import { firstIssue, refuse } from "./refusal.ts";
import { TAPE_FILE, Tape } from "./tape.ts";
import { streamRecording } from "./writer.ts";

/** What was found at the begin of a live night, beside its tape. */
export const LIVE_FILE = "live.json";

/** What was found at the begin of the live night in a folder. @throws TradingError RECORDING_INVALID when it cannot be read. */
export async function readLiveManifest(dir: string): Promise<z.infer<typeof LiveManifest>> {
  const file = join(dir, LIVE_FILE);
  const text = await readFile(file, "utf8").catch(() => {
    throw refuse(file, null, "cannot be read");
  });
  const parsed = LiveManifest.safeParse(parseJson(file, null, text, refuse));
  if (!parsed.success) throw refuse(file, null, firstIssue(parsed.error));
  return parsed.data;
}

/** What a tape became. */
export interface FinishedTape {
  readonly manifest: RecordingManifest;
  readonly facts: number;
}

/**
 * Makes a recording of a tape, which nobody writes any more: in its place when the folders are the same. Where
 * nobody listened for more than a minute there is a gap.
 *
 * @throws TradingError RECORDING_INVALID when the tape cannot be read.
 */
export async function finishTape(from: string, out: string): Promise<FinishedTape> {
  const found = await readLiveManifest(from);
  const tape = await Tape.open(from);
  const gaps: { from: Instant; to: Instant }[] = [];
  let count = 0;
  let lastAt = found.startAt;
  const facts = async function* (): AsyncGenerator<Fact> {
    for await (const fact of tape.facts()) {
      const lostAt = instant(lastAt + LOST_AFTER_MS);
      // Whoever begins to listen again knows no books; a quiet minute is none that nobody listened in.
      const isAgain = fact.kind === "outage" && fact.isOut;
      if (isAgain && fact.receivedAt > lostAt) gaps.push({ from: lostAt, to: fact.receivedAt });
      lastAt = fact.receivedAt;
      count += 1;
      yield fact;
    }
  };
  const manifest = await streamRecording(out, {
    facts: facts(),
    pastGames: [],
    manifest: () => ({
      ...found,
      kind: "recording",
      name: `recording:${basename(out)}`,
      endAt: instant(lastAt + 1),
      ...(gaps.length > 0 && { gaps }),
    }),
  });
  await tape.close();
  if (from === out) {
    await rm(join(from, TAPE_FILE));
    await rm(join(from, LIVE_FILE));
  }
  return { manifest, facts: count };
}
