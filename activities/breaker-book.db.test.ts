import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { instant, usdMicros } from "../core/domain/units.ts";
import { openDatabase } from "../schema/database.ts";
import { recordFills } from "../schema/queries/fills.ts";
import {
  findCondition,
  lockBreaker,
  openBreakers,
  releaseBreaker,
} from "../schema/queries/breakers.ts";
import { recordReconciliation } from "../schema/queries/reconciliations.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import {
  addGame,
  approve,
  FEES,
  fillOf,
  intentOf,
  LIMITS,
  NOW,
  proposalOf,
  RUN_ID,
} from "../test/db/night.ts";
import { THRESHOLDS } from "../test/support/breakers.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { type BreakerBook, createBreakerBook } from "./breaker-book.ts";
import { causeThatHolds, type LossMeasures } from "./breaker-causes.ts";
import { createObservationStore } from "./observation-store.ts";

let cloned: ClonedDatabase;
let book: BreakerBook;
let now = NOW;
let games = 0;
const clock = { now: () => now, speed: 60 };
const losses: LossMeasures = { marks: () => ({}), limitsOf: () => Promise.resolve(LIMITS) };
const looking = () => ({ mode: "paper", thresholds: THRESHOLDS, losses, now }) as const;
const open = (db = cloned.db): BreakerBook =>
  createBreakerBook({ db, mode: "paper", thresholds: THRESHOLDS, losses, clock, log: SILENT });

beforeAll(async () => {
  cloned = await cloneDatabase();
}, 60_000);
afterAll(() => cloned.drop());
beforeEach(() => {
  games += 1;
  now = instant(NOW + games * 3_600_000);
  book = open();
});
afterEach(async () => {
  book.stop();
  for (const row of await openBreakers(cloned.db, "paper")) {
    const at = clock.now();
    await cloned.db.transaction().execute(async (tx) => {
      await lockBreaker(tx, row.breaker_id);
      await releaseBreaker(tx, row, { by: "test", reason: "next test", at });
    });
  }
});

async function standing(): Promise<readonly string[]> {
  return (await openBreakers(cloned.db, "paper")).map(({ breaker }) => breaker);
}

const failed = { isFailed: true, reason: "market: 500" };
const good = { isFailed: false, reason: "" };

it("trips before it calls itself settled, so that no entry slips through in between", async () => {
  for (let calls = 0; calls < THRESHOLDS.api.maxFailuresInRow; calls += 1) {
    await book.settled();
    expect(await standing()).toEqual([]);
    book.venueCalled(failed);
  }
  await book.settled();
  expect(await standing()).toEqual(["api_failures"]);
});

it("trips by itself within moments, when nobody waits for it", async () => {
  for (let calls = 0; calls < 3; calls += 1) book.venueCalled(failed);
  await expect.poll(standing, { timeout: 10_000 }).toEqual(["api_failures"]);
});

it("is not settled while the database does not take a trip, and writes it when it does", async () => {
  let isAway = true;
  const onConnectionLost = (): void => undefined;
  const nowhere = openDatabase({
    url: "postgres://nobody@127.0.0.1:1/none",
    poolSize: 1,
    name: "test",
    onConnectionLost,
  });
  const db = new Proxy(cloned.db, {
    get: (there, name) => {
      const from = isAway ? nowhere : there;
      const found: unknown = Reflect.get(from, name);
      return typeof found === "function" ? (found.bind(from) as unknown) : found;
    },
  });
  const other = open(db);
  for (let calls = 0; calls < 3; calls += 1) other.venueCalled(failed);
  await expect(other.settled()).rejects.toThrow();
  // What is told meanwhile throws nothing at whoever tells it.
  await other.changed("ledger");
  expect(await standing()).toEqual([]);
  isAway = false;
  await other.settled();
  expect(await standing()).toEqual(["api_failures"]);
  other.stop();
  await nowhere.destroy();
});

it("writes one row for two processes that see the same", async () => {
  const other = open();
  for (let calls = 0; calls < 3; calls += 1) {
    book.venueCalled(failed);
    other.venueCalled(failed);
  }
  await Promise.all([book.settled(), other.settled()]);
  expect(await standing()).toEqual(["api_failures"]);
  other.stop();
});

it("says that a cause holds until it was seen to end, also for a process that saw none of it", async () => {
  for (let calls = 0; calls < 3; calls += 1) book.venueCalled(failed);
  await book.settled();
  const [row] = await openBreakers(cloned.db, "paper");
  if (row === undefined) throw new Error("no breaker stands");
  book.stop();
  book = open();
  await book.settled();
  expect(await causeThatHolds(cloned.db, row, looking())).toMatchObject({ numbers: { value: 3 } });
  for (let calls = 0; calls < 3; calls += 1) book.venueCalled(good);
  await book.settled();
  expect(await causeThatHolds(cloned.db, row, looking())).toBeNull();
  expect(await findCondition(cloned.db, "paper", "api_failures")).toMatchObject({ holds: false });
});

it("trips when the database refuses an observation, and lets the cause end with its window", async () => {
  const spoolDir = await mkdtemp(join(tmpdir(), "breakers-"));
  const onRefused = book.observationsRefused;
  const store = createObservationStore({ db: cloned.db, spoolDir, log: SILENT, clock, onRefused });
  await store.flush();
  // A mid of a text: the column is a number.
  const row = { game_id: "g", observed_at: new Date(NOW), cursor_no: 1, trigger: "change" };
  store.snapshot({ ...row, quality: "ok", mid_micros: "much" as never });
  await store.flush();
  await book.settled();
  expect(await standing()).toEqual(["data_integrity"]);
  expect(await readdir(join(spoolDir, "refused"))).toHaveLength(1);
  const [tripped] = await openBreakers(cloned.db, "paper");
  now = instant(now + THRESHOLDS.data.refusedWindowMs);
  await book.settled();
  expect(tripped && (await causeThatHolds(cloned.db, tripped, looking()))).toBeNull();
  await store.close();
  await rm(spoolDir, { recursive: true });
});

it("forgets a source that nobody looks at any more, and believes one that is sound again", async () => {
  const { maxInvalidMs } = THRESHOLDS.data;
  book.sourceInvalid("book X", "bid crossed");
  now = instant(now + maxInvalidMs - 1);
  book.sourceInvalid("book X", "bid crossed");
  book.sourceValid("book X");
  now = instant(now + 1);
  book.sourceInvalid("book X", "bid crossed");
  await book.settled();
  expect(await standing()).toEqual([]);
  now = instant(now + maxInvalidMs);
  book.sourceInvalid("book X", "bid crossed");
  await book.settled();
  expect(await standing()).toEqual(["data_integrity"]);
  const [tripped] = await openBreakers(cloned.db, "paper");
  expect(tripped && (await causeThatHolds(cloned.db, tripped, looking()))).not.toBeNull();
  now = instant(now + maxInvalidMs + 1);
  await book.settled();
  expect(tripped && (await causeThatHolds(cloned.db, tripped, looking()))).toBeNull();
});

it("judges again what an earlier process left unjudged, and not what a release has acknowledged", async () => {
  const gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  const fills = [fillOf(order, `f-${clientOrderId}`, 1_000, 1)];
  await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
  expect(await standing()).toEqual([]);
  await book.changed("fees");
  expect(await standing()).toEqual(["fee_mismatch"]);
  const [row] = await openBreakers(cloned.db, "paper");
  if (row === undefined) throw new Error("no breaker stands");
  await cloned.db
    .transaction()
    .execute((tx) => releaseBreaker(tx, row, { by: "test", reason: "looked into", at: now }));
  await book.changed("fees");
  expect(await standing()).toEqual([]);
});

it("trips on a difference that lasts, and holds until a comparison without it", async () => {
  await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
  const compare = async (differences: readonly object[]): Promise<void> => {
    const cash = { venueCash: null, ledgerCash: null, foreignCash: usdMicros(0) };
    await recordReconciliation(cloned.db, { runId: RUN_ID, at: now, differences, ...cash });
    await book.changed("reconciliation");
  };
  const difference = { kind: "position", what: "X", venue: 0, ledger: 1_000 };
  await compare([difference]);
  expect(await standing()).toEqual([]);
  await compare([difference]);
  expect(await standing()).toEqual(["reconciliation_difference"]);
  const [row] = await openBreakers(cloned.db, "paper");
  if (row === undefined) throw new Error("no breaker stands");
  expect((await causeThatHolds(cloned.db, row, looking()))?.cause).toContain("position X");
  await compare([]);
  expect(await causeThatHolds(cloned.db, row, looking())).toBeNull();
});

it("refuses to judge the cause of a breaker that it does not know", async () => {
  await cloned.db
    .insertInto("circuit_breakers")
    .values({
      mode: "paper",
      breaker: "of_tomorrow",
      cause: "?",
      level: "no-entries",
      run_id: null,
      tripped_at: new Date(NOW),
    })
    .execute();
  const [row] = await openBreakers(cloned.db, "paper");
  const cause = row === undefined ? null : await causeThatHolds(cloned.db, row, looking());
  expect(cause?.cause).toContain("of another version");
});
