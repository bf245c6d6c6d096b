import { TradingError } from "../../core/domain/errors.ts";
import type { SpotPrice } from "../../core/domain/spot.ts";
import type { SpotHealth } from "../../core/domain/spot-health.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Logger } from "../../runtime/log.ts";
import { type CoinbaseRest, PAGE, type TradePrice } from "./rest.ts";

export interface RecoveryOptions {
  readonly rest: CoinbaseRest;
  readonly health: () => SpotHealth;
  readonly tell: (prices: readonly SpotPrice[]) => void;
  readonly clock: RunClock;
  readonly log: Logger;
  readonly warmupMinutes: number;
  /** These are wall milliseconds; `clients/coinbase/spot.ts` says what for. */
  readonly askEveryMs: number;
  readonly restMaxWallMs: number;
  readonly holeWallMs: number;
  readonly limits: { readonly silentWallMs: number };
}

const MINUTE_MS = 60_000;
/** A hole may close by itself: messages overtake each other. Wall milliseconds. */
const HOLE_GRACE_MS = 200;
const TIME_EVERY_MS = 30_000;
/** A minute's candle is final so long after its end, run milliseconds. */
const CANDLE_SETTLES_MS = 2_000;

/**
 * What is asked by REST: missing trades, the newest while the stream is silent, candles where no
 * trade comes, the clock. One request of each kind at a time, and no faster than `askEveryMs`.
 */
export class SpotRecovery {
  readonly #options: RecoveryOptions;
  /** Wall time of the last request of a kind. */
  readonly #asked = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();
  #failures = 0;
  /** The hole that was seen last, by its begin, and the wall time since when. */
  #hole: { readonly from: number | undefined; readonly since: number } = { from: 0, since: 0 };
  #standInAt: number | null = null;
  #candlesTo: Instant | null = null;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  get failures(): number {
    return this.#failures;
  }

  /**
   * How long REST, standing in for the stream, has been silent, wall milliseconds; null when it
   * does
   * not stand in, or the stream has been silent for longer than it may.
   */
  standInSilentMs(streamSilentMs: number | null): number | null {
    const { restMaxWallMs, limits } = this.#options;
    if (this.#standInAt === null || streamSilentMs === null) return null;
    if (streamSilentMs <= limits.silentWallMs || streamSilentMs > restMaxWallMs) return null;
    return performance.now() - this.#standInAt;
  }

  /**
   * Tells the candles of the minutes before now; without an answer, the present begins without
   * them.
   */
  async warmUp(): Promise<void> {
    const { clock, warmupMinutes } = this.#options;
    if (warmupMinutes <= 0) return;
    this.#candlesTo = instant(clock.now() - warmupMinutes * MINUTE_MS);
    await this.#ask("candles", () => this.#candles());
  }

  /** The line was lost: what can be asked is asked now. */
  wake(): void {
    this.#asked.delete("newest");
  }

  askTime(): void {
    const { rest, health } = this.#options;
    void this.#ask("time", async () => {
      health().noteClock(await rest.time());
    });
  }

  /** Looks what is missing. Called often; with `isSilent`, nothing comes by the stream. */
  step(isSilent: boolean): void {
    const now = performance.now();
    const { askEveryMs, holeWallMs, log, health, tell } = this.#options;
    const hole = health().hole;
    if (hole?.from !== this.#hole.from) this.#hole = { from: hole?.from, since: now };
    if (hole !== null) {
      const forMs = now - this.#hole.since;
      if (forMs > holeWallMs) {
        log.warn({ ...hole }, "missing trades are given up");
        tell(health().giveUp(hole.to));
      } else if (forMs > HOLE_GRACE_MS && this.#isDue("trades", askEveryMs)) {
        void this.#ask("trades", () => this.#fill());
      }
    }
    if (isSilent && this.#isDue("newest", askEveryMs)) {
      void this.#ask("newest", () => this.#newest());
    }
    if (this.#lacksCandles() && this.#isDue("candles", askEveryMs)) {
      void this.#ask("candles", () => this.#candles());
    }
    if (this.#isDue("time", TIME_EVERY_MS)) this.askTime();
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #newest(): Promise<void> {
    const { rest, health, tell } = this.#options;
    const price = await rest.ticker();
    this.#standInAt = performance.now();
    tell(health().take(price, true));
  }

  /**
   * Asks from the newest trade back to the begin of the hole: only an answer that reaches beyond
   * both ends proves that what is not in it does not exist.
   */
  async #fill(): Promise<void> {
    const { rest, health, tell, log } = this.#options;
    const state = health();
    const hole = state.hole;
    if (hole === null) return;
    const found: TradePrice[] = [];
    for (let before: number | null = null; ; ) {
      const page = await rest.trades(before);
      const newest = page[0]?.tradeId ?? 0;
      if (before === null && newest < hole.to) return; // REST lags behind the stream.
      found.push(...page.filter(({ tradeId }) => tradeId >= hole.from));
      const oldest = page.at(-1)?.tradeId ?? 0;
      if (page.length < PAGE || oldest <= hole.from) break;
      before = oldest;
    }
    if (health() !== state) return;
    const prices = found.reverse().flatMap((price) => state.take(price, true));
    const lostBefore = state.counts.lost;
    const behind = state.giveUp(hole.to);
    const lost = state.counts.lost - lostBefore;
    log.info({ ...hole, lost }, "missing trades asked for");
    tell([...prices, ...behind]);
  }

  /** Whether a minute has ended that no price was told of. */
  #lacksCandles(): boolean {
    const from = this.#pricedTo();
    const finalBy = this.#options.clock.now() - CANDLE_SETTLES_MS;
    const minuteEnd = Math.floor(finalBy / MINUTE_MS) * MINUTE_MS;
    return minuteEnd - from >= MINUTE_MS && minuteEnd > (this.#candlesTo ?? 0);
  }

  async #candles(): Promise<void> {
    const { rest, clock, health, tell } = this.#options;
    const finalBy = instant(clock.now() - CANDLE_SETTLES_MS);
    const prices = await rest.candles(instant(this.#pricedTo()), finalBy);
    this.#candlesTo = instant(Math.floor(finalBy / MINUTE_MS) * MINUTE_MS);
    tell(prices.flatMap((price) => health().takeCandle(price)));
  }

  #pricedTo(): number {
    return this.#options.health().latest?.sourceAt ?? this.#candlesTo ?? this.#options.clock.now();
  }

  #isDue(kind: string, everyMs: number): boolean {
    return performance.now() - (this.#asked.get(kind) ?? Number.NEGATIVE_INFINITY) >= everyMs;
  }

  async #ask(kind: string, run: () => Promise<void>): Promise<void> {
    if (this.#running.has(kind)) return;
    this.#asked.set(kind, performance.now());
    const asking = run().catch((error: unknown) => {
      if (!(error instanceof TradingError)) throw error;
      this.#failures += 1;
      this.#options.log.warn({ kind, error: String(error) }, "coinbase does not answer");
    });
    this.#running.set(kind, asking);
    await asking.finally(() => this.#running.delete(kind));
  }
}
