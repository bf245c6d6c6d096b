import { afterEach, expect, it } from "vitest";
import { type KillLevel, readKill } from "../core/domain/kill.ts";
import { countCenti } from "../core/domain/units.ts";
import { cashIdentity } from "../schema/queries/ledger.ts";
import { findKill, throwKill } from "../schema/queries/kill.ts";
import { liftKills } from "../test/db/lift-kills.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { openPositions } from "../schema/queries/positions.ts";
import { restingAt } from "../test/db/night.ts";
import { type KillRig, startKillRig } from "../test/support/kill-rig.ts";
import type { FlattenResult } from "./kill-flatten.ts";
import { createKillActivities, type KillRequest, type RunningWorkflows } from "./kill.ts";

let rig: KillRig;
let kills = 0;
afterEach(() => rig.stop());

const NOBODY: RunningWorkflows = {
  list: async function* () {},
  getHandle: () => ({ signal: () => Promise.reject(new Error("nobody runs")) }),
};

/** The kill's activities; `workflow` is only what a kill asks of Temporal. */
function activitiesOf(workflow: RunningWorkflows = NOBODY) {
  return createKillActivities({ ...rig.deps, client: { workflow } });
}

async function thrown(level: KillLevel): Promise<KillRequest> {
  kills += 1;
  const killId = `kill-${kills}`;
  const kill = { killId, mode: "paper", level, reason: "test", by: "test" } as const;
  await throwKill(rig.cloned.db, kill);
  return kill;
}

/** Attempts as the workflow makes them. @returns the last one's answer, and how many there were. */
async function flatten(kill: KillRequest): Promise<FlattenResult & { attempts: number }> {
  const activities = activitiesOf();
  for (let attempt = 1; ; attempt += 1) {
    const result = await activities.flattenPositions({ ...kill, attempt });
    if ("away" in result) throw new Error(result.away);
    if (result.isOver) return { ...result, attempts: attempt };
  }
}

async function heldAtVenue(): Promise<readonly number[]> {
  return (await rig.venue.positions()).map(({ position }) => position).filter((one) => one !== 0);
}

const home = (index: number): string => rig.games[index]?.markets[0]?.ticker ?? "";
const game = (index: number) => {
  const found = rig.games[index];
  if (found === undefined) throw new Error(`no game ${index}`);
  return found;
};

it("flattens every game, pairs too, through the journal, and the books agree afterwards", async () => {
  rig = await startKillRig(3);
  await rig.buy(game(0), "home", 10);
  await rig.buy(game(1), "home", 20);
  await rig.buy(game(1), "away", 20);
  await rig.buy(game(2), "away", 5);
  const kill = await thrown("flatten");
  const before = await activitiesOf().measureAccount(kill);
  const result = await flatten(kill);
  expect(result).toMatchObject({ isFlat: true, attempts: 2, left: [] });
  expect(await heldAtVenue()).toEqual([]);
  expect(await openPositions(rig.cloned.db, "paper")).toEqual([]);
  expect(await cashIdentity(rig.cloned.db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
  const { cash } = await rig.venue.balance();
  expect((await cashIdentity(rig.cloned.db, "paper")).cash).toBe(cash);
  const report = await activitiesOf().finishKill({
    ...kill,
    signaled: 0,
    before,
    flattenAttempts: result.attempts - 1,
    left: result.left,
  });
  expect(report).toMatchObject({ isFlat: true, flattenAttempts: 1, left: [] });
  expect(report.flatMs).toBeGreaterThanOrEqual(0);
  // 55 contracts at a bid of 50: what was marked became cash, less the taker's fee of 1.75 cents each.
  expect(before?.mark).toBe(27_500_000);
  expect(Number(report.costUsd)).toBeCloseTo(55 * 0.0175, 3);
});

it("sends one order for a position, however often an attempt is repeated", async () => {
  rig = await startKillRig(2);
  await rig.buy(game(0), "home", 10);
  await rig.buy(game(1), "home", 10);
  const kill = await thrown("flatten");
  const before = (await rig.journaled()).length;
  const activities = activitiesOf();
  const attempt = { ...kill, attempt: 1 };
  await Promise.all([1, 2, 3].map(() => activities.flattenPositions(attempt)));
  await activities.flattenPositions(attempt);
  expect((await rig.journaled()).length - before).toBe(2);
  expect(await heldAtVenue()).toEqual([]);
});

it("sells nothing twice when the venue's answer was lost", async () => {
  rig = await startKillRig(1);
  await rig.buy(game(0), "home", 10);
  const kill = await thrown("flatten");
  const sales = "POST /trade-api/v2/portfolio/events/orders";
  const fault = { target: "kalshi", kind: "500-after-accept", match: sales } as const;
  const { id } = rig.exchange.faults.add({ ...fault, untilMs: null });
  const first = await activitiesOf().flattenPositions({ ...kill, attempt: 1 });
  expect(first).toMatchObject({ isOver: false, left: [{ marketTicker: home(0) }] });
  rig.exchange.faults.clear(id);
  expect(await flatten({ ...kill })).toMatchObject({ isFlat: true });
  expect(await heldAtVenue()).toEqual([]);
  const sold = (await rig.venue.fills({})).filter(({ side }) => side === "ask");
  expect(sold.map(({ count }) => count)).toEqual([1_000]);
});

it("tries a bounded number of times, loses a bounded amount each time, and then alarms", async () => {
  rig = await startKillRig(1, { settings: { flattenAttempts: 3, maxLossMicros: 100_000 } });
  await rig.buy(game(0), "home", 10);
  const kill = await thrown("flatten");
  const result = await flatten(kill);
  expect(result).toMatchObject({ isFlat: false, isOver: true, attempts: 4 });
  // Worth 50.5, sold at 47 less 1.7437: 5.2437 cents a contract lost at worst; 10 cents allow 1.90.
  const sold = (await rig.venue.fills({})).filter(({ side }) => side === "ask");
  expect(sold.map(({ count }) => count)).toEqual([190, 190, 190]);
  expect(rig.alarms).toMatchObject([{ code: "kill_not_flat", severity: "critical" }]);
  expect(rig.alarms[0]?.message).toContain(`4.30 ${home(0)}`);
});

it("waits where nobody bids, and says so", async () => {
  rig = await startKillRig(1, {
    change: (fact) => (fact.kind === "level" && fact.outcome === "yes" ? null : fact),
  });
  await rig.buy(game(0), "home", 1);
  const result = await flatten(await thrown("flatten"));
  expect(result.isFlat).toBe(false);
  expect(rig.alarms[0]?.message).toContain("1.00");
  expect(await heldAtVenue()).toEqual([100]);
});

it("leaves a position alone that no order of ours made, and reports it", async () => {
  rig = await startKillRig(2);
  await rig.buy(game(0), "home", 10);
  await rig.bot.place({ ticker: home(1), price: "0.5100", count: "3.00" });
  const result = await flatten(await thrown("flatten"));
  expect(result).toMatchObject({ isFlat: false, left: [{ marketTicker: home(1), count: "3.00" }] });
  expect(await heldAtVenue()).toEqual([300]);
});

it("sweeps until the venue shows none: everything, or for the milder levels our entries", async () => {
  rig = await startKillRig(1);
  await rig.place(game(0), restingAt(100_000));
  await rig.bot.place({ ticker: home(0), price: "0.0200", count: "1.00" });
  const activities = activitiesOf();
  const mild = await thrown("reduce-only");
  expect(await activities.sweepVenue(mild)).toMatchObject({ resting: 1, isDone: false });
  expect(await activities.sweepVenue(mild)).toMatchObject({ resting: 0, isDone: true });
  expect(await rig.venue.orders({ status: "resting" })).toHaveLength(1);
  const strict = await thrown("cancel-all");
  expect(await activities.sweepVenue(strict)).toMatchObject({ isDone: true });
  expect(await rig.venue.orders({ status: "resting" })).toEqual([]);
  expect((await findKill(rig.cloned.db, strict.killId))?.no_resting_at).toBeInstanceOf(Date);
});

it("takes an entry off the book that nobody heard back from, also at the milder levels", async () => {
  rig = await startKillRig(1);
  const match = "/portfolio/events/orders";
  rig.exchange.faults.add({ target: "kalshi", kind: "500-after-accept", match, untilMs: null });
  expect(await rig.place(game(0), restingAt(400_000))).toMatchObject({ status: "unknown" });
  rig.exchange.faults.clear();
  const activities = activitiesOf();
  const mild = await thrown("no-entries");
  expect(await activities.sweepVenue(mild)).toMatchObject({ resting: 1, isDone: false });
  expect((await findKill(rig.cloned.db, mild.killId))?.no_resting_at).toBeNull();
  expect(await activities.sweepVenue(mild)).toMatchObject({ resting: 0, isDone: true });
  expect(await rig.venue.orders({ status: "resting" })).toEqual([]);
});

it("takes a lock off the book at reduce-only, and leaves it there at no-entries", async () => {
  rig = await startKillRig(1);
  await rig.buy(game(0), "home", 10);
  await rig.place(game(0), {
    ...restingAt(100_000),
    ...{ purpose: "exit", exitType: "lock", count: countCenti(1_000) },
    marketTicker: game(0).markets[1]?.ticker ?? "",
  });
  const activities = activitiesOf();
  expect(await activities.sweepVenue(await thrown("no-entries"))).toMatchObject({ resting: 0 });
  expect(await rig.venue.orders({ status: "resting" })).toHaveLength(1);
  expect(await activities.sweepVenue(await thrown("reduce-only"))).toMatchObject({ resting: 1 });
  expect(await rig.venue.orders({ status: "resting" })).toEqual([]);
});

it("says that the venue is away, and goes on once it is back", async () => {
  rig = await startKillRig(1);
  await rig.place(game(0), restingAt(100_000));
  const kill = await thrown("cancel-all");
  rig.exchange.faults.add({ target: "kalshi", kind: "500", match: null, untilMs: null });
  const activities = activitiesOf();
  const away = await activities.sweepVenue(kill);
  expect(away).toMatchObject({ isDone: false });
  expect(away.away).toContain("VENUE_UNAVAILABLE");
  expect(rig.alarms).toMatchObject([{ code: "kill_venue_away", severity: "critical" }]);
  rig.exchange.faults.clear();
  await activities.sweepVenue(kill);
  expect(await rig.venue.orders({ status: "resting" })).toEqual([]);
  expect(rig.alarms).toEqual([]);
});

it("leaves orders, positions and workflows alone once it was lifted", async () => {
  rig = await startKillRig(1);
  await rig.buy(game(0), "home", 1);
  const kill = await thrown("flatten");
  await liftKills(rig.cloned.db, { mode: "paper", by: "test", reason: "all is well" });
  await rig.place(game(0), restingAt(100_000));
  const activities = activitiesOf();
  expect(await activities.sweepVenue(kill)).toMatchObject({ resting: 0, isDone: true });
  expect(await activities.signalRunning(kill)).toBe(0);
  expect(await flatten(kill)).toMatchObject({ isOver: true, attempts: 1 });
  expect(await openOrders(rig.cloned.db, "paper")).toHaveLength(1);
  expect(await heldAtVenue()).toEqual([100]);
});

it("tells again whom it could not tell, each time in a signal of that run and no other", async () => {
  rig = await startKillRig(1);
  const kill = await thrown("cancel-all");
  const signaled: string[] = [];
  const tellings = new Set<unknown>();
  const workflow = (signal: () => Promise<void>): RunningWorkflows => ({
    list: async function* () {
      yield await Promise.resolve({ workflowId: "game/paper/X", runId: "run-1", type: "game" });
    },
    getHandle: (workflowId: string) => ({
      signal: async (_name, payload) => {
        await signal();
        signaled.push(workflowId);
        tellings.add(readKill(payload).tellingId);
      },
    }),
  });
  const away = activitiesOf(workflow(() => Promise.reject(new Error("the server is away"))));
  await expect(away.signalRunning(kill)).rejects.toThrow("the server is away");
  const back = activitiesOf(workflow(() => Promise.resolve()));
  expect(await back.signalRunning(kill)).toBe(1);
  expect(signaled).toEqual(["game/paper/X"]);
  await back.signalRunning(kill);
  expect([...tellings]).toEqual([
    expect.stringMatching(/^run-1\/.+/),
    expect.stringMatching(/^run-1\/.+/),
  ]);
});

it("knows a kill that stands from one that was lifted, is unknown, is milder or of another mode", async () => {
  rig = await startKillRig(1);
  const { isKillStanding } = activitiesOf();
  const { killId, mode } = await thrown("cancel-all");
  const asked = { killId, mode, level: "cancel-all" } as const;
  expect(await isKillStanding(asked)).toBe(true);
  expect(await isKillStanding({ ...asked, level: "no-entries" })).toBe(true);
  expect(await isKillStanding({ ...asked, level: "flatten" })).toBe(false);
  expect(await isKillStanding({ ...asked, mode: "shadow" })).toBe(false);
  expect(await isKillStanding({ ...asked, killId: "of nobody" })).toBe(false);
  await liftKills(rig.cloned.db, { mode, by: "test", reason: "all is well" });
  expect(await isKillStanding(asked)).toBe(false);
});

it("rests every order in the day's group and with a time at which the venue ends it", async () => {
  rig = await startKillRig(1);
  await rig.place(game(0), restingAt(100_000));
  await rig.place(game(0), { ...restingAt(110_000), count: countCenti(100) });
  const { body } = await rig.bot.call("GET", "/portfolio/orders?status=resting");
  const orders = body["orders"] as readonly Record<string, unknown>[];
  const groups = await rig.venue.orderGroups();
  expect(groups).toHaveLength(1);
  expect(orders.map((order) => order["order_group_id"])).toEqual([
    groups[0]?.orderGroupId,
    groups[0]?.orderGroupId,
  ]);
  const now = rig.deps.clock.now();
  for (const order of orders) {
    const expiresAt = Date.parse(String(order["expiration_time"]));
    expect(expiresAt).toBeGreaterThan(now);
    expect(expiresAt).toBeLessThanOrEqual(now + 301_000);
  }
});
