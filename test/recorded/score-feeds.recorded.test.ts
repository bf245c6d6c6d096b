import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readStates } from "../../sim/recordings/states-file.ts";
import { doubtsOf } from "../support/arbitrate.ts";
import { dataPath } from "./data.ts";

const STATES = dataPath("fixtures", "nba-live-state");
const FILES = [
  dataPath("kalshi-nba", "finals2026_g2_scoring_events.public.csv"),
  ...readdirSync(STATES)
    .filter((name) => name.startsWith("game_state"))
    .map((name) => `${STATES}/${name}`),
];

describe("recorded play by play", () => {
  it.each(FILES)("shows no leap and no way back: %s", async (file) => {
    const { story } = await readStates(file);
    const states = story.facts.filter((fact) => fact.kind === "game-state");
    expect(states.length).toBeGreaterThan(50);
    for (const pollMs of [5_000, 60_000]) {
      const doubts = [...doubtsOf(states, pollMs)];
      expect(doubts.filter((one) => one !== "old" && one !== "frozen")).toEqual([]);
    }
  });
});
