import pino from "pino";
import { describe, expect, it } from "vitest";
import { createEspnClient } from "../clients/espn/client.ts";
import { createRateBudget } from "../clients/http/token-bucket.ts";
import type { MarketData } from "../clients/kalshi/market-data.ts";
import { createKalshiVenue } from "../clients/kalshi/venue.ts";
import { createNbaClient } from "../clients/nba/client.ts";
import { required } from "../core/domain/assert.ts";
import { TradingError } from "../core/domain/errors.ts";
import type { FeedGame } from "../core/domain/feeds.ts";
import type { Market } from "../core/domain/market.ts";
import { instant } from "../core/domain/units.ts";
import type { SourceManifest } from "../sim/facts.ts";
import type { ExchangeHandle } from "../sim/exchange/main.ts";
import { startWith } from "../sim/exchange/testing/start.ts";
import { createWorld } from "../sim/world/world.ts";
import { AMPLE, PATIENT_MS, SILENT, WALL } from "../test/support/kalshi.ts";
import { readSlate, type Slate } from "./slate.ts";

const world = createWorld({ seed: 7, games: 3 });
const { date, startAt, games } = world.manifest;
const [first, second] = [required(games[0], "a first game"), required(games[1], "a second")];
const MINUTE_MS = 60_000;
const FACTS = [...world.facts()].filter(({ kind }) => kind !== "level" && kind !== "trade");

/** The exchange with the world's night, which stands still at its start. */
async function exchangeOf(changes: Partial<SourceManifest> = {}): Promise<ExchangeHandle> {
  const source = {
    manifest: { ...world.manifest, ...changes },
    pastGames: [],
    facts: () => FACTS,
  };
  const { exchange } = await startWith([], { openSource: () => Promise.resolve(source) });
  return exchange;
}

interface Looked extends Slate {
  /** Messages of the log, in sequence. */
  readonly warned: readonly string[];
}

type Ask = Partial<Parameters<typeof readSlate>[0]>;

async function look({ url }: ExchangeHandle, ask: Ask = {}): Promise<Looked> {
  const warned: string[] = [];
  const write = (line: string): void => {
    warned.push(String((JSON.parse(line) as { msg: unknown }).msg));
  };
  const shared = { clock: WALL, timeoutMs: PATIENT_MS };
  const slate = await readSlate({
    date,
    marketData: publicSide(url),
    espn: createEspnClient({ siteUrl: `${url}/espn`, coreUrl: `${url}/espn`, ...shared }),
    nba: createNbaClient({ baseUrl: `${url}/nba`, ...shared }),
    log: pino({ level: "warn" }, { write }),
    pauseMs: 1,
    ...ask,
  });
  return { ...slate, warned };
}

/** The venue's public side, which asks for no key. */
function publicSide(url: string): MarketData {
  return createKalshiVenue({
    mode: "paper",
    restUrl: `${url}/trade-api/v2`,
    keyId: "",
    privateKeyPem: null,
    clock: WALL,
    log: SILENT,
    bucket: createRateBudget(WALL, AMPLE),
    jitter: () => 0,
  });
}

/** The venue's side, with every market changed. */
function changed(
  { url }: ExchangeHandle,
  change: (market: Market) => Market,
): Pick<MarketData, "events"> {
  const venue = publicSide(url);
  return {
    events: async (query) =>
      (await venue.events(query)).map((event) => ({
        ...event,
        markets: event.markets.map(change),
      })),
  };
}

const WHOLE = games.map((game) => ({
  ...game,
  marketTickers: [...game.marketTickers].sort(),
  marketsOpenAt: startAt,
}));
/** Ids of ours, which the exchange serves a game under that its feed does not show yet. */
const IDS = WHOLE.map(({ date }, index) => `99${date.slice(2).replaceAll("-", "")}0${index}`);
const withoutEspn = WHOLE.map((game, index) => ({
  ...game,
  espnEventId: IDS[index],
  lacks: ["espn"],
}));
const withoutNba = WHOLE.map((game, index) => ({ ...game, nbaGameId: IDS[index] }));

/** How often the log says that a game is left out. */
const leftOut = ({ warned }: Looked): number =>
  warned.filter((text) => text.includes("left out")).length;

describe("the slate of a day", () => {
  it("is what the venue lists, with the feeds' ids, the grids, and neutral ground", async () => {
    const [home = "", away = ""] = first.marketTickers;
    const exchange = await exchangeOf({
      games: [{ ...first, isNeutral: true }, ...games.slice(1)],
      priceGrids: { [home]: "deci_cent", [away]: "tapered_deci_cent" },
    });
    const { warned, ...slate } = await look(exchange);
    const [neutral, ...others] = WHOLE;
    expect(slate).toEqual({
      games: [{ ...neutral, isNeutral: true }, ...others],
      priceGrids: {
        ...Object.fromEntries(
          games.flatMap(({ marketTickers }) => marketTickers.map((one) => [one, "linear_cent"])),
        ),
        [home]: "deci_cent",
        [away]: "tapered_deci_cent",
      },
      isIncomplete: false,
    });
    expect(warned).toEqual([]);
  });

  it("leaves out the games of other days", async () => {
    const exchange = await exchangeOf();
    const { warned, ...slate } = await look(exchange, { date: "2026-01-01" });
    expect(slate).toEqual({ games: [], priceGrids: {}, isIncomplete: false });
    expect(warned).toEqual([]);
  });

  it.each(["500", "html", "swapped"] as const)(
    "does without a feed that answers %s, and says so",
    async (kind) => {
      const exchange = await exchangeOf();
      const { faults } = exchange;
      faults.add({ target: "espn", kind, match: null, untilMs: null });
      const noEspn = await look(exchange);
      expect(noEspn).toMatchObject({ games: withoutEspn, isIncomplete: true });
      expect(noEspn.warned.length).toBeGreaterThan(0);
      faults.clear();
      faults.add({ target: "nba", kind, match: null, untilMs: null });
      const noNba = await look(exchange);
      expect(noNba.games).toEqual(withoutNba);
      expect(noNba.isIncomplete).toBe(true);
      expect(noNba.warned.length).toBeGreaterThan(0);
    },
  );

  it("asks a feed that fails again for a while before its games lack it", async () => {
    const exchange = await exchangeOf();
    const shared = { clock: WALL, timeoutMs: PATIENT_MS };
    const base = `${exchange.url}/espn`;
    const client = createEspnClient({ siteUrl: base, coreUrl: base, ...shared });
    const failing = async (times: number): Promise<readonly [Looked, number]> => {
      let asked = 0;
      const scoreboard: typeof client.scoreboard = (day) => {
        asked += 1;
        if (asked > times) return client.scoreboard(day);
        return Promise.reject(new TradingError("FEED_UNAVAILABLE", { reason: "http 503" }));
      };
      return [await look(exchange, { espn: { scoreboard } }), asked];
    };
    const [found, tries] = await failing(4);
    expect(tries).toBe(5);
    expect(found).toMatchObject({ games: WHOLE, isIncomplete: false, warned: [] });
    const [lacking, triesToo] = await failing(5);
    expect(triesToo).toBe(5);
    expect(lacking).toMatchObject({ games: withoutEspn, isIncomplete: true });
  });

  it("leaves out every game where both feeds are away, whatever the venue lets expect", async () => {
    const exchange = await exchangeOf();
    for (const target of ["espn", "nba"] as const) {
      exchange.faults.add({ target, kind: "500", match: null, untilMs: null });
    }
    const marketData = changed(exchange, (market) => ({ ...market, expectedExpirationAt: null }));
    for (const ask of [{}, { marketData }]) {
      const slate = await look(exchange, ask);
      expect(slate.games).toEqual([]);
      expect(slate.priceGrids).toEqual({});
      expect(leftOut(slate)).toBe(3);
    }
  });

  it("leaves out a game that a feed shows twice, or the other way round", async () => {
    const exchange = await exchangeOf();
    const client = createNbaClient({ baseUrl: `${exchange.url}/nba`, clock: WALL });
    const swapped = (game: FeedGame): FeedGame => ({ ...game, home: game.away, away: game.home });
    const odd = [(game: FeedGame) => [game, game], (game: FeedGame) => [swapped(game)]];
    for (const change of odd) {
      const scoreboard: typeof client.scoreboard = async () => {
        const answer = await client.scoreboard();
        const shown = answer.value.games.flatMap((game) =>
          game.externalId === first.nbaGameId ? change(game) : [game],
        );
        return { ...answer, value: { ...answer.value, games: shown } };
      };
      const slate = await look(exchange, { nba: { scoreboard } });
      expect(slate.games).toEqual(WHOLE.slice(1));
      expect(leftOut(slate)).toBe(1);
    }
  });

  it("takes ESPN's tip before the NBA's; a game whose tips are too far apart is left out", async () => {
    const exchange = await exchangeOf();
    const nbaTells = async (minutes: number): Promise<Ask> => {
      const later = { ...first, tipAt: instant(first.tipAt + minutes * MINUTE_MS) };
      const other = await exchangeOf({ games: [later, ...games.slice(1)] });
      return { nba: createNbaClient({ baseUrl: `${other.url}/nba`, clock: WALL }) };
    };
    const endsLater = (minutes: number): Ask => ({
      marketData: changed(exchange, (market) => {
        const end = required(market.expectedExpirationAt, "an expected end");
        return { ...market, expectedExpirationAt: instant(end + minutes * MINUTE_MS) };
      }),
    });
    const near = { ...(await nbaTells(10)), ...endsLater(20) };
    const agreed = await look(exchange, near);
    expect(agreed.games[0]?.tipAt).toBe(first.tipAt);
    expect(agreed.warned).toEqual([]);
    const disputed = await look(exchange, endsLater(31));
    expect(disputed.games).toEqual([]);
    expect(leftOut(disputed)).toBe(3);
    const apart = await look(exchange, await nbaTells(31));
    expect(apart.games).toEqual(WHOLE.slice(1));
    expect(leftOut(apart)).toBe(1);
    exchange.faults.add({ target: "espn", kind: "500", match: null, untilMs: null });
    expect((await look(exchange, near)).games[0]?.tipAt).toBe(first.tipAt + 10 * MINUTE_MS);
  });

  it("takes no game of another day for one of this", async () => {
    const exchange = await exchangeOf();
    const yesterday = createWorld({ seed: 7, games: 3, date: "2026-01-05" });
    const other = await startWith([], { openSource: () => Promise.resolve(yesterday) });
    const nba = createNbaClient({ baseUrl: `${other.exchange.url}/nba`, clock: WALL });
    expect((await nba.scoreboard()).value.games).toHaveLength(3);
    const slate = await look(exchange, { nba });
    expect(slate.games).toEqual(withoutNba);
    expect(slate.isIncomplete).toBe(true);
  });

  it("leaves out a market whose grid has no name, and a game that has no other", async () => {
    const exchange = await exchangeOf();
    const [left = "", ...others] = first.marketTickers;
    const odd = [left, ...second.marketTickers];
    const marketData = changed(exchange, (market) => {
      const grid = [{ startMicros: 0, endMicros: 1_000_000, stepMicros: 20_000 }];
      return odd.includes(market.ticker) ? { ...market, grid } : market;
    });
    const slate = await look(exchange, { marketData });
    const [one, , three] = WHOLE;
    expect(slate.games).toEqual([{ ...one, marketTickers: others }, three]);
    const named = [...others, ...(three?.marketTickers ?? [])];
    expect(Object.keys(slate.priceGrids).sort()).toEqual(named.sort());
    expect(slate.warned.filter((text) => text.includes("no name"))).toHaveLength(3);
  });

  it("is none where the venue fails", async () => {
    const exchange = await exchangeOf();
    exchange.faults.add({ target: "kalshi", kind: "500", match: null, untilMs: null });
    await expect(look(exchange)).rejects.toMatchObject({ code: "VENUE_UNAVAILABLE" });
  });
});
