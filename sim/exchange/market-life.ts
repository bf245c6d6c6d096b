import type { MarketStatus } from "../../core/domain/market.ts";
import { settlementValue, voidAt } from "../../core/domain/settlement.ts";
import { type Instant, instant, type UsdMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import type { Catalog, ListingFact } from "./catalog.ts";
import type { LifeNews } from "./events.ts";
import type { Listing } from "./listing.ts";

type StatusFact = Extract<Fact, { kind: "market-status" }>;
type BoundsFact = Extract<Fact, { kind: "bounds" }>;
export type LifeFact =
  | ListingFact
  | StatusFact
  | BoundsFact
  | Extract<Fact, { kind: "close-moved" }>;

/** What a step of a market's life does beyond the market itself. */
export interface LifeEffects {
  /** Its resting orders go: all, or those that are canceled on a pause. */
  cancelResting(listing: Listing, at: Instant, which: "all" | "on-pause"): void;
  /**
   * It has its final word, or another one: what is held there is paid, or the difference is. One that has
   * stayed final without a result for as long as `voidAt` says is void.
   */
  pay(listing: Listing, at: Instant): void;
  tell(listing: Listing, news: LifeNews): void;
}

/** How far a life has come; it never goes back. A market that is `inactive` may be active again. */
const STAGES: Readonly<Record<MarketStatus, number>> = {
  initialized: 0,
  active: 1,
  inactive: 1,
  closed: 2,
  determined: 3,
  finalized: 4,
};
const isOver = (status: MarketStatus): boolean => STAGES[status] >= STAGES.closed;

/**
 * The lives of all markets. Those on a game follow their source, word by word. Those on Bitcoin open
 * and close by the clock, as at the venue; their source only says what the clock cannot know.
 */
export class MarketLife {
  readonly catalog: Catalog;
  readonly #effects: LifeEffects;
  /** Markets that the clock will open or close. */
  readonly #timed = new Set<Listing>();
  /** Markets that are final without a result: it may still be told, and the clock makes them void. */
  readonly #silent = new Set<Listing>();
  #nextAt = Number.POSITIVE_INFINITY;

  constructor(catalog: Catalog, effects: LifeEffects) {
    this.catalog = catalog;
    this.#effects = effects;
  }

  /** When the clock opens, closes or voids a market next; infinite when none is waiting. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Opens, closes and voids what is due at `nextAt`. */
  step(): void {
    const at = instant(this.#nextAt);
    for (const listing of [...this.#timed]) {
      if (dueAt(listing) > at) continue;
      if (listing.status === "initialized") listing.status = "active";
      else this.#close(listing, at);
      listing.updatedAt = at;
    }
    for (const listing of [...this.#silent]) {
      if (voidAt(listing) > at) continue;
      this.#silent.delete(listing);
      this.#effects.pay(listing, at);
    }
    this.#plan();
  }

  /** Takes in a fact about a market's life. One about a market that is not listed means nothing. */
  apply(fact: LifeFact): void {
    const listing = this.catalog.listings.get(fact.marketTicker);
    const at = fact.receivedAt;
    if (fact.kind === "listing") this.#list(fact, listing);
    else if (listing === undefined) return;
    else if (fact.kind === "market-status") this.#setStatus(listing, fact);
    else if (fact.kind === "bounds") this.#setBounds(listing, fact);
    else this.#moveClose(listing, fact.closeAt, at);
    this.#plan();
  }

  /** A market that is listed already is only told anew what it was listed with. */
  #list(fact: ListingFact, known: Listing | undefined): void {
    if (known !== undefined) {
      this.#setBounds(known, fact);
      this.#moveClose(known, fact.closeAt, fact.receivedAt);
      return;
    }
    const listing = this.catalog.list(fact);
    this.#timed.add(listing);
    const { eventTicker, strikeType, floorStrike, capStrike, openAt, closeAt } = fact;
    const strikes = { strikeType, floorStrike, capStrike };
    this.#effects.tell(listing, { kind: "created", eventTicker, strikes, openAt, closeAt });
  }

  #setBounds(
    listing: Listing,
    { floorStrike, capStrike, receivedAt }: BoundsFact | ListingFact,
  ): void {
    const { terms } = listing;
    if (terms.kind !== "bitcoin") return;
    const before = terms.strikes;
    if (before.floorStrike === floorStrike && before.capStrike === capStrike) return;
    const strikes = { ...before, floorStrike, capStrike };
    listing.terms = { ...terms, strikes };
    listing.updatedAt = receivedAt;
    this.#effects.tell(listing, { kind: "bounds", strikes });
  }

  /** Earlier, or later: then a market that was closed and is not decided takes orders again. */
  #moveClose(listing: Listing, closeAt: Instant, at: Instant): void {
    if (listing.closeAt === closeAt || listing.status === "finalized") return;
    listing.closeAt = closeAt;
    listing.updatedAt = at;
    if (closeAt > at && listing.status === "closed") {
      listing.status = listing.openAt <= at ? "active" : "initialized";
      this.#timed.add(listing);
    } else if (closeAt <= at && !isOver(listing.status)) {
      this.#close(listing, at);
    }
    this.#effects.tell(listing, { kind: "close-moved", closeAt });
  }

  #close(listing: Listing, at: Instant): void {
    listing.status = "closed";
    this.#timed.delete(listing);
    this.#effects.cancelResting(listing, at, "all");
  }

  #setStatus(listing: Listing, fact: StatusFact): void {
    const { status, receivedAt: at } = fact;
    if (!this.#isNews(listing, fact)) {
      noteLateValue(listing, fact);
      return;
    }
    const before = listing.status;
    const isEarly = isOver(status) && listing.closeAt > at;
    listing.status = status;
    listing.updatedAt = at;
    if (isEarly) listing.closeAt = at;
    if (isOver(status)) this.#timed.delete(listing);
    const isReopened = before === "inactive" && status === "active";
    if (isOver(status) || isReopened) this.#effects.cancelResting(listing, at, "all");
    if (status === "inactive") this.#effects.cancelResting(listing, at, "on-pause");
    noteLateValue(listing, fact);
    if (fact.result !== null) {
      listing.result = fact.result;
      listing.settlementValue = settlementValue(fact.result, fact.settlementValue);
    }
    this.#silent.delete(listing);
    if (status === "finalized") {
      listing.settledAt = at;
      if (listing.result === null) this.#silent.add(listing);
      else this.#effects.pay(listing, at);
    }
    // The venue tells no opening: it happens by the clock, at the market's open time.
    if (before === "initialized" && status === "active") return;
    const { closeAt } = listing;
    if (before === "finalized") this.#effects.tell(listing, determinedNews(listing, at));
    const isMoved = isEarly && status !== "closed" && listing.terms.kind === "bitcoin";
    if (isMoved) this.#effects.tell(listing, { kind: "close-moved", closeAt });
    this.#effects.tell(listing, statusNews(listing, at));
  }

  /** Whether a status changes anything: a source may say what the clock did, or say it twice. */
  #isNews({ status, terms, result, settlementValue: value }: Listing, fact: StatusFact): boolean {
    if (fact.status === status && fact.result !== null) {
      // The venue may correct its word, and does so seldom once it has paid by it.
      return fact.result !== result || settlementValue(fact.result, fact.settlementValue) !== value;
    }
    if (terms.kind === "game") return fact.status !== status;
    if (STAGES[fact.status] !== STAGES[status]) {
      return STAGES[fact.status] > Math.max(STAGES[status], STAGES.active);
    }
    return fact.status !== status && STAGES[status] === STAGES.active;
  }

  #plan(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const listing of this.#timed) next = Math.min(next, dueAt(listing));
    for (const listing of this.#silent) next = Math.min(next, voidAt(listing));
    this.#nextAt = next;
  }
}

function dueAt({ status, openAt, closeAt }: Listing): number {
  return status === "initialized" ? openAt : closeAt;
}

/** The index average may be told with the result, or after it. */
function noteLateValue(listing: Listing, fact: StatusFact): void {
  const { terms } = listing;
  const settledOn: UsdMicros | null = fact.expirationValue ?? null;
  if (terms.kind !== "bitcoin" || settledOn === null || settledOn === terms.settledOn) return;
  listing.terms = { ...terms, settledOn };
  listing.updatedAt = fact.receivedAt;
}

function determinedNews({ result, settlementValue }: Listing, at: Instant): LifeNews {
  return { kind: "determined", result, settlementValue, at };
}

function statusNews(listing: Listing, at: Instant): LifeNews {
  const { status, closeAt } = listing;
  switch (status) {
    case "initialized":
    case "active":
      return { kind: "activated" };
    case "inactive":
      return { kind: "deactivated" };
    case "closed":
      return { kind: "close-moved", closeAt };
    case "determined":
      return determinedNews(listing, at);
    case "finalized":
      return { kind: "settled", at };
  }
}
