import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MANIFEST_FILE } from "./format.ts";
import { openRecording } from "./reader.ts";
import { readTicks } from "./ticks-file.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "refusal-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const nextStep = (text: string): object => ({
  code: "RECORDING_INVALID",
  details: { nextStep: expect.stringContaining(text) as string },
});

describe("a refusal says what to do next", () => {
  it("about a row: correct its column, or take it out", async () => {
    const ticks = join(dir, "ticks.csv");
    writeFileSync(ticks, "ts_utc_epoch_s\nNaN\n");
    await expect(readTicks(ticks)).rejects.toMatchObject(nextStep(`line 2 of ${ticks}`));
  });

  it("about a file that is not there, or is none: check its path", async () => {
    const step = nextStep("check the path");
    await expect(readTicks(join(dir, "none.csv"))).rejects.toMatchObject(step);
    await expect(readTicks(dir)).rejects.toMatchObject(step);
  });

  it("about a folder that holds no recording, or a damaged one: import it again", async () => {
    const step = nextStep("tipoff recording import");
    await expect(openRecording(dir)).rejects.toMatchObject(step);
    writeFileSync(join(dir, MANIFEST_FILE), "{}");
    await expect(openRecording(dir)).rejects.toMatchObject(step);
  });
});
