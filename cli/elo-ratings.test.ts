import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildElo } from "./elo-build.ts";
import type { BlendCalibration } from "../core/models/blend.ts";
import { FIVE_THIRTY_EIGHT, ratingsForSeason } from "../core/models/elo.ts";
import { easternInstant } from "../core/domain/time.ts";
import { nightEloReading } from "../core/models/night-ratings.ts";
import { basisOf } from "../core/risk/decision-basis.ts";
import { decide } from "../core/strategies/decide.ts";
import { CONFIG, inputOf } from "../core/strategies/testing/inputs.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import {
  artifactText,
  MATCHUPS_FILE,
  openRatings,
  RATINGS_FILE,
  sealed,
} from "../runtime/elo-artifact.ts";
import { type PastResults, ratingsOfNight } from "../runtime/night-ratings.ts";

const home = mkdtempSync(join(tmpdir(), "tipoff-ratings-"));
const results = join(home, "results.csv");
const artifact = join(home, "artifacts");
const HEAD = "season,date,regular,playoffs,away,home,score_away,score_home";
const GAMES = [
  "2026,2026-03-01,True,False,bos,ny,97,106",
  "2026,2026-06-10,False,True,ny,bos,90,120",
];
const PAST = [
  { season: 2026, home: "NYK", away: "BOS", homePoints: 106, awayPoints: 97, isNeutral: false },
];
const nobody = { pastGames: () => Promise.reject(new Error("not asked")) };

const of = (
  date: string,
  folder: string | null = artifact,
  elo = FIVE_THIRTY_EIGHT,
  calibration: BlendCalibration | null = null,
  source: PastResults = nobody,
) => ratingsOfNight(source, { elo, calibration }, { artifact: folder, maxAgeDays: 10 }, date);

beforeAll(async () => {
  writeFileSync(results, [HEAD, ...GAMES].join("\n"));
  const now = new Date("2026-06-11T12:00:00Z");
  await buildElo({ results: [results], config: FIVE_THIRTY_EIGHT, out: artifact, now });
});

it("a build counts the games on neutral ground", async () => {
  const file = join(home, "neutral.csv");
  const head = "date,season,neutral,playoff,team1,team2,score1,score2";
  const rows = ["2026-03-01,2026,1,,NYK,BOS,106,97", "2026-03-02,2026,0,,NYK,BOS,106,97"];
  writeFileSync(file, [head, ...rows].join("\n"));
  const out = join(home, "neutral");
  const options = { results: [file], config: FIVE_THIRTY_EIGHT, out, now: new Date(0) };
  expect((await buildElo(options)).metadata.neutral).toBe(1);
});

describe("ratings of a night", () => {
  it("come from its own past results where no folder is named", async () => {
    const source = { pastGames: () => Promise.resolve(PAST) };
    const rated = await of("2026-11-01", null, FIVE_THIRTY_EIGHT, null, source);
    const expected = ratingsForSeason(PAST, 2027, FIVE_THIRTY_EIGHT);
    expect(rated).toMatchObject({ kind: "rated", ratings: expected, version: "elo-2" });
  });

  it("come from a folder with its version, gone back towards the mean over the summer", async () => {
    const june = await of("2026-06-12");
    const october = await of("2026-10-22");
    if (june.kind !== "rated" || october.kind !== "rated") throw new Error("not rated");
    expect(june.version).toMatch(/^elo-2\+[0-9a-f]{12}$/);
    const before = june.ratings.get("BOS") ?? 0;
    expect(october.ratings.get("BOS")).toBeCloseTo(0.75 * before + 0.25 * 1505, 9);
    // Known since the day began in New York, at 4:00 UTC.
    expect(new Date(october.knownAt).toISOString()).toBe("2026-10-22T04:00:00.000Z");
  });

  it("are refused when they know the night's results, or are too many days of season old", async () => {
    expect(await of("2026-06-10")).toMatchObject({ code: "ratings_from_the_future" });
    expect(await of("2026-06-21")).toMatchObject({ code: "ratings_too_old" });
    expect(await of("2026-06-20")).toMatchObject({ kind: "rated" });
    expect(await of("2026-10-25")).toMatchObject({ kind: "rated" });
    expect(await of("2026-10-26")).toMatchObject({ code: "ratings_too_old" });
    expect(await of("2027-10-20")).toMatchObject({ code: "ratings_too_old" });
  });

  it("say up to when results are in them; the limit of their age lets the longest break pass, and no more", async () => {
    const { file } = loadRiskLimits("config/risk_limits.yaml");
    const game = { home: "NYK", away: "BOS" };
    /** Up to when, and whether risk lets an order pass at ten in the evening of that night. */
    const ageOf = async (date: string): Promise<readonly [string, boolean]> => {
      const reading = nightEloReading(await of(date), game, FIVE_THIRTY_EIGHT);
      if (reading === null) throw new Error("not rated");
      const at = easternInstant(date, 22, 0);
      const input = inputOf({ at, readings: [reading] });
      const { modelKnownAt } = basisOf(input, decide(input, CONFIG), {
        ...{ strategy: "pregame-anchored", purpose: "entry", marketTicker: "" },
      });
      if (modelKnownAt === null) throw new Error("without an age");
      const passes = at - modelKnownAt <= file.paper.max_model_age * 1_000;
      return [new Date(modelKnownAt).toISOString(), passes];
    };
    // Rated up to yesterday, after a break of a week, and older than any; the last game is of June 10.
    const end = "2026-06-11T04:00:00.000Z";
    expect(await ageOf("2026-06-11")).toEqual([end, true]);
    expect(await ageOf("2026-06-18")).toEqual([end, true]);
    expect(await ageOf("2026-06-19")).toEqual([end, false]);
    expect(await of("2026-06-19")).toMatchObject({ kind: "rated" });
    // A season that opens lacks no result, however late it opens; some days on they are no longer rated at all.
    expect(await ageOf("2026-10-21")).toEqual(["2026-10-21T04:00:00.000Z", true]);
    expect(await ageOf("2026-10-25")).toEqual(["2026-10-25T04:00:00.000Z", true]);
  });

  it("are refused when the calibration of their forecasts knows the night's results", async () => {
    const calibration: BlendCalibration = {
      map: { method: "platt", intercept: 0, slope: 1 },
      version: "platt-1",
      lastGame: "2026-06-11",
    };
    const calibrated = (date: string, ...more: [string | null, PastResults?]) =>
      of(date, more[0], FIVE_THIRTY_EIGHT, calibration, more[1]);
    const refused = { kind: "stale", code: "calibration_from_the_future" };
    expect(await calibrated("2026-06-11", artifact)).toEqual({
      ...refused,
      reason: "the calibration platt-1 knows games of 2026-06-11",
    });
    // Fitted up to yesterday it may be used, as a live night does.
    expect(await calibrated("2026-06-12", artifact)).toMatchObject({ kind: "rated" });
    // Whatever the ratings come from.
    const source = { pastGames: () => Promise.resolve(PAST) };
    expect(await calibrated("2026-03-02", null, source)).toMatchObject(refused);
    expect(await calibrated("2026-06-12", null, source)).toMatchObject({ kind: "rated" });
  });

  it("are refused when the settings have other constants, and say which", async () => {
    const half = { ...FIVE_THIRTY_EIGHT, regression: 0.5 };
    expect(await of("2026-06-12", artifact, half)).toMatchObject({
      code: "ratings_other_parameters",
      reason: "built with nba_elo_regression_factor 0.25 (settings: 0.5)",
    });
  });

  it("are refused when the folder is missing, torn, or of another formula", async () => {
    expect(await of("2026-06-12", join(home, "none"))).toMatchObject({
      code: "ratings_unreadable",
    });
    const changed = join(home, "changed");
    cpSync(artifact, changed, { recursive: true });
    const file = join(changed, RATINGS_FILE);
    const { metadata, ratings } = openRatings(artifact);
    const text = artifactText(
      sealed({ metadata: { ...metadata, modelVersion: "elo-1" }, ratings }),
    );
    writeFileSync(file, text);
    expect(await of("2026-06-12", changed)).toMatchObject({ code: "ratings_other_model" });
    writeFileSync(file, text.slice(0, 200));
    expect(await of("2026-06-12", changed)).toMatchObject({ code: "ratings_unreadable" });
  });

  it("are refused when they were changed by hand, or a file beside them", async () => {
    const changed = join(home, "by-hand");
    const copied = (): string => {
      cpSync(artifact, changed, { recursive: true });
      return readFileSync(join(changed, RATINGS_FILE), "utf8");
    };
    const text = copied();
    for (const [part, instead] of [
      [/"BOS": [\d.]+/, '"BOS": 1999'],
      // By which they would not be too old.
      ["2026-06-10", "2026-06-09"],
    ] as const) {
      writeFileSync(join(changed, RATINGS_FILE), text.replace(part, instead));
      expect(await of("2026-06-12", changed)).toMatchObject({
        code: "ratings_unreadable",
        reason: expect.stringContaining("contentSha256: is of other") as string,
      });
    }
    // Also when whoever builds looks whether it is up to date.
    const now = new Date("2026-06-11T12:00:00Z");
    const build = { results: [results], config: FIVE_THIRTY_EIGHT, out: changed, now };
    const { isBuilt, reasons } = await buildElo(build);
    expect([isBuilt, reasons.join()]).toEqual([
      true,
      expect.stringContaining("changed since the build"),
    ]);
    expect(await of("2026-06-12", changed)).toMatchObject({ kind: "rated" });
    copied();
    writeFileSync(join(changed, MATCHUPS_FILE), "torn");
    expect(await of("2026-06-12", changed)).toMatchObject({
      code: "ratings_torn",
      reason: "historical_elo_matchups.csv has changed since the build",
    });
    rmSync(join(changed, MATCHUPS_FILE));
    expect(await of("2026-06-12", changed)).toMatchObject({ code: "ratings_torn" });
  });

  it("are refused when they were built before they had a hash of their own, and say to build again", async () => {
    const old = join(home, "old");
    cpSync(artifact, old, { recursive: true });
    const file = join(old, RATINGS_FILE);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/ *"contentSha256": "[0-9a-f]*",\n/, ""),
    );
    expect(await of("2026-06-12", old)).toMatchObject({
      code: "ratings_unreadable",
      reason: expect.stringContaining("contentSha256: ") as string,
    });
  });

  it("are refused when a result file has changed since, and not when it is gone", async () => {
    const copy = join(home, "copy.csv");
    const out = join(home, "of-copy");
    writeFileSync(copy, readFileSync(results));
    const now = new Date("2026-06-11T12:00:00Z");
    await buildElo({ results: [copy], config: FIVE_THIRTY_EIGHT, out, now });
    expect(await of("2026-06-12", out)).toMatchObject({ kind: "rated" });
    writeFileSync(copy, [HEAD, GAMES[0]].join("\n"));
    expect(await of("2026-06-12", out)).toMatchObject({ code: "ratings_other_sources" });
  });
});
