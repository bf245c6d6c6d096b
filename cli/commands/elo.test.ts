import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TEAMS } from "../../core/domain/teams.ts";
import { seededChance } from "../../core/scoring/inference/chance.ts";
import { MATCHUPS_FILE, RATINGS_FILE } from "../../runtime/elo-artifact.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { captureOutput } from "../../test/support/captured-output.ts";
import { registerElo } from "./elo.ts";

const home = mkdtempSync(join(tmpdir(), "tipoff-elo-"));
const HEAD = "season,date,playoffs,away,home,score_away,score_home,moneyline_away,moneyline_home";
let told = { out: "", err: "" };

beforeEach(() => {
  told = captureOutput();
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function elo(...args: string[]): Promise<typeof process.exitCode> {
  const program = new Command("tipoff").exitOverride();
  registerElo(program);
  await program.parseAsync(["elo", ...args], { from: "user" });
  return process.exitCode;
}

/** Three seasons of thirty rounds between teams of different strength, home a little stronger. */
function seasons(name: string): string {
  const chance = seededChance(11);
  const rows = [2020, 2021, 2022].flatMap((season) =>
    Array.from({ length: 450 }, (_, i) => {
      const [round, game] = [Math.floor(i / 15), i % 15];
      const [home, away] = [(round + game) % 30, (round + 29 - game) % 30];
      const lead = (away - home) * 12 + 65;
      const score = chance.uniform() < 1 / (1 + 10 ** (-lead / 400)) ? "100,110" : "110,100";
      const date = new Date(Date.UTC(season - 1, 10, 1 + round)).toISOString().slice(0, 10);
      const code = (index: number): string => TEAMS[index]?.code ?? "";
      return `${season},${date},False,${code(away)},${code(home)},${score},150,-170`;
    }),
  );
  const file = join(home, name);
  writeFileSync(file, [HEAD, ...rows].join("\n"));
  return file;
}

describe("tipoff elo build", () => {
  const results = seasons("results.csv");
  const folder = join(home, "artifacts");
  const build = (...more: string[]) => elo("build", "--results", results, "--out", folder, ...more);

  it("writes three files, is then up to date, and says why it builds again", async () => {
    expect(await build()).toBe(0);
    expect(told.out).toMatch(/^built {6}.*holds no ratings yet/);
    expect(readFileSync(join(folder, MATCHUPS_FILE), "utf8").split("\n")[0]).toBe(
      "date,season,neutral,playoff,team1,team2,elo1_pre,elo2_pre,elo_prob1,elo1_post,elo2_post,score1,score2",
    );
    const first = readFileSync(join(folder, RATINGS_FILE), "utf8");
    told.out = "";
    await build();
    expect(told.out).toMatch(/^up to date/);
    expect(readFileSync(join(folder, RATINGS_FILE), "utf8")).toBe(first);
    told.out = "";
    await build("--regression", "0.25");
    expect(told.out).toMatch(
      /parameters changed: built with nba_elo_regression_factor 0.5 \(settings: 0.25\)/,
    );
    told.out = "";
    writeFileSync(results, `${readFileSync(results, "utf8")}\n2022,2022-05-01,True,bos,ny,90,99,,`);
    await build("--regression", "0.25");
    expect(told.out).toMatch(/sources changed: results.csv/);
    told.out = "";
    writeFileSync(join(folder, MATCHUPS_FILE), "torn");
    await build("--regression", "0.25");
    expect(told.out).toMatch(/files changed: historical_elo_matchups.csv/);
  });

  it("answers 1 and names the file that cannot be read", async () => {
    expect(await elo("build", "--results", join(home, "none.csv"), "--out", folder)).toBe(1);
    expect(told.err).toMatch(/no such file/);
  });
});

describe("tipoff elo calibrate and compare", () => {
  const folder = join(home, "ratings");
  const lines = seasons("lines.csv");
  const fit = (file: string, ...more: string[]) =>
    elo("calibrate", "--ratings", folder, "--out", join(home, file), ...more);
  const settings = (calibration: string, extra = ""): string => {
    const file = join(home, "settings.yaml");
    const text = readFileSync("config/tipoff.yaml", "utf8");
    writeFileSync(file, text.replace("calibration: off", `calibration: ${calibration}${extra}`));
    return file;
  };

  beforeEach(async () => {
    await elo("build", "--results", lines, "--out", folder);
    told.out = "";
  });

  it("fits what was asked for, and settings take its map and version in", async () => {
    expect(await fit("platt.json", "--method", "platt")).toBe(0);
    expect(told.out).toMatch(/platt; version platt-[0-9a-f]{12}/);
    const { forecast } = loadTipoffConfig(settings(join(home, "platt.json"))).config.decision;
    expect(forecast.calibration?.map.method).toBe("platt");
    expect(forecast.calibration?.version).toMatch(/^platt-[0-9a-f]{12}$/);
    // The last of thirty rounds, a day each, that began on the first of November.
    expect(forecast.calibration?.lastGame).toBe("2021-11-30");
  });

  it("writes the identity where there are too few games, and says so", async () => {
    await fit("thin.json", "--method", "isotonic", "--from-season", "2022");
    expect(told.out).toMatch(/identity, because too_thin/);
  });

  it("is refused by settings with other constants, and when it is no calibration", async () => {
    await fit("platt.json", "--method", "platt");
    const file = settings(join(home, "platt.json"));
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("homeAdvantage: 100", "homeAdvantage: 65"));
    expect(() => loadTipoffConfig(file)).toThrow(/stale.*homeAdvantage 100 \(settings: 65\)/);
    writeFileSync(join(home, "platt.json"), '{"map":{"method":"platt","slope":-1}}');
    expect(() => loadTipoffConfig(settings(join(home, "platt.json")))).toThrow(/map\.slope/);
  });

  it("is refused when it does not say which game it was fitted on last", async () => {
    await fit("old.json", "--method", "platt");
    const file = join(home, "old.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/ *"lastGame": "[^"]*",\n/, ""));
    expect(() => loadTipoffConfig(settings(file))).toThrow(
      /metadata\.lastGame: stale: .*fit it again with `npx tipoff elo calibrate`/,
    );
  });

  it("compares with the lines of the same games", async () => {
    expect(await elo("compare", "--ratings", folder, "--lines", lines, "--json")).toBe(0);
    const answer: unknown = JSON.parse(told.out);
    expect(answer).toMatchObject({
      lines: {
        used: 1_350,
        without: 0,
        misread: 0,
        seasons: [{}, {}, {}, { season: null, n: 1_350 }],
      },
    });
    expect(await elo("compare", "--ratings", folder)).toBe(2);
    expect(await elo("compare", "--ratings", folder, "--games", lines)).toBe(2);
  });
});
