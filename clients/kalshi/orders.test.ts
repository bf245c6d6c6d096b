import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Mode } from "../../core/domain/decision.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import type { CreateOutcome, NewVenueOrder, Venue } from "../../core/domain/venue.ts";
import {
  AMPLE,
  IMPATIENT_MS,
  PATIENT_MS,
  patienceFor,
  refused,
  SILENT,
  TEST_KEY,
  testVenue,
  WALL,
} from "../../test/support/kalshi.ts";
import { type Answer, startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createRateBudget, type RateBudget } from "../http/token-bucket.ts";
import { createKalshiVenue } from "./venue.ts";

const TICKER = "KXNBAGAME-26NOV20BOSNYK-NYK";

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.seen.length = 0;
});

const venueIn = (mode: Mode, bucket?: RateBudget): Venue => testVenue(server.url, mode, bucket);

const order: NewVenueOrder = {
  clientOrderId: "0b9c4f1e-order" as ClientOrderId,
  marketTicker: TICKER,
  exchangeIndex: 3,
  side: "bid",
  price: priceMicros(560_000),
  count: countCenti(1_050),
  timeInForce: "good_till_canceled",
  isPostOnly: true,
  isReduceOnly: false,
  selfTradePrevention: "taker_at_cross",
  expiresAtSeconds: null,
  orderGroupId: null,
};

describe("an order that is created", () => {
  const create = (answer: Answer, changes: Partial<NewVenueOrder> = {}): Promise<CreateOutcome> => {
    server.answer = () => answer;
    return venueIn("paper").createOrder({ ...order, ...changes }, patienceFor(answer));
  };

  it("goes out once, signed, in the venue's words", async () => {
    await create(refused(400, "invalid_order"));
    expect(server.seen).toHaveLength(1);
    const [seen] = server.seen;
    expect(`${seen?.method} ${seen?.path}`).toBe("POST /trade-api/v2/portfolio/events/orders");
    expect(seen?.headers["kalshi-access-key"]).toBe("key-1");
    expect(JSON.parse(seen?.body ?? "")).toEqual({
      ticker: TICKER,
      side: "bid",
      count: "10.50",
      price: "0.5600",
      time_in_force: "good_till_canceled",
      self_trade_prevention_type: "taker_at_cross",
      client_order_id: "0b9c4f1e-order",
      post_only: true,
      reduce_only: false,
      exchange_index: 3,
    });
  });

  it("cancels what rests of ours in its way where it is told to", async () => {
    await create(refused(400, "invalid_order"), { selfTradePrevention: "maker" });
    expect(JSON.parse(server.seen[0]?.body ?? "")).toMatchObject({
      self_trade_prevention_type: "maker",
    });
  });

  const created = (fill: string, remaining: string, more: object = {}): Answer => ({
    status: 201,
    json: { order_id: "v-1", fill_count: fill, remaining_count: remaining, ts_ms: 1, ...more },
  });

  it("is accepted, and over when it may not rest or nothing is left", async () => {
    const open = { kind: "accepted", venueOrderId: "v-1", filled: 0, remaining: 1_050 };
    expect(await create(created("0.00", "10.50"))).toMatchObject({ ...open, isClosed: false });
    expect(await create(created("10.50", "0.00"))).toMatchObject({ filled: 1_050, isClosed: true });
    const ioc = { timeInForce: "immediate_or_cancel", isPostOnly: false } as const;
    expect(await create(created("2.00", "0.00"), ioc)).toMatchObject({
      filled: 200,
      remaining: 0,
      isClosed: true,
    });
  });

  it.each<[string, Answer]>([
    ["a 2xx without an order", { status: 200, json: { error: { code: "deprecated" } } }],
    ["a 2xx that is empty", { status: 201, json: null }],
    ["a 2xx with a count that is no number", created("NaN", "10.50")],
    ["an answer that names another order", created("0.00", "10.50", { client_order_id: "other" })],
    ["an answer that counts more than was ordered", created("10.50", "0.01")],
    ["a page of HTML with status 200", { status: 200, text: "<html>", type: "text/html" }],
    ["a page of HTML with status 403", { status: 403, text: "<html>", type: "text/html" }],
    ["a 500", refused(500, "internal")],
    ["a 503 of a gateway", { status: 503, text: "busy", type: "text/plain" }],
    ["a 429", refused(429, "too_many_requests")],
    ["a 408", refused(408, "timeout")],
    ["a 409 with a code that is not known", refused(409, "conflict")],
    ["a redirect", { status: 307, json: {} }],
    ["a hang", "hang"],
    ["a line that is cut", "cut"],
  ])("is unknown after %s, and is not sent again", async (_, answer) => {
    expect(await create(answer)).toMatchObject({ kind: "unknown" });
    expect(server.seen).toHaveLength(1);
  });

  it("is a duplicate by the code of a 409, and rejected by another code of it", async () => {
    expect(await create(refused(409, "order_already_exists"))).toMatchObject({ kind: "duplicate" });
    const code = "fill_or_kill_insufficient_resting_volume";
    expect(await create(refused(409, code))).toMatchObject({ kind: "rejected", code });
  });

  it.each<[string, Answer, string]>([
    ["nested", refused(400, "insufficient_balance"), "insufficient_balance"],
    ["flat", { status: 404, json: { code: "user_not_found", message: "no" } }, "user_not_found"],
    ["a text", { status: 401, json: { error: "unauthorized" } }, "http_401"],
    ["msg", { status: 410, json: { msg: "gone" } }, "http_410"],
  ])("is rejected by a 4xx whose body is %s", async (_, answer, code) => {
    expect(await create(answer)).toMatchObject({ kind: "rejected", code });
  });

  it("is rejected unsent when the budget cannot pay for it in time", async () => {
    const poor = createRateBudget(WALL, { ...AMPLE, write: { refillPerSecond: 1, capacity: 10 } });
    const outcome = await venueIn("paper", poor).createOrder(order, 50);
    expect(outcome).toMatchObject({ kind: "rejected", code: "not_sent" });
    expect(server.seen).toHaveLength(0);
  });
});

describe("an order that is canceled", () => {
  const cancel = (answer: Answer): ReturnType<Venue["cancelOrder"]> => {
    server.answer = () => answer;
    const request = { venueOrderId: "v-1", marketTicker: TICKER, exchangeIndex: 3 };
    return venueIn("paper").cancelOrder(request, patienceFor(answer));
  };

  it("names its market and shard", async () => {
    const answer = { status: 200, json: { order_id: "v-1", reduced_by: "10.50", ts_ms: 1 } };
    expect(await cancel(answer)).toMatchObject({ kind: "canceled", reducedBy: 1_050 });
    const [seen] = server.seen;
    expect(seen?.path).toBe("/trade-api/v2/portfolio/events/orders/v-1");
    expect(seen?.query.get("exchange_index")).toBe("3");
    expect(seen?.query.get("market_ticker")).toBe(TICKER);
    expect(seen?.headers["content-type"]).toBeUndefined();
  });

  it.each<[string, Answer, object]>([
    ["a 404", refused(404, "not_found"), { kind: "not-found" }],
    ["a 404 of a gateway", { status: 404, text: "?", type: "text/html" }, { kind: "unknown" }],
    ["a 400", refused(400, "MARKET_INACTIVE"), { kind: "rejected", code: "MARKET_INACTIVE" }],
    ["a 500", refused(500, "internal"), { kind: "unknown" }],
    ["a hang", "hang", { kind: "unknown", reason: "timeout" }],
    [
      "an answer about another order",
      { status: 200, json: { order_id: "v-2", reduced_by: "1.00" } },
      { kind: "unknown" },
    ],
  ])("is judged after %s", async (_, answer, outcome) => {
    expect(await cancel(answer)).toMatchObject(outcome);
    expect(server.seen).toHaveLength(1);
  });

  it("is canceled with all others by a 204, and anything else is a failure", async () => {
    server.answer = () => ({ status: 204, text: "", type: "text/plain" });
    await venueIn("paper").cancelAll(PATIENT_MS);
    expect(server.seen[0]?.method).toBe("DELETE");
    server.answer = () => refused(500, "internal");
    await expect(venueIn("paper").cancelAll(PATIENT_MS)).rejects.toMatchObject({
      code: "VENUE_UNAVAILABLE",
    });
  });

  it("goes out even when the budget stays empty: it only reduces risk", async () => {
    const poor = createRateBudget(WALL, { ...AMPLE, write: { refillPerSecond: 0.1, capacity: 1 } });
    server.answer = () => ({ status: 204, text: "", type: "text/plain" });
    await venueIn("paper", poor).cancelAll(IMPATIENT_MS);
    expect(server.seen).toHaveLength(1);
  });
});

describe("shadow mode", () => {
  it("sends no order whatever it is asked", async () => {
    const venue = venueIn("shadow");
    const request = { venueOrderId: "v-1", marketTicker: TICKER, exchangeIndex: 3 };
    const refusal = { code: "SAFETY_REFUSED" };
    await expect(venue.createOrder(order, IMPATIENT_MS)).rejects.toMatchObject(refusal);
    await expect(venue.cancelOrder(request, IMPATIENT_MS)).rejects.toMatchObject(refusal);
    await expect(venue.cancelAll(IMPATIENT_MS)).rejects.toMatchObject(refusal);
    expect(server.seen).toHaveLength(0);
  });

  it("is not opened on a real order host, nor paper; market data may be real in shadow only", () => {
    const real = "https://external-api.kalshi.com/trade-api/v2";
    const access = { keyId: "k", privateKeyPem: TEST_KEY, bucket: createRateBudget(WALL) };
    const local = { ...access, restUrl: `${server.url}/trade-api/v2`, clock: WALL, log: SILENT };
    const marketData = { ...access, restUrl: real };
    for (const mode of ["shadow", "paper"] as const) {
      expect(() => createKalshiVenue({ ...local, mode, restUrl: real })).toThrow("SAFETY_REFUSED");
    }
    expect(() => createKalshiVenue({ ...local, mode: "paper", marketData })).toThrow(
      "SAFETY_REFUSED",
    );
    expect(() => createKalshiVenue({ ...local, mode: "shadow", marketData })).not.toThrow();
  });

  it("asks each host with its own key only", async () => {
    const open = await startWireServer();
    open.answer = () => ({
      status: 200,
      json: { exchange_active: true, trading_active: true, exchange_index_statuses: [] },
    });
    const venue = createKalshiVenue({
      mode: "shadow",
      restUrl: `${server.url}/trade-api/v2`,
      keyId: "paper-key",
      privateKeyPem: TEST_KEY,
      clock: WALL,
      log: SILENT,
      bucket: createRateBudget(WALL, AMPLE),
      marketData: {
        restUrl: `${open.url}/trade-api/v2`,
        keyId: "",
        privateKeyPem: null,
        bucket: createRateBudget(WALL, AMPLE),
      },
    });
    await venue.exchangeStatus();
    expect(server.seen).toHaveLength(0);
    expect(open.seen[0]?.headers["kalshi-access-key"]).toBeUndefined();
    await open.close();
  });
});
