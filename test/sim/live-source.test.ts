import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import pino from "pino";
import { expect, it, onTestFinished } from "vitest";
import { required } from "../../core/domain/assert.ts";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import { openLive } from "../../mirror/source.ts";
import { Secret } from "../../runtime/secret.ts";
import type { Listing } from "../../sim/exchange/listing.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import type { Night } from "../../sim/exchange/night.ts";
import { Bot, until } from "../../sim/exchange/testing/bot.ts";
import { temporaryFolder } from "../../sim/exchange/testing/start.ts";
import type { Fact, SlateGame } from "../../sim/facts.ts";
import { TAPE_FILE } from "../../sim/recordings/tape.ts";

const LOG = pino({ level: "silent" });
const SPEED = 60;
const SERIES = ["KXBTC15M", "KXBTCD"] as const;

const BITCOIN = { series: [...SERIES], hours: 2 };

/** A world that stands for the venue and its feeds, behind real HTTP and WebSockets. */
async function venue(played: object = BITCOIN): Promise<ExchangeHandle> {
  const exchange = await startExchange({
    dataDir: await temporaryFolder(),
    port: 0,
    isFreeRunning: true,
    tier: "prestige",
    log: LOG,
  });
  onTestFinished(() => exchange.close());
  await exchange.nights.load({ source: "world:5", speed: SPEED, startingCashUsd: 100, ...played });
  return exchange;
}

/** The paper exchange, which mirrors it. */
async function mirrorOf(
  outside: ExchangeHandle,
  dataDir: string,
  listedAheadMs = 7_200_000,
  series: readonly BtcSeries[] = SERIES,
): Promise<{ exchange: ExchangeHandle; bot: Bot; close: () => Promise<void> }> {
  const privateKeyPem = new Secret(await readFile(outside.key.privateKeyPath, "utf8"));
  const access = {
    keyId: outside.key.keyId,
    privateKeyPem,
    clock: nightOf(outside).clock,
    listedAheadMs,
    addresses: {
      kalshi: { rest: outside.restUrl, stream: outside.wsUrl },
      coinbase: { rest: outside.coinbaseUrl, stream: outside.coinbaseWsUrl },
      espn: { site: `${outside.url}/espn`, core: `${outside.url}/espn` },
      nba: { cdn: `${outside.url}/nba` },
    },
  };
  const exchange = await startExchange({
    dataDir,
    port: 0,
    isFreeRunning: false,
    latencyMs: 0,
    tier: "prestige",
    log: LOG,
    openSource: (_, dir) => {
      const { date } = nightOf(outside).manifest;
      const wish = { date, series, hasGames: series.length === 0, hours: 2 };
      return openLive(wish, access, dir, LOG);
    },
  });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await exchange.close();
  };
  onTestFinished(close);
  await exchange.nights.load({ source: "live", speed: SPEED, startingCashUsd: 100 });
  return { exchange, bot: await Bot.of(exchange), close };
}

const nightOf = ({ nights }: ExchangeHandle): Night => required(nights.night, "a night");

/** What everybody sees of a market, its sizes included. */
function shown(listing: Listing): object {
  const { ticker, status, result, settlementValue, book } = listing;
  const { yes, no } = book.book();
  // What a game is, and when it is expected to end, each reads for itself.
  const isGame = listing.terms.kind === "game";
  const terms = isGame ? null : { ...listing.terms, closeAt: listing.closeAt };
  const bids = status === "finalized" ? null : { yes, no };
  return { ticker, status, result, terms, settlementValue, bids };
}

const isTraded = ({ status }: Listing): boolean => status === "active";

/** Both show the same of each market that is traded. */
async function booksAgree(outside: ExchangeHandle, mirror: ExchangeHandle): Promise<number> {
  return until(() => {
    const real = [...nightOf(outside).engine.listings.values()].filter(isTraded);
    const ours = nightOf(mirror).engine.listings;
    const same = real.filter((listing) => {
      const mirrored = ours.get(listing.ticker);
      if (mirrored === undefined) return false;
      return JSON.stringify(shown(mirrored)) === JSON.stringify(shown(listing));
    });
    // Each book differs for the moments that a change is on its way: never most of them.
    return real.length > 0 && same.length >= real.length * 0.9 ? same.length : null;
  }, "the books to agree");
}

async function tapeOf(dataDir: string): Promise<readonly Fact[]> {
  const text = await readFile(join(dataDir, "nights", "0001", TAPE_FILE), "utf8");
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Fact);
}

it("shows what the venue lists, quotes, prints and decides, and what the spot does", async () => {
  const outside = await venue();
  const { exchange } = await mirrorOf(outside, await temporaryFolder());
  expect(exchange.nights.night?.manifest).toMatchObject({
    kind: "live",
    lacks: [],
    bitcoin: { series: SERIES },
    feeChanges: SERIES.map((seriesTicker) => ({ seriesTicker, kind: "quadratic" })),
  });
  expect(await booksAgree(outside, exchange)).toBeGreaterThan(20);
  const begunAt = nightOf(exchange).playedTo;
  const isDecided = (listing: Listing): boolean =>
    listing.openAt > begunAt && listing.status === "finalized";
  const decided = await until(
    () => {
      const found = [...nightOf(exchange).engine.listings.values()].filter(isDecided);
      return found.length > 0 ? found : null;
    },
    "a market that was opened and decided meanwhile",
    60_000,
  );
  for (const listing of decided) {
    const real = nightOf(outside).engine.listing(listing.ticker);
    expect(shown(listing)).toEqual(shown(real));
    // From its first print to its last: it opened while it was listened to.
    const printed = (of: Listing): readonly string[] => of.tape.map(({ tradeId }) => tradeId);
    expect(printed(real).length).toBeGreaterThan(0);
    expect(printed(listing)).toEqual(printed(real));
  }
  const told = required(exchange.nights.feeds, "feeds").spot;
  const real = required(outside.nights.feeds, "feeds").spot;
  const ids = told.trades.items.map(({ tradeId }) => tradeId);
  expect(ids).toEqual(ids.map((_, index) => required(ids[0], "a trade") + index));
  const priceOf = new Map(real.trades.items.map(({ tradeId, price }) => [tradeId, price]));
  for (const { tradeId, price } of told.trades.items) expect(price).toBe(priceOf.get(tradeId));
  expect(told.index.items.length).toBeGreaterThan(60);
}, 120_000);

it("has the games of a date, with their markets and what the feeds say of them", async () => {
  const outside = await venue({ games: 2 });
  const { exchange } = await mirrorOf(outside, await temporaryFolder(), undefined, []);
  const { manifest } = nightOf(exchange);
  expect(manifest).toMatchObject({
    kind: "live",
    lacks: ["partner", "past-results"],
    feeChanges: [{ seriesTicker: "KXNBAGAME", kind: "quadratic_with_maker_fees" }],
  });
  const byTicker = (a: SlateGame, b: SlateGame): number => (a.eventTicker < b.eventTicker ? -1 : 1);
  const isSlate = [...nightOf(outside).manifest.games].sort(byTicker).map((game) => ({
    ...{ eventTicker: game.eventTicker, home: game.home, away: game.away, tipAt: game.tipAt },
    ...{ espnEventId: game.espnEventId, nbaGameId: game.nbaGameId },
    marketTickers: [...game.marketTickers].sort(),
  }));
  expect([...manifest.games].sort(byTicker)).toMatchObject(isSlate);
  expect(await booksAgree(outside, exchange)).toBe(4);
  const states = await until(() => {
    const games = required(exchange.nights.feeds, "feeds").games;
    return games.every(({ espn, nba }) => espn !== null && nba !== null) ? games : null;
  }, "the word of both feeds");
  for (const { espn, nba, slate } of states) {
    expect([espn?.state, nba?.state], slate.eventTicker).toEqual(["pre", "pre"]);
  }
}, 60_000);

it("serves a score feed that is away as one that is away, also after a restart, until it is back", async () => {
  const outside = await venue({ games: 2 });
  const dataDir = await temporaryFolder();
  const statusOf = async ({ url }: ExchangeHandle): Promise<number> =>
    (await fetch(`${url}/espn/apis/site/v2/sports/basketball/nba/scoreboard`)).status;
  const serves = (exchange: ExchangeHandle, status: number): Promise<true> =>
    until(async () => ((await statusOf(exchange)) === status ? true : null), `a ${status}`);
  const first = await mirrorOf(outside, dataDir, undefined, []);
  await serves(first.exchange, 200);
  outside.faults.add({ target: "espn", kind: "500", match: null, untilMs: null });
  await serves(first.exchange, 503);
  await first.close();
  const told = async (): Promise<readonly boolean[]> =>
    (await tapeOf(dataDir)).flatMap((fact) =>
      fact.kind === "feed-away" && fact.feed === "espn" ? [fact.isAway] : [],
    );
  expect(await told()).toEqual([true, true]);
  const second = await mirrorOf(outside, dataDir, undefined, []);
  expect(await statusOf(second.exchange)).toBe(503);
  outside.faults.clear();
  await serves(second.exchange, 200);
  await second.close();
  // Of each game once: who came after knew of it.
  expect(await told()).toEqual([true, true, false, false]);
}, 60_000);

it("serves no injury report while ESPN's cannot be read, though its scoreboard can", async () => {
  const outside = await venue({ games: 2 });
  const fault = { target: "espn", kind: "500", match: "/injuries", untilMs: null } as const;
  outside.faults.add(fault);
  const { exchange, close } = await mirrorOf(outside, await temporaryFolder(), undefined, []);
  const statuses = async (): Promise<string> => {
    const pages = ["scoreboard", "injuries"].map(
      async (page) =>
        (await fetch(`${exchange.url}/espn/apis/site/v2/sports/basketball/nba/${page}`)).status,
    );
    return (await Promise.all(pages)).join(" ");
  };
  const serve = (expected: string): Promise<true> =>
    until(async () => ((await statuses()) === expected ? true : null), expected);
  // From the begin on: nobody has said yet who is hurt.
  expect(await statuses()).toBe("200 503");
  outside.faults.clear();
  await serve("200 200");
  outside.faults.add(fault);
  await serve("200 503");
  await close();
}, 60_000);

it("goes on after it was away: orders and fills as they were, books as they are", async () => {
  const outside = await venue();
  const dataDir = await temporaryFolder();
  const first = await mirrorOf(outside, dataDir);
  await booksAgree(outside, first.exchange);
  const tickers = [...nightOf(first.exchange).engine.listings.values()]
    .filter(isTraded)
    .flatMap((listing) => {
      const { bid, ask } = listing.top();
      return bid !== null && ask !== null && bid > 50_000 && ask < 950_000 ? [listing.ticker] : [];
    });
  for (const ticker of tickers.slice(0, 6)) {
    const { bid, ask } = nightOf(first.exchange).engine.listing(ticker).top();
    const terms = { ticker, count: "1.00", exchange_index: 2 };
    await first.bot.place({ ...terms, price: dollars(bid) });
    await first.bot.place({ ...terms, price: dollars(ask), time_in_force: "immediate_or_cancel" });
  }
  const account = (exchange: ExchangeHandle) => {
    const { orders, fills } = nightOf(exchange).engine.account;
    return { terms: [...orders.values()].map((order) => order.terms), fills };
  };
  await first.close();
  const before = account(first.exchange);
  expect(before.fills.length).toBeGreaterThan(0);
  const kept = (await tapeOf(dataDir)).length;
  // A line that a crash tore was never acted on.
  await appendFile(join(dataDir, "nights", "0001", TAPE_FILE), '{"kind":"level","marke');

  const second = await mirrorOf(outside, dataDir);
  const { terms, fills } = account(second.exchange);
  expect(terms).toEqual(before.terms);
  // What came last and was not yet played is played now: it may fill more.
  expect(fills.slice(0, before.fills.length)).toEqual(before.fills);
  await booksAgree(outside, second.exchange);
  // Until whole books had come nobody knew them.
  const tape = await until(async () => {
    const all = await tapeOf(dataDir);
    const told = all.slice(kept).flatMap((fact) => (fact.kind === "outage" ? [fact.isOut] : []));
    return told.length === 2 && told[0] === true && told[1] === false ? all : null;
  }, "an outage that begins and ends");
  const received = tape.map(({ receivedAt }) => receivedAt);
  expect(received).toEqual([...received].sort((a, b) => a - b));
}, 120_000);

it("lists and settles what opened and closed while it was away", async () => {
  const outside = await venue();
  const dataDir = await temporaryFolder();
  const soon = 16 * 60_000;
  const first = await mirrorOf(outside, dataDir, soon);
  await until(() => {
    const { listings } = nightOf(first.exchange).engine;
    return [...listings.values()].some(isTraded) ? true : null;
  }, "a market");
  const known = new Set(nightOf(first.exchange).engine.listings.keys());
  await first.close();
  const awayAt = nightOf(outside).clock.now();
  const missed = await until(
    () => {
      const found = [...nightOf(outside).engine.listings.values()].find(
        ({ ticker, openAt, status }) =>
          !known.has(ticker) && openAt > awayAt && status === "finalized",
      );
      return found ?? null;
    },
    "a market that opened and was decided",
    45_000,
  );
  const second = await mirrorOf(outside, dataDir, soon);
  const made = await until(() => {
    const listing = nightOf(second.exchange).engine.listings.get(missed.ticker);
    return listing?.status === "finalized" ? listing : null;
  }, "it to be made up for");
  expect(shown(made)).toEqual(shown(missed));
}, 120_000);

it("trades on nothing, and lets nobody follow it, while the venue's stream is away", async () => {
  const outside = await venue();
  const { exchange, bot } = await mirrorOf(outside, await temporaryFolder());
  await booksAgree(outside, exchange);
  const stream = await bot.stream();
  outside.faults.add({ target: "kalshi", kind: "stream-drop", match: null, untilMs: null });
  await until(() => (stream.isClosed ? true : null), "the stream to end");
  await expect(bot.stream()).rejects.toThrow("503");
  const ticker = [...nightOf(exchange).engine.listings.values()].find(isTraded)?.ticker;
  const order = { ticker, price: "0.0500", exchange_index: 2 };
  expect(await bot.place(order)).toMatchObject({
    status: 409,
    body: { error: { code: "trading_is_paused" } },
  });
  outside.faults.clear();
  const again = await until(() => bot.stream().catch(() => null), "the stream to be there again");
  again.close();
  await booksAgree(outside, exchange);
  expect(await bot.place(order)).toMatchObject({ status: 201 });
}, 60_000);

function dollars(micros: number | null): string {
  return (required(micros, "a price") / 1e6).toFixed(4);
}
