import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Bot } from "./testing/bot.ts";
import { BOOK, HOME, level, OPENING, print, START, status } from "./testing/hand-made.ts";
import { startWith, temporaryFolder } from "./testing/start.ts";

const code = (body: unknown): unknown => (body as { error?: { code?: string } }).error?.code;

it("fills a taker at the displayed prices and charges the taker's fee", async () => {
  const { bot } = await startWith(BOOK);
  const { status: http, body } = await bot.place({ count: "60.00", price: "0.6200" });
  expect(http).toBe(201);
  // 50 at 60 cents and 10 at 62 cents: 36.20 / 60.
  expect(body).toMatchObject({ fill_count: "60.00", remaining_count: "0.00" });
  expect(body["average_fill_price"]).toBe("0.603333");
  // 0.07 * (50 * 0.60 * 0.40 + 10 * 0.62 * 0.38) = 1.00492, up to 0.0001 once: 1.0050.
  const { body: balance } = await bot.call("GET", "/portfolio/balance");
  expect(balance["balance_dollars"]).toBe("62.7950");
  const { body: held } = await bot.call("GET", "/portfolio/positions");
  expect(held["market_positions"]).toMatchObject([{ ticker: HOME, position_fp: "60.00" }]);
});

it("queues a maker behind the displayed size and fills it as prints consume the queue", async () => {
  const facts = [...BOOK, print(10, 58, 95, "ask"), print(20, 58, 20, "ask")];
  const { bot, tick } = await startWith(facts);
  const { body: order } = await bot.place({ price: "0.5800" });
  const place = `/portfolio/orders/${String(order["order_id"])}/queue_position`;
  expect((await bot.call("GET", place)).body["queue_position_fp"]).toBe("100.00");
  await tick(200);
  // 95 of the 100 ahead, then 5 more of them, then 10 of ours out of the 15 left.
  const { body: fills } = await bot.call("GET", "/portfolio/fills");
  expect(fills["fills"]).toMatchObject([
    { order_id: order["order_id"], count_fp: "10.00", is_taker: false },
  ]);
});

it("says insufficient_balance to what the cash cannot bear, resting orders counted", async () => {
  const { bot } = await startWith(BOOK);
  expect((await bot.place({ count: "150.00", price: "0.5000" })).status).toBe(201);
  const { status: http, body } = await bot.place({ count: "60.00", price: "0.5000" });
  expect([http, code(body)]).toEqual([400, "insufficient_balance"]);
});

it("answers 409 order_already_exists to a client order id used before, also by a killed order", async () => {
  const { bot } = await startWith(BOOK);
  const killed = { client_order_id: "a", time_in_force: "fill_or_kill", count: "80.00" };
  const { status: http, body } = await bot.place(killed);
  expect([http, code(body)]).toEqual([409, "fill_or_kill_insufficient_resting_volume"]);
  const again = await bot.place({ client_order_id: "a" });
  expect([again.status, code(again.body)]).toEqual([409, "order_already_exists"]);
  const { body: page } = await bot.call("GET", "/portfolio/orders");
  expect(page["orders"]).toMatchObject([{ client_order_id: "a", status: "canceled" }]);
});

it("refuses what the venue refuses, in its words", async () => {
  const { bot } = await startWith(BOOK);
  const refusals: [object, number, string][] = [
    [{ price: "0.6050" }, 400, "invalid_order"],
    [{ post_only: true }, 400, "invalid_order"],
    [{ reduce_only: true }, 400, "invalid_order"],
    [
      { reduce_only: true, time_in_force: "immediate_or_cancel", side: "ask" },
      400,
      "invalid_order",
    ],
    [{ price: 0.6 }, 400, "invalid_parameters"],
    [{ count: "0.00" }, 400, "invalid_order"],
    [{ exchange_index: 0 }, 404, "not_found"],
    [{ exchange_index: undefined }, 404, "not_found"],
    [{ ticker: "KXNBAGAME-26NOV20BOSNYK-LAL" }, 404, "not_found"],
  ];
  for (const [terms, http, word] of refusals) {
    const answer = await bot.place(terms);
    expect([terms, answer.status, code(answer.body)]).toEqual([terms, http, word]);
  }
  const v1 = await bot.call("POST", "/portfolio/orders", {});
  expect([v1.status, code(v1.body)]).toEqual([410, "deprecated_v1_order_endpoint"]);
});

it("does not find a living order on the wrong shard, and finds it by its id", async () => {
  const { bot } = await startWith(BOOK);
  const { body } = await bot.place({ price: "0.5000" });
  const id = String(body["order_id"]);
  expect((await bot.cancel(id, 0)).status).toBe(404);
  const { body: read } = await bot.call("GET", `/portfolio/orders/${id}`);
  expect(read["order"]).toMatchObject({ status: "resting", remaining_count_fp: "10.00" });
  expect((await bot.cancel(id)).body["reduced_by"]).toBe("10.00");
  expect((await bot.cancel(id)).status).toBe(404);
});

it("decreases in place, amends to a new place, and cancels all", async () => {
  const { bot } = await startWith(BOOK);
  const { body } = await bot.place({ price: "0.5800" });
  const path = `/portfolio/events/orders/${String(body["order_id"])}`;
  const less = await bot.call("POST", `${path}/decrease`, { reduce_by: "4.00", exchange_index: 3 });
  expect(less.body["remaining_count"]).toBe("6.00");
  const amended = await bot.call("POST", `${path}/amend`, {
    ticker: HOME,
    side: "bid",
    price: "0.5900",
    count: "8.00",
    exchange_index: 3,
  });
  expect(amended.body).toMatchObject({ remaining_count: "8.00", fill_count: "0.00" });
  const book = await bot.call("GET", `/markets/${HOME}/orderbook`);
  expect(book.body["orderbook_fp"]).toMatchObject({
    yes_dollars: [
      ["0.5800", "100.00"],
      ["0.5900", "8.00"],
    ],
  });
  expect((await bot.call("DELETE", "/portfolio/events/orders")).status).toBe(204);
  const { body: resting } = await bot.call("GET", "/portfolio/orders?status=resting");
  expect(resting["orders"]).toEqual([]);
});

it("takes off by what rests when its turn comes, of two at once as well, and does so again after a restart", async () => {
  const dataDir = await temporaryFolder();
  const first = await startWith(BOOK, { dataDir, latencyMs: 20 });
  const { body } = await first.bot.place({ price: "0.5800" });
  const id = String(body["order_id"]);
  const less = (wish: object) =>
    first.bot.call("POST", `/portfolio/events/orders/${id}/decrease`, {
      ...{ ...wish, exchange_index: 3 },
    });
  const both = await Promise.all([less({ reduce_by: "2.00" }), less({ reduce_by: "2.00" })]);
  expect(both.map((one) => one.body["remaining_count"])).toEqual(["8.00", "6.00"]);
  expect((await less({ reduce_to: "5.00" })).body["remaining_count"]).toBe("5.00");
  const resting = async (bot: Bot): Promise<unknown> =>
    (await bot.call("GET", `/portfolio/orders/${id}`)).body["order"];
  expect(await resting(first.bot)).toMatchObject({ remaining_count_fp: "5.00" });
  await first.exchange.close();
  const second = await startWith(BOOK, { dataDir, latencyMs: 20 });
  expect(await resting(second.bot)).toMatchObject({
    ...{ status: "resting", remaining_count_fp: "5.00" },
  });
});

it("answers each order of a batch by itself", async () => {
  const { bot } = await startWith(BOOK);
  const terms = { ticker: HOME, side: "bid", count: "1.00", exchange_index: 3 };
  const rest = { time_in_force: "good_till_canceled", self_trade_prevention_type: "maker" };
  const { status: http, body } = await bot.call("POST", "/portfolio/events/orders/batched", {
    orders: [
      { ...terms, ...rest, price: "0.5000" },
      { ...terms, ...rest, price: "0.5050" },
    ],
  });
  expect(http).toBe(201);
  expect(body["orders"]).toMatchObject([
    { remaining_count: "1.00" },
    { error: { code: "invalid_order" } },
  ]);
});

it("answers 429 without Retry-After once the write bucket is empty", async () => {
  const { bot } = await startWith(BOOK, { tier: "basic" });
  const answers = [];
  for (let n = 0; n < 11; n += 1) answers.push(await bot.place({ price: "0.0100", count: "1.00" }));
  // 100 tokens at 10 an order, and time stands still.
  expect(answers.map((answer) => answer.status)).toEqual([
    ...Array.from({ length: 10 }, () => 201),
    429,
  ]);
  expect(code(answers.at(-1)?.body)).toBe("too_many_requests");
});

it("takes no order after the close, and cancels what rests", async () => {
  const { bot, tick } = await startWith([...BOOK, status(10, "closed")]);
  const { body } = await bot.place({ price: "0.5000" });
  await tick(150);
  const answer = await bot.place();
  expect([answer.status, code(answer.body)]).toEqual([400, "MARKET_INACTIVE"]);
  expect(code((await bot.cancel(body["order_id"])).body)).toBe("MARKET_INACTIVE");
  const { body: read } = await bot.call("GET", `/portfolio/orders/${String(body["order_id"])}`);
  expect(read["order"]).toMatchObject({ status: "canceled", remaining_count_fp: "0.00" });
});

it.each(["inactive", "closed"] as const)(
  "takes orders again in a market that was %s and is opened again, and keeps none from before",
  async (away) => {
    const facts = [...OPENING, ...BOOK, status(10, away), status(60, "active")];
    const { bot, tick } = await startWith(facts);
    const before = await bot.place({ price: "0.5000" });
    await tick(150);
    const answer = await bot.place({ price: "0.5000" });
    expect([answer.status, code(answer.body)]).toEqual([400, "MARKET_INACTIVE"]);
    await tick(300);
    const again = await bot.place({ price: "0.5000" });
    expect(again.status).toBe(201);
    const { body } = await bot.call("GET", "/portfolio/orders");
    expect(body["orders"]).toMatchObject([
      { order_id: again.body["order_id"], status: "resting" },
      { order_id: before.body["order_id"], status: "canceled" },
    ]);
  },
);

it("ends an order at its time, before what comes later even in the same moment of play", async () => {
  const { bot, tick } = await startWith([
    ...BOOK,
    print(9, 58, 120, "ask"),
    print(11, 58, 50, "ask"),
  ]);
  const expiration_time = START / 1_000 + 10;
  const { body } = await bot.place({ price: "0.5800", count: "30.00", expiration_time });
  await tick(150);
  const { body: read } = await bot.call("GET", `/portfolio/orders/${String(body["order_id"])}`);
  // 100 were ahead: the print at 9 s leaves 20 for us, the one at 11 s comes too late.
  expect(read["order"]).toMatchObject({ status: "canceled", fill_count_fp: "20.00" });
  expect(read["order"]).toMatchObject({ last_update_time: "2026-11-20T23:00:10.000Z" });
});

it("nets a YES against a NO, and sells NO-side cash out of nothing never", async () => {
  const { bot } = await startWith([...BOOK, level(0, "yes", 57, 500)]);
  // Selling 10 that are not held buys NO at 42 cents: 4.20 and a fee of 0.07 * 10 * 0.58 * 0.42.
  await bot.place({ side: "ask", price: "0.5800", time_in_force: "immediate_or_cancel" });
  const short = (await bot.call("GET", "/portfolio/balance")).body["balance_dollars"];
  expect(short).toBe("95.6294");
  // Buying them back at 60 pays 6.00 and frees 10.00; fee 0.07 * 10 * 0.6 * 0.4 = 0.1680.
  await bot.place({ time_in_force: "immediate_or_cancel" });
  const flat = (await bot.call("GET", "/portfolio/balance")).body["balance_dollars"];
  expect(flat).toBe("99.4614");
});

it("refuses a wrong signature, an unknown key, an old timestamp and none at all", async () => {
  const { bot, exchange } = await startWith(BOOK);
  const words = async (by: Bot): Promise<unknown> =>
    (await by.call("GET", "/portfolio/balance")).body["error"];
  bot.skewMs = -60_000;
  expect(await words(bot)).toMatchObject({ code: "header_timestamp_expired" });
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const detail = (details: string): object => ({ code: "authentication_error", details });
  expect(await words(new Bot(exchange.url, "nobody", pem))).toMatchObject(detail("NOT_FOUND"));
  const impostor = new Bot(exchange.url, exchange.key.keyId, pem);
  expect(await words(impostor)).toMatchObject(detail("INCORRECT_API_KEY_SIGNATURE"));
  const bare = await fetch(`${exchange.restUrl}/portfolio/balance`);
  expect(bare.status).toBe(401);
  expect(code(await bare.json())).toBe("signature_is_missing_from_headers");
});

const PAIRS = {
  Ed25519: () => generateKeyPairSync("ed25519"),
  RSA: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
} as const;

it.each(["Ed25519", "RSA"] as const)(
  "takes a key of its owner's in keys.json: %s",
  async (kind) => {
    const dataDir = await temporaryFolder();
    const first = await startWith(BOOK, { dataDir });
    await first.exchange.close();
    const { publicKey, privateKey } = PAIRS[kind]();
    const path = join(dataDir, "keys.json");
    const ring = JSON.parse(await readFile(path, "utf8")) as { keys: object[] };
    const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
    ring.keys.push({ keyId: "mine", publicKeyPem });
    await writeFile(path, JSON.stringify(ring));
    const { exchange } = await startWith(BOOK, { dataDir });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const mine = new Bot(exchange.url, "mine", pem);
    expect((await mine.call("GET", "/portfolio/balance")).status).toBe(200);
    const other = PAIRS[kind]().privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(
      (await new Bot(exchange.url, "mine", other).call("GET", "/portfolio/balance")).status,
    ).toBe(401);
  },
);
