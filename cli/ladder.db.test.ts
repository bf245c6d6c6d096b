import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { loadGates } from "../runtime/gates-config.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import { putInForce } from "../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { emptyDatabase } from "../test/db/empty.ts";
import { type SigningHome, signingHome } from "../test/db/signer.ts";
import { datesFrom, insertNight } from "../test/db/stage-nights.ts";
import { passOf, readStage } from "./ladder.ts";
import { requireApplied } from "./limits.ts";

const { gates, hash: gatesHash } = loadGates();

let cloned: ClonedDatabase;
let own: SigningHome;
let limitsFile: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
  limitsFile = join(own.home.path, "limits.yaml");
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});
beforeEach(() => copyFile(join(PACKAGE_ROOT, "config", "risk_limits.yaml"), limitsFile));
afterEach(() => emptyDatabase(cloned.db));

/** Puts the file in force as a first start does. @returns its hash. */
async function takeFile(mode: "shadow" | "paper"): Promise<string> {
  const { hash, text } = loadRiskLimits(limitsFile);
  await putInForce(cloned.db, { mode, hash, text, by: "test", reason: "first start", changes: [] });
  return hash;
}

/** Edits the file and applies nothing: the same result is a smaller share of a larger capital. */
async function enlarge(): Promise<void> {
  const text = await readFile(limitsFile, "utf8");
  await writeFile(limitsFile, text.replace(/max_total_capital: \d+/g, "max_total_capital: 90000"));
}

const read = () =>
  readStage(cloned.db, {
    running: { mode: "shadow" },
    signer: own.signer,
    gates,
    configHash: "c",
  });

it("judges by the capital and the hash of the limits in force, whatever is in the file", async () => {
  const { file, hash } = loadRiskLimits(limitsFile);
  await takeFile("shadow");
  await enlarge();
  const { limits } = await read();
  expect(limits.hash).toBe(hash);
  expect(limits.capital.shadow).toBe(file.shadow.max_total_capital * 1e6);
});

it("can judge nothing before limits are in force", async () => {
  await expect(read()).rejects.toThrow("no limits are in force yet");
});

it("refuses what would sign or freeze a file that is not in force, and names the way", async () => {
  await takeFile("shadow");
  await requireApplied(cloned.db, limitsFile, ["shadow", "paper"]);
  await enlarge();
  await expect(requireApplied(cloned.db, limitsFile, ["shadow", "paper"])).rejects.toMatchObject({
    exitCode: 3,
    next: expect.stringContaining("tipoff limits apply") as string,
  });
});

it("looks at the limits in force of each mode that is asked for", async () => {
  await takeFile("paper");
  await enlarge();
  await takeFile("shadow");
  await requireApplied(cloned.db, limitsFile, ["shadow"]);
  await expect(requireApplied(cloned.db, limitsFile, ["shadow", "paper"])).rejects.toThrow(
    "in force in paper",
  );
});

it("signs the limits in force, and each commit under which a night was played", async () => {
  const limitsHash = await takeFile("shadow");
  for (const [index, date] of datesFrom("2026-11-01", 3).entries()) {
    const codeCommit = index === 1 ? "older" : "newer";
    const night = { date, isWon: true, daysAgo: 3 - index, limitsHash, codeCommit };
    await insertNight(cloned.db, { mode: "shadow", ...night });
  }
  const { assessment, limits } = await read();
  const pass = passOf({ configHash: "c", gatesHash }, assessment, limits);
  expect(pass).toMatchObject({ limitsHash, nightCommits: ["newer", "older"] });
  expect(pass).toMatchObject({ dataFrom: "2026-11-01", dataTo: "2026-11-03" });
});
