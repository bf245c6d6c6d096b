import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { type Environment, parseEnvironment } from "../runtime/config.ts";
import { createExchangeControl, type ExchangeControl } from "../runtime/exchange-control.ts";
import { startExchange } from "../sim/exchange/main.ts";
import { captureOutput } from "../test/support/captured-output.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { type StandIn, startStandIn } from "../test/support/stand-in-venue.ts";
import { openLiveRequest } from "./live.ts";
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

it("says of a date without games that there are none, and what to do, in plain words", async () => {
  const control = await mirror();
  const told = captureOutput();
  await action(async () => {
    await control.load({ ...LIVE, date: "2026-11-20" });
    return 0;
  })();
  expect(told.err).toBe(
    "tipoff: the venue trades no game of 2026-11-20\n  next: name a date with games: --date\n",
  );
  expect(process.exitCode).toBe(1);
});
