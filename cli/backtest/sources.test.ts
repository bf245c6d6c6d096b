import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { NightOutcome } from "../../backtest/job.ts";
import { playJobs } from "../../backtest/pool.ts";
import { summarize } from "../../backtest/summary.ts";
import { smallNight } from "../../backtest/testing/small-night.ts";
import type { DecisionInput, ForecastReading } from "../../core/domain/decision.ts";
import { openRatings } from "../../runtime/elo-artifact.ts";
import { homeAt } from "../../runtime/home.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { writeRecording } from "../../sim/recordings/writer.ts";
import { buildElo } from "../elo-build.ts";
import { reportRowsOf } from "./rows.ts";
import { findNights, type FoundNight, jobsOf, loadSettings } from "./sources.ts";
import { summaryTable } from "./tables.ts";

const dir = mkdtempSync(join(tmpdir(), "settings-"));
const SHIPPED = {
  strategyConfig: join(PACKAGE_ROOT, "config", "tipoff.yaml"),
  limits: join(PACKAGE_ROOT, "config", "risk_limits.yaml"),
  home: homeAt(dir),
};
const RESULTS = [
  "season,date,regular,playoffs,away,home,score_away,score_home",
  "2026,2025-11-01,True,False,bos,ny,97,106",
  "2026,2025-11-30,True,False,ny,bos,90,120",
];
const artifact = join(dir, "ratings");

/** The shipped settings with one line put in the place of another. */
function settingsWith(line: string, changed: string): typeof SHIPPED {
  const strategyConfig = join(dir, "tipoff.yaml");
  const shipped = readFileSync(SHIPPED.strategyConfig, "utf8");
  expect(shipped).toContain(line);
  writeFileSync(strategyConfig, shipped.replace(line, changed));
  return { ...SHIPPED, strategyConfig };
}
const ACTIVE = "active: [pregame-anchored, model-edge, mean-reversion]";

async function play(dates: readonly string[]): Promise<readonly NightOutcome[]> {
  const settings = await loadSettings(
    settingsWith("artifact: off", `artifact: ${JSON.stringify(artifact)}`),
  );
  const recording = dates.map((date) => join(dir, date));
  const nights = await findNights({ recording, games: 1, edge: "default", spread: 1 });
  return playJobs(jobsOf(nights, settings, { isLogged: true }), { workers: 1 });
}

function eloOf({ result }: NightOutcome): ForecastReading | undefined {
  const [decision] = result.games[0]?.log?.decisions ?? [];
  const { readings } = JSON.parse(decision?.input ?? "") as DecisionInput;
  return readings.find(({ source }) => source === "elo");
}

beforeAll(async () => {
  const results = join(dir, "results.csv");
  writeFileSync(results, RESULTS.join("\n"));
  const { elo } = loadTipoffConfig(SHIPPED.strategyConfig).config.decision.forecast;
  const now = new Date("2025-12-01T12:00:00Z");
  await buildElo({ results: [results], config: elo, out: artifact, now });
  for (const date of ["2025-11-30", "2025-12-01", "2025-12-20"]) {
    await writeRecording(join(dir, date), smallNight({ date, cents: 40 }));
  }
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe("settings of a backtest", () => {
  it("may name the trees; their models are found by hash, and none where they do not play", async () => {
    const trees = await loadSettings(settingsWith(ACTIVE, "active: [model-edge, model-trees]"));
    expect(trees.loads.trees).toMatch(/^[0-9a-f]{64}$/);
    const shipped = await loadSettings(SHIPPED);
    expect(shipped.loads.trees).toBeNull();
    expect(shipped.isRouted).toBe(false);
  });

  it("are refused before a night is played where a strategy of one's own has no check", async () => {
    const guide = readFileSync(join(PACKAGE_ROOT, "docs", "your-own-strategy.md"), "utf8");
    const section = guide.split("```yaml\n")[1]?.split("```")[0] ?? "";
    expect(section).toContain("code: 97b4d850...");
    const code = `code: ${"a".repeat(64)}`;
    const files = settingsWith(`  ${ACTIVE}\n`, section.replace("code: 97b4d850...", code));
    await expect(loadSettings(files)).rejects.toThrow("has no check in this home");
  });
});

const WORLD_NIGHT: FoundNight = {
  source: { kind: "world", seed: 7, games: 1, edge: "default", date: null },
  ...{ name: "world:7", date: null },
};

/** Of every built-in strategy, what it is played with after changes to a tenth. */
async function kellyFractions(...paths: readonly string[]): Promise<readonly number[]> {
  const changes = paths.map((path) => ({ path, value: 0.1 }));
  const settings = await loadSettings(SHIPPED, changes);
  const { strategies } = settings.configOf(WORLD_NIGHT).decision;
  const { pregameAnchored, modelEdge, meanReversion, modelTrees } = strategies;
  return [pregameAnchored, modelEdge, meanReversion, modelTrees].map(
    (one) => one?.sizing.kellyFraction ?? Number.NaN,
  );
}

describe("a setting that is changed", () => {
  const sizing = (name: string): string => `strategies.${name}.sizing.kellyFraction`;

  it.each([
    ["pregameAnchored", [0.1, 0.25, 0.25, 0.25]],
    ["modelEdge", [0.25, 0.1, 0.25, 0.25]],
    ["meanReversion", [0.25, 0.25, 0.1, 0.25]],
    ["modelTrees", [0.25, 0.25, 0.25, 0.1]],
  ])("is that of %s alone, also where the file writes it once for several", async (name, all) => {
    expect(await kellyFractions(sizing(name))).toEqual(all);
  });

  it("changes beside another, and is refused by name where the file has no such number", async () => {
    expect(await kellyFractions(sizing("modelEdge"), sizing("pregameAnchored"))).toEqual([
      ...[0.1, 0.1, 0.25, 0.25],
    ]);
    const method = "strategies.modelEdge.sizing.method";
    for (const path of [method, "strategies.modelEdge.sizing", "strategies.sizing.contracts"]) {
      await expect(kellyFractions(path)).rejects.toThrow(`${path} is no number of `);
    }
  });

  it("is that of its strategy alone where keys of another section are merged in", async () => {
    // Such keys are of YAML 1.1, which a file has to ask for.
    const strategyConfig = join(dir, "merged.yaml");
    const shipped = readFileSync(SHIPPED.strategyConfig, "utf8");
    const merged = shipped
      .replaceAll(": off ", ': "off" ')
      .replace("calibration: off\n", 'calibration: "off"\n')
      .replace("sizing: *sizing", "sizing: { <<: *sizing, contracts: 11 }");
    writeFileSync(strategyConfig, `%YAML 1.1\n---\n${merged}`);
    const path = sizing("modelEdge");
    const { configOf } = await loadSettings({ ...SHIPPED, strategyConfig }, [{ path, value: 0.1 }]);
    const { strategies } = configOf(WORLD_NIGHT).decision;
    expect(strategies.pregameAnchored.sizing).toMatchObject({ kellyFraction: 0.25, contracts: 10 });
    expect(strategies.modelEdge.sizing).toMatchObject({ kellyFraction: 0.1, contracts: 11 });
  });
});

describe("nights that recordings hold", () => {
  const twice = join(dir, "twice");
  const datesOf = async (...recording: readonly string[]) => {
    const nights = await findNights({ recording, games: 1, edge: "default", spread: 1 });
    return nights.map(({ date }) => date);
  };
  const DATES = ["2025-12-01", "2025-12-02"];
  let said: string[] = [];
  beforeAll(async () => {
    for (const date of DATES) await writeRecording(join(twice, date), smallNight({ date }));
  });
  beforeEach(() => {
    said = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  });

  it("are each taken once, and told, where a folder is named twice", async () => {
    const [first = "", second = ""] = DATES.map((date) => join(twice, date));
    expect(await datesOf(twice)).toEqual(DATES);
    expect(said).toEqual([]);
    expect(await datesOf(twice, first, second)).toEqual(DATES);
    expect(said.join("")).toBe(`named again, taken once: ${first}, ${second}\n`);
    expect(await datesOf(...Array<string>(7).fill(first))).toEqual(["2025-12-01"]);
    expect(said.at(-1)).toMatch(/^named again, taken once: .* and 1 more\n$/);
  });

  it("are taken once under another name of the folder, and of a copy", async () => {
    const [first = "", second = ""] = DATES.map((date) => join(twice, date));
    const [link, copy] = [join(dir, "link"), join(dir, "copy")];
    symlinkSync(first, link);
    cpSync(second, copy, { recursive: true });
    expect(await datesOf(twice, link)).toEqual(DATES);
    expect(await datesOf(copy, twice)).toEqual(DATES);
    expect(said).toEqual([
      `named again, taken once: ${first} (as ${link})\n`,
      `named again, taken once: ${copy} (as ${second})\n`,
    ]);
  });

  it("are refused, both folders by name, where two tell one game in different ways", async () => {
    const [first = ""] = DATES.map((date) => join(twice, date));
    const other = join(dir, "other");
    // Two games of which one is the other folder's: at other prices it is another recording.
    await writeRecording(other, smallNight({ date: "2025-12-01", cents: 55, games: 2 }));
    await expect(datesOf(twice, other)).rejects.toMatchObject({
      message: `${first} and ${other} both hold KXNBAGAME-2025-12-01BOSNYK of 2025-12-01`,
      exitCode: 2,
    });
    // Nobody asked for that date.
    const later = { from: "2025-12-02", games: 1, edge: "default", spread: 1 } as const;
    expect(await findNights({ ...later, recording: [twice, other] })).toHaveLength(1);
  });

  it("may be of one date where their games differ", async () => {
    const [one, two] = [join(dir, "early"), join(dir, "late")];
    const { manifest, ...rest } = smallNight({ date: "2025-12-05", games: 2 });
    const [early, late] = manifest.games.map((game) => ({ ...manifest, games: [game] }));
    if (early === undefined || late === undefined) throw new Error("two games were asked for");
    await writeRecording(one, { ...rest, manifest: early });
    await writeRecording(two, { ...rest, manifest: late });
    expect(await datesOf(one, two)).toEqual(["2025-12-05", "2025-12-05"]);
  });
});

describe("ratings that the settings name", () => {
  it("are what a night is played by, with their version, where they are from before it", async () => {
    const [night] = await play(["2025-12-01"]);
    if (night === undefined) throw new Error("one night was played");
    expect(night.without).toEqual([]);
    const elo = eloOf(night);
    expect(elo?.version).toBe(openRatings(artifact).version);
    expect(new Date(elo?.knownAt ?? 0).toISOString()).toBe("2025-12-01T05:00:00.000Z");
  });

  it("are not used where they know the night or are too old: alarms, in the words of the live watch", async () => {
    const outcomes = await play(["2025-11-30", "2025-12-20"]);
    const said = outcomes.flatMap(({ without }) => without.map(({ reason }) => reason));
    expect(said).toEqual([
      `${artifact}: they know games of 2025-11-30; no forecast is made of them`,
      `${artifact}: their last game, 2025-11-30, is 20 days of season ago; no forecast is made of them`,
    ]);
    const words = { commit: "", configHash: "", startingCash: 0, isRouted: false, active: [] };
    const { alarms } = reportRowsOf(outcomes, { ...words, hasPictures: false });
    expect(alarms.map(({ code, severity, message }) => [code, severity, message])).toEqual(
      said.map((message) => ["ratings_stale", "critical", message]),
    );
    expect(summaryTable(summarize(outcomes, 100))).toContain(
      `without ratings: ${said[0] ?? ""} (the first of 2 nights)`,
    );
  });
});
