import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { BTC_NOW, contractOf, marketOf } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  openContracts,
  settleContracts,
  type ToldSettlement,
  unsettledContracts,
  upsertContracts,
  upsertKalshiMarkets,
} from "./btc-contracts.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());
let no = 0;
let ticker = "";
beforeEach(() => {
  no += 1;
  ticker = `KXBTC15M-26NOV2020${no}-T${no}`;
});

const HOUR_MS = 3_600_000;
const rowOf = (name: string) =>
  cloned.db
    .selectFrom("kalshi_contracts")
    .selectAll()
    .where("market_ticker", "=", name)
    .executeTakeFirstOrThrow();

function yes(name: string, changes: Partial<ToldSettlement> = {}): ToldSettlement {
  return {
    ticker: name,
    outcome: "yes",
    payout: usdMicros(1_000_000),
    settlementValue: usdMicros(80_500_120_000),
    settledAt: instant(BTC_NOW + HOUR_MS),
    ...changes,
  };
}

it("takes a strike that arrives late and never forgets it", async () => {
  const { db } = cloned;
  const unknown = contractOf(ticker, { floor_strike_micros: null, bounds_known_at: null });
  await upsertContracts(db, [unknown]);
  const knownAt = new Date(BTC_NOW + 2_000);
  await upsertContracts(db, [contractOf(ticker, { bounds_known_at: knownAt })]);
  await upsertContracts(db, [unknown]);
  await upsertContracts(db, [contractOf(ticker, { bounds_known_at: new Date(BTC_NOW + 9_000) })]);
  expect(await rowOf(ticker)).toMatchObject({
    floor_strike_micros: 80_000_000_000,
    bounds_known_at: knownAt,
  });
});

it("moves a close either way, and lists what is open by it", async () => {
  const { db } = cloned;
  const early = new Date(BTC_NOW + HOUR_MS / 2);
  await upsertContracts(db, [contractOf(ticker), contractOf(ticker)]);
  await upsertContracts(db, [contractOf(ticker, { close_at: early })]);
  const open = async (at: number) =>
    (await openContracts(db, "KXBTC15M", instant(at))).some((one) => one.market_ticker === ticker);
  expect(await open(early.getTime() - 1)).toBe(true);
  expect(await open(early.getTime())).toBe(false);
  expect(await open(BTC_NOW - 1)).toBe(false);
});

it("keeps what the venue said of a market last", async () => {
  const { db } = cloned;
  const at = (ms: number) => new Date(BTC_NOW + ms);
  await upsertKalshiMarkets(db, [marketOf(ticker)]);
  await upsertKalshiMarkets(db, [marketOf(ticker, { status: "closed", refreshed_at: at(2_000) })]);
  await upsertKalshiMarkets(db, [marketOf(ticker, { status: "active", refreshed_at: at(1_000) })]);
  const row = await db
    .selectFrom("kalshi_markets")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .executeTakeFirstOrThrow();
  expect(row).toMatchObject({ status: "closed", first_seen_at: at(0), refreshed_at: at(2_000) });
});

it("settles once, counts another result as a correction, and ignores an older word", async () => {
  const { db } = cloned;
  await upsertContracts(db, [contractOf(ticker)]);
  const none = { settled: [], corrected: [], unknown: [] };
  expect(await settleContracts(db, [yes(ticker), yes(ticker)])).toEqual({
    ...none,
    settled: [ticker],
  });
  expect(await settleContracts(db, [yes(ticker)])).toEqual(none);
  const payout = usdMicros(0);
  const older = instant(BTC_NOW + HOUR_MS - 1);
  const no = yes(ticker, { outcome: "no", payout });
  expect(await settleContracts(db, [{ ...no, settledAt: older }])).toEqual(none);
  expect((await rowOf(ticker)).corrections).toBe(0);
  const newer = instant(BTC_NOW + 2 * HOUR_MS);
  expect(await settleContracts(db, [{ ...no, settledAt: newer }])).toEqual({
    ...none,
    corrected: [ticker],
  });
  expect(await rowOf(ticker)).toMatchObject({
    outcome: "no",
    payout_micros: 0,
    corrections: 1,
    settled_ts: new Date(newer),
  });
});

it("adds an average that is told afterwards, which corrects nothing", async () => {
  const { db } = cloned;
  await upsertContracts(db, [contractOf(ticker)]);
  await settleContracts(db, [yes(ticker, { settlementValue: null })]);
  expect(await settleContracts(db, [yes(ticker)])).toMatchObject({ corrected: [] });
  await settleContracts(db, [yes(ticker, { settlementValue: null })]);
  expect(await rowOf(ticker)).toMatchObject({
    settlement_value_micros: 80_500_120_000,
    corrections: 0,
  });
});

it("settles scalars and voids, out of sequence, and says which tickers it does not know", async () => {
  const { db } = cloned;
  const other = `${ticker}X`;
  await upsertContracts(db, [
    contractOf(ticker),
    contractOf(other, { close_at: new Date(BTC_NOW + 2 * HOUR_MS) }),
  ]);
  const scalar = yes(other, { outcome: "scalar", payout: usdMicros(421_300) });
  const told = await settleContracts(db, [scalar, yes("KXBTC-NONE")]);
  expect(told).toEqual({ settled: [other], corrected: [], unknown: ["KXBTC-NONE"] });
  await settleContracts(db, [yes(ticker, { outcome: "void", payout: null })]);
  expect(await rowOf(ticker)).toMatchObject({ outcome: "void", payout_micros: null });
  expect(await rowOf(other)).toMatchObject({ outcome: "scalar", payout_micros: 421_300 });
});

it("finds what has closed and is not settled, from an instant on", async () => {
  const { db } = cloned;
  await upsertContracts(db, [contractOf(ticker)]);
  const closeAt = instant(BTC_NOW + HOUR_MS);
  const found = async (since: number | null, until: number) =>
    (
      await unsettledContracts(db, {
        since: since === null ? null : instant(since),
        until: instant(until),
      })
    ).some((one) => one.market_ticker === ticker);
  expect(await found(null, closeAt - 1)).toBe(false);
  expect(await found(null, closeAt)).toBe(true);
  expect(await found(closeAt + 1, closeAt + 2)).toBe(false);
  await settleContracts(db, [yes(ticker)]);
  expect(await found(null, closeAt)).toBe(false);
});
