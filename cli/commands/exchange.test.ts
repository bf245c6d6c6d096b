import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { easternDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { type Environment, parseEnvironment } from "../../runtime/config.ts";
import { type StandIn, startStandIn } from "../../test/support/stand-in-venue.ts";
import { chooseNight, nightToLoad } from "./exchange.ts";

const PLAIN = { port: 0, speed: 1, cash: 100, tier: "basic", latency: 20 } as const;

let dir: string;
let outside: StandIn;
let environment: Environment;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tipoff-exchange-"));
  outside = await startStandIn(dir);
  environment = parseEnvironment(outside.environment);
});
afterAll(async () => {
  await outside.exchange.close();
  await rm(dir, { recursive: true, force: true });
});

it("names the date of a live night: the same request tomorrow is another night", async () => {
  const today = easternDate(instant(Date.now()));
  const night = await chooseNight({ ...PLAIN, source: "live" }, environment);
  expect(night).toEqual({ source: "live", date: today, speed: 1, startingCashUsd: 100 });
});

it("names none of a world, which has its own", async () => {
  const night = await chooseNight({ ...PLAIN, source: "world:7", games: 2 }, environment);
  expect(night).toEqual({ source: "world:7", games: 2, speed: 1, startingCashUsd: 100 });
});

it("goes on with a live night of yesterday until it is done", () => {
  const wish = { source: "live", date: "2026-11-21", speed: 1, startingCashUsd: 100 };
  const request = { ...wish, date: "2026-11-20" };
  expect(nightToLoad(wish, { request, night: { isDone: false } })).toEqual(request);
  expect(nightToLoad(wish, { request, night: { isDone: true } })).toEqual(wish);
  expect(nightToLoad(wish, { request: null, night: null })).toEqual(wish);
  const world = { ...request, source: "world:7" };
  expect(nightToLoad(wish, { request: world, night: { isDone: false } })).toEqual(wish);
  expect(nightToLoad(world, { request, night: { isDone: false } })).toEqual(world);
});
