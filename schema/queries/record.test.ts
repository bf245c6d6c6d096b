import { afterAll, beforeAll, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { addGame, NOW, RUN_ID } from "../../test/db/night.ts";
import { ALERT_WINDOW_MS } from "../../core/domain/alert.ts";
import { alarmsOfRun, clearAlarm, openAlarms, raiseAlarm } from "./alarms.ts";
import {
  findGame,
  gamesOfRun,
  marketsOfGame,
  setLiveState,
  setMarket,
  setPhase,
  setResult,
} from "./games.ts";
import { insertSnapshots, lastNumbers, observationsOfGame, recentMids } from "./observations.ts";
import { partnerAt, setPartner } from "./partner.ts";
import { lastReconciliation, recordReconciliation } from "./reconciliations.ts";
import { endRun, findRun, playedRun, startRun } from "./runs.ts";
import { recordScheduleDay, scheduleDays } from "./schedule-days.ts";
import { scoresOfRun, storeScores } from "./scores.ts";

let cloned: ClonedDatabase;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase();
  gameId = await addGame(cloned.db);
});
afterAll(() => cloned.drop());
const later = (ms: number) => instant(NOW + ms);

const AGAIN = {
  runId: RUN_ID,
  mode: "paper",
  tradingDate: "2026-11-20",
  source: "world:8",
  seed: 8,
  speed: 1,
  codeCommit: "other",
  configHash: "other",
  config: "{}",
  manifest: "{}",
  startedAt: later(1),
} as const;

it("resumes a run as it was started, whatever it is started with again", async () => {
  const again = await startRun(cloned.db, AGAIN);
  expect(again.kind).toBe("resumed");
  expect(again.run).toMatchObject({ source: "world:7", speed: 60, trading_date: "2026-11-20" });
});

it("takes a stopped run that is begun again for one that is played, and no other that has ended", async () => {
  await endRun(cloned.db, RUN_ID, "stopped", later(2));
  expect(await playedRun(cloned.db, "paper")).toBeNull();
  expect((await startRun(cloned.db, AGAIN)).run).toMatchObject({ verdict: null, ended_at: null });
  expect((await playedRun(cloned.db, "paper"))?.run_id).toBe(RUN_ID);
  await endRun(cloned.db, RUN_ID, "passed", later(3));
  const over = { verdict: "passed", ended_at: new Date(later(3)) };
  expect((await startRun(cloned.db, AGAIN)).run).toMatchObject(over);
  expect(await findRun(cloned.db, RUN_ID)).toMatchObject(over);
});

it("keeps phase and result of a game that the slate finds again", async () => {
  await setPhase(cloned.db, gameId, "settling", NOW);
  const end = { result: "home", homeScore: 110, awayScore: 101, at: NOW } as const;
  await setResult(cloned.db, gameId, end);
  const marketTicker = `${gameId.split("/")[2] ?? ""}-NYK`;
  const settled = {
    status: "finalized",
    result: "yes",
    settlementValue: usdMicros(1_000_000),
  } as const;
  await setMarket(cloned.db, gameId, marketTicker, settled);
  await addGame(cloned.db);
  const [game] = await gamesOfRun(cloned.db, RUN_ID);
  expect(game).toMatchObject({ phase: "settling", result: "home", home_score: 110 });
  const markets = await marketsOfGame(cloned.db, gameId);
  expect(markets.map(({ team, status }) => [team, status])).toEqual([
    ["home", "finalized"],
    ["away", "active"],
  ]);
});

it("never shows an older live state over a newer one", async () => {
  await setLiveState(cloned.db, gameId, "new", later(10));
  await setLiveState(cloned.db, gameId, "old", later(5));
  expect((await findGame(cloned.db, gameId))?.live_state).toBe("new");
});

it("counts an alarm that is raised again, also soon after it ended, and opens a new one after its window", async () => {
  const key = { runId: RUN_ID, gameId, code: "FEED_INVALID", field: "home.score" };
  const alarm = { ...key, severity: "warning", message: "m", details: {}, at: NOW } as const;
  expect(await raiseAlarm(cloned.db, alarm)).toBe(1);
  const counts = await Promise.all(Array.from({ length: 9 }, () => raiseAlarm(cloned.db, alarm)));
  expect(Math.max(...counts)).toBe(10);
  expect(await raiseAlarm(cloned.db, { ...alarm, field: null })).toBe(1);
  expect(await clearAlarm(cloned.db, key, later(1))).toBe(true);
  expect(await clearAlarm(cloned.db, key, later(1))).toBe(false);
  expect(await raiseAlarm(cloned.db, alarm)).toBe(11);
  expect(await clearAlarm(cloned.db, key, later(2))).toBe(true);
  const windowAgo = new Date(Date.now() - ALERT_WINDOW_MS - 1_000);
  await cloned.db.updateTable("alarms").set({ recorded_at: windowAgo }).execute();
  expect(await raiseAlarm(cloned.db, alarm)).toBe(1);
  expect(await alarmsOfRun(cloned.db, RUN_ID)).toHaveLength(3);
  expect(await openAlarms(cloned.db)).toHaveLength(2);
});

it("knows no partner probability before it was set, and refuses 0 and 1", async () => {
  const partner = {
    mode: "paper",
    eventTicker: "E",
    homeProbability: 0.6,
    by: "test",
    at: NOW,
  } as const;
  await setPartner(cloned.db, partner);
  await setPartner(cloned.db, { ...partner, homeProbability: 0.7, at: later(10) });
  expect(await partnerAt(cloned.db, "E", later(-1))).toBeNull();
  expect((await partnerAt(cloned.db, "E", later(9)))?.home_probability).toBe(0.6);
  expect((await partnerAt(cloned.db, "E", later(10)))?.home_probability).toBe(0.7);
  for (const homeProbability of [0, 1, Number.NaN]) {
    const absurd = setPartner(cloned.db, { ...partner, homeProbability, at: later(20) });
    await expect(absurd).rejects.toThrow("check constraint");
  }
});

it("gives back the mids that windows are rebuilt from, without those of doubtful books", async () => {
  const row = { game_id: gameId, trigger: "book", quality: "ok" };
  const price = (micros: number) => micros as never;
  await insertSnapshots(cloned.db, [
    { ...row, cursor_no: 1, observed_at: new Date(NOW) },
    {
      ...row,
      cursor_no: 2,
      observed_at: new Date(NOW + 1),
      home_bid_micros: price(500_000),
      home_ask_micros: price(511_000),
    },
    {
      ...row,
      cursor_no: 3,
      observed_at: new Date(NOW + 2),
      quality: "stale:gap",
      home_bid_micros: price(1_000),
      home_ask_micros: price(2_000),
    },
  ]);
  expect(await recentMids(cloned.db, gameId, NOW)).toEqual([
    { at: NOW, home: null, away: null },
    { at: NOW + 1, home: 505_500, away: null },
  ]);
  expect(await recentMids(cloned.db, gameId, later(2))).toEqual([]);
  expect(await lastNumbers(cloned.db, gameId)).toEqual({ cursorNo: 3, cycleNo: 0 });
  expect(await lastNumbers(cloned.db, "nobody")).toEqual({ cursorNo: 0, cycleNo: 0 });
});

it("takes the mid of a doubtful book for no market price, and our forecast beside it for what it is", async () => {
  const seen = await observationsOfGame(cloned.db, gameId);
  const doubtful = ["stale:gap", "crossed", "one-sided", "empty"];
  await insertSnapshots(
    cloned.db,
    [...doubtful, "derived", "ok"].map((quality, index) => ({
      ...{ game_id: gameId, trigger: "clock", quality, cursor_no: 10 + index },
      ...{ observed_at: new Date(NOW + 10 + index), mid_micros: 710_000 },
      model_home_probability: 0.6,
    })),
  );
  const added = (await observationsOfGame(cloned.db, gameId)).slice(seen.length);
  expect(added.map(({ market }) => market)).toEqual([null, null, null, null, 0.71, 0.71]);
  expect(added.every(({ model }) => model === 0.6)).toBe(true);
});

it("replaces the scores of a game that is scored again", async () => {
  const score = {
    game_id: gameId,
    instant_name: "tip",
    scored_at: new Date(NOW),
    model_probability: 0.6,
    market_probability: 0.5,
    home_won: true,
  };
  // An instant that is no longer scored has no row any more.
  await storeScores(cloned.db, gameId, [score, { ...score, instant_name: "q4" }]);
  await storeScores(cloned.db, gameId, [{ ...score, model_probability: 0.7 }]);
  const scores = await scoresOfRun(cloned.db, RUN_ID);
  expect(scores.map((one) => one.model_probability)).toEqual([0.7]);
});

it("never calls a day missed that was started", async () => {
  const day = { date: "2026-11-20", mode: "paper", details: "" } as const;
  await recordScheduleDay(cloned.db, { ...day, status: "refused" });
  await recordScheduleDay(cloned.db, { ...day, status: "started" });
  await recordScheduleDay(cloned.db, { ...day, status: "missed" });
  const days = await scheduleDays(cloned.db, "paper");
  expect(days.map(({ trading_date, status }) => [trading_date, status])).toEqual([
    ["2026-11-20", "started"],
  ]);
});

it("answers with the last comparison of account and ledger", async () => {
  const cash = { venueCash: usdMicros(1), ledgerCash: usdMicros(1), foreignCash: usdMicros(0) };
  const found = { runId: RUN_ID, at: NOW, ...cash };
  await recordReconciliation(cloned.db, { ...found, differences: [{ what: "cash" }] });
  await recordReconciliation(cloned.db, { ...found, differences: [] });
  expect((await lastReconciliation(cloned.db, RUN_ID))?.differences).toBe("[]");
});
