import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { outcomeAt } from "../../core/domain/btc-contract.ts";
import type { UsdMicros } from "../../core/domain/units.ts";
import { dataPath, linesOf } from "../../test/recorded/data.ts";
import type { Fact } from "../facts.ts";
import { type BtcImportSummary, importBtc } from "./btc-import.ts";
import { BtcSummary } from "./btc-summary.ts";
import { openRecording } from "./reader.ts";

const FOLDER = dataPath("kalshi-btc");
const MARKETS = join(FOLDER, "kxbtc15m_markets.public.csv");
/** Reading the days twice, writing and reading them again. */
const IMPORT_TIMEOUT_MS = 240_000;
const LOST_AFTER_MS = 60_000;
/** Left out as crossed, and so not heard. */
const CROSSED_ROW = 4_612;

type Told<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;
interface Life {
  readonly listing: Told<"listing">;
  bounds: Told<"bounds"> | null;
  readonly statuses: Told<"market-status">[];
}

/** What a fold over a million facts keeps: they are not held. */
interface Seen {
  readonly lives: Map<string, Life>;
  readonly kinds: Map<string, number>;
  readonly early: Fact[];
  readonly outsideLife: Fact[];
  readonly stillShown: Map<string, number>;
  readonly summary: BtcSummary;
}

let dir = "";
let imported: BtcImportSummary;
let seen: Seen;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "recorded-btc-"));
  imported = await importBtc({ dir: FOLDER, out: join(dir, "days") });
  seen = await fold(join(dir, "days"));
}, IMPORT_TIMEOUT_MS);
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function fold(recording: string): Promise<Seen> {
  const found: Seen = {
    lives: new Map(),
    kinds: new Map(),
    early: [],
    outsideLife: [],
    stillShown: new Map(),
    summary: new BtcSummary(),
  };
  for await (const fact of (await openRecording(recording)).facts()) {
    found.kinds.set(fact.kind, (found.kinds.get(fact.kind) ?? 0) + 1);
    found.summary.add(fact);
    if (fact.receivedAt < fact.sourceTime) found.early.push(fact);
    note(found, fact);
  }
  return found;
}

function note(found: Seen, fact: Fact): void {
  if (fact.kind === "listing") {
    found.lives.set(fact.marketTicker, { listing: fact, bounds: null, statuses: [] });
    return;
  }
  if (!("marketTicker" in fact)) return;
  const life = required(found.lives.get(fact.marketTicker), "a listing before anything else");
  if (fact.kind === "bounds") life.bounds = fact;
  else if (fact.kind === "market-status") life.statuses.push(fact);
  else {
    const { openAt, closeAt } = life.listing;
    const isInside = fact.receivedAt >= openAt && fact.receivedAt <= closeAt + 6_000;
    if (!isInside) found.outsideLife.push(fact);
  }
  if (fact.kind !== "level") return;
  const key = `${fact.marketTicker} ${fact.outcome} ${String(fact.price)}`;
  if (fact.size === 0) found.stillShown.delete(key);
  else found.stillShown.set(key, fact.size);
}

/** When each message was received, straight from the files; milliseconds. */
function recordedTimes(): number[] {
  const columns = (name: string, column: number): number[] =>
    linesOf(join(FOLDER, name))
      .slice(1)
      .map((line) => Date.parse(line.split(",")[column] ?? ""));
  const streams = readdirSync(join(FOLDER, "ws_raw")).map((name) => join("ws_raw", name));
  const nanos = ["kxbtc15m_ticker_ws.public.jsonl.gz", ...streams].flatMap((name) =>
    linesOf(join(FOLDER, name)).flatMap((line) => {
      const [, time] = /"recv_ns":(\d{13})\d{6},"type":"(orderbook|ticker)/.exec(line) ?? [];
      return time === undefined ? [] : [Number(time)];
    }),
  );
  const asked = linesOf(join(FOLDER, "kxbtc15m_rest_books.public.jsonl.gz")).map((line) =>
    Date.parse(/"ts_utc":"([^"]+)"/.exec(line)?.[1] ?? ""),
  );
  return [
    ...columns("kxbtc15m_book_1s.public.csv.gz", 0).filter((_, row) => row !== CROSSED_ROW),
    ...columns("coinbase_btcusd_matches.public.csv.gz", 1),
    ...nanos,
    ...asked,
  ];
}

describe("the recorded days of May 2026", () => {
  it("have 213 markets, each with the strike and result of the markets file", () => {
    const rows: Record<string, string>[] = parse(readFileSync(MARKETS), { columns: true });
    expect(imported).toMatchObject({ markets: 213, unsettled: 0 });
    expect(seen.lives.size).toBe(213);
    for (const row of rows) {
      const life = required(seen.lives.get(row["market_ticker"] ?? ""), "its life");
      expect(life.bounds?.floorStrike).toBe(Math.round(Number(row["strike_usd"]) * 1e6));
      expect(life.statuses.at(-1)).toMatchObject({ status: "finalized", result: row["result"] });
    }
  });

  it("settle as their strikes say, all 208 that have a settlement value", () => {
    const settled = [...seen.lives.values()].flatMap(({ bounds, statuses }) => {
      const end = required(statuses.at(-1), "a settlement");
      const value: UsdMicros | null = end.expirationValue ?? null;
      const strike = bounds?.floorStrike ?? null;
      return value !== null && strike !== null ? [{ value, strike, result: end.result }] : [];
    });
    expect(settled).toHaveLength(208);
    for (const { value, strike, result } of settled) {
      expect(outcomeAt({ kind: "at-or-above", strike }, value)).toBe(result);
      expect(value >= strike ? "yes" : "no").toBe(result);
    }
  });

  it("know nothing early", () => {
    expect(seen.early).toEqual([]);
    expect(seen.outsideLife).toEqual([]);
    for (const { listing, bounds, statuses } of seen.lives.values()) {
      expect(listing.floorStrike).toBeNull();
      expect(required(bounds, "a strike").receivedAt).toBeGreaterThanOrEqual(listing.openAt);
      for (const { result, expirationValue, receivedAt } of statuses) {
        if (result !== null) expect(receivedAt).toBeGreaterThan(listing.closeAt);
        else expect(expirationValue ?? null).toBeNull();
      }
    }
  });

  it("show each market from the best source it has, and no book for ever", () => {
    // Six whole streams; 99 of the 100 other markets of the second-by-second file (one of them was
    // recorded after its close alone), four of which only ever in a tail; the rest by snapshots.
    expect(imported.sources).toEqual({ stream: 6, book: 95, ticker: 4, rest: 108 });
    expect([...seen.stillShown]).toEqual([]);
    // One row is crossed, and only one is left out for it.
    expect(imported.skipped).toContainEqual({ what: "1", reason: "book row that is crossed" });
  });

  it("hold every trade of the spot once, and every finished candle", () => {
    expect(seen.kinds.get("spot-trade")).toBe(126_672);
    // Of 4,060 minutes the last before each of two gaps, and the last of all, may be unfinished.
    expect(seen.kinds.get("spot-candle")).toBe(4_057);
  });

  it("have gaps where nothing was heard for a minute, and nowhere else", () => {
    const { gaps = [], startAt, endAt } = imported.manifest;
    // The recorder's clock was at most 258 ms behind, and all times are that much later.
    const times = recordedTimes().map((ms) => ms + 258);
    const silent = [startAt - LOST_AFTER_MS, ...times.sort((a, b) => a - b), endAt];
    const expected = silent.flatMap((to, index) => {
      const from = (silent[index - 1] ?? to) + LOST_AFTER_MS;
      return to > from ? [{ from, to }] : [];
    });
    expect(gaps).toEqual(expected);
    expect(gaps.length).toBeGreaterThan(100);
  });

  it("let about as many contracts be compared at each horizon as were recorded there", () => {
    const quoted = seen.summary.horizons.map(({ minutesToClose, quoted }) => [
      minutesToClose,
      quoted,
    ]);
    for (const [minutes, count] of quoted) {
      // Second by second alone: 74, 70, 75 and 73 contracts; snapshots add to that.
      expect(count, `T-${String(minutes)}`).toBeGreaterThanOrEqual(69);
      expect(count, `T-${String(minutes)}`).toBeLessThan(120);
    }
  });
});
