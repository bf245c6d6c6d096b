import { required } from "../../core/domain/assert.ts";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import type { MarketResult, MarketStatus } from "../../core/domain/market.ts";
import { type PaperLevel, PaperMarket } from "../../core/domain/matching.ts";
import type { BookSide } from "../../core/domain/order.ts";
import type { PriceGridName } from "../../core/domain/price-grid.ts";
import { team } from "../../core/domain/teams.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
  type UsdMicros,
} from "../../core/domain/units.ts";
import type { SlateGame } from "../facts.ts";
import { CandleSeries } from "./candles.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

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

/** Everything public about one market: book, life, tape, candles. */
export class Listing {
  readonly ticker: string;
  readonly game: SlateGame;
  readonly teamCode: string;
  readonly priceGrid: PriceGridName;
  readonly book = new PaperMarket();
  readonly tape: PublicTrade[] = [];
  readonly candles = new CandleSeries();
  readonly createdAt: Instant;
  readonly openAt: Instant;
  /** Listed before it opens: its source says when it does. */
  status: MarketStatus = "initialized";
  result: MarketResult | null = null;
  settlementValue: UsdMicros | null = null;
  closeAt: Instant;
  settledAt: Instant | null = null;
  updatedAt: Instant;
  lastPrice: PriceMicros | null = null;
  volume = countCenti(0);
  #sampledAt = 0;

  constructor(ticker: string, game: SlateGame, createdAt: Instant, priceGrid: PriceGridName) {
    this.ticker = ticker;
    this.game = game;
    this.priceGrid = priceGrid;
    this.teamCode = required(parseMarketTicker(ticker), `market ticker ${ticker}`).team;
    this.createdAt = createdAt;
    this.openAt = game.marketsOpenAt ?? createdAt;
    this.updatedAt = createdAt;
    this.closeAt = instant(game.tipAt + 14 * DAY_MS);
  }

  get expectedExpirationAt(): Instant {
    return instant(this.game.tipAt + 3 * HOUR_MS);
  }

  get yesTitle(): string {
    return team(this.teamCode).city;
  }

  /** The city that won, once that is known. */
  get expirationValue(): string {
    if (this.result === null || this.result === "scalar") return "";
    const { home, away } = this.game;
    const other = this.teamCode === home ? away : home;
    return team(this.result === "yes" ? this.teamCode : other).city;
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
