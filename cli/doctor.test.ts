import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openHome } from "./context.ts";
import { checkEverything, type Finding } from "./doctor.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "doctor-"));
  vi.stubEnv("TEMPORAL_ADDRESS", "127.0.0.1:1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

async function homeFinding(home: string): Promise<Finding | undefined> {
  const findings = await checkEverything(openHome({ home }));
  return findings.find(({ what }) => what === "home");
}

describe("a home", () => {
  it("is a folder, or not there yet", async () => {
    expect(await homeFinding(dir)).toMatchObject({ state: "there", found: dir });
    const fresh = join(dir, "new", "home");
    expect(await homeFinding(fresh)).toMatchObject({
      state: "there",
      found: `${fresh} (not made yet)`,
    });
  });

  it.each(["", "below"])("is neither a file nor below one: FILE/%s", async (below) => {
    const file = join(dir, "file");
    writeFileSync(file, "");
    expect(await homeFinding(join(file, below))).toMatchObject({
      state: "missing",
      found: `${file} is no folder`,
      todo: expect.stringContaining("--home") as string,
    });
  });
});
