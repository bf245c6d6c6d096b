import { formatUsd } from "../../../core/domain/units.ts";
import type { SpotTape } from "../../feeds/spot-tape.ts";

/** The channel of the settlement index, and the one index it has here. */
export const INDEX_CHANNEL = "cfbenchmarks_value";
export const INDEX_ID = "BRTI";

const SECOND_MS = 1_000;
const WINDOW_MS = 60_000;
const QUARTER_MS = 15 * 60_000;
/** How often new values are looked for, wall. */
const PUMP_MS = 5;

export interface IndexTellerOptions {
  /** The spot market of the run being played; null while none is loaded. */
  readonly tape: () => SpotTape | null;
  readonly tell: (indexId: string, make: () => object) => void;
}

/** Tells each value of the index once, as the tape grows. */
export class IndexTeller {
  readonly #options: IndexTellerOptions;
  readonly #timer: NodeJS.Timeout;
  #tape: SpotTape | null = null;
  #next = 0;

  constructor(options: IndexTellerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#pump();
    }, PUMP_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #pump(): void {
    const tape = this.#options.tape();
    if (tape === null) return;
    if (tape !== this.#tape) {
      this.#tape = tape;
      this.#next = tape.index.end;
    }
    const fresh = tape.index.from(this.#next);
    this.#next = tape.index.end;
    for (const value of fresh) this.#options.tell(INDEX_ID, () => indexMessage(tape, value));
  }
}

type IndexFact = SpotTape["index"]["items"][number];

/**
 * A value with the averages that the venue adds: always the last minute's, and the settling one
 * while it grows.
 */
function indexMessage(tape: SpotTape, fact: IndexFact): object {
  const { value, average60, sourceTime: at, receivedAt } = fact;
  const time = Math.floor(at / SECOND_MS) * SECOND_MS;
  const end = time + SECOND_MS;
  const trailing = tape.indexWithin(end - WINDOW_MS, at).map((one) => one.value);
  const closeAt = Math.ceil(at / QUARTER_MS) * QUARTER_MS;
  // `(close - 60 s, close]`: the tick of the close is in it, the one a minute before is not.
  const before = closeAt - WINDOW_MS;
  const settling = at > before ? tape.indexWithin(before + 1, at).map((one) => one.value) : null;
  return {
    index_id: INDEX_ID,
    received_at: receivedAt,
    data: JSON.stringify({ type: "value", id: INDEX_ID, time: at, value: formatUsd(value) }),
    avg_60s_data: {
      ...average(trailing, end - WINDOW_MS, end),
      ...(average60 !== null && { value: formatUsd(average60) }),
    },
    ...(settling !== null && {
      last_60s_windowed_average_15min: average(settling, before + SECOND_MS, closeAt + SECOND_MS),
    }),
  };
}

function average(values: readonly number[], from: number, to: number): object {
  const mean = values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);
  return {
    value: formatUsd(Math.round(mean)),
    window_size: values.length,
    window_start_ts_ms: from,
    window_end_ts_exclusive: to,
  };
}
