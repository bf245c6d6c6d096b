import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { type Environment, parseEnvironment } from "../runtime/config.ts";
import { createExchangeControl, type ExchangeControl } from "../runtime/exchange-control.ts";
import { startExchange } from "../sim/exchange/main.ts";
import { captureOutput } from "../test/support/captured-output.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { type StandIn, startStandIn } from "../test/support/stand-in-venue.ts";
import { checkLive, openLiveRequest } from "./live.ts";
import { action } from "./output.ts";

const LIVE = { source: "live", speed: 1, startingCashUsd: 100 } as const;

let dir: string;
let outside: StandIn;
let environment: Environment;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tipoff-live-"));
  outside = await startStandIn(dir);
  environment = parseEnvironment(outside.environment);
});
afterAll(async () => {
  await outside.exchange.close();
  await rm(dir, { recursive: true, force: true });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** An exchange that mirrors the stand-in. */
async function mirror(): Promise<ExchangeControl> {
  const exchange = await startExchange({
    ...{ dataDir: join(dir, randomUUID()), port: 0, isFreeRunning: false, log: SILENT },
    openSource: (request, folder) => openLiveRequest(request, folder, environment, SILENT),
  });
  onTestFinished(() => exchange.close());
  return createExchangeControl(exchange.url);
}

it.each([
  { games: 3 },
  { games: 0, series: ["KXBTC15M"] },
  { hours: 2 },
  { edge: "none" },
  { scalarGame: 1 },
  { spreadCents: 2 },
] as const)("refuses what of a load would change nothing: %j", async (named) => {
  const control = await mirror();
  const [other = ""] = Object.keys(named);
  const details = { status: 400, reason: expect.stringContaining(other) as string };
  await expect(control.load({ ...LIVE, date: "2026-11-20", ...named })).rejects.toMatchObject({
    ...{ code: "VENUE_REFUSED", details },
  });
});

it("looks at a live source as it is played: apart from what the venue is asked for", async () => {
  const control = await mirror();
  const bitcoin = { series: ["KXBTC15M"], hours: 2 } as const;
  await control.load({ ...LIVE, ...bitcoin, date: "2026-11-20" });
  const { priceGrids, feeChanges, ...played } = await control.manifest();
  expect([priceGrids, feeChanges]).toEqual([{}, [expect.anything()]]);
  const looked = await checkLive(environment, "2026-11-20", bitcoin);
  expect(looked.endAt - looked.startAt).toBe(2 * 3_600_000);
  const { startAt, endAt, lacks } = played;
  expect({ ...looked, startAt, endAt, lacks }).toEqual(played);
});

it("says what a venue that fails answered, and not that there is no network", async () => {
  outside.exchange.faults.add({ target: "kalshi", kind: "500", match: null, untilMs: null });
  onTestFinished(() => {
    outside.exchange.faults.clear();
  });
  await expect(checkLive(environment, null, undefined)).rejects.toMatchObject({
    exitCode: 3,
    message:
      "the live source needs what is not here: a venue that is well (127.0.0.1:" +
      `${new URL(outside.exchange.url).port} answered 500)`,
  });
});

it("says where there is no network", async () => {
  const file = join(dir, "away.yaml");
  const text = await readFile(environment.liveSourceFile, "utf8");
  const rest = /rest: "[^"]*"/;
  await writeFile(file, text.replace(rest, 'rest: "http://127.0.0.1:1/trade-api/v2"'));
  await expect(
    checkLive({ ...environment, liveSourceFile: file }, null, undefined),
  ).rejects.toMatchObject({
    exitCode: 3,
    message: "the live source needs what is not here: a network on which 127.0.0.1:1 answers",
  });
});

it("says of a date without games that there are none, and what to do, in plain words", async () => {
  const control = await mirror();
  const told = captureOutput();
  await action(async () => {
    await control.load({ ...LIVE, date: "2026-11-20" });
    return 0;
  })();
  expect(told.err).toBe(
    "tipoff: the venue trades no game of 2026-11-20 that a feed shows as well, without a doubt\n" +
      "  next: name a date with games: --date; the log says which were left out, and why\n",
  );
  expect(process.exitCode).toBe(1);
});
