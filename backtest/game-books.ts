import { type MarketMark, marksAt } from "../core/domain/marking.ts";
import { type FeeSchedule, mid, withKnownSizes } from "../core/domain/market.ts";
import type { RiskInputs } from "../core/domain/risk.ts";
import type { Instant } from "../core/domain/units.ts";
import type { GameView } from "../core/strategies/view.ts";
import type { Fact } from "../sim/facts.ts";
import { type DeskListener, PaperDesk } from "./paper-desk.ts";

type MarketFact = Extract<Fact, { readonly marketTicker: string }>;

/** How the books of a game are played. */
export interface GameBooksSettings {
  readonly fees: FeeSchedule;
  readonly latencyMs: number;
  readonly lacks: readonly string[];
  readonly hasForesight: boolean;
  readonly listener: DeskListener;
}

/** The books of a game: as our orders meet them, and as decisions see them. */
export class GameBooks {
  /** Where our orders are. */
  readonly desks: readonly PaperDesk[];
  /** As decisions see them: the same, unless they see into the future. */
  readonly #seen: readonly PaperDesk[];
  readonly #view: GameView;
  readonly #settings: GameBooksSettings;
  readonly #statuses = new Map<string, string>();
  readonly #changed = new Set<PaperDesk>();
  /** When the view was last shown each book. */
  readonly #shownAt = new Map<PaperDesk, Instant>();
  #statusList: readonly (string | undefined)[];

  constructor(tickers: readonly string[], view: GameView, settings: GameBooksSettings) {
    const { fees, latencyMs, listener, hasForesight } = settings;
    const open = (): readonly PaperDesk[] =>
      tickers.map((ticker) => new PaperDesk(ticker, fees, latencyMs, listener));
    this.desks = open();
    this.#seen = hasForesight ? open() : this.desks;
    this.#statusList = tickers.map(() => undefined);
    this.#view = view;
    this.#settings = settings;
  }

  /** A fact as decisions see it. */
  see(fact: MarketFact, at: Instant): void {
    const desk = deskOf(this.#seen, fact.marketTicker);
    if (!desk) return;
    if (this.#settings.hasForesight && desk.play(fact)) this.#changed.add(desk);
    // The volume of a whole minute is not told by the venue's stream: nobody could decide on it.
    if (fact.kind === "trade") this.#view.observeTrade({ ...fact, at });
    if (fact.kind !== "market-status") return;
    this.#view.setMarketStatus(fact.marketTicker, fact.status);
    this.#statuses.set(fact.marketTicker, fact.status);
    this.#statusList = this.desks.map(({ marketTicker }) => this.#statuses.get(marketTicker));
  }

  /** A fact as our orders meet it. @returns its market. */
  trade(fact: MarketFact, at: Instant): PaperDesk | undefined {
    const desk = deskOf(this.desks, fact.marketTicker);
    if (!desk) return undefined;
    desk.arrive(at);
    if (desk.play(fact) && !this.#settings.hasForesight) this.#changed.add(desk);
    return desk;
  }

  /** All facts of an instant are in: the view sees what has changed. */
  settleInstant(at: Instant): void {
    if (this.#changed.size === 0) return;
    for (const desk of this.#changed) this.#show(desk, at);
    this.#changed.clear();
  }

  /** What was sent long enough ago is there. */
  arrive(at: Instant): void {
    for (const desk of this.desks) desk.arrive(at);
  }

  /** A quiet book is confirmed by its stream: its age is that of the last look. */
  confirm(at: Instant): void {
    for (const desk of this.#seen) {
      // Shown a second time at one instant it would be the same.
      if (desk.isSeen() && this.#shownAt.get(desk) !== at) this.#show(desk, at);
    }
  }

  /** The venue's word on each market; undefined before the first. */
  statuses(): readonly (string | undefined)[] {
    return this.#statusList;
  }

  #show(desk: PaperDesk, at: Instant): void {
    this.#shownAt.set(desk, at);
    this.#view.observeQuote(desk.quote(at), desk.isDerived);
  }

  /** What either side of each market seen so far could be left at. */
  marks(at: Instant): readonly (readonly [string, MarketMark])[] {
    return this.desks
      .filter((desk) => desk.isSeen())
      .map((desk) => [desk.marketTicker, marksAt(desk.quote(at))] as const);
  }

  /** What risk asks of the books when an order in one of them is judged. */
  riskInputs(
    marketTicker: string,
    at: Instant,
  ): Pick<RiskInputs, "quote" | "otherMid" | "lastTrade" | "lacks"> {
    const own = this.desks.find((desk) => desk.marketTicker === marketTicker);
    const other = this.desks.find((desk) => desk.marketTicker !== marketTicker);
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
