/** One client, two exchanges: settings say which of them is asked for what. */
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { required } from "../../core/domain/assert.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import type { BookSnapshot, StreamFact } from "../../core/domain/venue.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadTipoffConfig, type VenueSettings } from "../../runtime/tipoff-config.ts";
import { venueAddresses } from "../../runtime/venue-addresses.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import { Bot } from "../../sim/exchange/testing/bot.ts";
import { HOME, level, nightOf } from "../../sim/exchange/testing/hand-made.ts";
import { isOfOrders, openVenue } from "../../workers/venue.ts";
import { SILENT, until } from "../support/kalshi.ts";

const KEY_FILES = ["keys.json", "paper-key.id", "paper-key.pem"];
const NO_KEY = { kalshiKeyId: null, kalshiPrivateKeyPath: null };

let folder: string;
/** The home's own, with a bid of 40 cents, and another on a port of its own, with one of 60. */
let own: ExchangeHandle;
let other: ExchangeHandle;
const open: { close(): void }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venue-hosts-"));
  await mkdir(join(folder, "other"));
  own = await start("own", 40);
  for (const name of KEY_FILES) {
    await copyFile(join(folder, "own", name), join(folder, "other", name));
  }
  other = await start("other", 60);
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});
afterAll(async () => {
  await own.close();
  await other.close();
  await rm(folder, { recursive: true });
});

async function start(name: string, cents: number): Promise<ExchangeHandle> {
  const exchange = await startExchange({
    dataDir: join(folder, name),
    port: 0,
    isFreeRunning: true,
    latencyMs: 0,
    tier: "prestige",
    log: SILENT,
    openSource: () => Promise.resolve(nightOf([level(0, "yes", cents, 100)])),
  });
  await exchange.nights.load({ source: "world:1", speed: 10, startingCashUsd: 100 });
  return exchange;
}

/** The clients that a worker of the home makes of a settings file with these addresses. */
async function openWith(mode: Mode, venue: Partial<VenueSettings>) {
  const usual = await readFile(join(PACKAGE_ROOT, "config", "tipoff.yaml"), "utf8");
  const text = Object.entries(venue).reduce(
    (before, [key, value]) => before.replace(`${key}: local `, `${key}: ${value} `),
    usual,
  );
  const file = join(folder, "mine.yaml");
  await writeFile(file, text);
  const night = required(own.nights.night, "a night that was loaded");
  const { config } = loadTipoffConfig(file);
  const opened = await openVenue({
    mode,
    places: {
      venue: venueAddresses(config.venue, own.url),
      exchangeDir: join(folder, "own"),
      environment: NO_KEY,
    },
    stallMs: 5_000,
    clock: { now: () => night.playedTo, speed: 10 },
    log: SILENT,
  });
  open.push(opened.stream);
  return opened;
}

/** In cents; 0 of an empty side. */
const bestBid = (book?: Pick<BookSnapshot, "yes">): number =>
  Math.max(0, ...(book?.yes ?? []).map(([price]) => price)) / 10_000;

/** The best bid that the stream's first book shows, in cents. */
async function streamedBid({ stream }: Awaited<ReturnType<typeof openWith>>): Promise<number> {
  const facts: StreamFact[] = [];
  stream.subscribe([HOME], (fact) => facts.push(fact));
  const find = () => facts.find((fact) => fact.kind === "snapshot");
  await until(() => find() !== undefined);
  return bestBid(find()?.book);
}

const bid = () => ({
  // A client order id is any text of ours that the venue has not seen.
  clientOrderId: randomUUID() as ClientOrderId,
  marketTicker: HOME,
  exchangeIndex: 3,
  side: "bid" as const,
  price: priceMicros(100_000),
  count: countCenti(100),
  timeInForce: "good_till_canceled" as const,
  isPostOnly: true,
  isReduceOnly: false,
  selfTradePrevention: "taker_at_cross" as const,
  expiresAtSeconds: null,
  orderGroupId: null,
});

/** How many orders an exchange itself tells of. */
async function ordersAt(exchange: ExchangeHandle): Promise<number> {
  const { body } = await (await Bot.of(exchange)).call("GET", "/portfolio/orders");
  return z.object({ orders: z.array(z.unknown()) }).parse(body).orders.length;
}

it("asks the home's own exchange for everything, unless told otherwise", async () => {
  const opened = await openWith("paper", {});
  expect(bestBid(await opened.venue.orderBook(HOME))).toBe(40);
  expect(await streamedBid(opened)).toBe(40);
  expect(opened.areOrdersStreamed).toBe(true);
});

it("reads market data where settings say, and sends orders to the home's own exchange", async () => {
  const opened = await openWith("paper", { marketData: other.restUrl, stream: other.wsUrl });
  expect(bestBid(await opened.venue.orderBook(HOME))).toBe(60);
  expect(await streamedBid(opened)).toBe(60);
  expect(opened.areOrdersStreamed).toBe(false);

  const order = bid();
  expect(await opened.venue.createOrder(order, 5_000)).toMatchObject({ kind: "accepted" });
  const [resting] = await opened.urgentVenue.orders({ status: "resting" });
  expect(resting?.clientOrderId).toBe(order.clientOrderId);
  expect([await ordersAt(own), await ordersAt(other)]).toEqual([1, 0]);
});

it("sends orders where settings say, when that is this machine", async () => {
  const before = await ordersAt(own);
  const opened = await openWith("paper", { orders: other.restUrl });
  expect(await opened.venue.createOrder(bid(), 5_000)).toMatchObject({ kind: "accepted" });
  expect([await ordersAt(own), await ordersAt(other)]).toEqual([before, 1]);
});

it("reads elsewhere in shadow too, and sends nothing anywhere", async () => {
  const before = [await ordersAt(own), await ordersAt(other)];
  const opened = await openWith("shadow", { marketData: other.restUrl, stream: other.wsUrl });
  expect(await streamedBid(opened)).toBe(60);
  await expect(opened.venue.createOrder(bid(), 5_000)).rejects.toThrow("SAFETY_REFUSED");
  expect([await ordersAt(own), await ordersAt(other)]).toEqual(before);
});

it("knows of which addresses the stream's books have our orders in them", () => {
  const [here, there] = ["127.0.0.1:8100", "127.0.0.1:8200"];
  const [orders, stream] = ["https://api.elections.kalshi.com", "wss://external-api.kalshi.com"];
  const table = [
    [`http://${here}`, `ws://${here}`, true],
    [`http://${here}`, `ws://${there}`, false],
    [`http://${here}`, stream, false],
    [orders, `ws://${here}`, false],
    // The venue answers under several names.
    [orders, stream, true],
  ] as const;
  for (const [orders, stream, areThere] of table) {
    expect(isOfOrders({ orders, stream }), `${orders} ${stream}`).toBe(areThere);
  }
});

it("makes no client of a real order host, whatever wrote the settings", async () => {
  const real = "https://external-api.kalshi.com/trade-api/v2";
  for (const mode of ["paper", "shadow"] as const) {
    await expect(openWith(mode, { orders: real })).rejects.toThrow("order-host-is-local");
  }
});
