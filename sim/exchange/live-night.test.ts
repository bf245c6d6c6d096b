import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import type { Fact, FactSource } from "../facts.ts";
import { LiveClock } from "./clock.ts";
import { BOOK, HOME, nightOf, START } from "./testing/hand-made.ts";
import { startWith, temporaryFolder } from "./testing/start.ts";

const HOUR_MS = 3_600_000;
const LIVE = { source: "live", speed: 1, startingCashUsd: 100 } as const;

/** The time outside, and what was asked of each source that was opened. */
let now: number;
let opened: { isClosed: boolean; arrived: Fact[] }[];

beforeEach(() => {
  now = START + 60_000;
  opened = [];
});

/** A source that hears what is put into `arrived`. */
function live(): Promise<FactSource> {
  const state = { isClosed: false, arrived: [] as Fact[] };
  opened.push(state);
  return Promise.resolve({
    ...nightOf(BOOK, HOUR_MS / 1_000, { kind: "live", name: "live", seed: null }),
    arrivals: {
      clock: { now: () => instant(now), speed: 1 },
      take: () => state.arrived.splice(0),
      kept: () => Promise.resolve(),
      close: () => {
        state.isClosed = true;
        return Promise.resolve();
      },
    },
  });
}

it("gives way to another source once it holds nothing, and not before", async () => {
  const { exchange, bot } = await startWith([], { openSource: live, load: LIVE });
  const placed = await bot.place({ price: "0.5000" });
  expect(placed.status).toBe(201);
  const other = { ...LIVE, source: "world:1" };
  await expect(exchange.nights.load(other)).rejects.toMatchObject({ code: "night_unfinished" });
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([false]);
  await bot.cancel(placed.body["order_id"]);
  await exchange.nights.load(other);
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

it("goes on for whoever asks for it again, and begins anew once it is over", async () => {
  const { exchange } = await startWith([], { openSource: live, load: LIVE });
  await exchange.nights.load(LIVE);
  expect(opened).toHaveLength(1);
  now = START + 2 * HOUR_MS;
  await exchange.nights.night?.catchUp();
  expect(exchange.nights.night?.isDone).toBe(true);
  await exchange.nights.load(LIVE);
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

it("shows what comes as it comes, and has one speed", async () => {
  const { exchange, bot } = await startWith([], { openSource: live, load: LIVE });
  const at = instant(now);
  const print = { kind: "trade", marketTicker: HOME, tradeId: "a", takerSide: "bid" } as const;
  const [level] = BOOK;
  if (level?.kind !== "level") throw new Error("a level was expected");
  const { price, size: count } = level;
  opened[0]?.arrived.push({ ...print, price, count, sourceTime: at, receivedAt: at });
  const { body } = await bot.call("GET", `/markets/trades?ticker=${HOME}`);
  expect(body["trades"]).toMatchObject([{ trade_id: "a" }]);
  await expect(exchange.nights.night?.setSpeed(2)).rejects.toMatchObject({ status: 400 });
});

it("listens to no source that it cannot play", async () => {
  const dataDir = await temporaryFolder();
  const { exchange } = await startWith([], { dataDir, openSource: live, load: LIVE });
  await exchange.close();
  const file = join(dataDir, "nights", "0001", "night.json");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/"manifestSha256": ".{8}/, '"manifestSha256": "00000000'));
  const again = startWith([], { dataDir, openSource: live, load: LIVE });
  await expect(again).rejects.toMatchObject({ code: "JOURNAL_DAMAGED" });
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true]);
});

it("stands still while the time outside is set back", () => {
  let outside = START;
  const clock = new LiveClock(instant(START - 1_000), { now: () => instant(outside), speed: 1 });
  expect(clock.now()).toBe(START);
  outside -= 5_000;
  expect(clock.now()).toBe(START);
  outside += 6_000;
  expect(clock.now()).toBe(START + 1_000);
});
