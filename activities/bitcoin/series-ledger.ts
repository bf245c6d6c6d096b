import type { Logger } from "pino";
import type { BtcEdgeConfig } from "../../core/strategies/btc-decision.ts";
import { errorClassOf } from "./health-notes.ts";
import type { EntryBars } from "./series-evaluation.ts";

/** What the ledger says at one moment, and the limits in force then. */
export interface SeriesLedger extends EntryBars {
  readonly limitsHash: string;
  /** The rules under those limits. */
  readonly rules: BtcEdgeConfig;
  /** Of the decisions asked about those that the ledger holds; what it says beside was read no earlier. */
  readonly booked: ReadonlySet<string>;
  /** Contracts whose position was left whole before its settlement, as by a kill that flattens. */
  readonly exited: ReadonlySet<string>;
}

/** Wall time between two looks: orders, fills and what other series commit change within a chunk. */
const READ_EVERY_WALL_MS = 1_000;
/** Nothing is entered on an older word, wall time. */
const OLDEST_WALL_MS = 10_000;

/** The ledger through a chunk of watching: read anew in the background, so that no price waits for it. */
export class LedgerView {
  readonly #read: () => Promise<SeriesLedger>;
  readonly #log: Logger;
  #ledger: SeriesLedger;
  #readWallMs: number;
  #askedWallMs: number;
  #isReading = false;

  private constructor(read: () => Promise<SeriesLedger>, log: Logger, first: SeriesLedger) {
    this.#read = read;
    this.#log = log;
    this.#ledger = first;
    this.#readWallMs = performance.now();
    this.#askedWallMs = this.#readWallMs;
  }

  /** @throws what reading it the first time does. */
  static async open(read: () => Promise<SeriesLedger>, log: Logger): Promise<LedgerView> {
    return new LedgerView(read, log, await read());
  }

  /** The last word, read anew when it is due. */
  current(): SeriesLedger {
    const wallMs = performance.now();
    if (!this.#isReading && wallMs - this.#askedWallMs >= READ_EVERY_WALL_MS) {
      this.#askedWallMs = wallMs;
      void this.#refresh();
    }
    const isOld = wallMs - this.#readWallMs > OLDEST_WALL_MS;
    return isOld ? { ...this.#ledger, of: () => "ledger_unread" } : this.#ledger;
  }

  async #refresh(): Promise<void> {
    this.#isReading = true;
    const askedWallMs = performance.now();
    try {
      this.#ledger = await this.#read();
      this.#readWallMs = askedWallMs;
    } catch (error) {
      this.#log.warn({ class: errorClassOf(error) }, "ledger of a series not read");
    } finally {
      this.#isReading = false;
    }
  }
}
