import { z } from "zod";
import type { IndexAverage } from "../../core/domain/spot.ts";
import { type Instant, instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { faultOf } from "../http/payload.ts";
import type { Command, CommandId } from "./stream-channels.ts";

/** The channel of the settlement index, once a second. */
export const INDEX_CHANNEL = "cfbenchmarks_value";
/** Bitcoin in real time, the index that settles. */
const INDEX_ID = "BRTI";

/** One value of the index with its averages. */
export interface IndexValue {
  readonly value: UsdMicros;
  /** The index's own clock. */
  readonly at: Instant;
  readonly average: IndexAverage;
  /** In the last minute of a quarter-hour alone. */
  readonly settlement: IndexAverage | null;
}

export type IndexListener = (value: IndexValue, receivedAt: Instant) => void;

/** What a frame of the channel says: a value, one of another index, or nothing that can be read. */
export type IndexReading =
  | { readonly kind: "index"; readonly value: IndexValue }
  | { readonly kind: "other" }
  | { readonly field: string; readonly reason: string };

/** Dollars as text of any number of decimals, to the nearest micro. */
const IndexText: z.ZodType<UsdMicros, string> = z
  .string()
  .regex(/^\d+(?:\.\d+)?$/, "not a decimal")
  .transform(Number)
  .refine((usd) => usd > 0 && usd < 1e9, "an index of dollars")
  .transform((usd) => usdMicros(Math.round(usd * 1_000_000)));

const AverageWire = z.object({
  value: IndexText,
  window_size: z.int().nonnegative(),
  window_start_ts_ms: z.int(),
  window_end_ts_exclusive: z.int(),
});
const ValueWire = z.object({
  index_id: z.string(),
  /** JSON of the index's publisher, as it came. */
  data: z.string(),
  avg_60s_data: AverageWire,
  last_60s_windowed_average_15min: AverageWire.nullish(),
});
const DataWire = z.object({ value: IndexText, time: z.int() });

/** Reads the body of a frame. */
export function readIndex(msg: unknown): IndexReading {
  const wire = ValueWire.safeParse(msg);
  if (!wire.success) return faultOf("kalshi", wire.error, { path: "msg" });
  const { index_id, avg_60s_data, last_60s_windowed_average_15min: settling } = wire.data;
  if (index_id !== INDEX_ID) return { kind: "other" };
  const data = DataWire.safeParse(parseJson(wire.data.data));
  if (!data.success) return faultOf("kalshi", data.error, { path: "msg.data" });
  const value: IndexValue = {
    value: data.data.value,
    at: instant(data.data.time),
    average: toAverage(avg_60s_data),
    settlement: settling ? toAverage(settling) : null,
  };
  return { kind: "index", value };
}

function toAverage(wire: z.infer<typeof AverageWire>): IndexAverage {
  return {
    value: wire.value,
    ticks: wire.window_size,
    from: instant(wire.window_start_ts_ms),
    to: instant(wire.window_end_ts_exclusive),
  };
}

/** @returns `undefined` for a text that is not JSON, which no schema takes. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The subscription to the index, of a stream that may have it or not: a key without the right to it
 * is told so once a connection, and nothing else is touched by that.
 */
export class IndexChannel {
  readonly #nextId: CommandId;
  readonly #listeners = new Set<IndexListener>();
  #sid: number | null = null;
  #askedId: number | null = null;
  #absentBecause: string | null = null;

  constructor(nextId: CommandId) {
    this.#nextId = nextId;
  }

  get absentBecause(): string | null {
    return this.#absentBecause;
  }

  /** @returns the removal. */
  add(listener: IndexListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  tell(value: IndexValue, receivedAt: Instant): void {
    for (const listener of [...this.#listeners]) listener(value, receivedAt);
  }

  /** A new connection: it is asked for again, whatever was said before. */
  reset(): void {
    this.#sid = null;
    this.#askedId = null;
    this.#absentBecause = null;
  }

  /** The command that subscribes, once somebody listens. */
  reconcile(): Command[] {
    const isSettled = this.#sid !== null || this.#askedId !== null || this.#absentBecause !== null;
    if (isSettled || this.#listeners.size === 0) return [];
    this.#askedId = this.#nextId();
    const params = { channels: [INDEX_CHANNEL], index_ids: [INDEX_ID] };
    return [{ id: this.#askedId, cmd: "subscribe", params }];
  }

  /** Takes a confirmation of this channel; others are left alone. */
  confirm(channel: string, sid: number): void {
    if (channel !== INDEX_CHANNEL) return;
    this.#sid = sid;
    this.#askedId = null;
  }

  /**
   * Takes a refusal, or the venue's end of the subscription. @returns whether it was of this
   * channel.
   */
  refuse(id: number | null, sid: number | null, code: number, message: string): boolean {
    const isOurs = id !== null && id === this.#askedId;
    const isEnded = sid !== null && sid === this.#sid;
    if (!isOurs && !isEnded) return false;
    this.reset();
    // A subscription that was running is asked for again.
    if (isOurs) this.#absentBecause = `${message} (code ${code})`;
    return true;
  }
}
