import { sql } from "kysely";
import type { Logger } from "pino";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import type { AccountView } from "../core/domain/account-comparison.ts";
import { required } from "../core/domain/assert.ts";
import type { OrderIntent } from "../core/domain/order.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import { openAlarms } from "../schema/queries/alarms.ts";
import { loadGamePage } from "../schema/queries/game-page.ts";
import { findGame, setPhase } from "../schema/queries/games.ts";
import { cash, cashIdentity } from "../schema/queries/ledger.ts";
import { openPositions, positionsOfOccasion } from "../schema/queries/positions.ts";
import { loadReportRows } from "../schema/queries/report.ts";
import { settlementsOfOccasion } from "../schema/queries/settlements.ts";
import { taking } from "../scripts/crash-orders/intents.ts";
import { AWAY, FINAL_AT, GAME, HOME } from "../scripts/crash-orders/game.ts";
import { readAccount } from "./account-view.ts";
import { bookCorrections } from "./correct-settlements.ts";
import { closeOrderStages, openOrderStage, type OrderStage } from "../test/orders/open-stage.ts";

let on: OrderStage;
beforeEach(async () => {
  on = await openOrderStage();
}, 60_000);
afterEach(() => on.close(), 60_000);
afterAll(closeOrderStages);

/** Buys ten contracts of home, which wins. */
async function buyTen(): Promise<void> {
  const intent: OrderIntent = { ...taking(1_000), strategy: "model-edge", phase: "live" };
  await on.place(intent);
  expect(await openPositions(on.stage.db, "paper")).toMatchObject([{ position_centi: 1_000 }]);
}

const nightOf = () => required(on.stage.exchange.nights.night, "a night");

/** The venue says another final word, of one market or, as a game needs it, of both. */
function correct(...words: readonly (readonly [ticker: string, result: "yes" | "no"])[]): void {
  const { engine, playedTo: at } = nightOf();
  for (const [marketTicker, result] of words) {
    const status = { status: "finalized", result, settlementValue: null } as const;
    const times = { sourceTime: at, receivedAt: at };
    engine.apply({ kind: "market-status", marketTicker, ...status, ...times });
  }
}
const homeLost = (): void => {
  correct([HOME, "no"], [AWAY, "yes"]);
};
const homeWon = (): void => {
  correct([HOME, "yes"], [AWAY, "no"]);
};

/** What every comparison must find once all is settled: ten contracts at a dollar, or nothing. */
async function expectBooked(corrections = 0, result: "home" | "away" = "home"): Promise<void> {
  const { db } = on.stage;
  const found = await on.reconcile();
  const ledger = await cash(db, "paper");
  expect(found).toMatchObject({ differences: [], cash: { venue: ledger, ledger, foreign: 0 } });
  expect(ledger).toBe(nightOf().engine.account.cash);
  expect(await cashIdentity(db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
  expect(await openPositions(db, "paper")).toEqual([]);
  const revenue_micros = result === "home" ? 10_000_000 : 0;
  expect(await settlementsOfOccasion(db, GAME.gameId)).toMatchObject([
    { market_ticker: HOME, strategy: "model-edge", revenue_micros, corrections },
  ]);
  const [position] = await positionsOfOccasion(db, GAME.gameId);
  const { realized } = required(nightOf().engine.account.positions.get(HOME), "the position");
  expect(position?.realized_micros).toBe(realized);
  expect(await findGame(db, GAME.gameId)).toMatchObject({ result });
}

it("books the settlement of a game that was stopped, and the books are equal", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await expectBooked();
});

it("books a settlement once, whether the game or a comparison comes first", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await on.reconcile();
  const once = await cash(on.stage.db, "paper");
  await on.settle();
  expect(await cash(on.stage.db, "paper")).toBe(once);
  await expectBooked();
});

it("settles nothing before the venue's final word", async () => {
  await buyTen();
  const before = await cash(on.stage.db, "paper");
  expect(await on.reconcile()).toMatchObject({ differences: [] });
  expect(await cash(on.stage.db, "paper")).toBe(before);
  expect(await settlementsOfOccasion(on.stage.db, GAME.gameId)).toEqual([]);
});

it("books what the venue corrects after it has paid, each time once, and scores the game anew", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await expectBooked();
  const { db } = on.stage;
  await setPhase(db, GAME.gameId, "scored", on.desk.deps.clock.now());
  homeLost();
  const { corrections } = await on.reconcile();
  expect(corrections).toMatchObject({ booked: [{ number: 1, change: -10_000_000 }], refused: [] });
  expect(await openAlarms(db)).toMatchObject([{ code: "settlement_corrected" }]);
  await expectBooked(1, "away");
  // Told once; what is booked stands, and says what it was before.
  expect(await openAlarms(db)).toEqual([]);
  const page = required(await loadGamePage(db, GAME.gameId), "the page of the game");
  expect(page.settlements).toMatchObject([
    { correction: 0, result: "yes", revenue: 10_000_000 },
    { correction: 1, result: "no", revenue: 0 },
  ]);
  homeWon();
  expect((await on.reconcile()).corrections.booked).toMatchObject([{ number: 2 }]);
  await expectBooked(2, "home");
  const report = await loadReportRows(db, GAME.runId);
  expect(report.settlements).toMatchObject([{ revenue: 10_000_000, corrections: 2 }]);
});

it("books a correction once, wherever a process dies that books it", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await expectBooked();
  const { deps } = on.desk;
  const openedAt = instant(FINAL_AT - 3_600_000);
  const die = (): never => {
    throw new Error("the process dies");
  };
  const silent = Object.assign(Object.create(deps.log) as Logger, { error: die });
  // Before the money, in the middle of its transaction thrice, and when it is committed.
  const deaths: readonly ((account: AccountView) => Promise<unknown>)[] = [
    (account) => bookCorrections({ ...deps, step: die }, "paper", account),
    ...["settlement_corrections", "ledger_entries", "positions"].map(
      (table) => (account: AccountView) =>
        refusing(table, () => bookCorrections(deps, "paper", account)),
    ),
    (account) => bookCorrections({ ...deps, log: silent }, "paper", account),
  ];
  for (const [index, death] of deaths.entries()) {
    const hasWon = index % 2 === 1;
    if (hasWon) homeWon();
    else homeLost();
    const account = await readAccount(deps.venue, { openedAt, recent: openedAt });
    await expect(death(account)).rejects.toThrow("the process dies");
    // Two look at once.
    await Promise.all([
      bookCorrections(deps, "paper", account),
      bookCorrections(deps, "paper", account),
    ]);
    await expectBooked(index + 1, hasWon ? "home" : "away");
  }
});

/** Lets a table take nothing while something runs: whatever transaction comes to it is undone. */
async function refusing<T>(table: string, run: () => Promise<T>): Promise<T> {
  const { db } = on.stage;
  await sql`create or replace function die() returns trigger language plpgsql as
    $$ begin raise exception 'the process dies'; end $$`.execute(db);
  await sql`create trigger die after insert or update on ${sql.table(table)}
    for each row execute function die()`.execute(db);
  return run().finally(() => sql`drop trigger die on ${sql.table(table)}`.execute(db));
}

it("books no correction that contradicts itself, names the field, and does when it is sound", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await expectBooked();
  const { db } = on.stage;
  const before = await cash(db, "paper");
  const { deps } = on.desk;
  const openedAt = instant(FINAL_AT - 3_600_000);
  const refusedFor = async (field: string): Promise<void> => {
    const account = await readAccount(deps.venue, { openedAt, recent: openedAt });
    const refused = [{ marketTicker: HOME, field }];
    expect(await bookCorrections(deps, "paper", account)).toMatchObject({ booked: [], refused });
    expect(await cash(db, "paper")).toBe(before);
    expect(await findGame(db, GAME.gameId)).toMatchObject({ result: "home" });
  };
  // Nobody has won while the other market still says what it said.
  correct([HOME, "no"]);
  await refusedFor("result");
  const { engine } = nightOf();
  const listing = engine.listing(HOME);
  const [row] = engine.account.settlements;
  // Two witnesses must agree, and the money with them.
  const { settlements } = engine.account;
  settlements[0] = { ...required(row, "the settlement"), revenue: usdMicros(10_000_000) };
  await refusedFor("revenue");
  settlements[0] = required(row, "the settlement");
  Object.assign(listing, { result: "yes", settlementValue: usdMicros(1_000_000) });
  await refusedFor("market_result");
  settlements[0] = { ...required(row, "the settlement"), result: "scalar" };
  for (const value of [null, 1_500_000]) {
    listing.result = "scalar";
    listing.settlementValue = value === null ? null : usdMicros(value);
    await refusedFor("settlement_value_dollars");
  }
  // The comparison goes on all the same: cash has moved, and people hear why it is not booked.
  const { differences } = await on.reconcile();
  expect(differences).toMatchObject([{ kind: "ledger-cash", ledger: before }]);
  const alarms = (await openAlarms(db)).map(({ code, field }) => `${code} ${field ?? ""}`);
  expect(alarms.toSorted()).toEqual([
    ...["reconciliation_difference cash", "settlement_correction_refused settlement_value_dollars"],
  ]);
  settlements[0] = required(row, "the settlement");
  Object.assign(listing, { result: "no", settlementValue: usdMicros(0) });
  correct([AWAY, "yes"]);
  await expectBooked(1, "away");
  expect(await openAlarms(db)).toMatchObject([{ code: "settlement_corrected" }]);
});

it("calls cash a difference that the venue has paid and that cannot be booked", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  on.fault("500", `/markets/${HOME}`);
  expect((await on.reconcile()).differences).toMatchObject([{ kind: "ledger-cash" }]);
  on.heal();
  await expectBooked();
});
