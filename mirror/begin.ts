import { setTimeout as sleep } from "node:timers/promises";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import { TradingError } from "../core/domain/errors.ts";
import { NBA_SERIES } from "../core/domain/ids.ts";
import type { TradingDate } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { Logger } from "../runtime/log.ts";
import type { FeeChange, SourceManifest } from "../sim/facts.ts";
import type { Lines } from "./access.ts";
import { readSlate, type Slate } from "./slate.ts";

/** What of the world outside is wished for. */
export interface LiveWish {
  /** Of the games, and of the run. */
  readonly date: TradingDate;
  /** Bitcoin series; none for games alone. */
  readonly series: readonly BtcSeries[];
  readonly hasGames: boolean;
  /** How long Bitcoin is heard, from now on; games until they are settled. */
  readonly hours: number;
}

/** What of a live night is known once it is looked at. */
type Found = Pick<SourceManifest, "startAt" | "endAt" | "games" | "lacks"> &
  Partial<Pick<SourceManifest, "priceGrids" | "feeChanges">>;

const HOUR_MS = 3_600_000;
/** From a game's tip to the venue's word on it, overtime included. */
const GAME_MS = 8 * HOUR_MS;
const NO_SLATE = { games: [], priceGrids: {} };
const LOOK_MS = 50;
/** How long the line to the venue is waited for, wall milliseconds. */
const STREAM_AWAITED_MS = 15_000;
/** How long the first word of the index is waited for, wall milliseconds: it comes every second. */
const INDEX_AWAITED_MS = 5_000;

/**
 * Looks at the world outside, and says what a night that begins now is made of.
 *
 * @throws TradingError VENUE_UNAVAILABLE when the stream does not open, and what reading the venue throws.
 */
export async function beginNight(
  wish: LiveWish,
  lines: Lines,
  log: Logger,
): Promise<SourceManifest> {
  const { date, series, hasGames, hours } = wish;
  await streamIsOpen(lines);
  const startAt = lines.clock.now();
  const slate = hasGames ? await slateOf(date, lines, log) : NO_SLATE;
  const { games, priceGrids } = slate;
  const hasIndex = series.length > 0 && (await indexComes(lines, log));
  const lacks = [
    ...(series.length > 0 && !hasIndex ? ["index"] : []),
    ...(games.length > 0 ? ["partner", "past-results"] : []),
  ];
  return liveManifest(wish, {
    startAt,
    endAt: instant(
      Math.max(
        series.length > 0 ? startAt + hours * HOUR_MS : startAt,
        ...games.map(({ tipAt }) => tipAt + GAME_MS),
      ),
    ),
    games,
    lacks,
    priceGrids,
    feeChanges: await feesOf(
      [...series, ...(games.length > 0 ? [NBA_SERIES] : [])],
      lines,
      startAt,
    ),
  });
}

/** The manifest of a live night of what is wished for. */
export function liveManifest(
  { date, series }: Pick<LiveWish, "date" | "series">,
  found: Found,
): SourceManifest {
  return {
    schemaVersion: 1,
    kind: "live",
    name: "live",
    seed: null,
    date,
    ...(series.length > 0 && { bitcoin: { series } }),
    isDerivedBook: false,
    hasLatePrints: true,
    description: "The venue's books and prints, and the feeds, as they come.",
    origins: [],
    ...found,
  };
}

/** @throws TradingError VENUE_REFUSED when no game of that date is traded and told of by a feed without a doubt. */
async function slateOf(date: TradingDate, lines: Lines, log: Logger): Promise<Slate> {
  const { marketData, espn, nba } = lines;
  const slate = await readSlate({ date, marketData, espn, nba, log });
  if (slate.games.length === 0) {
    throw new TradingError("VENUE_REFUSED", {
      reason: `the venue trades no game of ${date} that a feed shows as well, without a doubt`,
      nextStep: "name a date with games: --date; the log says which were left out, and why",
    });
  }
  if (slate.isIncomplete) log.warn({ date }, "a feed does not show every game");
  return slate;
}

async function streamIsOpen({ stream, addresses }: Lines): Promise<void> {
  if (await comes(() => stream.health().isOpen, STREAM_AWAITED_MS)) return;
  throw new TradingError("VENUE_UNAVAILABLE", {
    url: addresses.kalshi.stream,
    reason: `the stream did not open within ${STREAM_AWAITED_MS / 1_000} s`,
    nextStep: "look at the log of the exchange; check the key and that it may read",
  });
}

/** Whether the settlement index comes with this key. */
async function indexComes({ stream }: Lines, log: Logger): Promise<boolean> {
  let heard = 0;
  const end = stream.onIndex(() => {
    heard += 1;
  });
  await comes(() => heard > 0 || stream.indexAbsentBecause() !== null, INDEX_AWAITED_MS);
  end();
  if (heard === 0) log.warn({ reason: stream.indexAbsentBecause() ?? "it is silent" }, "no index");
  return heard > 0;
}

/** What the series charge now, by an event of each. */
async function feesOf(
  series: readonly string[],
  { marketData }: Lines,
  at: Instant,
): Promise<readonly FeeChange[]> {
  const changes: FeeChange[] = [];
  for (const seriesTicker of series) {
    const [first] = await marketData.markets({ seriesTicker, status: "open" });
    if (first === undefined) continue;
    changes.push({
      seriesTicker,
      at,
      ...(await marketData.feeSchedule(seriesTicker, first.eventTicker)),
    });
  }
  return changes;
}

async function comes(isThere: () => boolean, patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (!isThere()) {
    if (performance.now() > until) return false;
    await sleep(LOOK_MS);
  }
  return true;
}
