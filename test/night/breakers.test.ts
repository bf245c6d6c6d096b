import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { Db } from "../../schema/database.ts";
import { NightHome, until, untilTyped } from "./night-home.ts";

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

beforeAll(async () => {
  night = await NightHome.create();
  await night.up();
  const world = ["--source", "world:11", "--games", "3", "--speed", "240"];
  const begun = await night.answer("day", "start", ...world);
  expect(begun.exitCode, begun.said).toBe(0);
  database = await night.database();
  await until("an order of ours at the exchange", 240_000, async () => (await sent()) > 0);
  await night.setSpeed(60);
});

afterAll(() => night.remove());

it("stops entries when the venue answers 500 for a while, and says so", async () => {
  const control = await night.exchange();
  await control.addFault({ target: "kalshi", kind: "500", match: "/trade-api/v2/", untilMs: null });
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
  await playOn(60_000);
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

async function sent(): Promise<number> {
  const { body } = await (await night.account()).call("GET", "/portfolio/orders?limit=1000");
  return z.object({ orders: z.array(z.unknown()) }).parse(body).orders.length;
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

async function playOn(runMs: number): Promise<void> {
  const control = await night.exchange();
  const { nowMs } = await control.clock();
  await until(`${runMs} ms of run time`, 120_000, async () => {
    return (await control.clock()).nowMs >= nowMs + runMs;
  });
}
