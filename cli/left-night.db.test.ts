import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isBetweenNights, loadedNight } from "../activities/loaded-night.ts";
import { required } from "../core/domain/assert.ts";
import { instant, positionCenti, usdMicros } from "../core/domain/units.ts";
import { parseEnvironment } from "../runtime/config.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import { homeAt } from "../runtime/home.ts";
import { LOCAL } from "../runtime/venue-addresses.ts";
import { startRun } from "../schema/queries/runs.ts";
import { type ExchangeHandle, startExchange } from "../sim/exchange/main.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { addGame } from "../test/db/night.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { ToldTemporal } from "../test/support/told-temporal.ts";
import { type BegunNight, beginNight } from "./night.ts";
import { EXIT } from "./output.ts";
import { openSource } from "./source.ts";

/** An exchange in the middle of world 7, whose paper day was stopped. */
let dir: string;
let cloned: ClonedDatabase;
let exchange: ExchangeHandle;
let temporal: ToldTemporal;
let game: string;
let leftAt: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "tipoff-left-night-"));
  cloned = await cloneDatabase();
  exchange = await startExchange({
    ...{ dataDir: join(dir, "exchange"), port: 0, isFreeRunning: false, log: SILENT },
  });
  const world = { source: "world:7", games: 1, speed: 240, startingCashUsd: 1_000 };
  const { manifest } = await exchange.nights.load(world);
  leftAt = await play();
  game = manifest.games[0]?.eventTicker ?? "";
  temporal = new ToldTemporal({ [`trading-day/paper/${manifest.date}`]: "COMPLETED" });
});
afterEach(async () => {
  await exchange.close();
  await cloned.drop();
  await rm(dir, { recursive: true, force: true });
});

/** Lets the loaded night go on a little. @returns when it is there. */
async function play(): Promise<number> {
  const { clock, manifest } = required(exchange.nights.night, "a night");
  clock.renewLease(60_000);
  await vi.waitFor(
    () => {
      expect(clock.now()).toBeGreaterThan(manifest.startAt);
    },
    { timeout: 10_000 },
  );
  return clock.now();
}

async function begin(mode: "paper" | "shadow", seed: number): Promise<BegunNight> {
  const wished = { source: `world:${seed}`, games: 1, date: null };
  const playable = await openSource(wished, parseEnvironment({}));
  const services = {
    ...{ home: homeAt(dir), database: cloned.db, exchangeUrl: exchange.url },
    temporal: temporal.asClient(),
  };
  const wish = { playable, isNamed: true, mode, speed: 240, startingCashUsd: 1_000 };
  return beginNight(services, wish);
}

it("leaves a night whose day was stopped for the one that is asked for", async () => {
  expect(await begin("paper", 8)).toMatchObject({ how: "started", name: "world:8" });
  expect(exchange.nights.request).toMatchObject({ source: "world:8" });
  expect(temporal.started).toHaveLength(1);
});

it("names what is held in it, and stays", async () => {
  const ticker = `${game}-HOME`;
  await cloned.db
    .insertInto("positions")
    .values({
      ...{ occasion_id: await addGame(cloned.db, game), strategy: "model-edge" },
      ...{ market_ticker: ticker, position_centi: positionCenti(1_000) },
      ...{ cost_micros: usdMicros(4_000_000), updated_at: new Date(leftAt) },
    })
    .execute();
  await expect(begin("paper", 8)).rejects.toMatchObject({
    exitCode: EXIT.refused,
    message: expect.stringContaining(`held and not settled yet: ${ticker}`) as string,
  });
  // The other mode's night would be in its place as well.
  await expect(begin("shadow", 7)).rejects.toMatchObject({
    next: expect.stringContaining("leave `npx tipoff up --mode paper` running") as string,
  });
  expect(exchange.nights.request).toMatchObject({ source: "world:7" });
  expect(temporal.started).toEqual([]);
});

it("does not go on with a night that was loaded for the other mode, though no day of it began", async () => {
  expect(await begin("shadow", 8)).toMatchObject({ how: "started", name: "world:8" });
  temporal = new ToldTemporal();
  await play();
  expect(await begin("paper", 8)).toMatchObject({ how: "started" });
  expect(exchange.nights.request).toMatchObject({ source: "world:8", mode: "paper" });
  expect(exchange.nights.night?.clock.now()).toBe(exchange.nights.night?.manifest.startAt);
});

it("compares the books of a night with no account that is the other mode's of the same night", async () => {
  const { date } = required(exchange.nights.night, "a night").manifest;
  await startRun(cloned.db, {
    ...{ runId: `trading-day/paper/${date}`, mode: "paper", tradingDate: date, source: "world:7" },
    ...{ seed: 7, speed: 240, codeCommit: "test", configHash: "test", config: "{}" },
    ...{ manifest: "{}", startedAt: instant(leftAt) },
  });
  const control = createExchangeControl(exchange.url);
  const isBetween = () =>
    isBetweenNights({ control, db: cloned.db, mode: "paper", orders: LOCAL, log: SILENT });
  // It was loaded before it was said for whom.
  expect(await isBetween()).toBe(false);
  expect(await loadedNight(control)).toEqual({ date, mode: null });
  await begin("shadow", 7);
  expect(await isBetween()).toBe(true);
  expect(await loadedNight(control)).toEqual({ date, mode: "shadow" });
});

it("begins a day of the other mode at the start of its night, not where the first was stopped", async () => {
  expect(await begin("shadow", 7)).toMatchObject({ how: "started", name: "world:7" });
  expect(exchange.nights.night?.clock.now()).toBeLessThan(leftAt);
});
