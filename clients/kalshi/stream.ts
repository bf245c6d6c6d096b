import type { RunClock } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Logger } from "../../runtime/log.ts";
import { systemJitter } from "../http/backoff.ts";
import { SocketLine } from "../http/socket-line.ts";
import { DriftSentinel } from "./drift.ts";
import { assertMarketDataHost } from "./hosts.ts";
import { createSigner } from "./sign.ts";
import { type Command, MARKET_CHANNELS, MarketChannel } from "./stream-channels.ts";
import { type Frame, type FrameBody, FrameReader } from "./stream-frames.ts";
import { IndexChannel, type IndexListener } from "./stream-index.ts";
import { type LifeListener, type StreamListener, StreamListeners } from "./stream-listeners.ts";
import type { KalshiStream, KalshiStreamOptions, StreamHealth } from "./stream-port.ts";

const DEFAULTS = {
  stallMs: 12_000,
  ageMaxMs: 5_000,
  reconnect: { firstMs: 250, maxMs: 8_000 },
  isYesLeg: true,
} as const;
/** Not by market: what happens to our own orders, and the life of all markets. */
const ACCOUNT_CHANNELS = ["fill", "user_orders", "market_lifecycle_v2"];
/** The venue ends a subscription with these: channel error, internal error, buffer overflow. */
const ENDING_CODES: readonly number[] = [10, 17, 25];
const BOOK = "orderbook_delta";
const RAW_KEPT = 2_000;
/** After a refusal, commands pause: what was refused would be refused again at once. */
const HOLD_MS = 1_000;
const MISSING_RETRY_MS = 5_000;
const TICK_MS = 250;
const SNAPSHOT_ASKED_EVERY_MS = 1_000;
/** A book that is not there after so long will not come on this line. */
const SNAPSHOT_AWAITED_MS = 10_000;
/** Part of the stall after which a line that tells nothing is asked for the books it should have told of. */
const QUIET_SHARE = 0.25;
/** Old frames for so long mean that we, or the line, cannot keep up. */
const LATE_MAX_MS = 2_000;

/**
 * Opens the stream.
 *
 * @throws TradingError SAFETY_REFUSED when the host does not fit the mode, CONFIG_INVALID for a bad key.
 */
export function createKalshiStream(options: KalshiStreamOptions): KalshiStream {
  assertMarketDataHost(options.mode, options.wsUrl);
  const session = new StreamSession(options);
  return {
    subscribe: (tickers, listener) => session.subscribe(tickers, listener),
    followLives: (listener) => session.followLives(listener),
    resync: (ticker, reason) => {
      session.resync(reason, [ticker]);
    },
    onIndex: (listener) => session.onIndex(listener),
    indexAbsentBecause: () => session.index.absentBecause,
    health: () => session.health(),
    close: () => {
      session.close();
    },
  };
}

class StreamSession {
  readonly index: IndexChannel;
  readonly #clock: RunClock;
  readonly #log: Logger;
  readonly #ageMaxMs: number;
  readonly #stallMs: number;
  readonly #drift: DriftSentinel;
  readonly #reader: FrameReader;
  readonly #listeners = new StreamListeners();
  readonly #channels: readonly MarketChannel[];
  readonly #connection: SocketLine;
  readonly #ticker: NodeJS.Timeout;
  /** Books that were asked for and are not there, by wall time since when. */
  readonly #awaited = new Map<string, number>();
  /** Markets the venue refused, by wall time of the next attempt. */
  readonly #missing = new Map<string, number>();
  #nextId = 1;
  #accountId: number | null = null;
  #holdUntil = 0;
  #askedAt = 0;
  #lateSince: number | null = null;
  /** Wall time of the last book or trade; pongs prove the socket, not what feeds it. */
  #heardAt = performance.now();
  #ageMs: number | null = null;
  #frames = 0;
  #connections = 0;
  #gaps = 0;

  constructor(options: KalshiStreamOptions) {
    const settings = { ...DEFAULTS, ...options };
    this.#clock = options.clock;
    this.#log = options.log;
    this.#ageMaxMs = settings.ageMaxMs;
    this.#stallMs = settings.stallMs;
    this.#drift = new DriftSentinel((field) => {
      this.#log.warn({ field }, "the venue sends a field that is not known");
    });
    this.#reader = new FrameReader(this.#drift, settings.isYesLeg);
    const nextId = (): number => this.#nextId++;
    this.#channels = MARKET_CHANNELS.map(
      (name) => new MarketChannel(name, nextId, settings.isYesLeg),
    );
    this.index = new IndexChannel(nextId);
    const signer = createSigner(options.keyId, options.privateKeyPem);
    const { pathname } = new URL(options.wsUrl);
    this.#connection = new SocketLine(
      { jitter: systemJitter, ...settings, headers: () => signer("GET", pathname) },
      {
        onOpen: () => {
          this.#opened();
        },
        onText: (text) => {
          this.#receive(text);
        },
        onLost: (reason) => {
          this.#lost(reason);
        },
      },
    );
    this.#ticker = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  subscribe(tickers: readonly string[], listener: StreamListener): () => void {
    const remove = this.#listeners.add(tickers, listener);
    // What is subscribed already sends changes only: this listener needs the whole book first.
    const isRunning = this.#channels.some(
      (channel) => channel.name === BOOK && tickers.some((ticker) => channel.has(ticker)),
    );
    this.#await(tickers);
    this.#reconcile();
    if (isRunning) this.#askSnapshots();
    return () => {
      remove();
      this.#reconcile();
    };
  }

  followLives(listener: LifeListener): () => void {
    return this.#listeners.addLife(listener);
  }

  onIndex(listener: IndexListener): () => void {
    const remove = this.index.add(listener);
    this.#reconcile();
    return remove;
  }

  health(): StreamHealth {
    return {
      isOpen: this.#connection.isOpen,
      ageMs: this.#ageMs,
      frames: this.#frames,
      connections: this.#connections,
      gaps: this.#gaps,
      drift: this.#drift.counts,
    };
  }

  close(): void {
    clearInterval(this.#ticker);
    this.#connection.close();
  }

  #opened(): void {
    this.#connections += 1;
    this.#heardAt = performance.now();
    this.#nextId = 1;
    this.#lateSince = null;
    this.#holdUntil = 0;
    this.#missing.clear();
    this.#accountId = this.#nextId++;
    const params = { channels: ACCOUNT_CHANNELS };
    this.#send([{ id: this.#accountId, cmd: "subscribe", params }]);
    this.#reconcile();
    this.#await(this.#listeners.tickers);
  }

  #lost(reason: string): void {
    for (const channel of [...this.#channels, this.index]) channel.reset();
    this.#awaited.clear();
    this.#listeners.stale(this.#listeners.tickers, `stream lost: ${reason}`);
  }

  #receive(text: string): void {
    this.#frames += 1;
    const frame = this.#reader.read(text);
    const channel =
      frame.sid === null ? undefined : this.#channels.find(({ sid }) => sid === frame.sid);
    if (channel !== undefined && frame.seq !== null) this.#advance(channel, frame.seq);
    this.#dispatch(frame, text);
  }

  /** A gap names no market: every book of the subscription may be the one that lost a change. */
  #advance(channel: MarketChannel, seq: number): void {
    const gap = channel.advance(seq);
    if (gap === null) return;
    this.#gaps += 1;
    this.#log.warn({ channel: channel.name, ...gap }, "sequence gap");
    // A lost print is lost; the book is what decisions stand on.
    if (channel.name === BOOK) {
      this.resync(`sequence gap: ${gap.expected} expected, ${gap.got} came`);
    }
  }

  #dispatch(frame: Frame, text: string): void {
    const { body } = frame;
    const receivedAt = this.#clock.now();
    switch (body.kind) {
      case "delta":
        this.#heardAt = performance.now();
        this.#noteAge(body.at, receivedAt);
        this.#listeners.delta(body.marketTicker, { ...body, receivedAt });
        return;
      case "trade":
        this.#heardAt = performance.now();
        this.#noteAge(body.at, receivedAt);
        this.#listeners.tell(body.marketTicker, { ...body, receivedAt });
        return;
      case "snapshot":
        this.#heardAt = performance.now();
        this.#awaited.delete(body.book.marketTicker);
        this.#listeners.snapshot(body.book.marketTicker, { ...body, receivedAt });
        return;
      case "index":
        this.index.tell(body.value, receivedAt);
        return;
      case "lifecycle":
        this.#listeners.life(body);
        return;
      case "own-order":
      case "own-fill": {
        const { marketTicker, ...hint } = body;
        this.#listeners.tell(marketTicker, hint);
        return;
      }
      case "subscribed":
        for (const each of this.#channels) each.confirm(body.id, body.channel, body.newSid);
        this.index.confirm(body.channel, body.newSid);
        this.#reconcile();
        return;
      case "refused":
        this.#refused(frame.sid, body);
        return;
      case "invalid":
        this.#invalid(body, text);
        return;
      case "done":
      case "other":
        return;
    }
  }

  #refused(sid: number | null, body: Extract<FrameBody, { kind: "refused" }>): void {
    const { id, code, message, marketTicker } = body;
    if (this.index.refuse(id, sid, code, message)) {
      this.#log.warn({ code, reason: message }, "the venue gives us no index");
      return;
    }
    this.#log.error({ code, reason: message, marketTicker }, "the venue refuses a command");
    this.#holdUntil = performance.now() + HOLD_MS;
    if (marketTicker !== null) {
      // The catalogue lags the engine: what is not there yet may be there in a moment.
      this.#missing.set(marketTicker, performance.now() + MISSING_RETRY_MS);
      this.#awaited.delete(marketTicker);
      this.#listeners.stale([marketTicker], `refused with code ${code}`);
    }
    if (this.#channels.some((channel) => channel.refuse(id))) return;
    if (id !== null && id === this.#accountId) return;
    const ended = this.#channels.find((channel) => channel.sid !== null && channel.sid === sid);
    if (ENDING_CODES.includes(code) && ended !== undefined) {
      ended.reset();
      if (ended.name === BOOK) this.resync(`subscription ended with code ${code}`);
    } else if (marketTicker === null) {
      // What it was about is not said: a new line has no such doubts.
      this.#connection.restart(`refused with code ${code}`);
    }
  }

  #invalid(body: Extract<FrameBody, { kind: "invalid" }>, text: string): void {
    const { type, marketTicker, field, reason } = body;
    const raw = text.slice(0, RAW_KEPT);
    this.#log.error({ type, marketTicker, field, reason }, "invalid frame");
    this.#listeners.tell(marketTicker, { kind: "invalid", field: `${type}.${field}`, reason, raw });
    if (!type.startsWith("orderbook_")) return;
    // A change that cannot be read is a change that is missing.
    this.resync(`invalid frame: ${field}`, marketTicker === null ? undefined : [marketTicker]);
  }

  /** Books of these markets, or of all, are no longer believed; whole ones are asked for. */
  resync(reason: string, tickers: Iterable<string> = this.#listeners.tickers): void {
    this.#listeners.stale(tickers, reason);
    const isFirst = this.#await(tickers);
    // More of the same while the answer is on its way asks for nothing new; the tick repeats it.
    if (isFirst) this.#askSnapshots();
  }

  /** @returns whether any of them was not awaited before. */
  #await(tickers: Iterable<string>): boolean {
    let isNew = false;
    for (const ticker of tickers) {
      if (this.#awaited.has(ticker) || this.#missing.has(ticker)) continue;
      this.#awaited.set(ticker, performance.now());
      isNew = true;
    }
    return isNew;
  }

  #askSnapshots(): void {
    this.#askedAt = performance.now();
    for (const channel of this.#channels) {
      if (channel.name === BOOK) this.#send(channel.snapshotRequest(this.#awaited.keys()));
    }
  }

  #reconcile(): void {
    if (!this.#connection.isOpen || performance.now() < this.#holdUntil) return;
    const wanted = new Set(this.#listeners.tickers);
    for (const ticker of this.#missing.keys()) wanted.delete(ticker);
    for (const channel of this.#channels) this.#send(channel.reconcile(wanted));
    this.#send(this.index.reconcile());
  }

  #send(commands: readonly Command[]): void {
    for (const command of commands) this.#connection.send(command);
  }

  #tick(): void {
    if (!this.#connection.isOpen) return;
    const now = performance.now();
    for (const [ticker, retryAt] of this.#missing) {
      if (now < retryAt) continue;
      this.#missing.delete(ticker);
      if (this.#listeners.has(ticker)) this.#await([ticker]);
    }
    this.#reconcile();
    let oldest = now;
    for (const [ticker, since] of this.#awaited) {
      if (this.#listeners.has(ticker)) oldest = Math.min(oldest, since);
      else this.#awaited.delete(ticker);
    }
    const silentMs = now - this.#heardAt;
    if (now - oldest > SNAPSHOT_AWAITED_MS) this.#connection.restart("no snapshot came");
    else if (this.#awaited.size > 0 && silentMs > this.#stallMs) {
      this.#connection.restart(`no book for ${Math.round(silentMs)} ms`);
    } else if (this.#awaited.size === 0 && silentMs > this.#stallMs * QUIET_SHARE) {
      // A quiet market or a dead feed: the answer tells which.
      if (this.#await(this.#listeners.tickers)) this.#askSnapshots();
    } else if (this.#awaited.size > 0 && now - this.#askedAt > SNAPSHOT_ASKED_EVERY_MS) {
      this.#askSnapshots();
    }
  }

  /** Judges the feed by the venue's own stamps, on the run's clock: a live line may still be late. */
  #noteAge(at: Instant | null, receivedAt: Instant): void {
    if (at === null) return;
    this.#ageMs = receivedAt - at;
    // At speed, a wall second of our own is many run seconds, and no fault of the feed.
    const limitMs = Math.max(this.#ageMaxMs, this.#clock.speed * 1_000);
    if (this.#ageMs <= limitMs) {
      this.#lateSince = null;
      return;
    }
    this.#lateSince ??= performance.now();
    if (performance.now() - this.#lateSince < LATE_MAX_MS) return;
    this.#lateSince = null;
    this.#connection.restart(`frames are ${this.#ageMs} ms old`);
  }
}
