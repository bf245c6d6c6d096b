import { describe, expect, it } from "vitest";
import type { FeedGame, WinProbability } from "../domain/feeds.ts";
import { LINEAR_CENT } from "../domain/price-grid.ts";
import { countCenti, instant, priceMicros, probability } from "../domain/units.ts";
import { CONFIG, readingOf, TIP, VIEW_SETTINGS } from "./testing/inputs.ts";
import { required } from "../domain/assert.ts";
import { blendForecast } from "../models/blend.ts";
import { decide } from "./decide.ts";
import { strategyOf } from "./testing/inputs.ts";
import { USUAL_STRATEGIES } from "../domain/order.ts";
import { GameView, type ViewContext } from "./view.ts";

const HOME = "KXNBAGAME-26NOV20BOSNYK-NYK";
const at = (seconds: number) => instant(TIP + seconds * 1_000);
const viewOf = (lacks: readonly string[] = []): GameView =>
  new GameView(
    {
      mode: "paper",
      eventTicker: "KXNBAGAME-26NOV20BOSNYK",
      home: "NYK",
      away: "BOS",
      tipAt: TIP,
      markets: [
        { team: "home", ticker: HOME, exchangeIndex: 3, grid: LINEAR_CENT, status: "active" },
      ],
      lacks,
    },
    VIEW_SETTINGS,
  );
const CONTEXT: ViewContext = {
  phase: "live",
  strategies: USUAL_STRATEGIES.map((name) => strategyOf(name)),
  entriesPaused: null,
  fees: { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 },
  configHash: "h",
};
const quote = (seconds: number, bid: number, ask: number) => ({
  marketTicker: HOME,
  bid: priceMicros(bid * 10_000),
  bidSize: countCenti(100),
  ask: priceMicros(ask * 10_000),
  askSize: countCenti(100),
  quotedAt: at(seconds),
  receivedAt: at(seconds),
});
const game = (seconds: number, changes: Partial<FeedGame> = {}): FeedGame => ({
  feed: "nba",
  externalId: "1",
  date: "2026-11-20",
  home: "NYK",
  away: "BOS",
  tipAt: TIP,
  state: "in",
  statusName: "STATUS_IN_PROGRESS",
  isFinal: false,
  period: 1,
  clockSeconds: 600,
  homeScore: 4,
  awayScore: 2,
  homePeriods: [4],
  awayPeriods: [2],
  sourceTime: null,
  fetchedAt: at(seconds),
  receivedAt: at(seconds),
  ...changes,
});
const espn = (seconds: number, sequence: number): WinProbability => ({
  feed: "espn",
  externalId: "1",
  home: probability(0.6),
  sequence,
  sourceTime: null,
  fetchedAt: at(seconds),
  receivedAt: at(seconds),
});

describe("GameView", () => {
  it("leaves out a market until its first quote, and shows the last one after", () => {
    const view = viewOf();
    expect(view.shown(at(0), CONTEXT).markets).toEqual([]);
    view.observeQuote(quote(0, 49, 50), false);
    view.observeQuote(quote(1, 50, 52), true);
    const [market] = view.shown(at(2), CONTEXT).markets;
    expect(market).toMatchObject({ quote: { bid: 500_000, ask: 520_000 }, isDerived: true });
    // The mid went from 49.5 to 51.
    expect(market?.recentRange).toBe(15_000);
  });

  it("does not believe a stale quote until the next one", () => {
    const view = viewOf();
    view.observeQuote(quote(0, 49, 50), false);
    view.markStale(HOME, "sequence_gap");
    expect(view.shown(at(1), CONTEXT).markets[0]?.staleBecause).toBe("sequence_gap");
    view.observeQuote(quote(2, 49, 50), false);
    expect(view.shown(at(2), CONTEXT).markets[0]?.staleBecause).toBeNull();
  });

  it("knows no volume until something printed, and then the last minute's", () => {
    const view = viewOf();
    view.observeQuote(quote(0, 49, 50), false);
    expect(view.shown(at(0), CONTEXT).markets[0]?.recentVolume).toBeNull();
    view.observeTrade({ marketTicker: HOME, count: countCenti(500), at: at(0) });
    expect(view.shown(at(59), CONTEXT).markets[0]?.recentVolume).toBe(500);
    expect(view.shown(at(60), CONTEXT).markets[0]?.recentVolume).toBe(0);
  });

  it("has a window that is warm after its span and samples, also when it is restored", () => {
    const view = viewOf();
    for (let i = 0; i < 3; i++) view.observeQuote(quote(i * 10, 40 + i, 41 + i), false);
    expect(view.shown(at(59), CONTEXT).windows[0]?.isWarm).toBe(false);
    expect(view.shown(at(60), CONTEXT).windows[0]).toMatchObject({
      isWarm: true,
      low: 405_000,
      high: 425_000,
    });
    const restored = viewOf();
    restored.restoreWindow(
      HOME,
      [0, 1, 2].map((i) => ({ at: at(i * 10), mid: 405_000 + i * 10_000 })),
    );
    expect(restored.shown(at(60), CONTEXT).windows).toEqual(view.shown(at(60), CONTEXT).windows);
  });

  it("believes nothing of a feed that has home and away swapped", () => {
    const view = viewOf();
    expect(view.observeFeedGame(game(0))).toBe(true);
    const swapped = game(1, { feed: "espn", home: "BOS", away: "NYK" });
    expect(view.observeFeedGame(swapped)).toBe(false);
    expect(view.clock(at(1))?.staleBecause).toEqual(["teams_swapped"]);
    view.observeFeedGame(game(2, { feed: "espn" }));
    expect(view.clock(at(2))?.staleBecause).toEqual([]);
  });

  it("ignores another game's score", () => {
    const view = viewOf();
    expect(view.observeFeedGame(game(0, { home: "LAL", away: "DEN" }))).toBe(false);
    expect(view.clock(at(0))).toBeNull();
  });

  it("drops ESPN's probability when the game went on without it", () => {
    const view = viewOf();
    view.observeFeedGame(game(0));
    view.observeWinProbability(espn(0, 7));
    view.observeFeedGame(game(100, { clockSeconds: 480 }));
    view.observeWinProbability(espn(100, 7));
    const reading = () =>
      view.shown(at(100), CONTEXT).readings.find(({ source }) => source === "espn");
    expect(reading()).toMatchObject({ value: 0.6, absentBecause: null });
    view.observeFeedGame(game(101, { clockSeconds: 479 }));
    expect(reading()).toMatchObject({ value: null, absentBecause: "frozen" });
    view.observeWinProbability(espn(101, 8));
    expect(view.shown(at(101), CONTEXT).readings.at(-1)).toMatchObject({ value: 0.6 });
  });

  it("says of an absent source whether it is lacking or only late", () => {
    const reasons = (view: GameView) =>
      view.shown(at(0), CONTEXT).readings.map((one) => one.absentBecause);
    expect(reasons(viewOf())).toEqual(["not_yet", "not_yet", "not_yet", "not_yet"]);
    expect(reasons(viewOf(["injuries", "espn"]))).toEqual([
      "not_yet",
      "not_in_recording",
      "not_yet",
      "not_in_recording",
    ]);
  });

  it("follows the feeds' phase, and some minutes after tip without a live score", () => {
    const view = viewOf();
    expect(view.phase(at(3_600))).toBe("pregame");
    view.observeFeedGame(game(3_600));
    expect(view.phase(at(3_600))).toBe("live");
    view.observeFeedGame(game(9_000, { state: "post", clockSeconds: 0, period: 4 }));
    expect(view.phase(at(9_000))).toBe("closing");
    const blind = viewOf(["live-score"]);
    expect(blind.phase(at(599))).toBe("pregame");
    expect(blind.phase(at(600))).toBe("live");
  });

  it("says who has the ball, by the score, to the forecast", () => {
    const view = viewOf();
    view.setReading(readingOf("partner", 0.6));
    view.observeFeedGame(game(0, { homeScore: 4, awayScore: 4 }));
    expect(view.shown(at(0), CONTEXT).clock?.possession).toBeNull();
    view.observeFeedGame(game(10, { clockSeconds: 590, homeScore: 4, awayScore: 6 }));
    const input = view.shown(at(10), CONTEXT);
    const inGame = (possession: "home" | "away" | null): number => {
      const clock = { ...required(input.clock, "a clock"), possession };
      const { sources } = blendForecast({ ...input, clock }, CONFIG.forecast);
      return sources.find(({ source }) => source === "in-game")?.value ?? Number.NaN;
    };
    expect(input.clock?.possession).toBe("home");
    expect(inGame("home")).toBeGreaterThan(inGame(null) + 0.01);
    expect(blendForecast(input, CONFIG.forecast).sources).toContainEqual(
      expect.objectContaining({ source: "in-game", value: inGame("home") }),
    );
  });

  it("makes an input that decides the same after JSON", () => {
    const view = viewOf();
    view.observeQuote(quote(0, 49, 50), false);
    view.observeFeedGame(game(0));
    view.setReading(readingOf("partner", 0.6));
    const input = view.shown(at(1), CONTEXT);
    expect(JSON.parse(JSON.stringify(input))).toEqual(input);
    expect(decide(input, CONFIG).verdicts.map(({ code }) => code)).not.toContain("invalid_input");
  });
});

it("believes no size of a source that lacks them, whatever the venue shows", () => {
  const shown = (lacks: readonly string[]) => {
    const view = viewOf(lacks);
    view.observeQuote(quote(0, 55, 57), false);
    const { quote: seen } = view.shown(at(0), CONTEXT).markets[0] ?? {};
    return [seen?.bidSize, seen?.askSize];
  };
  expect(shown(["sizes"])).toEqual([null, null]);
  expect(shown([])).toEqual([100, 100]);
});
