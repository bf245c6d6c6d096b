import { afterEach, beforeEach, expect, it } from "vitest";
import type { DecisionOutput } from "../../core/domain/decision.ts";
import { positionCenti, usdMicros } from "../../core/domain/units.ts";
import type { BreakerCode } from "../../core/risk/breakers.ts";
import { LOSS_BREAKERS } from "../../core/risk/loss-triggers.ts";
import { openAlarms } from "../../schema/queries/alarms.ts";
import { recordFills } from "../../schema/queries/fills.ts";
import type { BreakerRow } from "../../schema/queries/breakers.ts";
import { AWAY } from "../../sim/exchange/testing/hand-made.ts";
import { type ClonedDatabase, cloneDatabase } from "../db/clone.ts";
import { approve, FEES, fillOf, intentOf, proposalOf, RUN_ID } from "../db/night.ts";
import { Desk, GAME_ID, levelOf } from "./desk.ts";

// Each breaker against the real exchange and a real database: what trips it, that no entry is sent
// while it stands and exits still go, and that it is released once its cause has ended, not before.

let cloned: ClonedDatabase;
let desk: Desk;
beforeEach(async () => {
  cloned = await cloneDatabase();
  desk = await Desk.open(cloned.db, cloned.url);
  const bought = await desk.enter(10);
  expect(bought, JSON.stringify(bought)).toMatchObject({
    kind: "order",
    status: "filled",
    filledCenti: 1_000,
  });
}, 60_000);
afterEach(() => cloned.drop());

/** The breaker that stands now, alone; entries are refused by it and never sent, exits fill. */
async function expectStops(breaker: BreakerCode): Promise<BreakerRow> {
  // What was seen is written beside what goes on.
  await desk.breakers.settled();
  const standing = await desk.standing();
  expect(standing).toMatchObject([{ breaker, level: levelOf(breaker), run_id: RUN_ID }]);
  const before = desk.sent();
  // A loss that still holds refuses by its own name.
  const codes = ["breaker", ...LOSS_BREAKERS];
  const refused = await desk.enter();
  expect(refused.kind === "refused" && codes.includes(refused.code)).toBe(true);
  expect(desk.sent()).toBe(before);
  const sold = await desk.exit();
  expect(sold).toMatchObject({ kind: "order", status: "filled", filledCenti: 100 });
  expect(desk.sent()).toBe(before + 1);
  const [row] = standing;
  if (row === undefined) throw new Error("no breaker stands");
  return row;
}

/** Whether any breaker stands by now. */
const stands = async (): Promise<boolean> => (await desk.standing()).length > 0;

/** Whether what tripped a breaker has ended. */
const isOver = async (row: BreakerRow): Promise<boolean> => (await desk.causeOf(row)) === null;

/** The cause has ended: the breaker is released, and entries are sent again. */
async function expectWayBack(row: BreakerRow): Promise<void> {
  expect(await desk.release(row)).toBeNull();
  expect(await desk.standing()).toEqual([]);
  expect(await desk.enter()).toMatchObject({ kind: "order", status: "filled" });
}

it("execution_failures: repeated rejections by the venue", async () => {
  await tieUpCash();
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await desk.standing()).toEqual([]);
    expect(await desk.enter(200)).toMatchObject({ kind: "order", status: "rejected" });
  }
  const row = await expectStops("execution_failures");
  expect(row.numbers).toContain('"rejected":3');
  expect(await desk.release(row)).toContain("3 orders failed");
  await desk.play(610_000);
  await expectWayBack(row);
}, 120_000);

it("execution_failures: orders that are taken and never answered for", async () => {
  desk.fault("500-after-accept", "/portfolio/events/orders");
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await desk.enter()).toMatchObject({ kind: "order", status: "unknown" });
    // Reads are answered: by calls alone nothing would be amiss.
    for (let reads = 0; reads < 3; reads += 1) await desk.venue.balance();
  }
  desk.exchange.faults.clear();
  const row = await expectStops("execution_failures");
  expect(row.numbers).toContain('"unknown":3');
}, 120_000);

it("api_failures: the venue answers 500 for a while", async () => {
  desk.fault("500");
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await desk.standing()).toEqual([]);
    await expect(desk.reconcile()).rejects.toThrow("VENUE_UNAVAILABLE");
  }
  expect(await desk.standing()).toMatchObject([{ breaker: "api_failures" }]);
  const [row] = await desk.standing();
  // While it lasts nothing is sent at all, and the cause holds.
  expect(row && (await desk.release(row))).toContain("calls of the venue failed in a row");
  desk.exchange.faults.clear();
  const stands = await expectStops("api_failures");
  for (let turn = 0; turn < 2; turn += 1) await desk.venue.balance();
  await desk.breakers.settled();
  await expectWayBack(stands);
}, 120_000);

it("api_failures: the venue no longer takes our key, and says so to everything", async () => {
  desk.fault("401");
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await desk.standing()).toEqual([]);
    await expect(desk.reconcile()).rejects.toThrow("VENUE_AUTH");
  }
  const [row] = await desk.standing();
  expect(row).toMatchObject({ breaker: "api_failures" });
  const alarms = await openAlarms(cloned.db);
  expect(alarms.map(({ message }) => message).join()).toContain("VENUE_AUTH");
  const before = desk.sent();
  expect(await desk.enter()).toMatchObject({ kind: "refused", code: "breaker" });
  // Writes that are refused to our key are no calls that went well: the cause holds.
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await desk.exit()).toMatchObject({ kind: "order", status: "rejected" });
    expect(await desk.cancelUnknown()).toMatchObject({ kind: "rejected" });
  }
  expect(desk.sent()).toBe(before);
  expect(row && (await desk.release(row))).toContain("VENUE_AUTH");
  desk.exchange.faults.clear();
  const stands = await expectStops("api_failures");
  for (let turn = 0; turn < 2; turn += 1) await desk.venue.balance();
  await desk.breakers.settled();
  await expectWayBack(stands);
}, 120_000);

it("execution_failures: a key that reads and may not trade", async () => {
  desk.fault("401", "/portfolio/events/orders");
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await desk.enter()).toMatchObject({ kind: "order", status: "rejected" });
    for (let reads = 0; reads < 3; reads += 1) await desk.venue.balance();
  }
  const before = desk.sent();
  desk.exchange.faults.clear();
  const row = await expectStops("execution_failures");
  expect(row.numbers).toContain('"rejected":3');
  // The one exit of `expectStops`, and nothing else, came to the exchange.
  expect(desk.sent()).toBe(before + 1);
}, 120_000);

it("reconciliation_difference: a fill in our books that the venue does not know", async () => {
  await bookStray();
  await desk.reconcile();
  expect(await desk.standing()).toEqual([]);
  await desk.reconcile();
  const row = await expectStops("reconciliation_difference");
  await desk.reconcile();
  expect(await desk.release(row)).toContain("differs");
}, 120_000);

it("reconciliation_difference: is released when account and books agree again", async () => {
  desk.fault("empty-list", "/portfolio/positions");
  for (let turn = 0; turn < 2; turn += 1) await desk.reconcile();
  const row = await expectStops("reconciliation_difference");
  expect(await desk.release(row)).toContain("differs");
  desk.exchange.faults.clear();
  await desk.reconcile();
  await expectWayBack(row);
}, 120_000);

it("fee_mismatch: the venue charges what our fee model does not say", async () => {
  desk.schedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 2_000 };
  expect(await desk.enter()).toMatchObject({ kind: "order", status: "filled" });
  const row = await expectStops("fee_mismatch");
  // The exit of `expectStops` was charged otherwise too: the model is still wrong.
  expect(await desk.release(row)).toContain("micros of fees, expected");
}, 120_000);

it("fee_mismatch: is released when what filled since was charged as expected", async () => {
  desk.schedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 2_000 };
  await desk.enter();
  expect(await desk.standing()).toHaveLength(1);
  desk.schedule = FEES;
  await expectWayBack(await expectStops("fee_mismatch"));
}, 120_000);

it.each([
  ["NaN", Number.NaN],
  ["beyond certainty", 1.5],
])(
  "model_anomaly: a forecast of %s",
  async (_, homeProbability) => {
    await desk.watch(() => forecastOf(homeProbability), stands);
    const row = await expectStops("model_anomaly");
    expect(await desk.release(row)).toMatch(/forecast/);
    await desk.watch(
      () => forecastOf(0.5),
      () => isOver(row),
    );
    await expectWayBack(row);
  },
  120_000,
);

it("data_integrity: the exchange's stream shows a crossed book beyond the bound", async () => {
  let decisions = 0;
  const decideBy = (): DecisionOutput => {
    decisions += 1;
    return forecastOf(0.5);
  };
  await desk.watch(decideBy, () => Promise.resolve(decisions > 0));
  expect(await desk.standing()).toEqual([]);
  desk.fault("crossed", "/ws/v2/");
  await desk.watch(decideBy, stands);
  const row = await expectStops("data_integrity");
  expect(await desk.release(row)).toContain("is invalid");
  desk.exchange.faults.clear();
  await desk.watch(decideBy, () => isOver(row));
  await expectWayBack(row);
}, 120_000);

it("data_integrity: a ledger that does not balance", async () => {
  await cloned.db
    .insertInto("settlements")
    .values({
      occasion_id: GAME_ID,
      market_ticker: AWAY,
      strategy: "model-edge",
      result: "yes",
      value_micros: usdMicros(1_000_000),
      position_centi: positionCenti(100),
      revenue_micros: usdMicros(1_000_000),
      settled_at: new Date(desk.clock.now()),
    })
    .execute();
  await desk.reconcile();
  const row = await expectStops("data_integrity");
  expect(await desk.release(row)).toContain("the ledger does not balance: -1000000 micros");
}, 120_000);

it("daily_loss: seen at the fill that brings it, before anything is proposed", async () => {
  // Ten bought at 60 and marked at 58, with fees: 0.37 USD are lost.
  desk.limits = { ...desk.limits, maxDailyLoss: usdMicros(400_000) };
  expect(await desk.exit(5)).toMatchObject({ kind: "order", status: "filled" });
  const row = await expectStops("daily_loss");
  // A loss refuses no reduction: what is left is locked while it stands.
  expect(await desk.lock(2)).toMatchObject({ kind: "order", status: "filled", filledCenti: 200 });
  expect(await desk.release(row)).toContain("lost today");
  desk.limits = { ...desk.limits, maxDailyLoss: usdMicros(10_000_000) };
  await expectWayBack(row);
}, 120_000);

it("consecutive_losses: seen by reconciliation, and accounted for by its release", async () => {
  await desk.exit(10);
  desk.limits = { ...desk.limits, consecutiveLossesHalt: 1 };
  await desk.reconcile();
  const [row] = await desk.standing();
  expect(row).toMatchObject({ breaker: "consecutive_losses" });
  expect(await desk.enter()).toMatchObject({ kind: "refused", code: "consecutive_losses" });
  expect(row && (await desk.release(row))).toBeNull();
  await desk.reconcile();
  expect(await desk.standing()).toEqual([]);
}, 120_000);

it("stands after a restart: a new process with empty counts sends no entry", async () => {
  await tieUpCash();
  for (let turn = 0; turn < 3; turn += 1) await desk.enter(200);
  await expectStops("execution_failures");
  desk.breakers.stop();
  const other = await Desk.open(cloned.db, cloned.url);
  expect(await other.enter()).toMatchObject({ kind: "refused", code: "breaker" });
  expect(other.sent()).toBe(0);
}, 120_000);

/** The owner rests bids of 916 USD, fees included: 79 are left, and our books do not know. */
async function tieUpCash(): Promise<void> {
  expect((await desk.bot.place({ price: "0.0100", count: "90000.00" })).status).toBe(201);
}

/** Books an order and its fill that never were at the venue: ten of away at 50. */
async function bookStray(): Promise<void> {
  const intent = intentOf(GAME_ID, { strategy: "mean-reversion", marketTicker: AWAY });
  const order = await approve(cloned.db, proposalOf(GAME_ID, intent));
  const { client_order_id: clientOrderId } = order;
  const fills = [fillOf(order, "stray", 1_000, 175_000)];
  await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: desk.clock.now() });
}

function forecastOf(homeProbability: number): DecisionOutput {
  const knownAt = desk.clock.now();
  const forecast = { homeProbability, sources: [], knownAt, modelVersion: "test-1" };
  return { schemaVersion: 1, forecast, verdicts: [] };
}
