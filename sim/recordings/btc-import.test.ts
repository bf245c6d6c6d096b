import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fact } from "../facts.ts";
import { type BtcImportSummary, importBtc } from "./btc-import.ts";
import { openRecording } from "./reader.ts";

const TICKER = "KXBTC15M-26MAY110115-15";
const OPEN = Date.parse("2026-05-11T05:00:00Z");
const CLOSE = Date.parse("2026-05-11T05:15:00Z");
const MARKETS_HEAD =
  "market_ticker,open_time_utc,close_time_utc,strike_usd,settlement_price_usd,result";
const MARKET = `${TICKER},2026-05-11T05:00:00Z,2026-05-11T05:15:00Z,80000.00,80000.01,yes`;
const PLACES = [1, 2, 3, 4, 5];
const columns = (side: string, end: string): string[] =>
  PLACES.map((n) => `${side}_bid_${String(n)}_${end}`);
const BOOK_HEAD = [
  "ts_recv_utc,market_ticker,reason,seq",
  ...["yes", "no"].flatMap((side) => [...columns(side, "c"), ...columns(side, "qty")]),
].join(",");

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "btc-"));
  file("kxbtc15m_markets.public.csv", MARKETS_HEAD, MARKET);
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function file(name: string, ...lines: readonly string[]): void {
  const path = join(dir, "in", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\n`);
}

const iso = (second: number): string => new Date(OPEN + second * 1_000).toISOString();
const nanos = (second: number): number => (OPEN + second * 1_000) * 1_000_000;

/** A row of best bids, in cents; each of 10 contracts. */
function bookRow(second: number, yes: readonly number[], no: readonly number[]): string {
  const five = (side: readonly number[], of: (cents: number) => number): string =>
    PLACES.map((_, index) => {
      const cents = side[index];
      return cents === undefined ? "" : String(of(cents));
    }).join(",");
  const sides = [yes, no].map((side) => `${five(side, (c) => c)},${five(side, () => 10)}`);
  return [iso(second), TICKER, "native_periodic", "1", ...sides].join(",");
}

function ticker(second: number, bid: string, ask: string, volume: string, skewMs = 0): string {
  return JSON.stringify({
    recv_ns: nanos(second),
    type: "ticker",
    msg: {
      market_ticker: TICKER,
      ts_ms: OPEN + second * 1_000 + skewMs,
      yes_bid_dollars: bid,
      yes_ask_dollars: ask,
      yes_bid_size_fp: "7.00",
      yes_ask_size_fp: "8.00",
      price_dollars: bid,
      last_trade_size_fp: "2.00",
      volume_fp: volume,
    },
  });
}

function streamLine(second: number, type: string, msg: object, seq?: number): string {
  return JSON.stringify({
    recv_ns: nanos(second),
    type,
    ...(seq !== undefined && { seq }),
    msg: { market_ticker: TICKER, ...msg },
  });
}

function delta(second: number, seq: number, change: string, price = "0.0910"): string {
  const msg = { price_dollars: price, delta_fp: change, side: "yes" };
  return streamLine(second, "orderbook_delta", msg, seq);
}

const SNAPSHOT = { yes_dollars_fp: [["0.0910", "5.00"]], no_dollars_fp: [["0.9060", "3.00"]] };
const WATCH_OTHER = { close_time: "2026-05-11T05:15:00Z", strike: 80001 };
const STREAM = `ws_raw/${TICKER}.public.jsonl`;

function run(): Promise<BtcImportSummary> {
  return importBtc({ dir: join(dir, "in"), out: join(dir, "out") });
}

async function played(): Promise<readonly Fact[]> {
  await run();
  const facts: Fact[] = [];
  for await (const fact of (await openRecording(join(dir, "out"))).facts()) facts.push(fact);
  return facts;
}

/** The bids and asks shown after each fact that changes them, as `bid@size/ask@size` in dollars. */
function shown(facts: readonly Fact[]): readonly (readonly [second: number, book: string])[] {
  const sides = { yes: new Map<number, number>(), no: new Map<number, number>() };
  const after = new Map<number, string>();
  for (const fact of facts) {
    if (fact.kind !== "level") continue;
    if (fact.size === 0) sides[fact.outcome].delete(fact.price);
    else sides[fact.outcome].set(fact.price, fact.size);
    const bids = [...sides.yes].sort(([a], [b]) => b - a).map(([p, n]) => `${p / 1e6}@${n / 100}`);
    const asks = [...sides.no]
      .sort(([a], [b]) => b - a)
      .map(([p, n]) => `${(1e6 - p) / 1e6}@${n / 100}`);
    after.set((fact.receivedAt - OPEN) / 1_000, `${bids.join(" ")} / ${asks.join(" ")}`);
  }
  return [...after];
}

describe("the life of a market", () => {
  it("is told when it happens: no strike before the open, no result before the close", async () => {
    file("kxbtc15m_book_1s.public.csv", BOOK_HEAD, bookRow(60, [50], [49]));
    const life = (await played()).filter(({ kind }) => kind !== "level");
    expect(life).toMatchObject([
      { kind: "listing", floorStrike: null, openAt: OPEN, closeAt: CLOSE },
      { kind: "market-status", status: "active", result: null, receivedAt: OPEN },
      { kind: "bounds", floorStrike: 80_000_000_000, receivedAt: OPEN },
      { kind: "market-status", status: "closed", result: null, receivedAt: CLOSE },
      {
        kind: "market-status",
        status: "determined",
        result: "yes",
        settlementValue: 1_000_000,
        expirationValue: 80_000_010_000,
        receivedAt: CLOSE + 6_000,
      },
      { kind: "market-status", status: "finalized", result: "yes", receivedAt: CLOSE + 7_000 },
    ]);
    expect(life[0]?.receivedAt).toBe(OPEN - 15 * 60_000);
  });

  it("ends with the close where the file has no result, and counts as unsettled", async () => {
    file("kxbtc15m_markets.public.csv", MARKETS_HEAD, MARKET.replace("80000.01,yes", ","));
    file("kxbtc15m_book_1s.public.csv", BOOK_HEAD, bookRow(60, [50], [49]));
    expect((await run()).unsettled).toBe(1);
    const facts = await played();
    expect(facts.filter((fact) => "result" in fact && fact.result !== null)).toEqual([]);
    expect(facts.at(-1)).toMatchObject({ kind: "market-status", status: "closed" });
  });

  it.each([
    ["a result against settlement and strike", MARKET.replace(",yes", ",no"), "result"],
    ["a close before the open", MARKET.replace("05:15", "04:45"), "close_time_utc"],
    ["another close than its ticker's", MARKET.replace("05:15", "05:30"), "close_time_utc"],
    ["a time without a zone", MARKET.replace("05:00:00Z", "05:00:00"), "open_time_utc"],
    ["a strike that is no number", MARKET.replace("80000.00", "80k"), "strike_usd"],
    ["a market of another series", MARKET.replace("KXBTC15M", "KXBTCD"), "market_ticker"],
  ])("is refused with line and column: %s", async (_what, row, reason) => {
    file("kxbtc15m_markets.public.csv", MARKETS_HEAD, row);
    await expect(run()).rejects.toThrow(`kxbtc15m_markets.public.csv line 2: ${reason}`);
  });

  it("is refused when two files tell it, or the columns are others", async () => {
    file("kxbtc15m_markets.heldout.csv", MARKETS_HEAD, MARKET);
    await expect(run()).rejects.toThrow("line 2: market_ticker: ");
    file("kxbtc15m_markets.heldout.csv", "ticker,open", `${TICKER},1`);
    await expect(run()).rejects.toThrow("kxbtc15m_markets.heldout.csv line 2: market_ticker");
  });
});

describe("a book", () => {
  it("of the stream is exact, and goes before what is told of it by others", async () => {
    file(
      STREAM,
      streamLine(20, "watch_market", { close_time: "2026-05-11T05:15:00Z", strike: 80000 }),
      streamLine(20, "orderbook_snapshot", SNAPSHOT, 1),
      delta(21, 2, "-1.50"),
      delta(22, 3, "-3.50"),
    );
    file("kxbtc15m_book_1s.public.csv", BOOK_HEAD, bookRow(21.5, [30], [60]));
    const summary = await run();
    expect(summary.sources).toEqual({ stream: 1 });
    expect(shown(await played())).toEqual([
      [20, "0.091@5 / 0.094@3"],
      [21, "0.091@3.5 / 0.094@3"],
      [22, " / 0.094@3"],
      [82, " / "],
    ]);
  });

  it("in whole cents gives way to the ticker where whole cents are a rounding", async () => {
    file(
      "kxbtc15m_book_1s.public.csv",
      BOOK_HEAD,
      bookRow(10, [11], [88]),
      bookRow(11, [9], [91]),
      bookRow(13, [12], [87]),
    );
    file(
      "kxbtc15m_ticker_ws.public.jsonl",
      ticker(10.5, "0.1100", "0.1200", "1.00"),
      ticker(12, "0.0910", "0.0940", "1.00"),
    );
    expect(shown(await played())).toEqual([
      [10, "0.11@10 / 0.12@10"],
      [12, "0.091@7 / 0.094@8"],
      [13, "0.12@10 / 0.13@10"],
      [73, " / "],
    ]);
  });

  it("in whole cents alone leaves out levels that meet, are 0 or 100, or cross", async () => {
    file(
      "kxbtc15m_book_1s.public.csv",
      BOOK_HEAD,
      bookRow(10, [9, 8], [91, 90]),
      bookRow(11, [54, 52], [47]),
      bookRow(12, [1, 0], [98]),
    );
    const { skipped } = await run();
    expect(skipped).toEqual([
      { what: "1", reason: "pair of book levels that whole cents make meet" },
      { what: "1", reason: "book row that is crossed" },
      { what: "1", reason: "book level that whole cents make 0 or 100" },
    ]);
    expect(shown(await played())).toEqual([
      [10, "0.08@10 / 0.1@10"],
      [12, "0.01@10 / 0.02@10"],
      [72, " / "],
    ]);
  });

  it("is emptied with the settlement, and what comes later is left out", async () => {
    file(
      "kxbtc15m_book_1s.public.csv",
      BOOK_HEAD,
      bookRow(899, [50], [49]),
      bookRow(907, [50], [49]),
    );
    expect(shown(await played()).at(-1)).toEqual([906, " / "]);
    expect((await run()).skipped).toEqual([{ what: "1", reason: "message after the settlement" }]);
  });

  it.each([
    ["a gap in the sequence", [delta(21, 3, "1.00")], 2, "seq: 3 after 1"],
    ["less than nothing", [delta(21, 2, "-6.00")], 2, "delta_fp"],
    ["another strike", [streamLine(21, "watch_market", WATCH_OTHER)], 2, "strike"],
    ["an unknown message", [streamLine(21, "hello", {})], 2, "type"],
    ["half a line", ['{"recv_ns":1'], 2, "not JSON"],
    ["a time that is none", [delta(-2_000_000_000, 2, "1.00")], 2, "recv_ns"],
    ["time that runs backwards", [delta(10, 2, "1.00")], 2, "received before"],
  ])("of the stream is refused with line and reason: %s", async (_what, lines, line, reason) => {
    file(STREAM, streamLine(20, "orderbook_snapshot", SNAPSHOT, 1), ...lines);
    await expect(run()).rejects.toThrow(`${TICKER}.public.jsonl line ${line}: ${reason}`);
    expect(readdirSync(dir)).toEqual(["in"]);
  });

  it.each([
    ["an unknown market", bookRow(10, [50], [49]).replace("0115-15", "0130-30"), "market_ticker"],
    ["a price that is none", bookRow(10, [50.5], [49]), "yes_bid_1_c"],
    ["levels out of sequence", bookRow(10, [50, 51], [49]), "yes_bid_2_c"],
    ["a time that is none", bookRow(10, [50], [49]).replace("2026", "soon"), "ts_recv_utc"],
  ])("in whole cents is refused with line and column: %s", async (_what, row, reason) => {
    file("kxbtc15m_book_1s.public.csv", BOOK_HEAD, row);
    await expect(run()).rejects.toThrow(`kxbtc15m_book_1s.public.csv line 2: ${reason}`);
  });
});

describe("what was printed", () => {
  it("is the rise of the volume, once, the last print at its price", async () => {
    const first = ticker(20, "0.5000", "0.5100", "100.00");
    const second = ticker(21, "0.5000", "0.5100", "105.00");
    // The other source is behind: what it tells was told already.
    const late = ticker(22, "0.5000", "0.5100", "103.00");
    file("kxbtc15m_ticker_ws.public.jsonl", first, late);
    file(STREAM, streamLine(19, "orderbook_snapshot", SNAPSHOT, 1), first, second);
    const prints = (await played()).filter(({ kind }) => kind === "trade" || kind === "volume");
    expect(prints).toHaveLength(2);
    expect(prints).toMatchObject([
      { kind: "volume", count: 300 },
      { kind: "trade", count: 200, price: 500_000, takerSide: null },
    ]);
  });

  it("is refused when its volume falls", async () => {
    const lines = [ticker(1, "0.5", "0.6", "9.00"), ticker(2, "0.5", "0.6", "8.00")];
    file("kxbtc15m_ticker_ws.public.jsonl", ...lines);
    await expect(run()).rejects.toThrow("kxbtc15m_ticker_ws.public.jsonl line 2: volume_fp");
  });
});

describe("time", () => {
  const SPOT_HEAD = "exchange_ts_utc,recv_ts_utc,trade_id,price_usd";

  it("is moved by what the recorder's clock was behind, the same for all", async () => {
    file(
      "coinbase_btcusd_matches.csv",
      SPOT_HEAD,
      `${iso(10.25)},${iso(10)},1,80000.5`,
      `${iso(11)},${iso(12)},2,80001`,
    );
    file("kxbtc15m_book_1s.csv", BOOK_HEAD, bookRow(11, [50], [49]));
    const facts = await played();
    const times = facts
      .filter(({ kind }) => kind === "level" || kind === "spot-trade")
      .map(({ receivedAt, sourceTime }) => [receivedAt - OPEN, sourceTime - OPEN]);
    expect(times.slice(0, 4)).toEqual([
      [10_250, 10_250],
      [11_250, 11_250],
      [11_250, 11_250],
      [12_250, 11_000],
    ]);
  });

  it("leaps over silence once it has lasted a minute", async () => {
    file("coinbase_btcusd_matches.csv", SPOT_HEAD, `${iso(10)},${iso(10)},1,80000.5`);
    file(
      "kxbtc15m_book_1s.csv",
      BOOK_HEAD,
      bookRow(70, [50], [49]),
      bookRow(200, [50], [49]),
      bookRow(907, [50], [49]),
    );
    const { manifest } = await run();
    const gaps = manifest.gaps?.map(({ from, to }) => [from - OPEN, to - OPEN]);
    expect(gaps).toEqual([
      // Listed a quarter of an hour before the open, and nothing heard until ten seconds after it.
      [-900_000, 10_000],
      [130_000, 200_000],
      [260_000, 907_000],
    ]);
  });

  it("of a candle is the end of its minute, and one that may be unfinished is left out", async () => {
    file("kxbtc15m_book_1s.csv", BOOK_HEAD, bookRow(70, [50], [49]));
    const candle = (minute: number): string => `${iso(minute * 60)},2,3,1,2,0.5`;
    file(
      "coinbase_btcusd_1m.csv",
      "ts_utc,open,high,low,close,volume_btc",
      ...[0, 1, 3, 4].map(candle),
    );
    const candles = (await played()).filter(({ kind }) => kind === "spot-candle");
    expect(candles.map(({ receivedAt }) => receivedAt - OPEN)).toEqual([60_000, 240_000]);
    expect(candles[0]).toMatchObject({ openAt: OPEN, close: 2_000_000, volume: 0.5 });
  });
});

describe("a folder", () => {
  it("of polls alone is played without sizes, strikes and results", async () => {
    rmSync(join(dir, "in"), { recursive: true });
    const row = (second: number, bid: string): string =>
      `${iso(second)},80000.25,${TICKER},2026-05-11T05:15:00Z,${bid},0.52,${String(100 + second)}`;
    file(
      "kxbtc15m_30s_2026-02-02.public.csv",
      "ts_utc,brti_proxy_usd,market_ticker,close_time_utc,yes_bid,yes_ask,volume_contracts",
      row(0, "0.0"),
      row(30, "0.5"),
    );
    const told = (await played()).filter(({ receivedAt }) => receivedAt < OPEN + 60_000);
    expect(told.slice(2)).toMatchObject([
      // A mean of three markets stands for the index: it is a spot whose basis is unknown, not the index.
      { kind: "spot-trade", price: 80_000_250_000 },
      { kind: "quote", bid: null, ask: 520_000, bidSize: null },
      { kind: "spot-trade" },
      { kind: "volume", count: 3_000 },
      { kind: "quote", bid: 500_000, ask: 520_000 },
    ]);
    expect(told.map(({ kind }) => kind)).not.toContain("index-value");
    expect((await run()).manifest.lacks).toContain("sizes");
  });

  it("without markets or without a message is refused", async () => {
    await expect(run()).rejects.toThrow("holds no message");
    rmSync(join(dir, "in", "kxbtc15m_markets.public.csv"));
    await expect(run()).rejects.toThrow("holds no kxbtc15m_markets file");
    file("kxbtc15m_markets.csv.gz", "not zipped");
    await expect(run()).rejects.toThrow("kxbtc15m_markets.csv.gz: incorrect header check");
    rmSync(join(dir, "in", "kxbtc15m_markets.csv.gz"));
    file("kxbtc15m_markets.csv", MARKETS_HEAD, MARKET);
    file("kxbtc15m_ticker_ws.jsonl.gz", "not zipped");
    await expect(run()).rejects.toThrow("kxbtc15m_ticker_ws.jsonl.gz: incorrect header check");
  });
});

describe("the manifest of a recording", () => {
  const minute = (from: number, to: number) => ({ from: from * 60_000, to: to * 60_000 });

  it.each([
    ["neither games nor Bitcoin", { bitcoin: undefined }, "games: none"],
    ["a Bitcoin series that is none", { bitcoin: { series: ["KXETH"] } }, "bitcoin.series.0"],
    ["a gap that ends before it begins", { gaps: [minute(2, 1)] }, "gaps.0: ends before"],
    ["gaps that touch", { gaps: [minute(1, 2), minute(2, 3)] }, "gaps: not in sequence"],
    ["gaps out of sequence", { gaps: [minute(5, 6), minute(1, 2)] }, "gaps: not in sequence"],
  ])("is refused with %s", async (_what, change, reason) => {
    file("kxbtc15m_book_1s.public.csv", BOOK_HEAD, bookRow(60, [50], [49]));
    await run();
    const path = join(dir, "out", "manifest.json");
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify(Object.assign({}, manifest, change)));
    await expect(openRecording(join(dir, "out"))).rejects.toThrow(`manifest.json: ${reason}`);
  });
});
