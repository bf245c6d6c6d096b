import { afterAll, beforeAll, expect, it } from "vitest";
import { instant } from "../core/domain/units.ts";
import { insertSnapshots, type NewSnapshot } from "../schema/queries/observations.ts";
import { scoresOfRun } from "../schema/queries/scores.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { addGame, NOW, RUN_ID } from "../test/db/night.ts";
import { closeGame } from "./score-game.ts";

let cloned: ClonedDatabase;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase();
  gameId = await addGame(cloned.db);
});
afterAll(() => cloned.drop());

const MINUTE = 60_000;

/** A look at the game, `minutes` after its tip, with home's book at 71. */
const look = (cursor: number, minutes: number, over: Partial<NewSnapshot>): NewSnapshot => ({
  ...{ game_id: gameId, cursor_no: cursor, trigger: "clock", quality: "ok", clock_state: "in" },
  ...{ observed_at: new Date(NOW + minutes * MINUTE), model_home_probability: 0.6 },
  ...{ mid_micros: 710_000, period: 1, clock_seconds: 720, home_score: 0, away_score: 0 },
  ...over,
});

it("scores no quarter against a price that froze at tip: its stream was lost, the clock went on", async () => {
  const lost = { quality: "stale:stream lost" };
  await insertSnapshots(cloned.db, [
    look(1, 0, {}),
    ...[1, 10, 20, 39.9].map((minutes, index) => look(2 + index, minutes, lost)),
    look(6, 40, { ...lost, clock_seconds: 0, home_score: 22, away_score: 30 }),
    look(7, 80, { period: 2, clock_seconds: 0, mid_micros: 450_000 }),
  ]);
  await closeGame(cloned.db, gameId, "away", instant(NOW + 150 * MINUTE));
  const scored = await scoresOfRun(cloned.db, RUN_ID);
  expect(
    scored.map((row) => [row.instant_name, row.model_probability, row.market_probability]).sort(),
  ).toEqual([
    ["q1", 0.6, null],
    ["q2", 0.6, 0.45],
    ["tip", 0.6, 0.71],
  ]);
});
