import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStates } from "./states-file.ts";

const TIP_S = Date.parse("2025-12-02T00:00:00Z") / 1000;
const HEAD =
  "timestamp,game_id,home_team,away_team,quarter,time_remaining_quarter_seconds,score_home,score_away";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "states-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function file(name: string, head: string, ...rows: readonly string[]): string {
  const path = join(dir, name);
  writeFileSync(path, [head, ...rows, ""].join("\n"));
  return path;
}

const state = (second: number, rest: string): string =>
  `${new Date((TIP_S + second) * 1000).toISOString()},001,NYK,BOS,${rest}`;
const GOOD = [
  state(0, "1,720.0,0.0,0.0"),
  state(60, "1,660.0,2.0,0.0"),
  state(8_000, "4,0.0,100.0,90.0"),
];

describe("play-by-play", () => {
  it.each([
    ["a score that falls", state(8_001, "4,0.0,99.0,90.0"), "runs backwards"],
    ["time far back", state(60, "4,0.0,100.0,90.0"), "time runs backwards"],
    ["a blank clock", state(8_001, "4,,100.0,90.0"), "time_remaining_quarter_seconds"],
    ["a clock of blanks", state(8_001, "4, ,100.0,90.0"), "time_remaining_quarter_seconds"],
    ["a clock in hexadecimal", state(8_001, "4,0x10,100.0,90.0"), "time_remaining_quarter"],
    ["a clock of more than a period", state(8_001, "4,720.5,100.0,90.0"), "not 0 to 720"],
    [
      "a day that is not in the calendar",
      "2025-02-30T00:00:00Z,001,NYK,BOS,4,0.0,100.0,90.0",
      "timestamp",
    ],
    ["another game", state(8_001, "4,0.0,100.0,90.0").replace(",001,", ",002,"), "another game"],
    [
      "home and away swapped",
      state(8_001, "4,0.0,100.0,90.0").replace("NYK,BOS", "BOS,NYK"),
      "another team",
    ],
    ["a draw at the end", state(8_001, "4,0.0,100.0,100.0"), "ends undecided"],
  ])("is refused with its line: %s", async (_what, row, reason) => {
    const refusal = readStates(file("states.csv", HEAD, ...GOOD, row));
    await expect(refusal).rejects.toThrow(/states\.csv line 5: /);
    await expect(refusal).rejects.toThrow(reason);
  });
});

describe("what play-by-play says twice", () => {
  const twice = (score: string, minutes: string, lead: string): string => {
    const head = `${HEAD},time_remaining_minutes,score_diff`;
    return file("twice.csv", head, state(8_000, `4,61.0,${score},${minutes},${lead}`));
  };

  it.each([
    ["101.0,76.0", "1.0166666666666666", "25.0"],
    ["76.0,101.0", "1.02", "-25"],
    ["76.0,101.0", "1.0", "25"],
  ])("may be rounded, and a lead with or without its sign: %s", async (...told) => {
    expect(await readStates(twice(...told))).toMatchObject({ nbaGameId: "001" });
  });

  it.each([
    ["101.0,76.0", "1.0166666666666666", "77.0", "score_diff"],
    ["101.0,76.0", "1.0166666666666666", "-25.0", "score_diff"],
    ["101.0,76.0", "1.0166666666666666", "", "score_diff"],
    ["101.0,76.0", "11.0", "25.0", "time_remaining_minutes"],
    ["101.0,76.0", "NaN", "25.0", "time_remaining_minutes"],
    ["101.0,76.0", "", "25.0", "time_remaining_minutes"],
  ])("is refused with its line where it contradicts: %s, %s, %s", async (...told) => {
    const [score, minutes, lead, field] = told;
    const refusal = readStates(twice(score, minutes, lead));
    await expect(refusal).rejects.toThrow(`twice.csv line 2: ${field}`);
  });
});

it.each(["", "11:61", "12:30", "13:00"])(
  'a basket at the clock "%s" is refused with its line',
  async (clock) => {
    const head =
      "event_wall_ms,period,clock,scorer_side,scorer_label,post_home_points,post_away_points";
    const row = `${TIP_S * 1_000},1,${clock},home,NYK,2,0`;
    const refusal = readStates(file("baskets.csv", head, row));
    await expect(refusal).rejects.toThrow("baskets.csv line 2: clock");
  },
);
