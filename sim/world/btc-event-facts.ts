import { averageInterval } from "../../core/domain/btc-contract.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { SettlementForecast } from "../../core/models/digital-option.ts";
import type { Fact } from "../facts.ts";
import { BtcBook, TickGrid } from "./btc-book.ts";
import type { WorldContract, WorldEvent } from "./btc-events.ts";
import type { IndexPath } from "./btc-index.ts";
import { Opinion, probabilityOf } from "./btc-truth.ts";
import type { Edge } from "./fair.ts";
import { Random } from "./random.ts";

/** From a second of the index to a new quote, milliseconds: makers see it before all feeds do. */
const REACTION_MS = [20, 400] as const;
/** Prints and changed sizes a second: of a quarter, and of the nearest contracts of a ladder. */
const BUSTLE_PER_SECOND = { quarter: 0.7, ladder: 4 } as const;
/** How many contracts of a ladder on each side of the index are traded. */
const NEAR = 12;

/** What the facts of an event are made from. */
export interface EventContext {
  readonly seed: number;
  readonly edge: Edge;
  readonly index: IndexPath;
}

/** The facts of one event: listings, strikes, books and prints, closes and settlements, in order. */
export function* eventFacts(event: WorldEvent, context: EventContext): Generator<Fact> {
  const life = lifeFacts(event);
  const market = new EventMarket(event, context);
  let next = 0;
  const before = function* (until: number): Generator<Fact> {
    for (let fact = life[next]; fact !== undefined && fact.receivedAt < until; fact = life[next]) {
      next += 1;
      yield fact;
    }
  };
  yield* before(event.openAt);
  for (let second: number = event.openAt; second < event.closeAt; second += 1_000) {
    // Of one instant a market's life comes first: it opens before it is quoted.
    const facts = [...before(second + 1_000), ...market.second(instant(second))];
    yield* facts.sort((one, other) => one.receivedAt - other.receivedAt);
  }
  yield* before(Number.POSITIVE_INFINITY);
}

/** All that happens to an event's contracts apart from their books. */
function lifeFacts(event: WorldEvent): Fact[] {
  const facts = event.contracts.flatMap((contract) => [
    listing(event, contract),
    status(contract, event.openAt, "active"),
    ...strike(contract),
    ...closeMoved(contract),
    status(contract, contract.closedAt, "closed"),
    settled(contract, contract.determinedAt, "determined"),
    settled(contract, contract.finalizedAt, "finalized"),
  ]);
  return facts.sort((one, other) => one.receivedAt - other.receivedAt);
}

function told(at: Instant): { readonly sourceTime: Instant; readonly receivedAt: Instant } {
  return { sourceTime: at, receivedAt: at };
}

function listing(event: WorldEvent, contract: WorldContract): Fact {
  const isStrikeKnown = contract.strikeAt === null;
  return {
    kind: "listing",
    ...told(event.listAt),
    marketTicker: contract.marketTicker,
    eventTicker: event.eventTicker,
    series: event.series,
    strikeType: contract.strikeType,
    floorStrike: isStrikeKnown ? contract.floorStrike : null,
    capStrike: isStrikeKnown ? contract.capStrike : null,
    openAt: event.openAt,
    closeAt: event.closeAt,
    priceGrid: event.priceGrid,
  };
}

function strike({ marketTicker, floorStrike, capStrike, strikeAt }: WorldContract): Fact[] {
  if (strikeAt === null) return [];
  return [{ kind: "bounds", ...told(strikeAt), marketTicker, floorStrike, capStrike }];
}

function closeMoved({ marketTicker, early }: WorldContract): Fact[] {
  if (early === null) return [];
  const { announcedAt, closeAt } = early;
  return [{ kind: "close-moved", ...told(announcedAt), marketTicker, closeAt }];
}

function status(contract: WorldContract, at: Instant, now: "active" | "closed"): Fact {
  const { marketTicker } = contract;
  const undecided = { result: null, settlementValue: null, expirationValue: null };
  return { kind: "market-status", ...told(at), marketTicker, status: now, ...undecided };
}

function settled(contract: WorldContract, at: Instant, now: "determined" | "finalized"): Fact {
  const { marketTicker, result, payout, average } = contract;
  return {
    kind: "market-status",
    ...told(at),
    marketTicker,
    status: now,
    result,
    settlementValue: payout,
    expirationValue: result === "scalar" ? null : average,
  };
}

/** The books of one event, second by second. */
class EventMarket {
  readonly #event: WorldEvent;
  readonly #index: IndexPath;
  readonly #opinion: Opinion;
  readonly #random: Random;
  readonly #books: readonly {
    readonly contract: WorldContract;
    readonly interval: { readonly low: number; readonly high: number };
    readonly book: BtcBook;
  }[];

  constructor(event: WorldEvent, { seed, edge, index }: EventContext) {
    const label = (part: string): string => `btc/${event.eventTicker}/${part}`;
    const grid = new TickGrid(event.priceGrid);
    const random = new Random(seed, label("books"));
    this.#event = event;
    this.#index = index;
    this.#opinion = new Opinion(edge, new Random(seed, label("opinion")));
    this.#random = random;
    this.#books = event.contracts.map((contract) => ({
      contract,
      interval: averageInterval(contract.bounds),
      book: new BtcBook(contract.marketTicker, grid, random),
    }));
  }

  /** What changes because of the index of this second, and by itself until the next one. */
  second(at: Instant): Fact[] {
    this.#opinion.step();
    const usual = this.#expected(at, this.#event.closeAt);
    const facts: Fact[] = [];
    for (const { contract, interval, book } of this.#books) {
      if (at >= contract.closedAt) continue;
      const isMoved = contract.early !== null && at >= contract.early.announcedAt;
      const expected = isMoved ? this.#expected(at, contract.closedAt) : usual;
      const fair = probabilityOf(expected, interval);
      if (book.isStale(fair)) facts.push(...book.quote(this.#later(at, REACTION_MS), fair));
    }
    return [...facts, ...this.#bustle(at)];
  }

  #expected(at: Instant, closeAt: Instant): SettlementForecast {
    return this.#opinion.of(this.#index.forecast(at, closeAt));
  }

  #bustle(at: Instant): Fact[] {
    const isLadder = this.#books.length > 1;
    const perSecond = isLadder ? BUSTLE_PER_SECOND.ladder : BUSTLE_PER_SECOND.quarter;
    const times: Instant[] = [];
    for (let left: number = perSecond; left > 0; left -= 1) {
      if (this.#random.chance(left)) times.push(this.#later(at, [REACTION_MS[1] + 1, 999]));
    }
    // A book changes in the sequence in which its changes are told.
    return times
      .sort((one, other) => one - other)
      .flatMap((time) => {
        const traded = this.#books[isLadder ? this.#nearest(at) : 0];
        if (traded === undefined || at >= traded.contract.closedAt) return [];
        return traded.book.bustle(time);
      });
  }

  /** One of the contracts around the index. */
  #nearest(at: Instant): number {
    const price = this.#index.cents(at) / 100;
    const here = this.#books.findIndex(({ interval }) => interval.low > price);
    const middle = here === -1 ? this.#books.length : here;
    return middle + this.#random.integer(-NEAR, NEAR - 1);
  }

  #later(at: Instant, [least, most]: readonly [number, number]): Instant {
    return instant(at + this.#random.integer(least, most));
  }
}
