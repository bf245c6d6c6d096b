import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { childEnvironment } from "../runtime/config.ts";
import { nodeArguments } from "../runtime/package-root.ts";

const dir = mkdtempSync(join(tmpdir(), "closed-pipe-"));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** Runs a command whose reader is gone before it says anything. */
async function unread(
  streams: readonly ("stdout" | "stderr")[],
  ...args: readonly string[]
): Promise<{ readonly exitCode: number | null; readonly errors: string }> {
  const child = spawn(process.execPath, nodeArguments("cli/main.ts", ...args), {
    stdio: ["ignore", "pipe", "pipe"],
    // Services that are elsewhere, and away: a night says what it chose before it finds that out.
    env: childEnvironment({
      DATABASE_URL: "postgres://127.0.0.1:1/away",
      TEMPORAL_ADDRESS: "127.0.0.1:1",
    }),
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  for (const stream of streams) child[stream].destroy();
  const [exitCode] = (await once(child, "exit")) as [number | null];
  return { exitCode, errors };
}

describe("a pipe that its reader closed", { timeout: 120_000 }, () => {
  it("is no fault of a command that did its work", async () => {
    const world = await unread(["stdout"], "world", "--seed", "7", "--games", "1", "--json");
    expect(world).toEqual({ exitCode: 0, errors: "" });
  });

  it.each([{ gone: ["stdout"] }, { gone: ["stdout", "stderr"] }] as const)(
    "does not make of a night that could not be played a night that was: $gone",
    async ({ gone }) => {
      const night = await unread(gone, "start", "--home", dir, "--games", "1");
      expect(night.exitCode).toBe(1);
      // What stands in the way is still told where somebody listens.
      if (gone.length === 1) expect(night.errors).toContain("next: ");
    },
  );

  it("that errors went to leaves a refusal its exit code", async () => {
    const refused = await unread(["stdout", "stderr"], "up", "--mode", "live");
    expect(refused.exitCode).toBe(3);
  });
});
