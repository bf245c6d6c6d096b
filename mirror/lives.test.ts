import { expect, it } from "vitest";
import {
  DECI_CENT,
  gridNameOf,
  LINEAR_CENT,
  TAPERED_DECI_CENT,
} from "../core/domain/price-grid.ts";
import type { Market } from "../core/domain/market.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import { newsOfContract, newsOfStatus } from "./lives.ts";

const OPEN = Date.parse("2026-12-01T01:00:00Z");

function market(changes: Partial<Market> = {}): Market {
  return {
    ticker: "KXBTC15M-26NOV302015-15",
    eventTicker: "KXBTC15M-26NOV302015",
    yesTitle: "",
    status: "active",
    openAt: instant(OPEN),
    closeAt: instant(OPEN + 900_000),
    expectedExpirationAt: null,
    grid: TAPERED_DECI_CENT,
    exchangeIndex: 2,
    result: null,
    settlementValue: null,
    strikes: { strikeType: "greater_or_equal", floorStrike: null, capStrike: null },
    expirationValue: null,
    settledAt: null,
    ...changes,
  };
}

const kinds = (before: Market | null, now: Market): readonly string[] | undefined =>
  newsOfContract("KXBTC15M", before, now)?.map(({ kind }) => kind);

const strike = usdMicros(91_000_000_000);
const known = market({
  strikes: { strikeType: "greater_or_equal", floorStrike: strike, capStrike: null },
});

it("lists a market once, and then tells what changes: strike, close, status, result", () => {
  expect(kinds(null, market({ status: "initialized" }))).toEqual(["listing"]);
  expect(kinds(market(), market())).toEqual([]);
  expect(kinds(market(), known)).toEqual(["bounds"]);
  const early = { ...known, closeAt: instant(OPEN + 600_000) };
  expect(kinds(known, early)).toEqual(["close-moved"]);
  const closed = { ...known, status: "closed" } as const;
  expect(kinds(known, closed)).toEqual(["market-status"]);
  // Determined without a result says nothing that can be told.
  expect(kinds(closed, { ...known, status: "determined" })).toEqual([]);
});

it("tells a result with its value and the average behind it", () => {
  const final: Market = {
    ...known,
    status: "finalized",
    result: "yes",
    settlementValue: usdMicros(1_000_000),
    expirationValue: usdMicros(91_000_010_000),
  };
  expect(newsOfStatus(known, final)).toEqual([
    {
      kind: "market-status",
      marketTicker: known.ticker,
      status: "finalized",
      result: "yes",
      settlementValue: 1_000_000,
      expirationValue: 91_000_010_000,
    },
  ]);
  // A correction is told again, what is said again is not.
  expect(newsOfStatus(final, final)).toEqual([]);
  const corrected = { ...final, result: "no", settlementValue: usdMicros(0) } as const;
  expect(newsOfStatus(final, corrected)).toMatchObject([{ result: "no" }]);
});

it("tells no word that contradicts itself", () => {
  const scalar = { ...known, status: "finalized", result: "scalar" } as const;
  expect(newsOfStatus(known, scalar)).toEqual([]);
  const wrong = { ...known, status: "finalized", result: "no" } as const;
  expect(newsOfStatus(known, { ...wrong, settlementValue: usdMicros(1_000_000) })).toEqual([]);
});

it("lists no market whose prices or terms it does not know", () => {
  expect(kinds(null, market({ grid: [] }))).toBeUndefined();
  expect(kinds(null, market({ strikes: null }))).toBeUndefined();
  const grids = [LINEAR_CENT, TAPERED_DECI_CENT, DECI_CENT].map((grid) => gridNameOf(grid));
  expect(grids).toEqual(["linear_cent", "tapered_deci_cent", "deci_cent"]);
});
