import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TradingError } from "../core/domain/errors.ts";
import { occasionOfContract } from "../core/domain/occasion.ts";
import { easternInstant } from "../core/domain/time.ts";
import { positionCenti, usdMicros } from "../core/domain/units.ts";
import type { PlayedManifest } from "../runtime/exchange-control.ts";
import { throwKill } from "../schema/queries/kill.ts";
import { openOccasion } from "../schema/queries/occasions.ts";
import { endRun } from "../schema/queries/runs.ts";
import { recordScheduleDay, scheduleDays } from "../schema/queries/schedule-days.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { addGame, RUN_ID } from "../test/db/night.ts";
import { SILENT } from "../test/support/kalshi.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { noteMissed } from "./missed-days.ts";
import { createScheduleActivities } from "./schedule-day.ts";

const REQUEST = { mode: "paper", seed: 7, games: 2, speed: 60, since: "2026-11-17" } as const;
const NOON = easternInstant("2026-11-20", 12, 0);

let cloned: ClonedDatabase;
let said: string[] = [];
const alarms: Pick<AlarmBook, "raise"> = { raise: ({ message }) => void said.push(message) };
beforeEach(async () => {
  cloned = await cloneDatabase();
  said = [];
});
afterEach(() => cloned.drop());

const days = async () =>
  (await scheduleDays(cloned.db, "paper")).map((day) => [day.trading_date, day.status]);

/** An exchange that plays nothing, and what it says of a night where a test says no more. */
const UNPLAYED = { request: null, resting: 0 };
const MANIFEST: PlayedManifest = {
  ...{ kind: "world", name: "world:6", seed: 6, date: "2026-11-19", description: "by hand" },
  ...{ startAt: NOON, endAt: NOON, lacks: [], isDerivedBook: false, games: [] },
};

function activities(
  loaded: string[],
  before: Partial<PlayedManifest> | null = null,
  load = ({ source }: { readonly source: string; readonly isAnew?: boolean }): Promise<void> => {
    loaded.push(source);
    return Promise.resolve();
  },
  isDone = before !== null,
  requireStrategies: (night: string) => Promise<void> = () => Promise.resolve(),
  request: { readonly mode: "paper" | "shadow" } | null = null,
) {
  return createScheduleActivities({
    db: cloned.db,
    control: {
      state: () => Promise.resolve({ ...UNPLAYED, request, loaded: before?.name ?? null, isDone }),
      manifest: () => Promise.resolve({ ...MANIFEST, ...before }),
      load,
    },
    alarms: alarms as AlarmBook, // Test boundary: a scheduled day only raises.
    mode: "paper",
    homePath: tmpdir(),
    startingCashUsd: 10_000,
    requireStrategies,
    renewWorker: () => undefined,
    log: SILENT,
  });
}

it("starts a day after saying which were missed", async () => {
  const loaded: string[] = [];
  const prepared = await activities(loaded).prepareScheduledDay({
    ...REQUEST,
    scheduledAtMs: NOON,
  });
  expect(prepared).toMatchObject({ kind: "ready", day: { date: "2026-11-20" } });
  expect(loaded).toHaveLength(1);
  expect(await days()).toEqual([
    ["2026-11-19", "missed"],
    ["2026-11-18", "missed"],
  ]);
  expect(said.map((message) => message.slice(0, 10))).toEqual(["2026-11-18", "2026-11-19"]);
});

it("plays the date's games live", async () => {
  const loaded: string[] = [];
  const live = { ...REQUEST, seed: null, scheduledAtMs: NOON };
  expect(await activities(loaded).prepareScheduledDay(live)).toMatchObject({
    kind: "ready",
    day: { source: "live", seed: null, date: "2026-11-20" },
  });
  expect(loaded).toEqual(["live"]);
});

it("is asked again while the exchange refuses a world, as before a night that is to end", async () => {
  const unfinished = new TradingError("VENUE_REFUSED", {
    ...{ path: "load", status: 409, reason: "another night is unfinished" },
  });
  const asked = activities([], null, () => Promise.reject(unfinished)).prepareScheduledDay({
    ...{ ...REQUEST, since: "2026-11-19", scheduledAtMs: NOON },
  });
  await expect(asked).rejects.toBe(unfinished);
  expect(await days()).toEqual([]);
});

it("is not asked again for a world that the exchange will never load, and says why", async () => {
  const reason = "invalid parameters: startingCashUsd: too big";
  const never = new TradingError("VENUE_REFUSED", { path: "load", status: 400, reason });
  const asked = activities([], null, () => Promise.reject(never)).prepareScheduledDay({
    ...{ ...REQUEST, since: "2026-11-19", scheduledAtMs: NOON },
  });
  expect(await asked).toEqual({ kind: "refused", date: "2026-11-20", reason });
  expect(await days()).toEqual([["2026-11-20", "refused"]]);
  expect(said).toEqual([`2026-11-20 did not start: ${reason}`]);
});

it("starts none while a kill stands, and writes down why", async () => {
  const kill = { killId: "k", mode: "paper", level: "cancel-all", reason: "r", by: "b" } as const;
  await throwKill(cloned.db, kill);
  const loaded: string[] = [];
  const prepared = await activities(loaded).prepareScheduledDay({
    ...{ ...REQUEST, since: "2026-11-19", scheduledAtMs: NOON },
  });
  expect(prepared).toMatchObject({ kind: "refused", date: "2026-11-20" });
  expect(loaded).toEqual([]);
  expect(await days()).toEqual([["2026-11-20", "refused"]]);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("a kill stands");
});

it("starts none while the night before holds what is not settled: its exchange would forget it", async () => {
  const event = "KXNBAGAME-26NOV19BOSNYK";
  const gameId = await addGame(cloned.db, event);
  await cloned.db
    .insertInto("positions")
    .values({
      occasion_id: gameId,
      strategy: "model-edge",
      market_ticker: `${event}-NYK`,
      position_centi: positionCenti(1_000),
      cost_micros: usdMicros(4_000_000),
      updated_at: new Date(NOON),
    })
    .execute();
  const before = {
    name: "world:6",
    date: "2026-11-19",
    games: [{ eventTicker: event, reconstructed: [] }],
  };
  const loaded: string[] = [];
  const start = () =>
    activities(loaded, before).prepareScheduledDay({
      ...{ ...REQUEST, since: "2026-11-19", scheduledAtMs: NOON },
    });
  expect(await start()).toMatchObject({
    kind: "refused",
    reason: "1 positions of the night of 2026-11-19 are not settled",
  });
  await cloned.db
    .updateTable("positions")
    .set({ position_centi: positionCenti(0) })
    .execute();
  expect(await start()).toMatchObject({ kind: "ready" });
  expect(loaded).toHaveLength(1);
});

it("leaves a night whose day was stopped, and no other that the exchange has not played out", async () => {
  await addGame(cloned.db);
  const before = { name: "world:6", date: "2026-11-20" };
  const asked: boolean[] = [];
  const load = ({ isAnew = false }: { readonly isAnew?: boolean }): Promise<void> =>
    Promise.resolve(void asked.push(isAnew));
  const start = (played: Partial<PlayedManifest> = before) =>
    activities([], played, load, false).prepareScheduledDay({
      ...{ ...REQUEST, since: "2026-11-20" },
      scheduledAtMs: easternInstant("2026-11-21", 12, 0),
    });
  const reason = "the night of 2026-11-20 is still being played";
  expect(await start()).toMatchObject({ kind: "refused", reason });
  await endRun(cloned.db, RUN_ID, "stopped", NOON);
  // Bitcoin beside it goes on without a day.
  const both = { ...before, bitcoin: { series: ["KXBTCD"] } };
  expect(await start(both)).toMatchObject({ kind: "refused", reason });
  expect(asked).toEqual([]);
  expect(await start()).toMatchObject({ kind: "ready" });
  expect(asked).toEqual([true]);
});

it("loads a night anew that the exchange has for the other mode, and finds its own again", async () => {
  await addGame(cloned.db);
  await endRun(cloned.db, RUN_ID, "stopped", NOON);
  const games = [{ eventTicker: "KXNBAGAME-26NOV20BOSNYK", reconstructed: [] }];
  const before = { name: "world:6", date: "2026-11-20", games };
  const asked: object[] = [];
  const load = (request: object): Promise<void> => Promise.resolve(void asked.push(request));
  for (const mode of ["shadow", "paper"] as const) {
    const prepared = await activities([], before, load, false, undefined, {
      mode,
    }).prepareScheduledDay({ ...REQUEST, since: "2026-11-20", scheduledAtMs: NOON });
    expect(prepared).toMatchObject({ kind: "ready" });
  }
  expect(asked).toMatchObject([{ mode: "paper", isAnew: true }, { mode: "paper" }]);
  expect(asked[1]).not.toHaveProperty("isAnew");
});

it("leaves a night of its date that was loaded for the other mode, where no day of it ever began", async () => {
  const games = [{ eventTicker: "KXNBAGAME-26NOV20BOSNYK", reconstructed: [] }];
  const before = { name: "world:6", date: "2026-11-20", games };
  const asked: object[] = [];
  const load = (request: object): Promise<void> => Promise.resolve(void asked.push(request));
  const start = (played: Partial<PlayedManifest>, mode: "paper" | "shadow" = "shadow") =>
    activities([], played, load, false, undefined, { mode }).prepareScheduledDay({
      ...{ ...REQUEST, since: "2026-11-19", scheduledAtMs: NOON },
    });
  const reason = (date: string) => `the night of ${date} is still being played`;
  // Bitcoin beside it goes on without a day, and a night of its own that is loaded is to be begun.
  const both = { ...before, bitcoin: { series: ["KXBTCD"] } };
  expect(await start(both)).toMatchObject({ kind: "refused", reason: reason("2026-11-20") });
  const own = { ...before, date: "2026-11-19" };
  expect(await start(own, "paper")).toMatchObject({
    ...{ kind: "refused", reason: reason("2026-11-19") },
  });
  expect(asked).toEqual([]);
  expect(await start(before)).toMatchObject({ kind: "ready" });
  expect(asked).toMatchObject([{ mode: "paper", isAnew: true }]);
});

it("starts no day of the mode that the services do not run in", async () => {
  const loaded: string[] = [];
  const prepared = await activities(loaded).prepareScheduledDay({
    ...{ ...REQUEST, mode: "shadow", since: "2026-11-19", scheduledAtMs: NOON },
  });
  expect(prepared).toMatchObject({
    kind: "refused",
    reason: "the services run in mode paper, and the day is of mode shadow",
  });
  expect(loaded).toEqual([]);
});

it("starts none while a Bitcoin contract of what was played is not paid, also of the very day", async () => {
  await addGame(cloned.db);
  const [marketTicker, eventTicker] = ["KXBTCD-26NOV2011-T90000", "KXBTCD-26NOV2011"];
  const occasion = occasionOfContract({
    ...{ runId: RUN_ID, mode: "paper", exchangeIndex: 2 },
    contract: { eventTicker, marketTicker, closeAt: easternInstant("2026-11-20", 11, 0) },
  });
  await openOccasion(cloned.db, occasion, NOON);
  await cloned.db
    .insertInto("positions")
    .values({
      occasion_id: occasion.occasionId,
      strategy: "btc-edge",
      market_ticker: marketTicker,
      position_centi: positionCenti(-1_000),
      cost_micros: usdMicros(4_000_000),
      updated_at: new Date(NOON),
    })
    .execute();
  const before = (startHour: number) => ({
    ...{ name: "world:6", date: "2026-11-20", games: [], bitcoin: { series: ["KXBTCD"] } },
    startAt: easternInstant("2026-11-20", startHour, 0),
    endAt: NOON,
  });
  const start = (startHour: number) =>
    activities([], before(startHour)).prepareScheduledDay({
      ...{ ...REQUEST, since: "2026-11-19", scheduledAtMs: NOON },
    });
  expect(await start(10)).toMatchObject({
    kind: "refused",
    reason: "1 positions of the night of 2026-11-20 are not settled",
  });
  // What was played began when the contract had closed: it is of an earlier source, and not paid by this one.
  expect(await start(11)).toMatchObject({ kind: "ready" });
});

it("says a missed day once, and none that was recorded or whose workflow is still to begin", async () => {
  const deps = { db: cloned.db, alarms: alarms as AlarmBook };
  const span = { mode: "paper", since: "2026-11-16", until: "2026-11-21" } as const;
  const source = "world:7";
  await recordScheduleDay(cloned.db, {
    ...{ date: "2026-11-18", mode: "paper", status: "started", details: source },
  });
  await noteMissed(deps, { ...span, fired: ["2026-11-20"] }, NOON);
  await noteMissed(deps, { ...span, fired: ["2026-11-20"] }, NOON);
  expect(await days()).toEqual([
    ["2026-11-19", "missed"],
    ["2026-11-18", "started"],
  ]);
  expect(said).toHaveLength(1);
});

it.each([
  ["live day", null],
  ["day of a world", REQUEST.seed],
])(
  "starts no %s that a strategy of one's own may not play, and says how to check it",
  async (_, seed) => {
    const loaded: string[] = [];
    const reason = "own-late was checked on world:12";
    const refusing = (): Promise<void> =>
      Promise.reject(new TradingError("CONFIG_INVALID", { reason, nextStep: "check it" }));
    const { prepareScheduledDay } = activities(loaded, null, undefined, false, refusing);
    const prepared = await prepareScheduledDay({ ...REQUEST, seed, scheduledAtMs: NOON });
    expect(prepared).toMatchObject({ kind: "refused", reason });
    expect(loaded).toEqual([]);
  },
);
