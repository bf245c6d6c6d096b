import { required } from "../../core/domain/assert.ts";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Fact, priceGridOf, type SlateGame, type SourceManifest } from "../facts.ts";
import { Listing } from "./listing.ts";

export type ListingFact = Extract<Fact, { kind: "listing" }>;

/** One occasion, with the markets on it. */
export type ListedEvent = {
  readonly eventTicker: string;
  readonly listings: readonly Listing[];
} & (
  | { readonly kind: "game"; readonly game: SlateGame }
  | { readonly kind: "bitcoin"; readonly series: BtcSeries; readonly closeAt: Instant }
);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What is listed: games with the night, Bitcoin markets as their source lists them. */
export class Catalog {
  readonly listings = new Map<string, Listing>();
  readonly #events = new Map<string, ListedEvent>();
  readonly #manifest: SourceManifest;

  constructor(manifest: SourceManifest) {
    this.#manifest = manifest;
    for (const game of manifest.games) {
      const { eventTicker } = game;
      const listings = game.marketTickers.map((ticker) => gameListing(ticker, game, manifest));
      for (const listing of listings) this.listings.set(listing.ticker, listing);
      this.#events.set(eventTicker, { kind: "game", eventTicker, game, listings });
    }
  }

  /** Every event, oldest first. */
  events(): readonly ListedEvent[] {
    return [...this.#events.values()];
  }

  event(eventTicker: string): ListedEvent | null {
    return this.#events.get(eventTicker) ?? null;
  }

  /** Lists a Bitcoin market. */
  list(fact: ListingFact): Listing {
    const { series, eventTicker, closeAt } = fact;
    const listing = bitcoinListing(fact, this.#manifest);
    this.listings.set(listing.ticker, listing);
    const listings = [...(this.#events.get(eventTicker)?.listings ?? []), listing];
    this.#events.set(eventTicker, { kind: "bitcoin", series, eventTicker, closeAt, listings });
    return listing;
  }
}

function gameListing(ticker: string, game: SlateGame, manifest: SourceManifest): Listing {
  const { team } = required(parseMarketTicker(ticker), `market ticker ${ticker}`);
  const { hasLatePrints = false } = manifest;
  return new Listing({
    hasLatePrints,
    ticker,
    eventTicker: game.eventTicker,
    terms: { kind: "game", game, teamCode: team },
    priceGrid: priceGridOf(manifest, ticker),
    createdAt: manifest.startAt,
    openAt: game.marketsOpenAt ?? manifest.startAt,
    closeAt: instant(game.tipAt + 14 * DAY_MS),
    expectedExpirationAt: instant(game.tipAt + 3 * HOUR_MS),
  });
}

function bitcoinListing(fact: ListingFact, { hasLatePrints = false }: SourceManifest): Listing {
  const { strikeType, floorStrike, capStrike } = fact;
  return new Listing({
    hasLatePrints,
    ticker: fact.marketTicker,
    eventTicker: fact.eventTicker,
    terms: {
      kind: "bitcoin",
      series: fact.series,
      strikes: { strikeType, floorStrike, capStrike },
      settledOn: null,
    },
    priceGrid: fact.priceGrid,
    createdAt: fact.receivedAt,
    openAt: fact.openAt,
    closeAt: fact.closeAt,
    expectedExpirationAt: instant(fact.closeAt + 5 * MINUTE_MS),
  });
}
