import { assert } from "../core/domain/assert.ts";
import { feePerContract } from "../core/domain/fees.ts";
import type { FeeSchedule } from "../core/domain/market.ts";
import type { Instant, PriceMicros, UsdMicros } from "../core/domain/units.ts";
import { RollingWindow } from "../core/models/rolling-window.ts";

const MICROS_PER_CENT = 10_000;

/** A row that waits for the end of its horizon. */
interface Waiting<Row> {
  readonly row: Row;
  readonly at: Instant;
  readonly ask: PriceMicros | null;
}

/** A row, with the best exit of its horizon. */
export interface Labelled<Row> {
  readonly row: Row;
  /** Cents per contract, net of both fees; null where nothing was offered, or the horizon was not seen. */
  readonly exitValueCents: number | null;
}

/**
 * The best that a contract bought at the ask could have been closed for within a horizon, less what it
 * cost, both with taker fees. The bid that stood at the purchase counts, and one at the very end. An
 * empty side is worth nothing; a settlement pays what it pays, without fee. Amortised O(1) a bid.
 */
export class ExitLabels<Row> {
  readonly #holdMs: number;
  readonly #fees: FeeSchedule;
  readonly #exits: RollingWindow;
  #waiting: Waiting<Row>[] = [];

  constructor(holdMs: number, fees: FeeSchedule) {
    assert(holdMs > 0, "a hold has a length");
    this.#holdMs = holdMs;
    this.#fees = fees;
    this.#exits = new RollingWindow(holdMs);
  }

  /** A row that could have bought at `ask`. Rows come in sequence of time. */
  add(row: Row, at: Instant, ask: PriceMicros | null): void {
    this.#waiting.push({ row, at, ask });
  }

  /** The best bid changed. @returns the rows whose horizon ended before. */
  observeBid(at: Instant, bid: PriceMicros | null): readonly Labelled<Row>[] {
    const ended = this.#end(at);
    const value = bid === null ? 0 : bid - feePerContract(this.#fees, "taker", bid);
    this.#exits.push(at, value);
    return ended;
  }

  /** The market was settled: every horizon has ended. @returns all rows that waited. */
  settle(at: Instant, value: UsdMicros): readonly Labelled<Row>[] {
    const ended = this.#end(at);
    this.#exits.push(at, value);
    return [...ended, ...this.#end(Infinity)];
  }

  /** Nothing more is known after `at`. @returns all rows that waited; horizons that reach further have no label. */
  stop(at: Instant): readonly Labelled<Row>[] {
    const ended = this.#end(at);
    const rest = this.#waiting.splice(0);
    return [...ended, ...rest.map(({ row }) => ({ row, exitValueCents: null }))];
  }

  #end(before: number): readonly Labelled<Row>[] {
    const open = this.#waiting.findIndex(({ at }) => at + this.#holdMs >= before);
    const ended = this.#waiting.splice(0, open === -1 ? this.#waiting.length : open);
    return ended.map((one) => ({ row: one.row, exitValueCents: this.#label(one) }));
  }

  #label({ at, ask }: Waiting<Row>): number | null {
    const best = this.#exits.stats(at + this.#holdMs)?.high;
    if (ask === null || best === undefined) return null;
    return (best - ask - feePerContract(this.#fees, "taker", ask)) / MICROS_PER_CENT;
  }
}
