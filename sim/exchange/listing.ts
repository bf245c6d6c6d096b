import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { MarketResult, MarketStatus, MarketStrikes } from "../../core/domain/market.ts";
import { type PaperLevel, PaperMarket } from "../../core/domain/matching.ts";
import type { BookSide } from "../../core/domain/order.ts";
import type { PriceGridName } from "../../core/domain/price-grid.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
  type UsdMicros,
} from "../../core/domain/units.ts";
import type { SlateGame } from "../facts.ts";
import { CandleSeries } from "./candles.ts";

/** Shown where a source has prices but no sizes: one contract. */
const NOMINAL_SIZE = countCenti(100);

/** One print on the public tape. */
export interface PublicTrade {
  readonly tradeId: string;
  readonly marketTicker: string;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly takerSide: BookSide;
  readonly at: Instant;
}

/** Best prices as YES prices, null where a side is empty. */
export interface TopOfBook {
  readonly bid: PriceMicros | null;
  readonly bidSize: CountCenti;
  readonly ask: PriceMicros | null;
  readonly askSize: CountCenti;
}

/** A book as the wire shows it: [price, size] of both outcomes' bids, best last. */
export interface DisplayedBook {
  readonly yes: readonly (readonly [PriceMicros, CountCenti])[];
  readonly no: readonly (readonly [PriceMicros, CountCenti])[];
}

/** What a market is about. */
export type ListingTerms =
  | { readonly kind: "game"; readonly game: SlateGame; readonly teamCode: string }
  | {
      readonly kind: "bitcoin";
      readonly series: BtcSeries;
      readonly strikes: MarketStrikes;
      /** The index average that decided it, micro-dollars; null until the source says. */
      readonly settledOn: UsdMicros | null;
    };

/** What a market is listed with. */
export type NewListing = Pick<
  Listing,
  | "ticker"
  | "eventTicker"
  | "terms"
  | "priceGrid"
  | "createdAt"
  | "openAt"
  | "closeAt"
  | "expectedExpirationAt"
> & { readonly hasLatePrints: boolean };

/** Everything public about one market: book, life, tape, candles. */
export class Listing {
  readonly ticker: string;
  readonly eventTicker: string;
  terms: ListingTerms;
  readonly priceGrid: PriceGridName;
  readonly book: PaperMarket;
  readonly tape: PublicTrade[] = [];
  readonly candles = new CandleSeries();
  readonly createdAt: Instant;
  readonly openAt: Instant;
  /** When it is expected to be decided; it stays when the close moves. */
  readonly expectedExpirationAt: Instant;
  /** Listed before it opens: a game's source says when it does, for Bitcoin the clock. */
  status: MarketStatus = "initialized";
  result: MarketResult | null = null;
  settlementValue: UsdMicros | null = null;
  closeAt: Instant;
  settledAt: Instant | null = null;
  updatedAt: Instant;
  lastPrice: PriceMicros | null = null;
  volume = countCenti(0);
  #sampledAt = 0;

  constructor(listed: NewListing) {
    this.ticker = listed.ticker;
    this.book = new PaperMarket(listed);
    this.eventTicker = listed.eventTicker;
    this.terms = listed.terms;
    this.priceGrid = listed.priceGrid;
    this.createdAt = listed.createdAt;
    this.updatedAt = listed.createdAt;
    this.openAt = listed.openAt;
    this.closeAt = listed.closeAt;
    this.expectedExpirationAt = listed.expectedExpirationAt;
  }

  displayed(): DisplayedBook {
    const { yes, no } = this.book.book();
    return { yes: yes.map(displayedLevel), no: no.map(displayedLevel) };
  }

  top(): TopOfBook {
    const { yes, no } = this.book.book();
    const bid = yes.at(-1);
    const ask = no.at(-1);
    return {
      bid: bid?.price ?? null,
      bidSize: bid ? displayedSize(bid) : countCenti(0),
      ask: ask ? priceMicros(ONE_USD_MICROS - ask.price) : null,
      askSize: ask ? displayedSize(ask) : countCenti(0),
    };
  }

  /** Shows the candles the quote, at most once a second: a book is read whole for it. */
  sampleQuote(at: Instant): void {
    if (at - this.#sampledAt < 1_000) return;
    this.#sampledAt = at;
    const { bid, ask } = this.top();
    this.candles.quote(at, bid, ask);
  }

  /** Puts one print on the tape. */
  print(trade: PublicTrade): void {
    this.tape.push(trade);
    this.lastPrice = trade.price;
    this.addVolume(trade.count, trade.at);
    this.candles.trade(trade.at, trade.price, trade.count);
  }

  /** Volume where single trades are not known. */
  addVolume(count: CountCenti, at: Instant): void {
    this.volume = countCenti(this.volume + count);
    this.updatedAt = at;
  }
}

function displayedSize({ others, ours }: PaperLevel): CountCenti {
  return countCenti((others ?? NOMINAL_SIZE) + ours);
}

function displayedLevel(level: PaperLevel): readonly [PriceMicros, CountCenti] {
  return [level.price, displayedSize(level)];
}
