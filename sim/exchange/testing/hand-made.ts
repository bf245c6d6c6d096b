import type { MarketResult, MarketStatus } from "../../../core/domain/market.ts";
import { countCenti, instant, priceMicros, type UsdMicros } from "../../../core/domain/units.ts";
import type { Fact, FactBody, FactSource, SourceManifest } from "../../facts.ts";

/** A night small enough to reason about: one game, two markets, facts as told. */
export const HOME = "KXNBAGAME-26NOV20BOSNYK-NYK";
export const AWAY = "KXNBAGAME-26NOV20BOSNYK-BOS";
export const EVENT = "KXNBAGAME-26NOV20BOSNYK";
export const START = Date.parse("2026-11-20T23:00:00Z");

const manifest: SourceManifest = {
  schemaVersion: 1,
  kind: "world",
  name: "world:1",
  seed: 1,
  date: "2026-11-20",
  startAt: instant(START),
  endAt: instant(START),
  games: [
    {
      eventTicker: EVENT,
      date: "2026-11-20",
      home: "NYK",
      away: "BOS",
      tipAt: instant(START + 1_800_000),
      espnEventId: "401",
      nbaGameId: "0022600001",
      marketTickers: [HOME, AWAY],
      reconstructed: [],
    },
  ],
  lacks: [],
  isDerivedBook: false,
  description: "made by hand",
  origins: [],
};

/** A fact `seconds` after the start. */
function fact(seconds: number, body: FactBody): Fact {
  const at = instant(START + seconds * 1_000);
  return { ...body, sourceTime: at, receivedAt: at };
}

/** Displayed size of others: `yes` and `no` at the outcome's own price, in cents and contracts. */
export function level(
  seconds: number,
  outcome: "yes" | "no",
  cents: number,
  contracts: number,
  marketTicker = HOME,
): Fact {
  return fact(seconds, {
    kind: "level",
    marketTicker,
    outcome,
    price: priceMicros(cents * 10_000),
    size: countCenti(contracts * 100),
  });
}

export function print(
  seconds: number,
  cents: number,
  contracts: number,
  takerSide: "bid" | "ask",
): Fact {
  return fact(seconds, {
    kind: "trade",
    marketTicker: HOME,
    tradeId: `trade-${seconds}`,
    price: priceMicros(cents * 10_000),
    count: countCenti(contracts * 100),
    takerSide,
  });
}

export function status(
  seconds: number,
  to: MarketStatus,
  result: MarketResult | null = null,
  settlementValue: UsdMicros | null = null,
  marketTicker = HOME,
): Fact {
  const kind = "market-status";
  return fact(seconds, { kind, marketTicker, status: to, result, settlementValue });
}

/** Both markets open with the night. */
export const OPENING: readonly Fact[] = [HOME, AWAY].map((ticker) =>
  status(0, "active", null, null, ticker),
);

const tickerOf = (fact: Fact): string => ("marketTicker" in fact ? fact.marketTicker : "");

/** A night of these facts. Its markets open with it, but for those that the facts open. */
export function nightOf(
  facts: readonly Fact[],
  endSeconds = 3 * 3_600,
  changes: Partial<SourceManifest> = {},
): FactSource {
  const endAt = instant(START + endSeconds * 1_000);
  const isOpening = (fact: Fact): boolean =>
    fact.kind === "market-status" && fact.status === "active";
  const openedByFacts = facts.filter(isOpening).map(tickerOf);
  const opened = OPENING.filter((fact) => !openedByFacts.includes(tickerOf(fact)));
  return {
    manifest: { ...manifest, endAt, ...changes },
    pastGames: [],
    facts: () => [...opened, ...facts],
  };
}

/** Home at 58 bid for 100, offered at 60 for 50 and at 62 for 200. */
export const BOOK: readonly Fact[] = [
  level(0, "yes", 58, 100),
  level(0, "no", 40, 50),
  level(0, "no", 38, 200),
];
