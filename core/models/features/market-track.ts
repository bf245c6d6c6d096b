import { mid, type Quote, spread } from "../../domain/market.ts";
import type { CountCenti, Instant } from "../../domain/units.ts";
import { RollingSum, type RollingStats, RollingWindow } from "../rolling-window.ts";

/** Windows over which a mid is kept, seconds. */
type MidWindow = 5 | 15 | 30 | 60 | 300 | 900;
/** Windows over which moves of the mid are summed, seconds. */
type MoveWindow = 60 | 300 | 900;
/** Windows over which prints are summed, seconds. */
type PrintWindow = 60 | 300;

/** Contracts printed: one trade, or the volume of a minute where single trades are not known. */
export interface Print {
  readonly marketTicker: string;
  readonly at: Instant;
  readonly count: CountCenti;
  /** `bid`: the taker bought YES; null when the source does not say. */
  readonly takerSide: "bid" | "ask" | null;
  /** One trade, and not a sum of an unknown number of them. */
  readonly isSingle: boolean;
}

interface Moves {
  /** Sum of squared changes of the mid, micros squared. */
  readonly squares: RollingSum;
  /** Sum of the sizes of changes, micros. */
  readonly path: RollingSum;
  readonly count: RollingSum;
  readonly ups: RollingSum;
}

interface Tape {
  readonly volume: RollingSum;
  readonly bought: RollingSum;
  readonly prints: RollingSum;
}

/** One market as its quotes and prints show it; each is folded in amortised constant time. */
export class MarketTrack {
  readonly #tipAt: Instant;
  readonly #mids = {
    5: new RollingWindow(5_000),
    15: new RollingWindow(15_000),
    30: new RollingWindow(30_000),
    60: new RollingWindow(60_000),
    300: new RollingWindow(300_000),
    900: new RollingWindow(900_000),
  } as const;
  readonly #moves = {
    60: newMoves(60_000),
    300: newMoves(300_000),
    900: newMoves(900_000),
  } as const;
  readonly #tape = { 60: newTape(60_000), 300: newTape(300_000) } as const;
  readonly #spreads = new RollingWindow(60_000);
  readonly #quoteChanges = new RollingSum(60_000);
  #lastMid: number | null = null;
  #shown: Quote | null = null;
  #firstQuoteAt: Instant | null = null;
  #firstPrintAt: Instant | null = null;
  #hasUnsided = false;
  #hasSums = false;

  /** The best prices; null before the first, and while they cannot be believed. */
  quote: Quote | null = null;
  /** Mid of that quote, micros; null when a side is empty. */
  mid: number | null = null;
  /** The mid that stood at the scheduled tip; null before it. */
  tipMid: number | null = null;
  /** When best prices or sizes last changed. */
  lastChangeAt: Instant | null = null;
  /** When the mid last changed. */
  lastMoveAt: Instant | null = null;
  lastPrintAt: Instant | null = null;

  constructor(tipAt: Instant) {
    this.#tipAt = tipAt;
  }

  /** Takes in the best prices, changed or confirmed. One older than the last is ignored. */
  observeQuote(quote: Quote): void {
    const at = quote.receivedAt;
    if (this.#shown !== null && at < this.#shown.receivedAt) return;
    if (this.#shown === null || !isSameQuote(this.#shown, quote)) {
      this.#quoteChanges.add(at, 1);
      this.lastChangeAt = at;
    }
    this.#firstQuoteAt ??= at;
    this.#shown = quote;
    this.quote = quote;
    this.mid = mid(quote);
    const wide = spread(quote);
    if (wide !== null) this.#spreads.push(at, wide);
    if (this.mid !== null) this.#observeMid(at, this.mid);
  }

  /** The best prices are not known until the next quote. */
  markStale(): void {
    this.quote = null;
    this.mid = null;
  }

  observePrint({ at, count, takerSide, isSingle }: Print): void {
    this.#firstPrintAt ??= at;
    this.lastPrintAt = at;
    if (takerSide === null) this.#hasUnsided = true;
    if (!isSingle) this.#hasSums = true;
    for (const { volume, bought, prints } of Object.values(this.#tape)) {
      volume.add(at, count);
      bought.add(at, takerSide === "ask" ? 0 - count : count);
      prints.add(at, 1);
    }
  }

  /** The mid now less the mid `seconds` ago, micros; NaN without both. */
  change(seconds: MidWindow, at: Instant): number {
    const opening = this.#mids[seconds].opening(at);
    return this.mid === null || opening === null ? NaN : this.mid - opening;
  }

  /** Low, high and mean of the mid; null while less than the window is known, or there is no mid now. */
  midStats(seconds: MidWindow, at: Instant): RollingStats | null {
    const window = this.#mids[seconds];
    return this.mid === null || window.opening(at) === null ? null : window.stats(at);
  }

  /** Time-weighted mean spread of the last minute, micros; NaN while less than that is known. */
  meanSpread(at: Instant): number {
    return this.#spreads.opening(at) === null ? NaN : (this.#spreads.stats(at)?.mean ?? NaN);
  }

  /** What the mid did in a window; null while less than the window is known. */
  moves(
    seconds: MoveWindow,
    at: Instant,
  ): {
    readonly squares: number;
    readonly path: number;
    readonly count: number;
    readonly ups: number;
  } | null {
    const moves = this.#moves[seconds];
    if (this.#mids[seconds].opening(at) === null) return null;
    return {
      squares: moves.squares.total(at),
      path: moves.path.total(at),
      count: moves.count.total(at),
      ups: moves.ups.total(at),
    };
  }

  /** Changes of price or size in the last minute; NaN while less than that is known. */
  quoteChanges(at: Instant): number {
    return isCovered(this.#firstQuoteAt, 60, at) ? this.#quoteChanges.total(at) : NaN;
  }

  /** Contracts printed, hundredths; NaN while the tape is known for less than the window. */
  volume(seconds: PrintWindow, at: Instant): number {
    return this.#taped(seconds, at)?.volume.total(at) ?? NaN;
  }

  /** Bought by takers less sold by them, hundredths; NaN where sides are not told. */
  signedVolume(seconds: PrintWindow, at: Instant): number {
    return this.#hasUnsided ? NaN : (this.#taped(seconds, at)?.bought.total(at) ?? NaN);
  }

  /** Number of prints; NaN where only sums of prints are told. */
  prints(seconds: PrintWindow, at: Instant): number {
    return this.#hasSums ? NaN : (this.#taped(seconds, at)?.prints.total(at) ?? NaN);
  }

  #observeMid(at: Instant, middle: number): void {
    const last = this.#lastMid;
    if (at <= this.#tipAt) this.tipMid = middle;
    if (last === middle) return;
    this.#lastMid = middle;
    this.lastMoveAt = at;
    for (const window of Object.values(this.#mids)) window.push(at, middle);
    if (last === null) return;
    const change = middle - last;
    for (const { squares, path, count, ups } of Object.values(this.#moves)) {
      squares.add(at, change ** 2);
      path.add(at, Math.abs(change));
      count.add(at, 1);
      if (change > 0) ups.add(at, 1);
    }
  }

  #taped(seconds: PrintWindow, at: Instant): Tape | undefined {
    return isCovered(this.#firstPrintAt, seconds, at) ? this.#tape[seconds] : undefined;
  }
}

function newMoves(lengthMs: number): Moves {
  const sum = (): RollingSum => new RollingSum(lengthMs);
  return { squares: sum(), path: sum(), count: sum(), ups: sum() };
}

function newTape(lengthMs: number): Tape {
  const sum = (): RollingSum => new RollingSum(lengthMs);
  return { volume: sum(), bought: sum(), prints: sum() };
}

function isCovered(since: Instant | null, seconds: number, at: Instant): boolean {
  return since !== null && at - since >= seconds * 1_000;
}

function isSameQuote(a: Quote, b: Quote): boolean {
  return a.bid === b.bid && a.ask === b.ask && a.bidSize === b.bidSize && a.askSize === b.askSize;
}
