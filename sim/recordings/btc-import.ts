import { basename } from "node:path";
import { easternDate } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact, SourceManifest } from "../facts.ts";
import { readBookRows } from "./btc-book-file.ts";
import { type BtcFolder, findBtcFiles } from "./btc-folder.ts";
import { type BtcMarket, lifeOf } from "./btc-market.ts";
import { readBtcMarkets, readPolledMarkets } from "./btc-markets-file.ts";
import { mergeByTime } from "./btc-merge.ts";
import { type BtcMessage, Desk } from "./btc-messages.ts";
import { readPolls } from "./btc-polls-file.ts";
import { readRestBooks } from "./btc-rest-books-file.ts";
import type { ShownSource } from "./btc-shown-book.ts";
import { readSpotCandles, readSpotTrades } from "./btc-spot-files.ts";
import { readStream } from "./btc-stream-file.ts";
import { BtcTape } from "./btc-tape.ts";
import { readTickerLines } from "./btc-ticker-file.ts";
import type { Skipped } from "./game.ts";
import { originsOf } from "./hash.ts";
import type { ImportSummary } from "./import.ts";
import { refuse } from "./refusal.ts";
import { streamRecording } from "./writer.ts";

const MINUTE_MS = 60_000;
/** Candles of this long before the first market are kept: volatility needs a past. */
const WARM_UP_MS = 60 * MINUTE_MS;
const AFTER_LAST_MS = MINUTE_MS;

/** Which folder to import, and where to. */
export interface BtcImportOptions {
  readonly dir: string;
  readonly out: string;
}

/** What was written of Bitcoin. */
export interface BtcImportSummary extends ImportSummary {
  readonly markets: number;
  /** Markets that have no result in their file: they stay closed. */
  readonly unsettled: number;
  /** Markets by the best source of their books; `none` where there is none. */
  readonly sources: Readonly<Partial<Record<ShownSource | "none", number>>>;
}

/** When a recording plays, and by how much its receive times are moved. */
interface Frame {
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly behindMs: number;
}

/**
 * Turns a folder of recorded quarter-hour Bitcoin markets into a recording. Every file is read
 * twice: first for its times and for what is wrong in it, then to be written, one message of each
 * file in memory at a time.
 *
 * @throws TradingError RECORDING_INVALID naming file, line and reason.
 */
export async function importBtc(options: BtcImportOptions): Promise<BtcImportSummary> {
  const { folder, skipped } = await findBtcFiles(options.dir);
  const markets =
    folder.polls.length > 0
      ? await readPolledMarkets(folder.polls)
      : await readBtcMarkets(folder.markets);
  const frame = await survey(folder, markets, options.dir);
  const desk = new Desk(markets);
  const tape = new BtcTape(desk, frame.behindMs, frame.startAt);
  let facts = 0;
  const counted = async function* (): AsyncGenerator<Fact> {
    for await (const fact of factsOf(folder, desk, tape, frame)) {
      facts += 1;
      yield fact;
    }
  };
  const origins = await originsOf(Object.values(folder).flat());
  const manifest = (): SourceManifest => ({
    schemaVersion: 1,
    kind: "recording",
    name: `recording:${basename(options.out)}`,
    seed: null,
    date: easternDate(frame.startAt),
    startAt: frame.startAt,
    endAt: frame.endAt,
    games: [],
    bitcoin: { series: ["KXBTC15M"] },
    gaps: tape.gaps,
    lacks: lacksOf(folder),
    isDerivedBook: false,
    description: describe(folder, frame, desk.dropped),
    origins,
  });
  const written = await streamRecording(options.out, { facts: counted(), pastGames: [], manifest });
  return {
    dir: options.out,
    manifest: written,
    facts,
    pastGames: 0,
    skipped: [...skipped, ...desk.dropped],
    markets: markets.size,
    unsettled: [...markets.values()].filter(({ result }) => result === null).length,
    sources: sourcesOf(markets, tape),
  };
}

/** Reads everything once, so that what is wrong is refused before anything is written. */
async function survey(
  folder: BtcFolder,
  markets: ReadonlyMap<string, BtcMarket>,
  dir: string,
): Promise<Frame> {
  const desk = new Desk(markets);
  let [first, last, behindMs] = [Infinity, -Infinity, 0];
  for await (const { at, sourceAt } of messagesOf(folder, desk)) {
    first = Math.min(first, at);
    last = at;
    if (sourceAt !== null) behindMs = Math.max(behindMs, sourceAt - at);
  }
  if (!Number.isFinite(first)) throw refuse(dir, null, "holds no message of a market or the spot");
  const life = [...markets.values()].flatMap(lifeOf).map(({ receivedAt }) => receivedAt);
  const begin = life.reduce((a, b) => Math.min(a, b), first + behindMs);
  const end = life.reduce((a, b) => Math.max(a, b), last + behindMs);
  let firstCandleAt = Infinity;
  for await (const { receivedAt } of candlesOf(folder, desk)) {
    if (receivedAt >= begin - WARM_UP_MS) firstCandleAt = Math.min(firstCandleAt, receivedAt);
  }
  return {
    startAt: instant(Math.min(begin, firstCandleAt)),
    endAt: instant(end + AFTER_LAST_MS),
    behindMs,
  };
}

/** All facts in sequence: at a tie the life of the markets first, then candles, then messages. */
function factsOf(folder: BtcFolder, desk: Desk, tape: BtcTape, frame: Frame): AsyncGenerator<Fact> {
  const life = [...desk.markets.values()]
    .flatMap(lifeOf)
    .sort((a, b) => a.receivedAt - b.receivedAt);
  const told = async function* (): AsyncGenerator<Fact> {
    for await (const message of messagesOf(folder, desk)) yield* tape.hear(message);
    yield* tape.end(frame.endAt);
  };
  const candles = async function* (): AsyncGenerator<Fact> {
    for await (const candle of candlesOf(folder, desk)) {
      if (candle.receivedAt >= frame.startAt && candle.receivedAt <= frame.endAt) yield candle;
      else desk.drop("candle outside the time of the markets");
    }
  };
  return mergeByTime<Fact>([life, candles(), told()], ({ receivedAt }) => receivedAt);
}

function messagesOf(folder: BtcFolder, desk: Desk): AsyncGenerator<BtcMessage> {
  const streams = [
    ...folder.streams.map((file) => readStream(file, desk)),
    ...folder.books.map((file) => readBookRows(file, desk)),
    ...folder.tickers.map((file) => readTickerLines(file, desk)),
    ...folder.restBooks.map((file) => readRestBooks(file, desk)),
    ...folder.trades.map((file) => readSpotTrades(file)),
    ...folder.polls.map((file) => readPolls(file, desk)),
  ];
  return mergeByTime(streams, ({ at }) => at);
}

/** A minute that two files tell is told once. */
async function* candlesOf(folder: BtcFolder, desk: Desk): ReturnType<typeof readSpotCandles> {
  const files = folder.candles.map((file) => readSpotCandles(file, desk));
  let lastAt = -Infinity;
  for await (const candle of mergeByTime(files, ({ receivedAt }) => receivedAt)) {
    if (candle.receivedAt <= lastAt) desk.drop("candle told before");
    else yield candle;
    lastAt = candle.receivedAt;
  }
}

function sourcesOf(
  markets: ReadonlyMap<string, BtcMarket>,
  tape: BtcTape,
): BtcImportSummary["sources"] {
  const counts: Partial<Record<ShownSource | "none", number>> = {};
  for (const ticker of markets.keys()) {
    const source = tape.bestSources.get(ticker) ?? "none";
    counts[source] = (counts[source] ?? 0) + 1;
  }
  return counts;
}

function lacksOf(folder: BtcFolder): readonly string[] {
  if (folder.polls.length > 0) return ["index", "sizes", "spot-trades", "strikes", "results"];
  return ["index", ...(folder.trades.length > 0 ? [] : ["spot-trades"])];
}

function describe(folder: BtcFolder, { behindMs }: Frame, dropped: readonly Skipped[]): string {
  const books =
    folder.polls.length > 0
      ? "Polled best prices, without sizes; the spot is a mean of three markets, not the index."
      : "Books of one source at a time: whole streams, else five levels a second in whole cents " +
        "(in the tails, where those are rounded, the ticker's prices), else the ticker, else " +
        "snapshots. What is printed comes from the ticker's volume; a candle is known at its end.";
  const clock =
    `Receive times are ${String(behindMs)} ms later than recorded, by which the recorder's clock ` +
    "was behind at most, so that nothing is received before it happened.";
  const gaps =
    "A market that nothing was heard of for 60 s shows an empty book; a gap begins when nothing " +
    "at all was heard for 60 s, and ends with the next message.";
  const left = dropped.map(({ what, reason }) => `${what} x ${reason}`).join("; ");
  return `${books} ${clock} ${gaps}${left === "" ? "" : ` Left out: ${left}.`}`;
}
