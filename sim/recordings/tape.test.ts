import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { instant, priceMicros, countCenti } from "../../core/domain/units.ts";
import { temporaryFolder } from "../exchange/testing/start.ts";
import type { Fact } from "../facts.ts";
import { finishTape, LIVE_FILE } from "./finish-tape.ts";
import { openRecording } from "./reader.ts";
import { TAPE_FILE, Tape } from "./tape.ts";

const START = Date.parse("2026-12-01T01:00:00Z");

function level(seconds: number, size = 100): Fact {
  const at = instant(START + seconds * 1_000);
  const price = priceMicros(500_000);
  const body = { kind: "level", marketTicker: "KXBTC15M-1", outcome: "yes", price } as const;
  return { ...body, size: countCenti(size), sourceTime: at, receivedAt: at };
}

async function factsOf(tape: Tape): Promise<Fact[]> {
  const read: Fact[] = [];
  for await (const fact of tape.facts()) read.push(fact);
  return read;
}

it("has on the disk what it says is kept, and gives it back in sequence", async () => {
  const dir = await temporaryFolder();
  const tape = await Tape.open(dir);
  const facts = [level(0), level(1, 0), level(2)];
  for (const fact of facts) tape.append(fact);
  await tape.kept();
  const { size } = await stat(join(dir, TAPE_FILE));
  expect(size).toBeGreaterThan(0);
  tape.append(level(3));
  expect(await factsOf(tape)).toEqual([...facts, level(3)]);
  await tape.close();
  const again = await Tape.open(dir);
  expect(await factsOf(again)).toEqual([...facts, level(3)]);
  again.append(level(4));
  await again.close();
  expect(await factsOf(await Tape.open(dir))).toHaveLength(5);
});

it("loses at most its last line to a cut anywhere in it, and no line before", async () => {
  const dir = await temporaryFolder();
  const path = join(dir, TAPE_FILE);
  const facts = Array.from({ length: 900 }, (_, index) => level(index));
  const lines = facts.map((fact) => `${JSON.stringify(fact)}\n`);
  const whole = lines.join("");
  // Longer than a block of the search from the end.
  expect(whole.length).toBeGreaterThan(100_000);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
      await writeFile(path, whole.slice(0, cut));
      const tape = await Tape.open(dir);
      const read = await factsOf(tape);
      await tape.close();
      const complete = whole.slice(0, cut).split("\n").length - 1;
      expect(read).toHaveLength(complete);
    }),
    { numRuns: 40 },
  );
});

it("refuses a line in its middle that is no fact, by its number", async () => {
  const dir = await temporaryFolder();
  const tape = await Tape.open(dir);
  tape.append(level(0));
  await tape.kept();
  await appendFile(join(dir, TAPE_FILE), '{"kind":"rumour"}\n');
  tape.append(level(1));
  await expect(factsOf(tape)).rejects.toMatchObject({
    code: "RECORDING_INVALID",
    details: { line: 2 },
  });
  await tape.close();
});

it("becomes a recording, with a gap where nobody listened for more than a minute", async () => {
  const dir = await temporaryFolder();
  const found = {
    ...{ schemaVersion: 1, kind: "live", name: "live", seed: null, date: "2026-11-30" },
    ...{ startAt: START, endAt: START + 3_600_000, games: [], lacks: [], isDerivedBook: false },
    ...{ bitcoin: { series: ["KXBTC15M"] }, description: "made by hand", origins: [] },
  };
  await writeFile(join(dir, LIVE_FILE), JSON.stringify(found));
  const tape = await Tape.open(dir);
  const at = instant(START + 200_000);
  const again: Fact = { kind: "outage", isOut: true, sourceTime: at, receivedAt: at };
  // A minute and more without a word, and then one in which nobody listened.
  const told = [level(5), level(74), again, level(210)];
  for (const fact of told) tape.append(fact);
  await tape.close();
  expect(await finishTape(dir, dir)).toMatchObject({ facts: 4 });
  const { manifest, facts } = await openRecording(dir);
  expect(manifest).toMatchObject({
    kind: "recording",
    endAt: START + 210_001,
    gaps: [{ from: START + 134_000, to: START + 200_000 }],
  });
  const read: Fact[] = [];
  for await (const fact of facts()) read.push(fact);
  expect(read).toEqual(told);
  // The tape is gone: the recording is all of it.
  await expect(readFile(join(dir, TAPE_FILE))).rejects.toThrow("ENOENT");
});
