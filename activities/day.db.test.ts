import { afterAll, beforeAll, expect, it } from "vitest";
import type { FeedGame } from "../core/domain/feeds.ts";
import type { VenueEvent } from "../core/domain/market.ts";
import { instant } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { startRun } from "../schema/queries/runs.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { createDayActivities } from "./day.ts";
import type { NightSource, ScoreFeeds } from "./ports.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);

const TIP = instant(Date.parse("2026-11-21T00:30:00Z"));
const DATE = "2026-11-20";
const REQUEST = {
  ...({ runId: `trading-day/paper/${DATE}`, mode: "paper", date: DATE } as const),
  ...{ source: "live", seed: null, speed: 1 },
};

function found(away: string, home: string): VenueEvent {
  const eventTicker = `KXNBAGAME-26NOV20${away}${home}`;
  const market = {
    ...{ ticker: `${eventTicker}-${home}`, eventTicker, yesTitle: home, status: "active" as const },
    ...{ openAt: TIP, closeAt: TIP, expectedExpirationAt: instant(TIP + 3 * 3_600_000), grid: [] },
    ...{ exchangeIndex: 3, result: null, settlementValue: null, strikes: null },
    ...{ expirationValue: null, settledAt: null },
  };
  return { eventTicker, seriesTicker: "KXNBAGAME", title: "", markets: [market] };
}

function shown(away: string, home: string, more: Partial<FeedGame> = {}): FeedGame {
  return {
    ...{ feed: "espn", externalId: `${away}${home}`, date: DATE, home, away, tipAt: TIP },
    ...{ state: "pre", statusName: "STATUS_SCHEDULED", isFinal: false, period: 0, clockSeconds: 0 },
    ...{ homeScore: 0, awayScore: 0, homePeriods: [], awayPeriods: [], sourceTime: null },
    ...{ fetchedAt: TIP, receivedAt: TIP, ...more },
  };
}

it("tells the games of a day which of them are played on neutral ground", async () => {
  const raw = { source: "", url: "", status: 200, body: "", fetchedAt: TIP, receivedAt: TIP };
  const board = (games: readonly FeedGame[]) =>
    Promise.resolve({ value: { games, faults: [], skipped: 0 }, raw });
  const clock = { now: () => TIP, speed: 1 };
  await startRun(cloned.db, {
    ...{ runId: REQUEST.runId, mode: "paper", tradingDate: DATE, source: "live", seed: null },
    ...{ speed: 1, codeCommit: "abc", configHash: "c", config: "{}", manifest: "{}" },
    startedAt: TIP,
  });
  const day = createDayActivities({
    db: cloned.db,
    // Test boundaries: of venue, feeds and source a slate asks no more.
    venue: { events: () => Promise.resolve([found("BOS", "NYK"), found("LAL", "DEN")]) } as Pick<
      Venue,
      "events"
    > as Venue,
    feeds: {
      espnScoreboard: () => board([shown("BOS", "NYK", { isNeutral: true }), shown("LAL", "DEN")]),
      nbaScoreboard: () => board([]),
    } as Pick<ScoreFeeds, "espnScoreboard" | "nbaScoreboard"> as ScoreFeeds,
    source: { manifest: () => Promise.resolve({ games: [] }) } as unknown as NightSource,
    clock,
    alarms: { raise: () => undefined, clear: () => undefined, flush: () => Promise.resolve() },
    config: { text: "{}", hash: "c" },
    ...{ codeCommit: "abc", windowOpensBeforeTipMs: 3_600_000, retryMs: 1_000, strategies: [] },
    requireStrategies: () => Promise.resolve(),
    log: SILENT,
  });
  const { matches } = await day.discoverSlate(REQUEST);
  expect(matches.map(({ game }) => [game.home, game.isNeutral])).toEqual([
    ["NYK", true],
    ["DEN", undefined],
  ]);
});
