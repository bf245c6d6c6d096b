import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { getPriority, setPriority } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { STEPS } from "../../core/domain/steps.ts";
import { childEnvironment } from "../../runtime/config.ts";
import { roomyFolder } from "../support/roomy-folder.ts";
import { nodeArguments, PACKAGE_ROOT } from "../../runtime/package-root.ts";

const SEEDS = 2;
/** Its seconds matter less than those of the nights beside it; starved, it would send nothing in time. */
const NICER = 4;

const Matrix = z.object({
  isHeld: z.boolean(),
  judged: z.array(
    z.object({
      one: z.object({ step: z.string() }),
      died: z.number(),
      violations: z.array(z.string()),
    }),
  ),
});

it("a process killed at any step of an order's life leaves one order an intent, every fill once, and every cent", async () => {
  const folder = await mkdtemp(join(roomyFolder(), "crash-matrix-"));
  const file = join(folder, "matrix.json");
  const args = nodeArguments("scripts/crash-orders.ts", "--seeds", String(SEEDS), "--json", file);
  const child = spawn(process.execPath, args, {
    cwd: PACKAGE_ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnvironment({ TMPDIR: roomyFolder() }),
  });
  // What it starts inherits this.
  if (child.pid !== undefined) setPriority(child.pid, Math.min(19, getPriority() + NICER));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
  }
  const exitCode = await new Promise((resolve) => child.once("close", resolve));
  expect(exitCode, said).toBe(0);
  const { isHeld, judged } = Matrix.parse(JSON.parse(await readFile(file, "utf8")));
  await rm(folder, { recursive: true });
  expect(isHeld).toBe(true);
  expect(judged.flatMap(({ violations }) => violations)).toEqual([]);
  expect(judged.map(({ one }) => one.step).toSorted()).toEqual(
    STEPS.flatMap((step) => Array.from({ length: SEEDS }, () => step)).toSorted(),
  );
  expect(judged.every(({ died }) => died > 0)).toBe(true);
});
