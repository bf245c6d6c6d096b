import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Skipped } from "./game.ts";
import { refuse } from "./refusal.ts";

/** What the files of a folder hold, by their names; `.public`, `.heldout` or nothing before the ending. */
const NAMES = {
  markets: /^kxbtc15m_markets(\.\w+)?\.csv(\.gz)?$/,
  books: /^kxbtc15m_book_1s(\.\w+)?\.csv(\.gz)?$/,
  tickers: /^kxbtc15m_ticker_ws(\.\w+)?\.jsonl(\.gz)?$/,
  restBooks: /^kxbtc15m_rest_books(\.\w+)?\.jsonl(\.gz)?$/,
  trades: /^coinbase_btcusd_matches(\.\w+)?\.csv(\.gz)?$/,
  candles: /^coinbase_btcusd_1m(\.\w+)?\.csv(\.gz)?$/,
  polls: /^kxbtc15m_30s_[\d-]+(\.\w+)?\.csv(\.gz)?$/,
} as const;
const STREAMS = "ws_raw";
const STREAM = /^(KXBTC15M-\w+-\d\d)(\.\w+)?\.jsonl(\.gz)?$/;

/** One kind of file. */
type BtcFileKind = keyof typeof NAMES | "streams";

/** The files of a folder by kind, several of a kind in sequence of their names. */
export type BtcFolder = Readonly<Record<BtcFileKind, readonly string[]>>;

/**
 * Sorts the files of a folder. Polls are a period of their own, without strikes, results or the
 * spot: they are played alone where there is nothing else, and left out otherwise.
 *
 * @throws TradingError RECORDING_INVALID when the folder is not there, or holds no markets.
 */
export async function findBtcFiles(
  dir: string,
): Promise<{ readonly folder: BtcFolder; readonly skipped: readonly Skipped[] }> {
  const names = await namesIn(dir);
  const found = { ...empty(), streams: await streamsIn(dir, names) };
  const skipped: Skipped[] = [];
  for (const name of names) {
    const kind = kindOf(name);
    if (kind !== null) found[kind].push(join(dir, name));
    else if (name !== STREAMS) {
      skipped.push({ what: name, reason: "its name is none that is read" });
    }
  }
  if (found.markets.length > 0) {
    for (const path of found.polls) {
      skipped.push({
        what: basename(path),
        reason: "polls are played alone, in a folder of their own",
      });
    }
    return { folder: { ...found, polls: [] }, skipped };
  }
  if (found.polls.length > 0 && Object.values(found).flat().length === found.polls.length) {
    return { folder: found, skipped };
  }
  throw refuse(
    dir,
    null,
    "holds no kxbtc15m_markets file",
    `name the folder of the recorded files`,
  );
}

function empty(): Record<BtcFileKind, string[]> {
  return {
    markets: [],
    books: [],
    tickers: [],
    restBooks: [],
    trades: [],
    candles: [],
    polls: [],
    streams: [],
  };
}

function kindOf(name: string): keyof typeof NAMES | null {
  for (const [kind, pattern] of Object.entries(NAMES)) {
    // The keys of NAMES, which `entries` widens to strings.
    if (pattern.test(name)) return kind as keyof typeof NAMES;
  }
  return null;
}

async function streamsIn(dir: string, names: readonly string[]): Promise<string[]> {
  if (!names.includes(STREAMS)) return [];
  const folder = join(dir, STREAMS);
  const files = new Map<string, string>();
  for (const name of await namesIn(folder)) {
    const ticker = STREAM.exec(name)?.[1];
    const path = join(folder, name);
    if (ticker === undefined) throw refuse(path, null, "no file of a market's stream");
    if (files.has(ticker)) throw refuse(path, null, `a second stream of ${ticker}`);
    files.set(ticker, path);
  }
  return [...files.values()];
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch {
    throw refuse(dir, null, "no such folder", `check the path ${dir}`);
  }
}
