import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Instant, instant, usdMicros } from "../../core/domain/units.ts";
import { createLogger } from "../../runtime/log.ts";
import { settleContracts, upsertContracts } from "../../schema/queries/btc-contracts.ts";
import { recordGap } from "../../schema/queries/btc-gaps.ts";
import { errorRates, loopsOf } from "../../schema/queries/btc-loops.ts";
import { spotStaleness } from "../../schema/queries/btc-spot-spells.ts";
import { BTC_NOW, contractOf, cycleOf, TICKERS, writeCycle } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import type { AlarmBook } from "../alarm-book.ts";
import { type BtcHealth, createBtcHealth } from "./health.ts";

const SECOND = 1_000;
const HOUR_MS = 3_600_000;

let clone: ClonedDatabase;
beforeAll(async () => {
  clone = await cloneDatabase();
  await upsertContracts(
    clone.db,
    TICKERS.map((ticker) => contractOf(ticker)),
  );
});
afterAll(() => clone.drop());

let now: Instant;
let wallMs: number;
/** Happens before the rows are asked for. */
let onWall: () => void;
let open: Map<string, string>;
let health: BtcHealth;
beforeEach(() => {
  now = BTC_NOW;
  wallMs = 0;
  onWall = () => undefined;
  open = new Map();
});

/** Alarms as they stand, by code and field. */
const alarms: AlarmBook = {
  raise: ({ code, field, message }) => void open.set(`${code}/${field ?? ""}`, message),
  clear: ({ code, field }) => void open.delete(`${code}/${field ?? ""}`),
  flush: () => Promise.resolve(),
};

async function at(ms: number, use: () => Promise<void>): Promise<void> {
  now = instant(BTC_NOW + ms);
  await use();
}

/** With a clock of speed 1 and no patience of the wall: what counts is the run's time. */
async function withHealth(use: () => Promise<void>): Promise<void> {
  health = createBtcHealth({
    db: clone.db,
    alarms,
    clock: { now: () => now, speed: 1 },
    mode: "shadow",
    log: createLogger({ level: "silent", service: "test" }),
    limits: { leastWallMs: 0 },
    wallMs: () => {
      onWall();
      return wallMs;
    },
  });
  await use().finally(() => health.stop());
}

it("writes beats, counts errors by class, and takes no error for a sign of life", () =>
  withHealth(async () => {
    health.beat("watch", "KXBTC");
    health.error("upkeep", "KXBTC", "VENUE_UNAVAILABLE");
    health.error("upkeep", "KXBTC", "VENUE_UNAVAILABLE");
    await health.look();
    health.error("upkeep", "KXBTC", "WIRE_INVALID");
    await health.look();
    const loops = await loopsOf(clone.db, "shadow");
    expect(loops.map(({ name, series }) => `${name} ${series}`)).toEqual(["watch KXBTC"]);
    const rates = await errorRates(clone.db, "shadow", { since: instant(now - HOUR_MS), at: now });
    expect(rates.map((one) => `${one.loop} ${one.series} ${one.class} ${one.recent}`)).toEqual([
      "upkeep KXBTC VENUE_UNAVAILABLE 2",
      "upkeep KXBTC WIRE_INVALID 1",
    ]);
  }));

it("writes why and for how long the spot could not be believed", () =>
  withHealth(async () => {
    health.spot("stalled");
    await at(10 * SECOND, () => {
      health.spot("gap");
      return health.look();
    });
    await at(15 * SECOND, () => {
      health.spot(null);
      return health.look();
    });
    expect(
      await spotStaleness(clone.db, "shadow", { since: BTC_NOW, at: instant(BTC_NOW + HOUR_MS) }),
    ).toEqual({
      now: null,
      reasons: [
        { because: "stalled", spells: 1, ms: 10 * SECOND },
        { because: "gap", spells: 1, ms: 5 * SECOND },
      ],
    });
  }));

it("tells of a loop that has not done its work for long, on the run's clock and the wall", () =>
  withHealth(async () => {
    health.beat("watch", "KXBTC15M");
    health.beat("settlement", "KXBTC15M");
    await health.look();
    const silent = (): readonly string[] =>
      [...open.keys()].filter((key) => key.startsWith("btc_loop_silent"));
    // An hour of the run in a moment of the wall.
    await at(HOUR_MS, () => health.look());
    expect(silent()).toEqual([]);
    wallMs = 20 * SECOND;
    await sql`update btc_loops set last_wall = clock_timestamp() - interval '20 s'`.execute(
      clone.db,
    );
    await health.look();
    // The search for gaps and the sweep have a minute and more of the wall.
    expect(silent()).toEqual([
      "btc_loop_silent/upkeep/KXBTC15M",
      "btc_loop_silent/settlement/KXBTC15M",
      "btc_loop_silent/spot",
    ]);
    health.error("settlement", "KXBTC15M", "VENUE_UNAVAILABLE");
    health.beat("spot", "");
    await health.look();
    expect(silent()).toHaveLength(2);
    health.beat("settlement", "KXBTC15M");
    await health.look();
    expect(silent()).toEqual(["btc_loop_silent/upkeep/KXBTC15M"]);
    health.leave("KXBTC15M");
    expect(silent()).toEqual([]);
  }));

it("tells of a spot that cannot be believed for more than 30 s, until it can", () =>
  withHealth(async () => {
    health.spot("stalled");
    await at(30 * SECOND, () => health.look());
    expect(open.size).toBe(0);
    health.spot("stalled");
    await at(31 * SECOND, () => health.look());
    expect(open.get("btc_spot_stale/")).toContain("stalled");
    health.spot(null);
    await health.look();
    expect(open.size).toBe(0);
  }));

it("tells of a series without a cycle for a minute, from its first word on, until it has one", () =>
  withHealth(async () => {
    health.beat("watch", "KXBTC15M");
    await at(61 * SECOND, () => health.look());
    expect([...open.keys()]).toEqual(["btc_series_silent/KXBTC15M"]);
    health.cycle("KXBTC15M", now);
    await health.look();
    expect(open.size).toBe(0);
    await at(200 * SECOND, () => health.look());
    expect(open.size).toBe(1);
    health.leave("KXBTC15M");
    expect(open.size).toBe(0);
  }));

it("tells of open contracts without a quote that can be believed, until one comes", () =>
  withHealth(async () => {
    health.cycle("KXBTCD", instant(BTC_NOW + 120 * SECOND));
    await at(120 * SECOND, () => health.look());
    expect([...open.keys()]).toEqual(["btc_quotes_stale/KXBTCD"]);
    await writeCycle(clone.db, cycleOf(instant(BTC_NOW + 100 * SECOND), 1));
    await health.look();
    expect(open.size).toBe(0);
  }));

it("tells of contracts that wait for half an hour after their close, until they are settled", () =>
  withHealth(async () => {
    health.cycle("KXBTCD", instant(BTC_NOW + HOUR_MS + 31 * 60 * SECOND));
    await at(HOUR_MS + 31 * 60 * SECOND, () => health.look());
    expect(open.get("btc_settlement_late/KXBTCD")).toBe(
      "2 closed contracts of KXBTCD are not settled, the first for 1860 s",
    );
    const outcome = { outcome: "no", payout: usdMicros(0), settlementValue: null } as const;
    const settledAt = instant(now - SECOND);
    await settleContracts(
      clone.db,
      TICKERS.map((ticker) => ({ ticker, ...outcome, settledAt })),
    );
    await health.look();
    expect(open.size).toBe(0);
  }));

it("tells nothing more of a series that was left, by a look that was under way neither", () =>
  withHealth(async () => {
    const late = HOUR_MS + 31 * 60 * SECOND;
    const { db } = clone;
    const reset = { outcome: null, payout_micros: null, settled_ts: null };
    await db.updateTable("kalshi_contracts").set(reset).execute();
    health.cycle("KXBTCD", instant(BTC_NOW + late));
    await at(late, () => health.look());
    expect([...open.keys()]).toEqual(["btc_settlement_late/KXBTCD"]);
    health.leave("KXBTCD");
    expect(open.size).toBe(0);
    health.cycle("KXBTCD", now);
    // While the answer about the rows is on its way.
    onWall = () => {
      setImmediate(() => {
        health.leave("KXBTCD");
      });
    };
    await health.look();
    onWall = () => undefined;
    await health.look();
    expect(open.size).toBe(0);
  }));

it("tells of a gap for an hour after it was noticed", () =>
  withHealth(async () => {
    const gap = {
      table: "kalshi_quotes",
      series: "KXBTCD",
      from: BTC_NOW,
      to: instant(BTC_NOW + 60 * SECOND),
      missing: 12,
      cause: "not_written",
    } as const;
    const noticed = instant(BTC_NOW + 10 * HOUR_MS);
    await recordGap(clone.db, "shadow", gap, noticed);
    await at(10 * HOUR_MS + 60 * SECOND, () => health.look());
    expect([...open]).toEqual([["btc_data_gap/KXBTCD", "KXBTCD lacks 12 rows of kalshi_quotes"]]);
    await at(11 * HOUR_MS + SECOND, () => health.look());
    expect(open.size).toBe(0);
  }));
