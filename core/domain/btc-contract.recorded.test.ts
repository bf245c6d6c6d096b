import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../test/recorded/data.ts";
import { required } from "./assert.ts";
import {
  btcMarketTicker,
  openBeforeClose,
  outcomeAt,
  parseBtcMarketTicker,
} from "./btc-contract.ts";
import { instant, parseDecimal, usdMicros } from "./units.ts";

const FILE = dataPath("kalshi-btc", "kxbtc15m_markets.public.csv");
const rows: Record<string, string>[] = parse(readFileSync(FILE), { columns: true });
const micros = (text: string | undefined): number => required(parseDecimal(text ?? "", 6), "usd");
const time = (text: string | undefined): number => Date.parse(text ?? "");

describe("the recorded quarter-hour markets", () => {
  it("are all 213 read from their tickers: open and close as the venue states them", () => {
    expect(rows).toHaveLength(213);
    for (const row of rows) {
      const ticker = row["market_ticker"] ?? "";
      const closeAt = instant(time(row["close_time_utc"]));
      const read = required(parseBtcMarketTicker(ticker), ticker);
      expect(read.key).toEqual({ series: "KXBTC15M", closes: [closeAt] });
      expect(openBeforeClose("KXBTC15M", closeAt)).toBe(time(row["open_time_utc"]));
      expect(btcMarketTicker("KXBTC15M", closeAt, { kind: "at-or-above", strike: null })).toBe(
        ticker,
      );
    }
  });

  it("resolve as recorded, all 208 that have a settlement value", () => {
    const settled = rows.filter((row) => row["settlement_price_usd"] !== "");
    expect(settled).toHaveLength(208);
    for (const row of settled) {
      const strike = usdMicros(micros(row["strike_usd"]));
      const value = usdMicros(micros(row["settlement_price_usd"]));
      expect(outcomeAt({ kind: "at-or-above", strike }, value)).toBe(row["result"]);
      expect(value >= strike ? "yes" : "no").toBe(row["result"]);
    }
  });

  it("have the last settlement value for their strike, where the markets follow each other", () => {
    const byOpen = new Map(rows.map((row) => [row["open_time_utc"], row["strike_usd"]]));
    const pairs = rows.filter(
      (row) => row["settlement_price_usd"] !== "" && byOpen.has(row["close_time_utc"]),
    );
    expect(pairs.length).toBeGreaterThan(100);
    for (const row of pairs) {
      expect(micros(byOpen.get(row["close_time_utc"]))).toBe(micros(row["settlement_price_usd"]));
    }
  });
});
