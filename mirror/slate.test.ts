import pino from "pino";
import { describe, expect, it } from "vitest";
import { createEspnClient } from "../clients/espn/client.ts";
import { createRateBudget } from "../clients/http/token-bucket.ts";
import type { MarketData } from "../clients/kalshi/market-data.ts";
import { createKalshiVenue } from "../clients/kalshi/venue.ts";
import { createNbaClient } from "../clients/nba/client.ts";
import { required } from "../core/domain/assert.ts";
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
const withoutFeeds = WHOLE.map((game, index) => ({
  ...game,
  espnEventId: IDS[index],
  nbaGameId: IDS[index],
  lacks: ["espn", "live-score"],
}));

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

  it("knows the tip by the venue's expected end where both feeds are away", async () => {
    const exchange = await exchangeOf();
    for (const target of ["espn", "nba"] as const) {
      exchange.faults.add({ target, kind: "500", match: null, untilMs: null });
    }
    const slate = await look(exchange);
    expect(slate.games).toEqual(withoutFeeds);
    const marketData = changed(exchange, (market) => ({ ...market, expectedExpirationAt: null }));
    const unknown = await look(exchange, { marketData });
    expect(unknown.games).toEqual([]);
    expect(unknown.priceGrids).toEqual({});
    expect(unknown.warned.filter((text) => text.includes("left out"))).toHaveLength(3);
  });

  it("takes ESPN's tip before the NBA's, and that before the venue's; if they disagree, it says so", async () => {
    const exchange = await exchangeOf();
    const later = { ...first, tipAt: instant(first.tipAt + 10 * MINUTE_MS) };
    const other = await exchangeOf({ games: [later, ...games.slice(1)] });
    const nba = createNbaClient({ baseUrl: `${other.url}/nba`, clock: WALL });
    const endsLater = (minutes: number): Pick<MarketData, "events"> =>
      changed(exchange, (market) => {
        const end = required(market.expectedExpirationAt, "an expected end");
        return { ...market, expectedExpirationAt: instant(end + minutes * MINUTE_MS) };
      });
    const near = { nba, marketData: endsLater(20) };
    const agreed = await look(exchange, near);
    expect(agreed.games[0]?.tipAt).toBe(first.tipAt);
    expect(agreed.warned).toEqual([]);
    const disputed = await look(exchange, { nba, marketData: endsLater(31) });
    expect(disputed.games[0]?.tipAt).toBe(first.tipAt);
    expect(disputed.warned.filter((text) => text.includes("in doubt"))).toHaveLength(3);
    exchange.faults.add({ target: "espn", kind: "500", match: null, untilMs: null });
    expect((await look(exchange, near)).games[0]?.tipAt).toBe(later.tipAt);
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
