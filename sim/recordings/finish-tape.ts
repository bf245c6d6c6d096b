import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { LOST_AFTER_MS } from "./btc-shown-book.ts";
import { LiveManifest, type RecordingManifest } from "./format.ts";
import { TAPE_FILE, Tape } from "./tape.ts";
import { streamRecording } from "./writer.ts";

/** What was found at the begin of a live night, beside its tape. */
export const LIVE_FILE = "live.json";

/** What a tape became. */
export interface FinishedTape {
  readonly manifest: RecordingManifest;
  readonly facts: number;
}

/**
 * Makes a recording of a tape, which nobody writes any more: in its place when the folders are the same. Where
 * nothing at all was heard for a minute, a gap begins.
 *
 * @throws TradingError RECORDING_INVALID when the tape cannot be read.
 */
export async function finishTape(from: string, out: string): Promise<FinishedTape> {
  const found = LiveManifest.parse(JSON.parse(await readFile(join(from, LIVE_FILE), "utf8")));
  const tape = await Tape.open(from);
  const gaps: { from: Instant; to: Instant }[] = [];
  let count = 0;
  let lastAt = found.startAt;
  const facts = async function* (): AsyncGenerator<Fact> {
    for await (const fact of tape.facts()) {
      const lostAt = instant(lastAt + LOST_AFTER_MS);
      if (fact.receivedAt > lostAt) gaps.push({ from: lostAt, to: fact.receivedAt });
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
