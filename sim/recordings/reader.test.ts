import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fact } from "../facts.ts";
import { FACTS_FILE } from "./format.ts";
import { importRecording } from "./import.ts";
import { openRecording } from "./reader.ts";
import { candleNight, factsOf } from "./testing/candle-night.ts";
import { writeRecording } from "./writer.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "recording-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe("a recording folder", () => {
  it("is not opened when it is missing, torn or changed", async () => {
    await expect(openRecording(dir)).rejects.toThrow("holds no recording");
    await importRecording(candleNight(dir));
    const path = join(dir, "out", FACTS_FILE);
    const lines = gunzipSync(readFileSync(path)).toString("utf8");
    writeFileSync(path, gzipSync(lines.replace("510000", "520000")));
    const changed = openRecording(join(dir, "out"));
    await expect(changed).rejects.toThrow("it was changed");
    await expect(changed).rejects.toMatchObject({
      details: { nextStep: expect.stringContaining("tipoff recording import") as string },
    });
    rmSync(path);
    await expect(openRecording(join(dir, "out"))).rejects.toThrow("missing");
  });

  it("is refused by line when a fact is unknown, or received before the one above it", async () => {
    const { manifest } = await importRecording(candleNight(dir));
    const facts = await factsOf(join(dir, "out"));
    const rewrite = async (changed: readonly object[]): Promise<unknown> => {
      // Another version's fact is no Fact of this one: the cast writes what a file may hold.
      const content = { manifest, facts: changed as readonly Fact[], pastGames: [] };
      await writeRecording(join(dir, "out"), content);
      return factsOf(join(dir, "out"));
    };
    await expect(rewrite([...facts].reverse())).rejects.toThrow(
      "facts.jsonl.gz line 2: received before",
    );
    const [first, ...rest] = facts;
    await expect(rewrite([{ ...first, extra: 1 }, ...rest])).rejects.toThrow(
      "facts.jsonl.gz line 1",
    );
  });
});
