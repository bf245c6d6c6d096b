import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import { instant } from "../core/domain/units.ts";
import { homeAt } from "../runtime/home.ts";
import type { Db } from "../schema/database.ts";
import type { SourceManifest } from "../sim/facts.ts";
import { ToldTemporal } from "../test/support/told-temporal.ts";
import { type BegunBtc, beginBtc } from "./btc-run.ts";

const LIVE: SourceManifest = {
  ...{ schemaVersion: 1, kind: "live", name: "live", seed: null, date: "2026-11-20", games: [] },
  ...{ startAt: instant(0), endAt: instant(1), lacks: [], isDerivedBook: false },
  ...{ description: "by hand", origins: [], bitcoin: { series: ["KXBTC15M"] } },
};
const STATE = { loaded: "live", isDone: false, resting: 0, request: null };
const ANSWERS: Record<string, object> = {
  "/sim/v1/clock": { nowMs: 1, speed: 1, isRunning: true, isDone: false },
};

/** An exchange in the middle of one live series. */
const server = createServer((request, response) => {
  response.end(JSON.stringify(ANSWERS[request.url ?? ""] ?? {}));
});
beforeEach(async () => {
  ANSWERS["/sim/v1/manifest"] = LIVE;
  ANSWERS["/sim/v1/state"] = STATE;
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
});
afterEach(() => new Promise((down) => server.close(down)));

/** `tipoff btc start --source live` a day later. */
function begin(series: readonly BtcSeries[], isSeriesNamed: boolean): Promise<BegunBtc> {
  const temporal = new ToldTemporal().asClient();
  const { port } = server.address() as AddressInfo; // Boundary: a TCP server.
  const services = {
    ...{ home: homeAt("nowhere"), temporal, exchangeUrl: `http://127.0.0.1:${port}` },
    database: null as unknown as Db, // Test boundary: nothing is asked of it.
  };
  const manifest: SourceManifest = { ...LIVE, date: "2026-11-21", bitcoin: { series } };
  return beginBtc(services, {
    playable: { source: "live", games: null, manifest },
    ...{ isNamed: true, isSeriesNamed, series, hours: 168 },
    ...{ mode: "paper", speed: null, startingCashUsd: 100 },
  });
}

const ALL = ["KXBTC15M", "KXBTC", "KXBTCD"] as const;

it("goes on with the series that a live run has, where none is named", async () => {
  expect(await begin(ALL, false)).toMatchObject({ how: "resumed", series: ["KXBTC15M"] });
});

it("goes on with those of them that are named", async () => {
  expect(await begin(["KXBTC15M"], true)).toMatchObject({ how: "resumed", series: ["KXBTC15M"] });
});

it("names what a live night without Bitcoin hears", async () => {
  const games = [{ eventTicker: "E", reconstructed: [] }];
  ANSWERS["/sim/v1/manifest"] = { ...LIVE, games, bitcoin: undefined };
  await expect(begin(ALL, false)).rejects.toThrow(
    "this home hears games live since 2026-11-20, and not Bitcoin",
  );
});

it("names the series that a live run does not hear", async () => {
  await expect(begin(ALL, true)).rejects.toMatchObject({
    message: "this home hears KXBTC15M live since 2026-11-20, and not KXBTC, KXBTCD",
    next: "leave --series out, or hear these in a --home DIR of their own",
  });
});

it("goes on with no Bitcoin that was begun for the other mode: its account is of other books", async () => {
  ANSWERS["/sim/v1/state"] = { ...STATE, loaded: "world:7", request: { mode: "shadow" } };
  ANSWERS["/sim/v1/manifest"] = { ...LIVE, kind: "world", name: "world:7" };
  await expect(begin(["KXBTC15M"], true)).rejects.toMatchObject({
    message:
      "this home is in the middle of world:7 on 2026-11-20 in mode shadow, and was asked for mode paper",
    next: "finish it with `npm start -- --btc --mode shadow`, or play paper in its own --home DIR",
  });
});
