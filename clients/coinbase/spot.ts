import type { SpotFeed, SpotPrice } from "../../core/domain/spot.ts";
import {
  SPOT_LIMITS,
  type SpotCounts,
  SpotHealth,
  type SpotLimits,
} from "../../core/domain/spot-health.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { Logger } from "../../runtime/log.ts";
import { type Jitter, systemJitter } from "../http/backoff.ts";
import { USER_AGENT } from "../http/feed.ts";
import { SocketLine } from "../http/socket-line.ts";
import { assertCoinbaseHost } from "./hosts.ts";
import { type CoinbaseMessage, MessageReader } from "./messages.ts";
import { SpotRecovery } from "./recovery.ts";
import { createCoinbaseRest, PRODUCT, type TradePrice } from "./rest.ts";

export interface CoinbaseSpotOptions {
  /** `wss://ws-feed.exchange.coinbase.com`, or a look-alike on this machine. */
  readonly wsUrl: string;
  /** `https://api.exchange.coinbase.com`, or a look-alike on this machine. */
  readonly restUrl: string;
  readonly clock: RunClock;
  readonly log: Logger;
  readonly limits?: SpotLimits;
  /** Run minutes before the start whose candles are told first. */
  readonly warmupMinutes?: number;
  /** Wall milliseconds of a request. */
  readonly timeoutMs?: number;
  /** Wall milliseconds between two requests of a kind: prices, missing trades, candles. */
  readonly askEveryMs?: number;
  /** Wall milliseconds for which REST may stand in for a silent stream. */
  readonly restMaxWallMs?: number;
  /** Wall milliseconds after which trades that cannot be had are given up. */
  readonly holeWallMs?: number;
  readonly reconnect?: { readonly firstMs: number; readonly maxMs: number };
  readonly jitter?: Jitter;
}

/** What the feed looks like from outside. */
interface CoinbaseHealth extends SpotCounts {
  readonly isOpen: boolean;
  readonly connections: number;
  readonly messages: number;
  /** Messages of a type that was not asked for. */
  readonly unknown: number;
  /** Messages that could not be read. */
  readonly invalid: number;
  /** Messages with a lower sequence number than one before. */
  readonly outOfSequence: number;
  /** Requests that failed. */
  readonly restFailures: number;
  /** Our clock less the feed's, run milliseconds, latency included. */
  readonly skewMs: number | null;
  /** Wall milliseconds since the stream's last word. */
  readonly silentWallMs: number | null;
}

export interface CoinbaseSpot extends SpotFeed {
  health(): CoinbaseHealth;
}

const DEFAULTS = {
  limits: SPOT_LIMITS,
  warmupMinutes: 120,
  timeoutMs: 4_000,
  askEveryMs: 1_000,
  restMaxWallMs: 30_000,
  holeWallMs: 30_000,
  reconnect: { firstMs: 250, maxMs: 8_000 },
} as const;
const CHANNELS = ["ticker", "matches", "heartbeat"];
const TICK_MS = 100;
/** The run's clock steps back so far only when another night is played. */
const NEW_NIGHT_MS = 6 * 3_600_000;

/**
 * Opens Coinbase's feed of BTC-USD trades: candles of the last minutes, then every trade once and
 * in
 * sequence. Over a hole, trades behind it wait until those missing were asked for.
 *
 * @throws TradingError SAFETY_REFUSED when a host is neither Coinbase's nor this machine.
 */
export function createCoinbaseSpot(options: CoinbaseSpotOptions): CoinbaseSpot {
  assertCoinbaseHost(options.wsUrl);
  assertCoinbaseHost(options.restUrl);
  const session = new CoinbaseSession({ jitter: systemJitter, ...DEFAULTS, ...options });
  return {
    onPrice: (listener) => session.onPrice(listener),
    staleBecause: () => session.staleBecause(),
    latest: () => session.health.latest,
    health: () => session.report(),
    close: () => session.close(),
  };
}

type Settings = Required<CoinbaseSpotOptions>;

class CoinbaseSession {
  health: SpotHealth;
  readonly #settings: Settings;
  readonly #reader = new MessageReader();
  readonly #recovery: SpotRecovery;
  readonly #listeners = new Set<(price: SpotPrice) => void>();
  #line: SocketLine | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #connections = 0;
  #openedAt = 0;
  /** Wall time of the stream's last word; pongs prove the socket, not what feeds it. */
  #heardAt: number | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.health = new SpotHealth(settings.limits);
    this.#recovery = new SpotRecovery({
      ...settings,
      rest: createCoinbaseRest(settings),
      health: () => this.health,
      tell: (prices) => {
        this.#tell(prices);
      },
    });
    void this.#start();
  }

  onPrice(listener: (price: SpotPrice) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  staleBecause(): ReturnType<SpotHealth["staleBecause"]> {
    const { clock } = this.#settings;
    const streamMs = this.#silentWallMs();
    const silentWallMs = this.#recovery.standInSilentMs(streamMs) ?? streamMs;
    return this.health.staleBecause({ now: clock.now(), speed: clock.speed, silentWallMs });
  }

  report(): CoinbaseHealth {
    return {
      ...this.health.counts,
      ...this.#reader.counts,
      isOpen: this.#line?.isOpen ?? false,
      connections: this.#connections,
      restFailures: this.#recovery.failures,
      skewMs: this.health.skewMs,
      silentWallMs: this.#silentWallMs(),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#line?.close();
    this.#listeners.clear();
    await this.#recovery.idle();
  }

  /** The past is told before the present. */
  async #start(): Promise<void> {
    await this.#recovery.warmUp();
    if (this.#isClosed) return;
    this.#line = new SocketLine(
      {
        ...this.#settings,
        headers: () => ({ "user-agent": USER_AGENT }),
        stallMs: this.#settings.limits.silentWallMs,
      },
      {
        onOpen: () => {
          this.#opened();
        },
        onText: (text) => {
          this.#receive(text);
        },
        onLost: () => {
          this.#recovery.wake();
        },
      },
    );
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  #opened(): void {
    this.#connections += 1;
    this.#openedAt = performance.now();
    this.#reader.reset();
    this.health.forgetClock();
    // Within 5 s of the handshake, or the host hangs up.
    this.#line?.send({ type: "subscribe", product_ids: [PRODUCT], channels: CHANNELS });
    this.#recovery.askTime();
  }

  #receive(text: string): void {
    const message = this.#reader.read(text, this.#settings.clock.now());
    if (message.kind === "refused") {
      this.#settings.log.error({ reason: message.reason }, "coinbase refuses the subscription");
      this.#line?.restart(`refused: ${message.reason}`);
    } else if (message.kind === "invalid") {
      const { field, reason } = message;
      this.#settings.log.error({ field, reason }, "invalid message of coinbase");
    } else if (message.kind !== "other") {
      this.#heardAt = performance.now();
      this.#take(message);
    }
  }

  #take(message: Extract<CoinbaseMessage, { kind: "trade" | "heartbeat" }>): void {
    if (message.kind === "heartbeat") {
      this.health.noteAge(message);
      this.#tell(this.health.knowOf(message.lastTradeId));
      return;
    }
    if (message.isFirst && this.#isAnotherTape(message.price)) {
      this.#settings.log.warn({ tradeId: message.price.tradeId }, "trades are numbered anew");
      this.health = new SpotHealth(this.#settings.limits);
    }
    // The first message repeats a trade that may be long past: its age says nothing of the clocks.
    this.#tell(this.health.take(message.price, message.isFirst));
  }

  /** Another night is played: a newer trade with a lower number, or one of long ago. */
  #isAnotherTape({ tradeId, sourceAt }: TradePrice): boolean {
    const { latest, newestTradeId } = this.health;
    if (latest === null || newestTradeId === null) return false;
    const isRenumbered = tradeId < newestTradeId && sourceAt > latest.sourceAt;
    return isRenumbered || latest.sourceAt - sourceAt > NEW_NIGHT_MS;
  }

  #tell(prices: readonly SpotPrice[]): void {
    for (const price of prices) {
      for (const listener of [...this.#listeners]) listener(price);
    }
  }

  #silentWallMs(): number | null {
    return this.#heardAt === null ? null : performance.now() - this.#heardAt;
  }

  #tick(): void {
    const sinceOpen = performance.now() - this.#openedAt;
    const silentMs = this.#silentWallMs() ?? Number.POSITIVE_INFINITY;
    const { silentWallMs } = this.#settings.limits;
    // A live socket that tells nothing: a new one may be fed.
    if (this.#line?.isOpen === true && Math.min(silentMs, sinceOpen) > silentWallMs) {
      this.#line.restart("no heartbeat");
    }
    this.#recovery.step(silentMs > silentWallMs || this.#line?.isOpen !== true);
  }
}
