import { afterEach, beforeEach, expect, it } from "vitest";
import { createBtcRunActivities } from "../activities/bitcoin/btc-run.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { homeAt } from "../runtime/home.ts";
import { endRun, findRun, playedRun, startRun } from "../schema/queries/runs.ts";
import type { SourceManifest } from "../sim/facts.ts";
import { BTC_RUN } from "../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { ToldTemporal } from "../test/support/told-temporal.ts";
import { startWireServer, type WireServer } from "../test/support/wire-server.ts";
import { type BegunBtc, beginBtc } from "./btc-run.ts";

const NIGHT: SourceManifest = {
  ...{ schemaVersion: 1, kind: "world", name: "world:7", seed: 7, date: "2026-11-20", games: [] },
  ...{ startAt: instant(0), endAt: instant(1), lacks: [], isDerivedBook: false },
  ...{ description: "by hand", origins: [] },
};
const WORLD: SourceManifest = { ...NIGHT, bitcoin: { series: ["KXBTC15M"] } };
const LIVE: SourceManifest = { ...WORLD, kind: "live", name: "live", seed: null };
const RUN = { ...BTC_RUN, runId: "btc/paper/2026-11-20", mode: "paper", source: "live" } as const;

/** An exchange that shadow used last, where paper's Bitcoin of the same date was begun before. */
let cloned: ClonedDatabase;
let exchange: WireServer;
let temporal: ToldTemporal;
let loads: unknown[];
beforeEach(async () => {
  cloned = await cloneDatabase();
  await startRun(cloned.db, RUN);
  temporal = new ToldTemporal();
  exchange = await startWireServer();
  loads = [];
  has(LIVE);
});
afterEach(async () => {
  await exchange.close();
  await cloned.drop();
});

function has(loaded: SourceManifest): void {
  const state = { loaded: loaded.name, isDone: false, resting: 0, request: { mode: "shadow" } };
  exchange.answer = ({ path, body }) => {
    if (path === "/sim/v1/load") loads.push(JSON.parse(body));
    return { status: 200, json: path === "/sim/v1/state" ? state : loaded };
  };
}

/** `tipoff btc start` in paper. */
function begin(manifest: SourceManifest): Promise<BegunBtc> {
  const services = {
    ...{ home: homeAt("nowhere"), database: cloned.db, exchangeUrl: exchange.url },
    temporal: temporal.asClient(),
  };
  return beginBtc(services, {
    playable: { source: manifest.name, games: null, manifest },
    ...{ isNamed: true, series: ["KXBTC15M"], hours: 24 },
    ...{ mode: "paper", speed: null, startingCashUsd: 100 },
  });
}

const stop = () => endRun(cloned.db, RUN.runId, "stopped", instant(RUN.startedAt + 1));

it.each([
  ["Bitcoin", LIVE],
  ["night", NIGHT],
])("goes on with live Bitcoin after the other mode's %s of the same date", async (_, before) => {
  has(before);
  await stop();
  // What the exchange says once it has loaded is the same for both.
  const { answer } = exchange;
  exchange.answer = (seen) =>
    loads.length > 0 && seen.path === "/sim/v1/manifest"
      ? { status: 200, json: LIVE }
      : answer(seen);
  expect(await begin(LIVE)).toMatchObject({ how: "started", runId: RUN.runId });
  expect(loads).toMatchObject([{ source: "live", mode: "paper", date: "2026-11-20" }]);
  expect(temporal.started).toEqual(["btc-series/paper/KXBTC15M"]);
});

it("has that run open again, with all that it was begun with", async () => {
  await stop();
  expect(await playedRun(cloned.db, "paper", "btc")).toBeNull();
  await begin(LIVE);
  const { openBtcRun } = createBtcRunActivities({
    ...{ db: cloned.db, source: { manifest: () => Promise.resolve(LIVE) }, log: SILENT },
    // Test boundary: of the venue and the clock nothing else is asked.
    venue: { balance: () => Promise.resolve({ cash: usdMicros(1) }) } as unknown as Venue,
    clock: { now: () => instant(RUN.startedAt + 2) } as never,
    config: { text: "other", hash: "other" },
    codeCommit: "other",
  });
  const { runId, mode, source, seed, speed, tradingDate: date } = RUN;
  const run = { runId, mode, date, source, seed, speed, endsAt: LIVE.endAt };
  await openBtcRun({ run, series: "KXBTC15M" });
  expect(await playedRun(cloned.db, "paper", "btc")).toMatchObject({
    ...{ run_id: RUN.runId, verdict: null, ended_at: null, config_hash: RUN.configHash },
    started_at: new Date(RUN.startedAt),
  });
});

it("begins no run again that its source ended, nor one of a world that was stopped", async () => {
  await endRun(cloned.db, RUN.runId, "passed", instant(RUN.startedAt + 1));
  expect(await begin(LIVE)).toMatchObject({ how: "already-finished" });
  await stop();
  expect(await begin(WORLD)).toMatchObject({ how: "already-finished" });
  // Nor is what a world began gone on with by what is heard live.
  await cloned.db.updateTable("runs").set({ source: WORLD.name }).execute();
  expect(await begin(LIVE)).toMatchObject({ how: "already-finished" });
  expect(loads).toEqual([]);
  expect(await findRun(cloned.db, RUN.runId)).toMatchObject({ verdict: "stopped" });
});
