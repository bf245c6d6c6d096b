import type { Client } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { shownPhase } from "../../core/domain/game.ts";
import type { Db } from "../../schema/database.ts";
import type { Bot } from "../../sim/exchange/testing/bot.ts";
import { killSignal, stateQuery } from "../../workflows/contracts.ts";
import { lift, NightHome, until, untilTyped } from "./night-home.ts";

const GAMES = 3;
const RESTING = 100;
/** Slow enough that games are still to begin when trading resumes. */
const SPEED = 60;
/** Slower still: the night must outlast the breaker. */
const BREAKER_SPEED = 30;

const Orders = z.object({
  orders: z.array(z.object({ order_id: z.string(), status: z.string() })),
});

/** What `tipoff kill --json` answers, as far as it is looked at. */
const Killed = z.looseObject({
  isQuiet: z.boolean(),
  level: z.string(),
  sweep: z.looseObject({ noRestingMs: z.number().nullable() }).nullable(),
});

/** What `tipoff breakers --json` answers, as far as it is looked at. */
const Breakers = z.looseObject({
  open: z.array(z.looseObject({ id: z.number(), breaker: z.string(), level: z.string() })),
  history: z.array(
    z.looseObject({
      id: z.number(),
      released: z.looseObject({ by: z.string(), reason: z.string() }),
    }),
  ),
});

let night: NightHome;
let database: Db;
let temporal: Client;
let account: Bot;
let gameIds: readonly string[];

beforeAll(async () => {
  night = await NightHome.create();
  await night.up();
  const world = ["--source", "world:11", "--games", String(GAMES), "--speed", "240"];
  const begun = await night.answer("day", "start", ...world);
  expect(begun.exitCode, begun.said).toBe(0);
  [database, temporal, account] = [
    await night.database(),
    await night.temporal(),
    await night.account(),
  ];
  await until("an order of ours at the exchange", 240_000, async () => (await orderIds()).size > 0);
  await night.setSpeed(SPEED);
  gameIds = (await database.selectFrom("games").select("game_id").execute()).map(
    (row) => row.game_id,
  );
  expect(gameIds).toHaveLength(GAMES);
});

afterAll(() => night.remove());

describe("tipoff kill in mid-night", () => {
  let known: ReadonlySet<string>;

  it("answers when nothing is in flight any more, and clears 100 resting orders within 3 s", async () => {
    await restFarFromTheMarket(RESTING);
    expect(await restingNow()).toBeGreaterThanOrEqual(RESTING);
    const cleared = until("an account without resting orders", 30_000, async () => {
      return (await restingNow()) === 0;
    }).then(() => Date.now());
    const killed = await night.answer("kill", "--reason", "the test says so", "--json");
    expect(killed.exitCode, killed.said).toBe(0);
    known = await orderIds();
    const answer = Killed.parse(JSON.parse(killed.out));
    expect(answer).toMatchObject({ isQuiet: true, level: "cancel-all" });
    const thrown = await database.selectFrom("kill_switch").selectAll().executeTakeFirstOrThrow();
    expect((await cleared) - thrown.thrown_at.getTime()).toBeLessThan(3_000);
  });

  it("shows every game halted, to a query and in the list", async () => {
    for (const gameId of gameIds) expect(await phaseOf(gameId), gameId).toBe("halted");
    await until("all games halted in the list", 10_000, async () => (await listed()) === GAMES);
  });

  it("lets no order reach the exchange for as long as it stands", async () => {
    await night.playFor(5 * 60_000);
    expect(await orderIds()).toEqual(known);
  });

  it("is lifted by resume: entries come back", async () => {
    await expectEntriesBack();
    for (const gameId of gameIds) expect(await phaseOf(gameId), gameId).not.toBe("halted");
  });
});

it("a kill signal sent to one game stops all of them, and resume lifts it", async () => {
  const [gameId = ""] = gameIds;
  await temporal.workflow
    .getHandle(gameId)
    .signal(killSignal, { level: "cancel-all", reason: "from the Web UI", by: "a person" });
  await until("every game halted", 20_000, async () => {
    const phases = await Promise.all(gameIds.map(phaseOf));
    return phases.every((phase) => phase === "halted");
  });
  await until("an account without resting orders", 10_000, async () => {
    return (await restingNow()) === 0;
  });
  const known = await orderIds();
  await night.playFor(60_000);
  expect(await orderIds()).toEqual(known);
  await lift(night);
  await until("games at work again", 20_000, async () => {
    const phases = await Promise.all(gameIds.map(phaseOf));
    return phases.every((phase) => phase !== "halted");
  });
});

it("asks for a reason and for a level that exists", async () => {
  expect((await night.answer("kill")).exitCode).toBe(2);
  const answer = await night.answer("kill", "--reason", "why", "--level", "gently");
  expect(answer.exitCode).toBe(2);
});

it("says how to go on when nothing runs", async () => {
  const elsewhere = await NightHome.create();
  const answer = await elsewhere.answer("kill", "--reason", "why");
  await elsewhere.remove();
  expect(answer.exitCode).toBe(1);
  expect(answer.said).toContain("nothing runs in");
});

describe("a breaker that trips in mid-night", () => {
  beforeAll(() => night.setSpeed(BREAKER_SPEED));

  it("stops entries when the venue answers 500 for a while, and says so", async () => {
    const control = await night.exchange();
    await control.addFault({
      target: "kalshi",
      kind: "500",
      match: "/trade-api/v2/",
      untilMs: null,
    });
    await until("a breaker", 120_000, async () => (await standing()) > 0);
    const { open } = await breakers();
    expect(open).toMatchObject([{ breaker: "api_failures", level: "no-entries" }]);
    const text = await night.answer("breakers");
    expect(text.out).toContain("api_failures");
  });

  it("is not lifted by a plain resume, and not released while its cause holds", async () => {
    const resumed = await night.answer("resume", "--reason", "on we go");
    expect(resumed.exitCode, resumed.said).toBe(3);
    expect(resumed.said).toMatch(/not true that no breaker stands \(api_failures: .*--breaker \d+/);
    const [{ id } = { id: 0 }] = (await breakers()).open;
    const refused = await night.answer("resume", "--breaker", String(id), "--reason", "I think so");
    expect(refused.exitCode, refused.said).toBe(3);
    expect(refused.said).toMatch(/stays: .*calls of the venue failed/);
    const before = await entries();
    await night.playFor(60_000);
    expect(await entries()).toBe(before);
  });

  it("is released once the venue answers again, and stays in the history", async () => {
    await (await night.exchange()).clearFaults();
    const [{ id } = { id: 0 }] = (await breakers()).open;
    await untilTyped("a cause that has ended", async () => {
      const released = await night.answer("resume", "--breaker", String(id), "--reason", "healthy");
      return released.exitCode === 0;
    });
    const { open, history } = await breakers();
    expect(open).toEqual([]);
    expect(history).toMatchObject([{ id, released: { reason: "healthy" } }]);
  });

  it("wants a breaker that exists, and a reason", async () => {
    const nameless = await night.answer("resume", "--breaker", "1");
    expect(nameless.exitCode, nameless.said).toBe(2);
    const unknown = await night.answer("resume", "--breaker", "999", "--reason", "why not");
    expect(unknown.exitCode, unknown.said).toBe(2);
    expect((await night.answer("resume", "--breaker", "x", "--reason", "why")).exitCode).toBe(2);
  });
});

async function restFarFromTheMarket(count: number): Promise<void> {
  const { market_ticker: ticker } = await database
    .selectFrom("markets")
    .select("market_ticker")
    .executeTakeFirstOrThrow();
  for (let placed = 0; placed < count; ) {
    const { status } = await account.place({ ticker, price: "0.0100", count: "1.00" });
    if (status === 201) placed += 1;
    else if (status !== 429) throw new Error(`the exchange answered ${status}`);
  }
}

async function restingNow(): Promise<number> {
  return (await (await night.exchange()).state()).resting;
}

/** Every order that the exchange has ever been sent. */
async function orderIds(): Promise<ReadonlySet<string>> {
  const { body } = await account.call("GET", "/portfolio/orders?limit=1000");
  return new Set(Orders.parse(body).orders.map((order) => order.order_id));
}

async function phaseOf(gameId: string): Promise<string> {
  return shownPhase(await temporal.workflow.getHandle(gameId).query(stateQuery));
}

async function listed(): Promise<number> {
  const query = "WorkflowType = 'game' AND TradePhase = 'halted'";
  return (await temporal.workflow.count(query)).count;
}

async function expectEntriesBack(): Promise<void> {
  const before = await entriesSent();
  await lift(night, "--reason", "the test is over");
  await until("a new entry", 240_000, async () => (await entriesSent()) > before);
}

async function entriesSent(): Promise<number> {
  const rows = await database
    .selectFrom("orders")
    .select("client_order_id")
    .where("purpose", "=", "entry")
    .where("venue_order_id", "is not", null)
    .execute();
  return rows.length;
}

async function breakers(): Promise<z.infer<typeof Breakers>> {
  const answer = await night.answer("breakers", "--json");
  expect(answer.exitCode, answer.said).toBe(0);
  return Breakers.parse(JSON.parse(answer.out));
}

/** Breakers that stand, by the books: what costs no process to ask. */
async function standing(): Promise<number> {
  const rows = await database
    .selectFrom("circuit_breakers")
    .select("breaker_id")
    .where("released_at", "is", null)
    .execute();
  return rows.length;
}

/** Entries that were ever approved. */
async function entries(): Promise<number> {
  const rows = await database
    .selectFrom("orders")
    .select("client_order_id")
    .where("purpose", "=", "entry")
    .execute();
  return rows.length;
}
