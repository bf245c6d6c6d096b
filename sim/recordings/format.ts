import { z } from "zod";
import { PRICE_GRID_NAMES } from "../../core/domain/price-grid.ts";
import { BTC_SERIES } from "../../core/domain/btc-contract.ts";
import { isTradingDate } from "../../core/domain/time.ts";
import {
  countCenti,
  instant,
  ONE_USD_MICROS,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import type { Fact, PastGame, SourceManifest } from "../facts.ts";

/** Files of a recording, beside its manifest. */
export const MANIFEST_FILE = "manifest.json";
export const FACTS_FILE = "facts.jsonl.gz";
export const PAST_GAMES_FILE = "past-games.jsonl.gz";

const whole = z.number().int();
const Instant = whole.transform(instant);
const Price = whole.gt(0).lt(ONE_USD_MICROS).transform(priceMicros);
const Count = whole.nonnegative().transform(countCenti);
const Value = whole.min(0).max(ONE_USD_MICROS).transform(usdMicros);
const Usd = whole.positive().transform(usdMicros);
const Probability = z.number().min(0).max(1);
const Ticker = z.string().min(1);
const Points = whole.nonnegative();
const TradingDate = z.string().refine(isTradingDate, "a date is YYYY-MM-DD");
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const times = { sourceTime: Instant, receivedAt: Instant };

/** One line of the facts file: strict, so that a fact this version cannot play is never dropped in silence. */
export const FactLine: z.ZodType<Fact> = z.discriminatedUnion("kind", [
  z.strictObject({
    ...times,
    kind: z.literal("level"),
    marketTicker: Ticker,
    outcome: z.enum(["yes", "no"]),
    price: Price,
    size: Count,
  }),
  z.strictObject({
    ...times,
    kind: z.literal("quote"),
    marketTicker: Ticker,
    bid: Price.nullable(),
    bidSize: Count.nullable(),
    ask: Price.nullable(),
    askSize: Count.nullable(),
    isDerived: z.boolean(),
  }),
  z.strictObject({
    ...times,
    kind: z.literal("trade"),
    marketTicker: Ticker,
    tradeId: z.string().min(1),
    price: Price,
    count: Count,
    takerSide: z.enum(["bid", "ask"]).nullable(),
  }),
  z.strictObject({ ...times, kind: z.literal("volume"), marketTicker: Ticker, count: Count }),
  z.strictObject({
    ...times,
    kind: z.literal("market-status"),
    marketTicker: Ticker,
    status: z.enum(["initialized", "active", "inactive", "closed", "determined", "finalized"]),
    result: z.enum(["yes", "no", "scalar"]).nullable(),
    settlementValue: Value.nullable(),
    expirationValue: Usd.nullable().exactOptional(),
  }),
  ...btcLines(),
  z.strictObject({
    ...times,
    kind: z.literal("game-state"),
    feed: z.enum(["espn", "nba"]),
    eventTicker: Ticker,
    state: z.enum(["pre", "in", "post"]),
    statusName: z.string().min(1),
    period: Points,
    clockSeconds: z.number().nonnegative(),
    homeScore: Points,
    awayScore: Points,
    homePeriods: z.array(Points),
    awayPeriods: z.array(Points),
    isReconstructed: z.boolean(),
  }),
  z.strictObject({
    ...times,
    kind: z.literal("play"),
    eventTicker: Ticker,
    actionNumber: Points,
    period: Points,
    clockSeconds: z.number().nonnegative(),
    actionType: z.string(),
    teamCode: z.string().nullable(),
    homeScore: Points,
    awayScore: Points,
    description: z.string(),
  }),
  z.strictObject({
    ...times,
    kind: z.literal("win-probability"),
    eventTicker: Ticker,
    homeProbability: Probability,
  }),
  z.strictObject({
    ...times,
    kind: z.literal("injury"),
    teamCode: z.string(),
    player: z.string(),
    status: z.enum([
      ...(["Available", "Probable", "Questionable", "Doubtful", "Out"] as const),
      "Not Yet Submitted",
    ]),
    impactElo: z.number().nullable(),
    reason: z.string().optional(),
    parser: z.string().optional(),
  }),
  z.strictObject({
    ...times,
    kind: z.literal("partner"),
    eventTicker: Ticker,
    homeProbability: Probability,
  }),
  z.strictObject({
    ...times,
    kind: z.literal("feed-away"),
    feed: z.enum(["espn", "nba"]),
    eventTicker: Ticker,
    isAway: z.boolean(),
  }),
  z.strictObject({
    ...times,
    kind: z.literal("page-away"),
    page: z.enum(["injuries", "win-probability"]),
    eventTicker: Ticker.nullable(),
    isAway: z.boolean(),
  }),
  z.strictObject({ ...times, kind: z.literal("outage"), isOut: z.boolean() }),
  z.strictObject({
    ...times,
    kind: z.literal("shard"),
    exchangeIndex: whole.nonnegative(),
    isTrading: z.boolean(),
  }),
]);

/** What is told of Bitcoin markets and of the spot alone. */
function btcLines() {
  return [
    z.strictObject({
      ...times,
      kind: z.literal("listing"),
      marketTicker: Ticker,
      eventTicker: Ticker,
      series: z.enum(BTC_SERIES),
      strikeType: z.enum(["greater", "greater_or_equal", "less", "less_or_equal", "between"]),
      floorStrike: Usd.nullable(),
      capStrike: Usd.nullable(),
      openAt: Instant,
      closeAt: Instant,
      priceGrid: z.enum(PRICE_GRID_NAMES),
    }),
    z.strictObject({
      ...times,
      kind: z.literal("bounds"),
      marketTicker: Ticker,
      floorStrike: Usd.nullable(),
      capStrike: Usd.nullable(),
    }),
    z.strictObject({
      ...times,
      kind: z.literal("close-moved"),
      marketTicker: Ticker,
      closeAt: Instant,
    }),
    z.strictObject({
      ...times,
      kind: z.literal("spot-trade"),
      tradeId: whole.nonnegative(),
      price: Usd,
      size: z.number().positive().nullable(),
      takerSide: z.enum(["bid", "ask"]).nullable(),
    }),
    z.strictObject({
      ...times,
      kind: z.literal("spot-candle"),
      openAt: Instant,
      open: Usd,
      high: Usd,
      low: Usd,
      close: Usd,
      volume: z.number().nonnegative(),
    }),
    z.strictObject({
      ...times,
      kind: z.literal("index-value"),
      value: Usd,
      average60: Usd.nullable(),
    }),
  ] as const;
}

/** One line of the past games file. */
export const PastGameLine: z.ZodType<PastGame> = z.strictObject({
  date: TradingDate,
  season: whole,
  home: z.string(),
  away: z.string(),
  homePoints: Points,
  awayPoints: Points,
  isNeutral: z.boolean(),
});

const SlateGame = z.strictObject({
  eventTicker: Ticker,
  date: TradingDate,
  home: z.string(),
  away: z.string(),
  tipAt: Instant,
  espnEventId: z.string(),
  nbaGameId: z.string(),
  marketTickers: z.array(Ticker),
  reconstructed: z.array(z.string()),
  isNeutral: z.boolean().exactOptional(),
  marketsOpenAt: Instant.exactOptional(),
  lacks: z.array(z.string()).exactOptional(),
});

const FeeSchedule = z.strictObject({
  kind: z.enum(["quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees"]),
  multiplierMilli: whole.nonnegative(),
});
const FeeChange = FeeSchedule.extend({ at: Instant, seriesTicker: Ticker.exactOptional() });
const EventFeeChange = z.strictObject({
  eventTicker: Ticker,
  at: Instant,
  override: FeeSchedule.nullable(),
});

const Gap = z
  .strictObject({ from: Instant, to: Instant })
  .refine(({ from, to }) => from < to, "ends before it begins");

/** In sequence, and apart from each other: what is played lies between them. */
const Gaps = z
  .array(Gap)
  .refine(
    (gaps) => gaps.every(({ from }, index) => index === 0 || from > (gaps[index - 1]?.to ?? from)),
    "not in sequence, or not apart from each other",
  );

/** What every source says of itself. */
const source = {
  schemaVersion: z.literal(1),
  name: z.string().min(1),
  seed: z.null(),
  date: TradingDate,
  startAt: Instant,
  endAt: Instant,
  games: z.array(SlateGame),
  bitcoin: z.strictObject({ series: z.array(z.enum(BTC_SERIES)).min(1) }).exactOptional(),
  gaps: Gaps.exactOptional(),
  lacks: z.array(z.string()),
  isDerivedBook: z.boolean(),
  priceGrids: z.record(Ticker, z.enum(PRICE_GRID_NAMES)).exactOptional(),
  hasLatePrints: z.boolean().exactOptional(),
  feeChanges: z.array(FeeChange).exactOptional(),
  eventFeeChanges: z.array(EventFeeChange).exactOptional(),
  description: z.string(),
  origins: z.array(z.strictObject({ file: z.string(), sha256: Sha256 })),
};

const Manifest = z.strictObject({
  ...source,
  kind: z.literal("recording"),
  files: z.strictObject({ facts: Sha256, pastGames: Sha256 }),
});
/** The manifest of a night that is heard as it happens: kept beside its tape. */
export const LiveManifest = z.strictObject({ ...source, kind: z.literal("live") });
/** The manifest: what the recording is made of, where from, and the hashes of its own files. */
export const RecordingManifest = Manifest.refine(
  ({ games, bitcoin }) => games.length > 0 || bitcoin !== undefined,
  { path: ["games"], message: "none, and no Bitcoin either: nothing to play" },
);
/** A recording's manifest: a source's, and the hashes of the recording's own files. */
export type RecordingManifest = SourceManifest & {
  readonly files: { readonly facts: string; readonly pastGames: string };
};
