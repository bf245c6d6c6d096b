import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import {
  averageInterval,
  type ContractBounds,
  contractBounds,
  outcomeAt,
  parseBtcMarketTicker,
} from "../../core/domain/btc-contract.ts";
import { isOnGrid, PRICE_GRIDS } from "../../core/domain/price-grid.ts";
import { easternParts } from "../../core/domain/time.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { PlainBook } from "./books.ts";
import { createWorld, type WorldOptions } from "./world.ts";

type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;

const HOURS = 2;
const world = createWorld({ seed: 7, bitcoin: { hours: HOURS } });
const { manifest } = world;
const FACTS: readonly Fact[] = [...world.facts()];

function factsOf<Kind extends Fact["kind"]>(kind: Kind): FactOf<Kind>[] {
  return FACTS.filter((fact): fact is FactOf<Kind> => fact.kind === kind);
}

/** What the facts tell of each market. */
interface Life {
  readonly listing: FactOf<"listing">;
  readonly bounds: FactOf<"bounds">[];
  readonly statuses: FactOf<"market-status">[];
  closeAt: number;
}
const LIVES = new Map<string, Life>();
for (const fact of FACTS) {
  if (fact.kind === "listing") {
    const fresh = { listing: fact, bounds: [], statuses: [], closeAt: fact.closeAt };
    LIVES.set(fact.marketTicker, fresh);
  }
  if (fact.kind === "bounds") lifeOf(fact).bounds.push(fact);
  if (fact.kind === "market-status") lifeOf(fact).statuses.push(fact);
  if (fact.kind === "close-moved") lifeOf(fact).closeAt = fact.closeAt;
}

function lifeOf({ marketTicker }: { marketTicker: string }): Life {
  return required(LIVES.get(marketTicker), `a listing before a fact of ${marketTicker}`);
}

function boundsOf({ listing, bounds }: Life): ContractBounds {
  const strikes = bounds.at(-1) ?? listing;
  const { floorStrike, capStrike } = strikes;
  const { strikeType } = listing;
  return required(contractBounds({ strikeType, floorStrike, capStrike }), "bounds");
}

const INDEX = new Map(
  factsOf("index-value").map((fact) => [fact.sourceTime as number, fact.value]),
);
/** The average of a close by the index that was told, or null where a second was not. */
function averageCents(closeAt: number): number | null {
  const cents = Array.from({ length: 60 }, (_, back) => INDEX.get(closeAt - back * 1_000));
  const known = cents.filter((value) => value !== undefined);
  const sum = known.reduce((total, value) => total + value / 10_000, 0);
  return known.length === 60 ? Math.round(sum / 60) : null;
}

function digest(options: WorldOptions, keep: (fact: Fact) => boolean = () => true): string {
  const hash = createHash("sha256");
  for (const fact of createWorld(options).facts()) {
    if (keep(fact)) hash.update(JSON.stringify(fact));
  }
  return hash.digest("hex");
}

const BITCOIN_KINDS = ["listing", "bounds", "close-moved", "spot-trade", "spot-candle"];
function isOfGames(fact: Fact): boolean {
  if (fact.kind === "index-value" || BITCOIN_KINDS.includes(fact.kind)) return false;
  return !("marketTicker" in fact) || fact.marketTicker.startsWith("KXNBAGAME");
}

describe("the Bitcoin of a world", () => {
  it("is the same bytes for the same seed, and others for another seed, edge or length", () => {
    const bitcoin = { series: ["KXBTC15M"] as const, hours: 1 };
    const of = digest({ seed: 21, bitcoin });
    expect(digest({ seed: 21, bitcoin })).toBe(of);
    const others = [
      digest({ seed: 22, bitcoin }),
      digest({ seed: 21, bitcoin, edge: "none" }),
      digest({ seed: 21, bitcoin: { ...bitcoin, hours: 2 } }),
    ];
    expect(new Set([of, ...others]).size).toBe(4);
  });

  it("moves no byte of the games beside it", () => {
    const games = { seed: 21, games: 1 };
    const alone = digest(games);
    // What was recorded of a seed's night stands for it as long as its bytes stay.
    expect(alone.slice(0, 16)).toBe("cd52ecfdd6cbbf07");
    const both = { ...games, bitcoin: { series: ["KXBTC15M"] as const, hours: 1 } };
    expect(digest(both, isOfGames)).toBe(alone);
    expect(digest(both)).not.toBe(alone);
    const { games: slate, startAt } = createWorld(both).manifest;
    expect({ slate, startAt }).toEqual({
      slate: createWorld(games).manifest.games,
      startAt: createWorld(games).manifest.startAt,
    });
  });

  it("plays a series alike whatever other series are played", () => {
    const isQuarter = (fact: Fact): boolean =>
      "marketTicker" in fact && fact.marketTicker.startsWith("KXBTC15M-");
    const alone = { seed: 3, bitcoin: { series: ["KXBTC15M"] as const, hours: 1 } };
    expect(digest({ seed: 3, bitcoin: { hours: 1 } }, isQuarter)).toBe(digest(alone, isQuarter));
  });

  it("begins alone at midnight, Eastern, and beside games at a full hour of the night", () => {
    expect(easternParts(manifest.startAt)).toMatchObject({
      date: manifest.date,
      hour: 0,
      minute: 0,
    });
    expect(manifest).toMatchObject({
      games: [],
      lacks: [],
      bitcoin: { series: world.bitcoin?.series },
    });
    const beside = createWorld({ seed: 7, games: 1, bitcoin: { hours: 1 } });
    expect(easternParts(required(beside.bitcoin, "Bitcoin").startAt).minute).toBe(0);
    expect(required(beside.bitcoin, "Bitcoin").startAt).toBeGreaterThanOrEqual(
      beside.manifest.startAt,
    );
  });

  it("refuses options out of range", () => {
    const make = (options: Omit<WorldOptions, "seed">) => () =>
      createWorld({ seed: 1, ...options });
    expect(make({ games: 0 })).toThrow(/games/);
    expect(make({ games: 16, bitcoin: {} })).toThrow(/games/);
    expect(make({ bitcoin: { hours: 0 } })).toThrow(/hours/);
    expect(make({ bitcoin: { hours: 1.5 } })).toThrow(/hours/);
    expect(make({ bitcoin: { series: [] } })).toThrow(/series/);
  });

  it("tells facts in order of receipt, none before it happened, all within the world", () => {
    let last: number = manifest.startAt;
    for (const fact of FACTS) {
      if (fact.receivedAt < last || fact.sourceTime > fact.receivedAt) {
        expect(fact).toBe("in order");
      }
      last = fact.receivedAt;
    }
    expect(FACTS[0]).toMatchObject({ kind: "listing", receivedAt: manifest.startAt });
    expect(last).toBeLessThan(manifest.endAt);
    expect(FACTS.at(-1)?.receivedAt).toBeGreaterThan(manifest.endAt - 60_000);
  });

  it("tells at most 40 facts a second of all series together", () => {
    const perSecond = FACTS.length / (HOURS * 3_600);
    expect(perSecond).toBeLessThan(40);
    expect(perSecond).toBeGreaterThan(10);
  });
});

describe("the contracts of a world", () => {
  it("settles each by its bounds and the average of the index that was told", () => {
    let scalar = 0;
    for (const life of LIVES.values()) {
      const [active, closed, determined, finalized] = life.statuses;
      expect(life.statuses.map(({ status }) => status)).toEqual([
        "active",
        "closed",
        "determined",
        "finalized",
      ]);
      expect(active?.receivedAt).toBe(life.listing.openAt);
      expect(closed?.receivedAt).toBe(life.closeAt);
      expect(finalized?.receivedAt).toBeGreaterThan(required(determined, "one").receivedAt);
      if (finalized?.result === "scalar") {
        scalar += 1;
        expect(finalized.expirationValue).toBeNull();
        continue;
      }
      const average = usdMicros(required(averageCents(life.closeAt), "an average") * 10_000);
      expect(finalized?.expirationValue).toBe(average);
      expect(finalized?.result).toBe(outcomeAt(boundsOf(life), average));
      expect(finalized?.settlementValue).toBe(finalized?.result === "yes" ? 1_000_000 : 0);
    }
    expect(LIVES.size).toBe(HOURS * (4 + 107 + 108));
    expect(scalar).toBeLessThan(5);
  });

  it("finalizes about six seconds after the close, not all in sequence", () => {
    const lags = [...LIVES.values()]
      .filter(({ listing }) => listing.series === "KXBTCD")
      .map((life) => required(life.statuses.at(-1), "a last status").receivedAt - life.closeAt)
      .filter((lag) => lag < 60_000);
    expect(Math.min(...lags)).toBeGreaterThanOrEqual(4_000);
    expect(Math.max(...lags)).toBeLessThanOrEqual(8_000);
    expect(lags).not.toEqual([...lags].sort((one, other) => one - other));
  });

  it("names each by the grammar, with a close that its ticker confirms", () => {
    for (const { listing } of LIVES.values()) {
      const parsed = required(parseBtcMarketTicker(listing.marketTicker), listing.marketTicker);
      expect(parsed.event).toBe(listing.eventTicker);
      expect(parsed.key.series).toBe(listing.series);
      expect(parsed.key.closes).toContain(listing.closeAt);
    }
  });

  it("tells the strike of a quarter after its open, which is the settlement of the one before", () => {
    const quarters = [...LIVES.values()].filter(({ listing }) => listing.series === "KXBTC15M");
    for (const { listing, bounds } of quarters) {
      expect(listing).toMatchObject({ floorStrike: null, capStrike: null });
      expect(listing.closeAt - listing.openAt).toBe(15 * 60_000);
      const early = listing.openAt - listing.receivedAt;
      expect(early >= 15 * 60_000 - 3_000 || listing.receivedAt === manifest.startAt).toBe(true);
      expect(bounds).toHaveLength(1);
      const lag = required(bounds[0], "a strike").receivedAt - listing.openAt;
      expect(lag).toBeGreaterThanOrEqual(500);
      expect(lag).toBeLessThanOrEqual(5_000);
      const average = averageCents(listing.openAt);
      if (average !== null) expect(bounds[0]?.floorStrike).toBe(average * 10_000);
    }
    expect(quarters.filter(({ listing }) => averageCents(listing.openAt) !== null)).toHaveLength(
      4 * HOURS - 1,
    );
  });

  it("lists complete ladders: bands and open ends leave no price out, thresholds part the same", () => {
    const events = required(world.bitcoin, "Bitcoin").events;
    for (const { eventTicker, series } of events.filter((event) => event.series !== "KXBTC15M")) {
      const lives = [...LIVES.values()].filter(
        ({ listing }) => listing.eventTicker === eventTicker,
      );
      const intervals = lives.map((life) => averageInterval(boundsOf(life)));
      if (series === "KXBTC") {
        expect(intervals[0]?.low).toBe(-Infinity);
        expect(intervals.at(-1)?.high).toBe(Infinity);
        for (const [at, { high }] of intervals.slice(0, -1).entries()) {
          expect(intervals[at + 1]?.low).toBe(high);
        }
        const settled = lives.filter((life) => life.closeAt === life.listing.closeAt);
        const yes = settled.filter((life) => life.statuses.at(-1)?.result === "yes");
        expect(yes.length).toBeLessThanOrEqual(1);
      } else {
        for (const { listing } of lives) expect(listing.floorStrike ?? 0).toSatisfy(endsIn99Cents);
      }
    }
  });

  it("keeps 200 contracts of the ladders open at all times, and the next event listed", () => {
    const ladders = [...LIVES.values()].filter(({ listing }) => listing.series !== "KXBTC15M");
    const lastOpen = manifest.startAt + (HOURS - 1) * 3_600_000;
    for (let at = manifest.startAt + 10_000; at < lastOpen + 3_600_000; at += 60_000) {
      const open = ladders.filter(({ listing, closeAt }) => listing.openAt <= at && closeAt > at);
      expect(open.length).toBeGreaterThanOrEqual(200);
      const next = ladders.filter(({ listing }) => listing.receivedAt <= at && listing.openAt > at);
      expect(next.length).toBeGreaterThanOrEqual(at < lastOpen ? 200 : 0);
    }
  });
});

function endsIn99Cents(micros: number): boolean {
  return micros % 1_000_000 === 990_000;
}

describe("the books of a world's contracts", () => {
  it("shows prices of the grid, never crossed, and only while the market is active", () => {
    const books = new Map<string, PlainBook>();
    const wrong: Fact[] = [];
    for (const fact of FACTS) {
      if (fact.kind !== "level" && fact.kind !== "trade") continue;
      const { listing, closeAt } = lifeOf(fact);
      const isActive = fact.receivedAt >= listing.openAt && fact.receivedAt < closeAt;
      if (!isActive || !isOnGrid(fact.price, PRICE_GRIDS[listing.priceGrid])) wrong.push(fact);
      if (fact.kind === "trade") continue;
      const book = books.get(fact.marketTicker) ?? new PlainBook();
      books.set(fact.marketTicker, book);
      book.apply(fact);
      if ((book.bid ?? 0) >= (book.ask ?? 100)) wrong.push(fact);
    }
    expect(wrong).toEqual([]);
    expect(books.size).toBe(LIVES.size);
  });

  it("prints trades at the price that was shown best before them", () => {
    const books = new Map<string, PlainBook>();
    for (const fact of FACTS.slice(0, 60_000)) {
      if (fact.kind === "level") {
        const book = books.get(fact.marketTicker) ?? new PlainBook();
        books.set(fact.marketTicker, book);
        book.apply(fact);
      }
      if (fact.kind !== "trade") continue;
      const book = required(books.get(fact.marketTicker), "a book");
      expect(fact.price / 10_000).toBeCloseTo(
        (fact.takerSide === "bid" ? book.ask : book.bid) ?? -1,
      );
    }
  });
});

describe("the spot and the index of a world", () => {
  it("tells the index each second, with the mean of the last sixty", () => {
    const values = factsOf("index-value");
    for (const [at, fact] of values.entries()) {
      expect(fact.sourceTime).toBe(manifest.startAt + at * 1_000);
      expect(fact.receivedAt - fact.sourceTime).toBeLessThan(250);
      const average = averageCents(fact.sourceTime);
      if (average === null) continue;
      expect(Math.abs(required(fact.average60, "an average") / 10_000 - average)).toBeLessThan(
        0.51,
      );
    }
    expect(values.length).toBe((manifest.endAt - 1_000 - manifest.startAt) / 1_000);
  });

  it("trades around the index by its basis, 20 to 150 ms before we hear of it", () => {
    const trades = factsOf("spot-trade");
    const off = trades.map((trade) => {
      const lag = trade.receivedAt - trade.sourceTime;
      if (lag < 20 || lag > 150) expect(trade).toBe("in time");
      const second = Math.floor(trade.sourceTime / 1_000) * 1_000;
      return trade.price / required(INDEX.get(second), "an index") - 1;
    });
    const mean = off.reduce((sum, one) => sum + one, 0) / off.length;
    expect(Math.abs(mean - 0.6e-4)).toBeLessThan(2e-4);
    expect(Math.max(...off.map((one) => Math.abs(one - mean)))).toBeLessThan(2e-4);
    const perSecond = trades.length / ((manifest.endAt - manifest.startAt) / 1_000);
    expect(perSecond).toBeGreaterThan(0.3);
    expect(perSecond).toBeLessThan(3);
    expect(trades.every(({ tradeId }, at) => tradeId === (trades[0]?.tradeId ?? 0) + at)).toBe(
      true,
    );
  });

  it("closes each minute with the candle of its trades", () => {
    const trades = factsOf("spot-trade");
    for (const candle of factsOf("spot-candle").slice(0, 60)) {
      const endAt = instant(candle.openAt + 60_000);
      expect(candle).toMatchObject({ sourceTime: endAt, receivedAt: endAt });
      const prices = trades
        .filter(({ sourceTime }) => sourceTime >= candle.openAt && sourceTime < endAt)
        .map(({ price }) => price);
      expect(candle).toMatchObject({
        open: prices[0],
        high: Math.max(...prices),
        low: Math.min(...prices),
        close: prices.at(-1),
      });
    }
  });
});
