import { expect, it, vi } from "vitest";
import { LINEAR_CENT } from "../core/domain/price-grid.ts";
import { instant } from "../core/domain/units.ts";
import { CONFIG, TIP, VIEW_SETTINGS } from "../core/strategies/testing/inputs.ts";
import { GameView } from "../core/strategies/view.ts";
import type { FactBody, SlateGame } from "../sim/facts.ts";
import { GameFeeds } from "./game-feeds.ts";

const EVENT = "KXNBAGAME-26NOV20BOSNYK";
const slate: SlateGame = {
  eventTicker: EVENT,
  date: "2026-11-20",
  home: "NYK",
  away: "BOS",
  tipAt: TIP,
  espnEventId: "401810433",
  nbaGameId: "0022600001",
  marketTickers: [`${EVENT}-NYK`],
  reconstructed: [],
};

it("shows nothing of a feed that is away: its state grows old, and its probability is not seen", () => {
  const market = { team: "home", ticker: `${EVENT}-NYK`, exchangeIndex: 3 } as const;
  const markets = [{ ...market, grid: LINEAR_CENT, status: "active" }];
  const view = new GameView({ ...slate, mode: "paper", markets, lacks: [] }, VIEW_SETTINGS);
  const probabilities = vi.spyOn(view, "observeWinProbability");
  const feeds = new GameFeeds(slate, view, CONFIG.forecast, 5_000);
  const at = (seconds: number) => instant(TIP + seconds * 1_000);
  const play = (seconds: number, body: FactBody): void => {
    feeds.play({ ...body, sourceTime: at(seconds), receivedAt: at(seconds) });
  };
  /** What the view sees after a look: why the score is not believed, and how many probabilities came. */
  const look = (seconds: number): readonly [readonly string[] | undefined, number] => {
    feeds.poll(at(seconds));
    return [view.clock(at(seconds))?.staleBecause, probabilities.mock.calls.length];
  };
  const score = { homeScore: 20, awayScore: 18, homePeriods: [20], awayPeriods: [18] };
  const clock = { period: 1, clockSeconds: 120, statusName: "STATUS_IN_PROGRESS" };
  const state = {
    kind: "game-state",
    eventTicker: EVENT,
    state: "in",
    ...clock,
    ...score,
  } as const;
  const away = { kind: "feed-away", eventTicker: EVENT } as const;
  for (const feed of ["espn", "nba"] as const) {
    play(600, { ...state, feed, isReconstructed: false });
  }
  play(600, { kind: "win-probability", eventTicker: EVENT, homeProbability: 0.6 });
  expect(look(600)).toEqual([[], 1]);
  // One feed is enough.
  play(601, { ...away, feed: "espn", isAway: true });
  expect(look(660)).toEqual([[], 1]);
  play(661, { ...away, feed: "nba", isAway: true });
  expect(look(700)).toEqual([[], 1]);
  // 45 seconds after the look at 660.
  expect(look(706)).toEqual([["old"], 1]);
  play(710, { ...away, feed: "nba", isAway: false });
  expect(look(711)).toEqual([[], 1]);
  play(712, { ...away, feed: "espn", isAway: false });
  expect(look(716)).toEqual([[], 2]);
  const page = { kind: "page-away", page: "win-probability", eventTicker: EVENT } as const;
  play(717, { ...page, isAway: true });
  expect(look(722)).toEqual([[], 2]);
  play(723, { ...page, isAway: false });
  expect(look(728)).toEqual([[], 3]);
  expect(feeds.injuriesAt()).toBe(at(728));
  const report = { kind: "page-away", page: "injuries", eventTicker: null } as const;
  play(729, { ...report, isAway: true });
  expect(look(734)).toEqual([[], 4]);
  expect(feeds.injuriesAt()).toBe(at(728));
  play(735, { ...report, isAway: false });
  look(740);
  expect(feeds.injuriesAt()).toBe(at(740));
});
