import { NO_BREAKERS } from "../test/support/breakers.ts";
import { NO_HUB } from "../test/support/hub.ts";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { GameRef } from "../core/domain/game-ref.ts";
import { countCenti } from "../core/domain/units.ts";
import type { CancelOutcome, CreateOutcome, Venue } from "../core/domain/venue.ts";
import { openDatabase, openPool } from "../schema/database.ts";
import { listAudit } from "../schema/queries/audit.ts";
import { throwKill } from "../schema/queries/kill.ts";
import { liftKills } from "../test/db/lift-kills.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import {
  addGame,
  BASIS,
  FEES,
  IN_FORCE,
  inputsOf,
  intentOf,
  LIMITS,
  NOW,
  RUN_ID,
} from "../test/db/night.ts";
import { SILENT, testVenue } from "../test/support/kalshi.ts";
import { startWireServer } from "../test/support/wire-server.ts";
import { auditedVenue } from "./audited-venue.ts";
import { createIntentQueue } from "./intent-queue.ts";
import { createOrderActivities, type PlaceRequest } from "./place-order.ts";
import { occasionOfGame } from "../core/domain/occasion.ts";

const clock = { now: () => NOW, speed: 60 };

let cloned: ClonedDatabase;
let senders: pg.Pool;
let games = 0;
let game: GameRef;
beforeAll(async () => {
  cloned = await cloneDatabase();
  const onConnectionLost = (): void => undefined;
  senders = openPool({ url: cloned.url, poolSize: 4, name: "send", onConnectionLost });
});
afterAll(async () => {
  await senders.end();
  await cloned.drop();
});
beforeEach(async () => {
  games += 1;
  const eventTicker = `KXNBAGAME-26NOV20BOSNYK${games}`;
  game = {
    gameId: await addGame(cloned.db, eventTicker),
    runId: RUN_ID,
    mode: "paper",
    eventTicker,
    home: "NYK",
    away: "BOS",
    tradingDate: "2026-11-20",
    tipAt: NOW,
    espnEventId: null,
    nbaGameId: null,
    markets: [{ ticker: `${eventTicker}-NYK`, team: "home", exchangeIndex: 0 }],
  };
});

const raised: string[] = [];
const alarms = {
  raise: ({ code }: { readonly code: string }) => {
    raised.push(code);
  },
  clear: () => undefined,
  flush: () => Promise.resolve(),
};
const auditing = () => ({
  db: cloned.db,
  clock,
  mode: "paper" as const,
  alarms,
  log: SILENT,
  actor: "test",
});

async function place(answer: CreateOutcome): Promise<{ readonly clientOrderId: string }> {
  const part: Partial<Venue> = {
    payForOrder: () => Promise.resolve(true),
    createOrder: () => Promise.resolve(answer),
    order: () => Promise.resolve(null),
    orders: () => Promise.resolve([]),
    fills: () => Promise.resolve([]),
  };
  const activities = createOrderActivities({
    db: cloned.db,
    senders,
    venue: auditedVenue(part as Venue, auditing()), // Test boundary: anything else would throw.
    clock,
    fees: { schedule: () => Promise.resolve(FEES) },
    alarms,
    intents: createIntentQueue(cloned.db, () => Promise.resolve(LIMITS)),
    limits: IN_FORCE,
    breakers: NO_BREAKERS,
    hub: NO_HUB,
    brakes: {
      expiresAfterMs: 300_000,
      orderGroup: () => Promise.resolve("group"),
      killFile: () => null,
    },
    mode: "paper",
    readInputs: (_game, intent) => Promise.resolve(inputsOf(intent)),
    log: SILENT,
  });
  const request: PlaceRequest = {
    occasion: occasionOfGame(game),
    intent: intentOf(game.gameId),
    intentKey: `${game.gameId}/1`,
    parentId: null,
    decisionId: `${game.gameId}#1`,
    quote: { bidMicros: 490_000, askMicros: 500_000, receivedAt: NOW, receivedWallMs: 0 },
    basis: BASIS,
  };
  return activities.placeOrder(request);
}

/** Kinds and details of what is kept of one subject, oldest first: a request and what came of it. */
async function kept(subject: string) {
  const filter = { kind: null, since: null, limit: 10_000 };
  const ofSubject = async () =>
    (await listAudit(cloned.db, filter)).filter((row) => row.subject === subject);
  // A cancel's answer does not wait long for its record: on a busy machine that comes after it.
  while ((await ofSubject()).length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  return (await ofSubject())
    .map(({ kind, details }) => ({ kind, ...(JSON.parse(details) as object) }))
    .toReversed();
}

const answer = { status: 201, body: '{"order_id":"v-1"}' };
it.each<CreateOutcome>([
  {
    kind: "accepted",
    venueOrderId: "v-1",
    filled: countCenti(0),
    remaining: countCenti(1_000),
    isClosed: false,
    answer,
  },
  { kind: "rejected", code: "insufficient_balance", message: "no", answer },
  { kind: "unknown", reason: "http 503", answer: { status: 503, body: "busy" } },
  { kind: "duplicate", answer: { status: 409, body: "" } },
])("keeps request and answer of an order that is $kind", async (outcome) => {
  const { clientOrderId } = await place(outcome);
  expect(await kept(clientOrderId)).toMatchObject([
    { kind: "order-request", marketTicker: game.markets[0]?.ticker, countCenti: 1_000 },
    { kind: "venue-response", answer: outcome },
  ]);
});

it("keeps that an order was not sent because a kill came between", async () => {
  // The kill is thrown after the risk check has looked: a writer that waits for the send's lock.
  const kill = { killId: `k-${games}`, mode: "paper", level: "no-entries" } as const;
  const lock = await senders.connect();
  await lock.query("select pg_advisory_lock(7401, 2)");
  const placing = place({ kind: "duplicate" });
  const isIntended = async (): Promise<boolean> => {
    const { rows } = await lock.query("select from orders where occasion_id = $1", [game.gameId]);
    return rows.length > 0;
  };
  while (!(await isIntended())) await new Promise((resolve) => setTimeout(resolve, 10));
  await throwKill(cloned.db, { ...kill, reason: "test", by: "test" });
  await lock.query("select pg_advisory_unlock(7401, 2)");
  lock.release();
  const { clientOrderId } = await placing;
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "test" });
  expect(await kept(clientOrderId)).toMatchObject([
    { kind: "order-request" },
    { kind: "order-not-sent", why: `kill ${kill.killId}` },
  ]);
});

const CANCEL = { venueOrderId: "v-7", marketTicker: "T", exchangeIndex: 0 };

it("keeps every cancel with its answer, and the cancel of all", async () => {
  const outcome: CancelOutcome = { kind: "canceled", reducedBy: countCenti(500), answer };
  const venue = auditedVenue<Pick<Venue, "cancelOrder" | "cancelAll">>(
    {
      cancelOrder: () => Promise.resolve(outcome),
      cancelAll: () => Promise.reject(new Error("VENUE_UNAVAILABLE")),
    },
    auditing(),
  );
  expect(await venue.cancelOrder(CANCEL, 100)).toEqual(outcome);
  await expect(venue.cancelAll(100)).rejects.toThrow("VENUE_UNAVAILABLE");
  expect(await kept("v-7")).toMatchObject([
    { kind: "cancel-request", what: "cancel", marketTicker: "T" },
    { kind: "venue-response", answer: outcome },
  ]);
  expect(await kept("all")).toMatchObject([
    { kind: "cancel-request", what: "cancel-all" },
    { kind: "venue-response", answer: { kind: "failed" } },
  ]);
});

it("cancels while the database is away, within a moment, and says that the record is lost", async () => {
  raised.length = 0;
  const url = new URL(cloned.url);
  url.port = "1";
  const gone = openDatabase({
    url: url.href,
    poolSize: 1,
    name: "gone",
    onConnectionLost: () => undefined,
  });
  const outcome: CancelOutcome = { kind: "canceled", reducedBy: countCenti(500) };
  const venue = auditedVenue<Pick<Venue, "cancelOrder" | "cancelAll">>(
    {
      cancelOrder: () => Promise.resolve(outcome),
      cancelAll: () => Promise.reject(new Error("not asked for")),
    },
    { ...auditing(), db: gone },
  );
  const startedAt = performance.now();
  expect(await venue.cancelOrder(CANCEL, 100)).toEqual(outcome);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  while (raised.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(new Set(raised)).toEqual(new Set(["audit_row_lost"]));
  await gone.destroy();
});

it("keeps status and body of an answer, and no signature of the request", async () => {
  const server = await startWireServer();
  server.answer = () => ({ status: 404, json: { error: { code: "not_found", message: "no" } } });
  const venue = auditedVenue(testVenue(server.url, "paper"), auditing());
  await venue.cancelOrder({ ...CANCEL, venueOrderId: "v-8" }, 1_000);
  const signature = server.seen[0]?.headers["kalshi-access-signature"];
  await server.close();
  const rows = await kept("v-8");
  expect(rows[1]).toMatchObject({ answer: { kind: "not-found", answer: { status: 404 } } });
  expect(signature).toBeTypeOf("string");
  expect(JSON.stringify(rows)).toContain("not_found");
  expect(JSON.stringify(rows)).not.toContain(signature);
});
