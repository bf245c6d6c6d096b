import { required } from "../core/domain/assert.ts";
import { type MarketMark, marksAt } from "../core/domain/marking.ts";
import { type FeeSchedule, mid, withKnownSizes } from "../core/domain/market.ts";
import type { RiskInputs } from "../core/domain/risk.ts";
import type { Instant } from "../core/domain/units.ts";
import type { GameView } from "../core/strategies/view.ts";
import type { Fact, QuoteFact } from "../sim/facts.ts";
import { type DeskListener, PaperDesk } from "./paper-desk.ts";

type MarketFact = Extract<Fact, { readonly marketTicker: string }>;

/** How the books of a game are played. */
export interface GameBooksSettings {
  readonly fees: FeeSchedule;
  readonly latencyMs: number;
  readonly lacks: readonly string[];
  readonly isApart: boolean;
  readonly hasLatePrints: boolean;
  readonly listener: DeskListener;
}

/** A book as decisions see it. */
interface SeenBook {
  readonly desk: PaperDesk;
  /** Since the view was last shown it. */
  hasChanged: boolean;
  /** When that was. */
  shownAt: number;
}

/** The books of a game: as our orders meet them, and as decisions see them. Walked by index, as `InputCheck` says. */
export class GameBooks {
  /** Where our orders are. */
  readonly desks: readonly PaperDesk[];
  /** As decisions and risk see them: the same, unless the two are kept apart. */
  readonly #seen: readonly SeenBook[];
  readonly #view: GameView;
  readonly #settings: GameBooksSettings;
  readonly #statuses = new Map<string, string>();
  #statusList: readonly (string | undefined)[];

  constructor(tickers: readonly string[], view: GameView, settings: GameBooksSettings) {
    const { fees, latencyMs, listener, isApart, hasLatePrints } = settings;
    const open = (): readonly PaperDesk[] =>
      tickers.map((ticker) => new PaperDesk(ticker, fees, latencyMs, listener, hasLatePrints));
    this.desks = open();
    const seen = isApart ? open() : this.desks;
    this.#seen = seen.map((desk) => ({ desk, hasChanged: false, shownAt: -Infinity }));
    this.#statusList = tickers.map(() => undefined);
    this.#view = view;
    this.#settings = settings;
  }

  /** A quote as both meet it, where the two are not kept apart. */
  quote(quote: QuoteFact, at: Instant): void {
    const book = this.#bookOf(quote.marketTicker);
    if (!book) return;
    book.desk.arrive(at);
    book.desk.quoted(quote);
    book.hasChanged = true;
  }

  /** A fact as decisions see it. */
  see(fact: MarketFact, at: Instant): void {
    const book = this.#bookOf(fact.marketTicker);
    if (!book) return;
    if (this.#settings.isApart && book.desk.play(fact)) book.hasChanged = true;
    // The volume of a whole minute is not told by the venue's stream: nobody could decide on it.
    if (fact.kind === "trade") this.#view.observeTrade({ ...fact, at });
    if (fact.kind === "market-status") this.#seeStatus(fact);
  }

  #seeStatus(fact: Extract<MarketFact, { readonly kind: "market-status" }>): void {
    this.#view.setMarketStatus(fact.marketTicker, fact.status);
    this.#statuses.set(fact.marketTicker, fact.status);
    this.#statusList = this.desks.map(({ marketTicker }) => this.#statuses.get(marketTicker));
  }

  /** A fact as our orders meet it. @returns its market. */
  trade(fact: MarketFact, at: Instant): PaperDesk | undefined {
    const desk = deskOf(this.desks, fact.marketTicker);
    if (!desk) return undefined;
    desk.arrive(at);
    if (!desk.play(fact) || this.#settings.isApart) return desk;
    const book = this.#bookOf(fact.marketTicker);
    if (book) book.hasChanged = true;
    return desk;
  }

  /** All facts of an instant are in: the view sees what has changed. */
  settleInstant(at: Instant): void {
    for (let index = 0; index < this.#seen.length; index += 1) {
      const book = required(this.#seen[index], "a book");
      if (!book.hasChanged) continue;
      book.hasChanged = false;
      this.#show(book, at);
    }
  }

  /** What was sent long enough ago is there. */
  arrive(at: Instant): void {
    for (let index = 0; index < this.desks.length; index += 1) this.desks[index]?.arrive(at);
  }

  /** A quiet book is confirmed by its stream: its age is that of the last look. */
  confirm(at: Instant): void {
    for (let index = 0; index < this.#seen.length; index += 1) {
      const book = required(this.#seen[index], "a book");
      // Shown a second time at one instant it would be the same.
      if (book.shownAt !== at && book.desk.isSeen()) this.#show(book, at);
    }
  }

  /** The venue's word on each market; undefined before the first. */
  statuses(): readonly (string | undefined)[] {
    return this.#statusList;
  }

  #show(book: SeenBook, at: Instant): void {
    book.shownAt = at;
    this.#view.observeQuote(book.desk.quote(at), book.desk.isDerived);
  }

  #bookOf(marketTicker: string): SeenBook | undefined {
    for (let index = 0; index < this.#seen.length; index += 1) {
      const book = this.#seen[index];
      if (book?.desk.marketTicker === marketTicker) return book;
    }
    return undefined;
  }

  /** What either side of a market could be left at. @returns `null` while its book was not seen. */
  mark(marketTicker: string, at: Instant): MarketMark | null {
    const desk = deskOf(this.desks, marketTicker);
    return desk?.isSeen() === true ? marksAt(desk.quote(at)) : null;
  }

  /** What risk asks of the books when an order in one of them is judged. */
  riskInputs(
    marketTicker: string,
    at: Instant,
  ): Pick<RiskInputs, "quote" | "otherMid" | "lastTrade" | "lacks"> {
    const desks = this.#seen.map(({ desk }) => desk);
    const own = desks.find((desk) => desk.marketTicker === marketTicker);
    const other = desks.find((desk) => desk.marketTicker !== marketTicker);
    const { lacks } = this.#settings;
    return {
      quote: own?.isSeen() === true ? withKnownSizes(own.quote(at), lacks) : null,
      otherMid: other?.isSeen() === true ? mid(other.quote(at)) : null,
      lastTrade: own?.lastTrade() ?? null,
      lacks,
    };
  }
}

function deskOf(desks: readonly PaperDesk[], marketTicker: string): PaperDesk | undefined {
  for (const desk of desks) if (desk.marketTicker === marketTicker) return desk;
  return undefined;
}
