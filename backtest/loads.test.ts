import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usdMicros } from "../core/domain/units.ts";
import { type Checked, keepRecord } from "../runtime/own-strategies/records.ts";
import { compileStrategy } from "../runtime/own-strategies/source.ts";
import { EXAMPLE_STRATEGY } from "../runtime/own-strategies/template.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { writeRecording } from "../sim/recordings/writer.ts";
import { type SigningHome, signingHome } from "../test/db/signer.ts";
import { type NightJob, type NightOutcome, playJob } from "./job.ts";
import { findLoads, loadNight } from "./loads.ts";
import { playJobs } from "./pool.ts";
import type { NightConfig } from "./result.ts";
import { checkSanity } from "./sanity.ts";
import { summarize } from "./summary.ts";
import { smallConfig, smallNight } from "./testing/small-night.ts";

const compiled = compileStrategy(EXAMPLE_STRATEGY);
const codeHash = "source" in compiled ? compiled.source.hash : "";
const { ratings } = loadTipoffConfig("config/tipoff.yaml").config;
let dir = "";
let places: SigningHome;

/** The shipped settings, played by the trees and by a strategy of one's own, eager to enter. */
function configWith(changes: { readonly codeHash?: string; readonly model?: string } = {}) {
  const config = smallConfig();
  const { strategies } = config.decision;
  const { modelEdge, modelTrees } = strategies;
  if (modelTrees === undefined) throw new Error("the shipped settings hold modelTrees");
  const eager = { minEdgeMicros: 0, crossEdgeMicros: 0, maxRecentRangeMicros: 500_000, trust: 1 };
  const code = { codeHash: changes.codeHash ?? codeHash, parameters: {} };
  const own = { ...modelEdge, ...eager, ...code };
  const model = changes.model ?? modelTrees.model;
  const trees = { ...modelTrees, ...eager, minProbability: 0.3, model };
  const played: NightConfig = {
    ...config,
    decision: {
      ...config.decision,
      strategies: {
        ...strategies,
        active: ["model-trees", "own-late"],
        own: { "own-late": own },
        modelTrees: trees,
      },
    },
    limits: {
      ...config.limits,
      maxStrategyCapital: {
        ...config.limits.maxStrategyCapital,
        "own-late": usdMicros(500_000_000),
      },
    },
  };
  return played;
}

const world = (seed: number): NightJob["source"] => {
  return { kind: "world", seed, games: 1, edge: "default", date: null };
};
/** A difference is not printed: it would be megabytes. */
const digest = (outcomes: readonly NightOutcome[]): string =>
  createHash("sha256").update(JSON.stringify(outcomes)).digest("hex");

async function jobOf(source: NightJob["source"], config = configWith()): Promise<NightJob> {
  const loads = await findLoads({ decision: config.decision, ratings }, places.home);
  return { source, config, loads, options: { decideEveryMs: 30_000, isLogged: true } };
}

const checkedOn = (sources: string[]): Checked => ({
  ...{ schemaVersion: 1, name: "late", hash: codeHash, text: EXAMPLE_STRATEGY },
  ...{ sources, decisions: 10, proposals: 1, findings: [], isPassed: true },
  checkedAt: "2026-11-20T00:00:00.000Z",
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "loads-"));
  await writeRecording(join(dir, "night"), smallNight());
  places = await signingHome();
  await keepRecord(places.home, places.signer, checkedOn(["world:7", "recording:small"]));
});
afterAll(() => {
  places.remove();
  rmSync(dir, { recursive: true, force: true });
});

describe("nights of trees and of a strategy of one's own", () => {
  it("come out the same, to the byte, in one process and in two threads, which load all of it anew", async () => {
    const recording = { kind: "recording", dir: join(dir, "night"), spreadCents: 1 } as const;
    const jobs = await Promise.all([world(7), recording].map((source) => jobOf(source)));
    const alone = await playJobs(jobs, { workers: 1 });
    expect(digest(await playJobs(jobs, { workers: 2 }))).toBe(digest(alone));
    const { strategies, without } = summarize(alone, 100);
    const entered = strategies.filter(({ entries }) => entries > 0);
    expect(entered.map(({ strategy }) => strategy)).toEqual(["all", "model-trees", "own-late"]);
    const reason = "world was trained on invented worlds: it is off outside simulation";
    expect(without).toEqual([{ what: "model-trees", code: "no_model", reason, nights: 1 }]);
    const onRecording = alone[1]?.result.games[0]?.log?.verdicts ?? [];
    expect(onRecording.find(({ code }) => code === "no_model")?.detail).toBe(reason);
  });

  it("know no future either: a fact of it is caught, and every read is checked", async () => {
    const job = await jobOf(world(7));
    const seldom = { ...job, options: { decideEveryMs: 120_000 } };
    const { guard } = await checkSanity([seldom], { workers: 1 }, 50);
    expect(guard.caught).toContain("before it was known");
    expect(guard.isSealedEqual).toBe(true);
  });

  it("are refused where the code has no passed check in the home", async () => {
    const job = await jobOf(world(7), configWith({ codeHash: "0".repeat(64) }));
    await expect(playJob(job)).rejects.toThrow("has no check in this home");
  });

  it("are refused a recording where the check saw none, and play worlds all the same", async () => {
    const others = await signingHome();
    await keepRecord(others.home, others.signer, checkedOn(["world:7"]));
    const { decision: both } = configWith();
    const decision = { ...both, strategies: { ...both.strategies, active: ["own-late" as const] } };
    const loads = await findLoads({ decision, ratings }, others.home);
    const load = (name: string) => {
      const { manifest, pastGames } = smallNight();
      return loadNight(loads, decision, { manifest: { ...manifest, name }, pastGames });
    };
    try {
      await expect(load("recording:night")).rejects.toThrow("strategy check late --recording DIR");
      expect((await load("world:7")).strategies.map(({ name }) => name)).toContain("own-late");
    } finally {
      others.remove();
    }
  });

  it("are refused where the models are others than when the job was made", async () => {
    const job = await jobOf(world(7));
    const other = { ...job, loads: { ...job.loads, trees: "0".repeat(64) } };
    await expect(playJob(other)).rejects.toThrow("it was changed while nights were played");
  });

  it("go without a model that is not there, and say so", async () => {
    const job = await jobOf(world(7), configWith({ model: "none" }));
    const { without, result } = await playJob(job);
    expect(without.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("no model is named none"),
    ]);
    const trees = result.games[0]?.strategies.find(({ strategy }) => strategy === "model-trees");
    expect(trees?.attempts).toBe(0);
    expect(trees?.verdicts["no_model"]).toBeGreaterThan(0);
  });
});
