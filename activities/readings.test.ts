import { expect, it } from "vitest";
import { TradingError } from "../core/domain/errors.ts";
import type { InjuryFault, InjuryList } from "../core/domain/feeds.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { instant } from "../core/domain/units.ts";
import { eloForecast, type RatedGame, ratingsForSeason } from "../core/models/elo.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import type { Db } from "../schema/database.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { aGame } from "../test/temporal/workflow-rig.ts";
import type { AlarmBook } from "./alarm-book.ts";
import type { ScoreFeeds } from "./ports.ts";
import { createReadings } from "./readings.ts";

const AT = instant(Date.parse("2026-11-20T22:00:00Z"));
const CONFIG = loadTipoffConfig("config/tipoff.yaml").config.decision.forecast;
const PAST: RatedGame = {
  ...{ season: 2027, home: "NYK", away: "BOS", homePoints: 106, awayPoints: 97, isNeutral: false },
};

it("raises an alarm that names the field of an injuries feed it cannot read, and clears it when it can", async () => {
  const open = new Set<string>();
  const alarms: AlarmBook = {
    raise: ({ runId, code, field }) => void open.add(`${runId ?? ""} ${code} ${field ?? ""}`),
    clear: ({ runId, code, field }) => void open.delete(`${runId ?? ""} ${code} ${field ?? ""}`),
    flush: () => Promise.resolve(),
  };
  let fault: Error | null = new TradingError("FEED_INVALID", {
    source: "espn",
    field: "injuries.0.team",
    reason: "expected a text",
  });
  const line: InjuryFault = {
    ...{ source: "espn", field: "injuries.0.injuries.3.status", reason: "not known" },
    ...{ externalId: "BOS Some Player", teamCode: "BOS" },
  };
  let faults = [line];
  const fetchedAt = AT;
  const raw = { source: "espn", url: "", status: 200, body: "", fetchedAt, receivedAt: AT };
  const injuries = (): ReturnType<ScoreFeeds["injuries"]> =>
    fault === null
      ? Promise.resolve({ value: { lines: [], faults } satisfies InjuryList, raw })
      : Promise.reject(fault);
  const readings = readingsOf({ feeds: { injuries } as ScoreFeeds, alarms }); // Test boundary: nothing else is asked.
  const game = aGame();
  expect((await readings.of(game)).injuries).toBeNull();
  expect([...open]).toEqual([`${game.runId} feed_invalid espn.injuries.0.team`]);
  const opens = (alarms: readonly string[]): Promise<void> =>
    expect
      .poll(
        async () => {
          await readings.of(game);
          return [...open];
        },
        { timeout: 10_000, interval: 200 },
      )
      .toEqual(alarms);
  expect(readings.injuriesAt()).toBeNull();
  fault = null;
  // A bad line is named, and the report counts as read.
  await opens([`${game.runId} feed_invalid espn.injuries.0.injuries.3.status`]);
  expect(readings.injuriesAt()).toBe(AT);
  faults = [];
  await opens([]);
  expect((await readings.of(game)).injuries).toBe(raw);
});

it("gives home no advantage on neutral ground", async () => {
  const readings = readingsOf({
    feeds: {} as ScoreFeeds, // Test boundary: the night lacks what would be asked for.
    alarms: { raise: () => undefined, clear: () => undefined, flush: () => Promise.resolve() },
    lacks: ["partner", "injuries"],
    pastGames: [PAST],
  });
  const elo = async (game: GameRef) => (await readings.of(game)).readings[0]?.value ?? null;
  const { elo: config } = CONFIG;
  const ratings = ratingsForSeason([PAST], 2027, config);
  const chance = (isNeutral: boolean) =>
    eloForecast(ratings, { home: "NYK", away: "BOS", isNeutral }, config);
  expect(await elo(aGame())).toBe(chance(false));
  expect(await elo({ ...aGame(), isNeutral: true })).toBe(chance(true));
  expect(chance(true)).toBeLessThan(chance(false));
});

/** Readings of a night that lacks partners: it asks the database for nothing but the partner set by hand. */
function readingsOf(of: {
  readonly feeds: ScoreFeeds;
  readonly alarms: AlarmBook;
  readonly lacks?: readonly string[];
  readonly pastGames?: readonly RatedGame[];
}) {
  const { feeds, alarms, lacks = ["partner"], pastGames = [] } = of;
  return createReadings({
    db: noPartner(),
    source: {
      pastGames: () => Promise.resolve(pastGames),
      partners: () => Promise.resolve([]),
      manifest: () =>
        Promise.resolve({
          ...{ name: "world:1", seed: 1, lacks, isDerivedBook: false },
          ...{ description: "", games: [] },
        }),
    },
    feeds,
    clock: { now: () => AT, speed: 240 },
    config: CONFIG,
    ratings: { artifact: null, maxAgeDays: 10 },
    alarms,
    log: SILENT,
  });
}

/** A database in which nobody has set a partner's probability. */
function noPartner(): Db {
  const query: unknown = new Proxy(
    {},
    {
      get: (_, name) => (name === "executeTakeFirst" ? () => Promise.resolve() : () => query),
    },
  );
  return { selectFrom: () => query } as unknown as Db; // Test boundary: no small query is a whole one.
}
