import type { GameStrategy } from "../../core/domain/order.ts";
import { settlementValue } from "../../core/domain/settlement.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { countCenti, type Instant, instant, priceMicros } from "../../core/domain/units.ts";
import { limitsOf, loadRiskLimits } from "../../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { positionOfMode } from "../../core/domain/stage.ts";
import type { Fact, PastGame, SlateGame, SourceManifest } from "../../sim/facts.ts";
import { DerivedBook } from "../../sim/recordings/derived-book.ts";
import type { RecordingContent } from "../../sim/recordings/writer.ts";
import type { NightLoads } from "../loads.ts";
import type { NightConfig } from "../result.ts";

const MINUTE = 60_000;
const TIP = "T00:00:00Z";
/** Who plays whom; home first. */
const PAIRS = [
  ["NYK", "BOS"],
  ["LAL", "DEN"],
  ["MIA", "CHI"],
] as const;

/** A night that is made by hand. */
export interface SmallNightOptions {
  /** Eastern date; games tip at 19:00. */
  readonly date?: TradingDate;
  readonly games?: 1 | 2 | 3;
  /** Last price of home at the start, cents. The ratings of the past say that home is strong. */
  readonly cents?: number;
  readonly homeWins?: boolean;
}

/**
 * A recording as minute candles make one: derived quotes of home's market, from 40 minutes before tip to two and
 * a half hours after it. The price waves by a cent, and in play goes to the game's end.
 */
export function smallNight(
  options: SmallNightOptions = {},
): RecordingContent & { readonly facts: readonly Fact[] } {
  const { date = "2025-12-01", games = 1, cents = 60, homeWins = true } = options;
  const tipAt = instant(Date.parse(`${nextDay(date)}${TIP}`));
  const slate = PAIRS.slice(0, games).map(([home, away]) => slateGame(date, tipAt, home, away));
  const facts = slate
    .flatMap((game) => gameFacts(game, tipAt, cents, homeWins))
    .sort((a, b) => a.receivedAt - b.receivedAt);
  const manifest: SourceManifest = {
    schemaVersion: 1,
    kind: "recording",
    name: `recording:${date}`,
    seed: null,
    date,
    startAt: instant(tipAt - 40 * MINUTE),
    endAt: instant(tipAt + 170 * MINUTE),
    games: slate,
    lacks: ["injuries", "espn", "partner", "sizes", "second-market", "live-score"],
    isDerivedBook: true,
    description: "made by hand",
    origins: [],
  };
  return { manifest, facts, pastGames: pastGames() };
}

/** Settings of the product with the paper limits, as a recording is played with; the usual strategies, or those named. */
export function smallConfig(...active: readonly GameStrategy[]): NightConfig {
  const { config } = loadTipoffConfig("config/tipoff.yaml");
  const { file } = loadRiskLimits("config/risk_limits.yaml");
  const limits = limitsOf(file, positionOfMode("paper"), "recording:small");
  const { decision } = config;
  const strategies = { ...decision.strategies, ...(active.length === 0 ? {} : { active }) };
  return {
    ...config,
    decision: { ...decision, strategies },
    limits: { ...limits, ...config.limits },
  };
}

/** Nothing beside the settings: no home, no models, ratings of each night's own results. */
export const NO_LOADS: NightLoads = {
  home: "/nowhere",
  trees: null,
  ratings: { artifact: null, maxAgeDays: 10, version: null },
};

/** A content that is not written as a source, its derived books opened by a cent as a reader does. */
export function sourceOf({ manifest, facts, pastGames: past }: RecordingContent) {
  const book = new DerivedBook(1);
  const opened = [...facts].map((fact) => book.open(fact));
  return { manifest, pastGames: past, facts: () => opened };
}

function slateGame(date: TradingDate, tipAt: Instant, home: string, away: string): SlateGame {
  const eventTicker = `KXNBAGAME-${date}${away}${home}`;
  return {
    ...{ eventTicker, date, home, away, tipAt, espnEventId: "", nbaGameId: `${home}-${date}` },
    marketTickers: [`${eventTicker}-${home}`],
    reconstructed: [],
  };
}

function gameFacts(
  { eventTicker, marketTickers: [marketTicker = ""] }: SlateGame,
  tipAt: Instant,
  cents: number,
  homeWins: boolean,
): readonly Fact[] {
  const at = (minute: number): { readonly sourceTime: Instant; readonly receivedAt: Instant } => {
    const moment = instant(tipAt + minute * MINUTE);
    return { sourceTime: moment, receivedAt: moment };
  };
  const quotes = Array.from({ length: 190 }, (_, index): readonly Fact[] => {
    const minute = index - 40;
    // A cent up and down before tip too, so that to know the next minute is to know something.
    const wave = index % 3 === 0 ? 1 : 0;
    const drift = Math.max(0, Math.floor(minute / 10)) * (homeWins ? 3 : -2) + wave;
    const price = priceMicros(Math.min(98, Math.max(2, cents + drift)) * 10_000);
    const quote = { bid: price, ask: price, bidSize: null, askSize: null, isDerived: true };
    return [
      { kind: "volume", marketTicker, count: countCenti(500_000), ...at(minute) },
      { kind: "quote", marketTicker, ...quote, ...at(minute) },
    ];
  }).flat();
  const status = { kind: "market-status", marketTicker } as const;
  const result = homeWins ? "yes" : "no";
  const decided = { result, settlementValue: settlementValue(result, null) } as const;
  const open = { result: null, settlementValue: null };
  const score = homeWins ? [110, 100] : [100, 110];
  const state = { kind: "game-state", feed: "espn", eventTicker, isReconstructed: true } as const;
  const [homeScore = 0, awayScore = 0] = score;
  return [
    { ...status, ...open, status: "active", ...at(-40) },
    { ...state, ...GAME_STATES.pre, ...at(-40) },
    { ...state, ...GAME_STATES.in, ...at(10) },
    ...quotes,
    { ...state, ...GAME_STATES.post, homeScore, awayScore, ...at(150) },
    { ...status, ...open, status: "closed", ...at(151) },
    { ...status, ...decided, status: "determined", ...at(152) },
    { ...status, ...decided, status: "finalized", ...at(153) },
  ];
}

const SCORELESS = { homeScore: 0, awayScore: 0, homePeriods: [], awayPeriods: [] };
const GAME_STATES = {
  pre: { state: "pre", statusName: "STATUS_SCHEDULED", period: 0, clockSeconds: 0, ...SCORELESS },
  in: { state: "in", statusName: "STATUS_IN_PROGRESS", period: 1, clockSeconds: 720, ...SCORELESS },
  post: { state: "post", statusName: "STATUS_FINAL", period: 4, clockSeconds: 0, ...SCORELESS },
} as const;

/** Results in which every home team of the night won and every away team lost. */
function pastGames(): readonly PastGame[] {
  return Array.from({ length: 20 }, (_, day) =>
    PAIRS.map(([home, away]) => ({
      date: `2025-11-${String(day + 1).padStart(2, "0")}`,
      ...{ season: 2026, home, away, homePoints: 112, awayPoints: 100, isNeutral: false },
    })),
  ).flat();
}

function nextDay(date: TradingDate): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
