import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiStream } from "../../clients/kalshi/stream.ts";
import type { KalshiStream } from "../../clients/kalshi/stream-port.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import { required } from "../../core/domain/assert.ts";
import { eventTicker, marketTicker, NBA_SERIES } from "../../core/domain/ids.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { countCenti, instant, priceMicros } from "../../core/domain/units.ts";
import type { CreateOutcome, NewVenueOrder, StreamFact, Venue } from "../../core/domain/venue.ts";
import { Secret } from "../../runtime/secret.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import type { Fact, FactBody, FactSource } from "../../sim/facts.ts";
import { AMPLE, SILENT, until } from "../support/kalshi.ts";

const DATE = "2026-11-20";
const EVENT = eventTicker({ date: DATE, away: "BOS", home: "NYK" });
const HOME = marketTicker(EVENT, "NYK");
const AWAY = marketTicker(EVENT, "BOS");
const START = Date.parse("2026-11-21T00:00:00Z");
const HOUR = 3_600_000;

/** Both markets open with one level a side, and a change of the home book each run second. */
function* factsOfTheNight(): Generator<Fact> {
  const at = (ms: number, body: FactBody): Fact => ({
    sourceTime: instant(ms),
    receivedAt: instant(ms),
    ...body,
  });
  const level = (ticker: string, outcome: "yes" | "no", price: number, size: number): FactBody => ({
    kind: "level",
    marketTicker: ticker,
    outcome,
    price: priceMicros(price),
    size: countCenti(size),
  });
  for (const ticker of [HOME, AWAY]) {
    yield at(START, {
      kind: "market-status",
      marketTicker: ticker,
      status: "active",
      result: null,
      settlementValue: null,
    });
  }
  yield at(START, level(HOME, "yes", 550_000, 100_000));
  yield at(START, level(HOME, "no", 430_000, 100_000));
  yield at(START, level(AWAY, "yes", 420_000, 100_000));
  yield at(START, level(AWAY, "no", 560_000, 100_000));
  for (let ms = START + 1_000; ms < START + HOUR; ms += 1_000) {
    yield at(ms, level(HOME, "yes", 500_000, 1_000 + ((ms / 1_000) % 50) * 100));
  }
}

const SOURCE: FactSource = {
  manifest: {
    schemaVersion: 1,
    kind: "world",
    name: "world:1",
    seed: 1,
    date: DATE,
    startAt: instant(START),
    endAt: instant(START + HOUR),
    games: [
      {
        eventTicker: EVENT,
        date: DATE,
        home: "NYK",
        away: "BOS",
        tipAt: instant(START + HOUR / 2),
        espnEventId: "401",
        nbaGameId: "0022600001",
        marketTickers: [HOME, AWAY],
        reconstructed: [],
      },
    ],
    lacks: [],
    isDerivedBook: false,
    priceGrids: { [AWAY]: "deci_cent" },
    description: "one game, two books, nothing happens",
    origins: [],
  },
  pastGames: [],
  facts: factsOfTheNight,
};

let dataDir: string;
let exchange: ExchangeHandle;
let clock: RunClock;
let venue: Venue;
let secret: Secret;
const streams: KalshiStream[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "exchange-"));
  exchange = await startExchange({
    dataDir,
    port: 0,
    isFreeRunning: true,
    latencyMs: 0,
    tier: "premier",
    log: SILENT,
    openSource: () => Promise.resolve(SOURCE),
  });
  const night = await exchange.nights.load({
    source: "world:1",
    speed: 10,
    startingCashUsd: 1_000,
  });
  clock = { now: () => night.playedTo, speed: 10 };
  secret = new Secret(await readFile(exchange.key.privateKeyPath, "utf8"));
  venue = createKalshiVenue({
    mode: "paper",
    restUrl: exchange.restUrl,
    keyId: exchange.key.keyId,
    privateKeyPem: secret,
    clock,
    log: SILENT,
    bucket: createRateBudget(clock, AMPLE),
  });
});
afterAll(async () => {
  await exchange.close();
  await rm(dataDir, { recursive: true });
});
afterEach(() => {
  exchange.faults.clear();
  for (const stream of streams.splice(0)) stream.close();
});

function order(changes: Partial<NewVenueOrder> = {}): NewVenueOrder {
  return {
    // A client order id is any text of ours that the venue has not seen.
    clientOrderId: randomUUID() as ClientOrderId,
    marketTicker: HOME,
    exchangeIndex: 3,
    side: "bid",
    price: priceMicros(500_000),
    count: countCenti(1_000),
    timeInForce: "good_till_canceled",
    isPostOnly: true,
    isReduceOnly: false,
    selfTradePrevention: "taker_at_cross",
    expiresAtSeconds: null,
    orderGroupId: null,
    ...changes,
  };
}

const taker = (changes: Partial<NewVenueOrder> = {}): NewVenueOrder =>
  order({
    price: priceMicros(570_000),
    timeInForce: "immediate_or_cancel",
    isPostOnly: false,
    ...changes,
  });

const place = (of: NewVenueOrder): Promise<CreateOutcome> => venue.createOrder(of, 1_000);

async function accepted(of: NewVenueOrder): Promise<string> {
  const outcome = await place(of);
  expect(outcome.kind).toBe("accepted");
  return outcome.kind === "accepted" ? outcome.venueOrderId : "";
}

describe("the client reads the exchange", () => {
  it("finds the game's markets with shard, grid, fees and books", async () => {
    const [event] = await venue.events({ seriesTicker: NBA_SERIES, status: "open" });
    expect(event?.eventTicker).toBe(EVENT);
    expect(event?.markets.map(({ ticker }) => ticker).sort()).toEqual([AWAY, HOME]);
    const market = required(await venue.market(HOME), "the home market");
    expect(market).toMatchObject({ status: "active", exchangeIndex: 3, result: null });
    expect(market.grid).toEqual([{ startMicros: 0, endMicros: 1_000_000, stepMicros: 10_000 }]);
    expect(await venue.feeSchedule(NBA_SERIES, EVENT)).toEqual({
      kind: "quadratic_with_maker_fees",
      multiplierMilli: 1_000,
    });
    const book = await venue.orderBook(AWAY);
    expect(book.yes).toEqual([[420_000, 100_000]]);
    expect(book.no).toEqual([[560_000, 100_000]]);
    const { shards } = await venue.exchangeStatus();
    expect(shards.find(({ exchangeIndex }) => exchangeIndex === 3)?.isTrading).toBe(true);
  });

  it("reads the grid of a market in tenths of a cent, on which its orders are taken", async () => {
    const { grid } = required(await venue.market(AWAY), "the away market");
    expect(grid).toEqual([{ startMicros: 0, endMicros: 1_000_000, stepMicros: 1_000 }]);
    const price = priceMicros(425_000);
    const venueOrderId = await accepted(order({ marketTicker: AWAY, price }));
    const request = { venueOrderId, marketTicker: AWAY, exchangeIndex: 3 };
    expect((await venue.cancelOrder(request, 1_000)).kind).toBe("canceled");
    expect(await place(order({ price }))).toMatchObject({
      kind: "rejected",
      code: "invalid_order",
    });
  });

  it("knows no market that does not exist", async () => {
    expect(await venue.market(`${EVENT}-ZZZ`)).toBeNull();
    expect(await venue.order(randomUUID())).toBeNull();
  });
});

describe("the client trades on the exchange", () => {
  it("takes at the quote: order, fill, position and cash agree to the micro-dollar", async () => {
    const before = await venue.balance();
    const held = (await venue.positions()).find(({ marketTicker: ticker }) => ticker === HOME);
    const venueOrderId = await accepted(taker());
    const fills = await venue.fills({ venueOrderId });
    expect(fills).toMatchObject([
      { marketTicker: HOME, side: "bid", price: 570_000, count: 1_000, liquidity: "taker" },
    ]);
    const fee = required(fills[0], "the fill").fee;
    // 7 % of 10 contracts at 0.57 times 0.43, in dollars: 0.17157, rounded up to 0.1716.
    expect(fee).toBe(171_600);
    expect(await venue.order(venueOrderId)).toMatchObject({
      status: "executed",
      filled: 1_000,
      fees: fee,
    });
    const after = (await venue.positions()).find(({ marketTicker: ticker }) => ticker === HOME);
    expect((after?.position ?? 0) - (held?.position ?? 0)).toBe(1_000);
    expect(before.cash - (await venue.balance()).cash).toBe(5_700_000 + fee);
  });

  it("rests, is listed, and is canceled on its own shard only", async () => {
    const of = order();
    const venueOrderId = await accepted(of);
    const resting = await venue.orders({ status: "resting", marketTicker: HOME });
    expect(resting).toMatchObject([
      { venueOrderId, clientOrderId: of.clientOrderId, remaining: 1_000, status: "resting" },
    ]);
    const request = { venueOrderId, marketTicker: HOME, exchangeIndex: 3 };
    // The wrong shard answers as if the order were gone, while it lives.
    const wrong = await venue.cancelOrder({ ...request, exchangeIndex: 2 }, 1_000);
    expect(wrong.kind).toBe("not-found");
    expect((await venue.order(venueOrderId))?.status).toBe("resting");
    expect(await venue.cancelOrder(request, 1_000)).toMatchObject({
      kind: "canceled",
      reducedBy: 1_000,
    });
    expect((await venue.order(venueOrderId))?.status).toBe("canceled");
    expect((await venue.cancelOrder(request, 1_000)).kind).not.toBe("canceled");
  });

  it("is told of a duplicate, of a killed fill-or-kill, and of what the exchange refuses", async () => {
    const of = order();
    await accepted(of);
    expect(await place(of)).toMatchObject({ kind: "duplicate" });
    const tooMuch = taker({ timeInForce: "fill_or_kill", count: countCenti(90_000_00) });
    expect((await place(tooMuch)).kind).toBe("rejected");
    expect(await place(order({ price: priceMicros(555_000) }))).toMatchObject({
      kind: "rejected",
      code: "invalid_order",
    });
    expect(await place(order({ price: priceMicros(570_000) }))).toMatchObject({
      kind: "rejected",
      code: "invalid_order",
    });
    await venue.cancelAll(1_000);
    expect(await venue.orders({ status: "resting" })).toEqual([]);
  });

  it.each(["timeout-after-accept", "500-after-accept", "empty-after-accept"] as const)(
    "does not know after %s, finds the one order by its client id, and may not send it again",
    async (kind) => {
      const fault = { target: "kalshi", kind, match: "POST", untilMs: null } as const;
      exchange.faults.add(fault);
      const of = order();
      const since = clock.now();
      expect(await venue.createOrder(of, 200)).toMatchObject({ kind: "unknown" });
      exchange.faults.clear();
      const orders = await venue.orders({ since });
      const found = orders.filter(({ clientOrderId }) => clientOrderId === of.clientOrderId);
      expect(found).toHaveLength(1);
      expect(await place(of)).toMatchObject({ kind: "duplicate" });
      await venue.cancelAll(1_000);
    },
  );

  it.each(["500", "429", "hang", "html"] as const)(
    "does not know after %s either, although nothing was done",
    async (kind) => {
      exchange.faults.add({ target: "kalshi", kind, match: "POST", untilMs: null });
      const of = order();
      const since = clock.now();
      expect(await venue.createOrder(of, 200)).toMatchObject({ kind: "unknown" });
      exchange.faults.clear();
      const orders = await venue.orders({ since });
      expect(orders.some(({ clientOrderId }) => clientOrderId === of.clientOrderId)).toBe(false);
    },
  );
});

describe("the client follows the exchange's stream", () => {
  function follow(tickers: readonly string[]): { facts: StreamFact[]; stream: KalshiStream } {
    const stream = createKalshiStream({
      mode: "paper",
      wsUrl: exchange.wsUrl,
      keyId: exchange.key.keyId,
      privateKeyPem: secret,
      clock,
      log: SILENT,
      reconnect: { firstMs: 10, maxMs: 50 },
      stallMs: 1_000,
    });
    streams.push(stream);
    const facts: StreamFact[] = [];
    stream.subscribe(tickers, (fact) => facts.push(fact));
    return { facts, stream };
  }
  const count = (facts: readonly StreamFact[], kind: StreamFact["kind"]): number =>
    facts.filter((fact) => fact.kind === kind).length;

  it("starts with the books that REST shows, then tells changes, fresh and without a gap", async () => {
    const { facts, stream } = follow([HOME, AWAY]);
    await until(() => count(facts, "snapshot") === 2);
    const away = facts.find((fact) => fact.kind === "snapshot" && fact.book.marketTicker === AWAY);
    expect(away).toMatchObject({ book: { yes: [[420_000, 100_000]], no: [[560_000, 100_000]] } });
    await until(() => count(facts, "delta") >= 10);
    expect(facts.find(({ kind }) => kind === "delta")).toMatchObject({
      marketTicker: HOME,
      outcome: "yes",
      price: 500_000,
    });
    const health = stream.health();
    expect(health).toMatchObject({ isOpen: true, gaps: 0, connections: 1 });
    expect([...health.drift.keys()]).toEqual([]);
    expect(count(facts, "invalid") + count(facts, "stale")).toBe(0);
  });

  it("hints at our own orders and fills, and passes the print on", async () => {
    const { facts } = follow([HOME]);
    await until(() => count(facts, "snapshot") === 1);
    const of = taker();
    const venueOrderId = await accepted(of);
    await until(() => count(facts, "own-fill") > 0 && count(facts, "own-order") > 0);
    expect(facts.find(({ kind }) => kind === "own-fill")).toEqual({
      kind: "own-fill",
      venueOrderId,
      clientOrderId: of.clientOrderId,
    });
  });

  it("believes no book after a gap until its next snapshot", async () => {
    const { facts, stream } = follow([HOME]);
    await until(() => count(facts, "delta") > 0);
    // Ten run seconds of changes are numbered and lost; the first that comes again shows it.
    const untilMs = clock.now() + 10_000;
    exchange.faults.add({ target: "kalshi", kind: "stream-gap", match: null, untilMs });
    await until(() => count(facts, "stale") > 0);
    const from = facts.findIndex(({ kind }) => kind === "stale");
    await until(() => facts.slice(from).some(({ kind }) => kind === "delta"));
    const kinds = facts.slice(from).map(({ kind }) => kind);
    expect(kinds.indexOf("snapshot")).toBeLessThan(kinds.indexOf("delta"));
    expect(stream.health().gaps).toBeGreaterThan(0);
  });

  it("comes back after the exchange drops the line", async () => {
    const { facts, stream } = follow([HOME]);
    await until(() => count(facts, "snapshot") === 1);
    exchange.faults.add({ target: "kalshi", kind: "stream-drop", match: null, untilMs: null });
    await until(() => count(facts, "stale") > 0);
    exchange.faults.clear();
    await until(() => count(facts, "snapshot") > 1 && stream.health().isOpen);
  });

  it.each(["missing-field", "nan"] as const)(
    "names the field of a book that is spoilt by %s, and recovers",
    async (kind) => {
      const { facts } = follow([HOME]);
      await until(() => count(facts, "snapshot") === 1);
      exchange.faults.add({ target: "kalshi", kind, match: null, untilMs: null });
      await until(() => count(facts, "invalid") > 0);
      exchange.faults.clear();
      const from = facts.length;
      await until(() => facts.slice(from).some((fact) => fact.kind === "delta"));
    },
  );
});
