import { describe, expect, it } from "vitest";
import type { FeedGame } from "./feeds.ts";
import type { VenueEvent } from "./market.ts";
import { matchSlate } from "./slate.ts";
import { instant } from "./units.ts";

const TIP = instant(Date.parse("2026-11-21T00:30:00Z"));
const DATE = "2026-11-20";

function event(ticker: string, teams: readonly string[], tipAt = TIP): VenueEvent {
  return {
    eventTicker: ticker,
    seriesTicker: "KXNBAGAME",
    title: "whatever the venue writes",
    markets: teams.map((team) => ({
      ticker: `${ticker}-${team}`,
      eventTicker: ticker,
      yesTitle: team,
      status: "active" as const,
      openAt: instant(tipAt - 86_400_000),
      closeAt: instant(tipAt + 14 * 86_400_000),
      expectedExpirationAt: instant(tipAt + 3 * 3_600_000),
      grid: [],
      exchangeIndex: 3,
      result: null,
      settlementValue: null,
      strikes: null,
      expirationValue: null,
      settledAt: null,
    })),
  };
}

function feedGame(feed: "espn" | "nba", home: string, away: string, tipAt = TIP): FeedGame {
  return {
    feed,
    externalId: `${feed}-${away}${home}`,
    date: DATE,
    home,
    away,
    tipAt,
    state: "pre",
    statusName: "STATUS_SCHEDULED",
    isFinal: false,
    period: 0,
    clockSeconds: 0,
    homeScore: 0,
    awayScore: 0,
    homePeriods: [],
    awayPeriods: [],
    sourceTime: null,
    fetchedAt: TIP,
    receivedAt: TIP,
  };
}

const ticker = "KXNBAGAME-26NOV20BOSNYK";
const events = [event(ticker, ["NYK", "BOS"])];

describe("matchSlate", () => {
  it("matches by date and teams with full confidence when both feeds agree", () => {
    const [entry] = matchSlate(
      events,
      { espn: [feedGame("espn", "NYK", "BOS")], nba: [feedGame("nba", "NYK", "BOS")] },
      DATE,
    );
    expect(entry).toMatchObject({ home: "NYK", away: "BOS", confidence: 1, isTradable: true });
    expect(entry?.markets.map((market) => market.team)).toEqual(["home", "away"]);
  });
  it("knows of neutral ground what ESPN says, and says nothing else of it", () => {
    const espn = feedGame("espn", "NYK", "BOS");
    const nba = [feedGame("nba", "NYK", "BOS")];
    const [neutral] = matchSlate(events, { espn: [{ ...espn, isNeutral: true }], nba }, DATE);
    expect(neutral).toMatchObject({ isNeutral: true, confidence: 1 });
    const [home] = matchSlate(events, { espn: [espn], nba }, DATE);
    expect(home).not.toHaveProperty("isNeutral");
  });
  it("trades on one feed alone, with less confidence and the reason", () => {
    const [entry] = matchSlate(events, { espn: [], nba: [feedGame("nba", "NYK", "BOS")] }, DATE);
    expect(entry).toMatchObject({ confidence: 0.7, isTradable: true, reasons: ["espn_missing"] });
  });
  it("does not trade a game whose teams a feed shows the other way round", () => {
    const [entry] = matchSlate(
      events,
      { espn: [feedGame("espn", "BOS", "NYK")], nba: [feedGame("nba", "NYK", "BOS")] },
      DATE,
    );
    expect(entry).toMatchObject({ isTradable: false, confidence: 0 });
    expect(entry?.reasons).toContain("home_away_swapped");
  });
  it("does not trade a game that a feed lists twice", () => {
    const twice = [feedGame("espn", "NYK", "BOS"), feedGame("espn", "NYK", "BOS")];
    const [entry] = matchSlate(events, { espn: twice, nba: [feedGame("nba", "NYK", "BOS")] }, DATE);
    expect(entry?.reasons).toContain("several_candidates");
    expect(entry?.isTradable).toBe(false);
  });
  it("does not trade when tips are more than 30 minutes apart", () => {
    const late = instant(TIP + 31 * 60_000);
    const [entry] = matchSlate(
      events,
      { espn: [feedGame("espn", "NYK", "BOS", late)], nba: [feedGame("nba", "NYK", "BOS")] },
      DATE,
    );
    expect(entry?.reasons).toContain("tip_disagrees");
    expect(entry?.isTradable).toBe(false);
  });
  it("does not trade without a feed, and leaves other days alone", () => {
    const other = event("KXNBAGAME-26NOV21BOSNYK", ["NYK", "BOS"]);
    const entries = matchSlate([...events, other], { espn: [], nba: [] }, DATE);
    expect(entries).toHaveLength(1);
    expect(entries[0]?.isTradable).toBe(false);
  });
  it("keeps a game with one market, which a recording may have", () => {
    const [entry] = matchSlate(
      [event(ticker, ["BOS"])],
      { espn: [feedGame("espn", "NYK", "BOS")], nba: [feedGame("nba", "NYK", "BOS")] },
      DATE,
    );
    expect(entry).toMatchObject({ isTradable: true, confidence: 0.9 });
    expect(entry?.markets).toEqual([{ ticker: `${ticker}-BOS`, team: "away", exchangeIndex: 3 }]);
  });
});
