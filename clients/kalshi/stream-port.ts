import type { Mode } from "../../core/domain/decision.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Secret } from "../../runtime/secret.ts";
import type { Jitter } from "../http/backoff.ts";
import type { IndexListener } from "./stream-index.ts";
import type { LifeListener, StreamListener } from "./stream-listeners.ts";

export interface KalshiStreamOptions {
  readonly mode: Mode;
  readonly wsUrl: string;
  readonly keyId: string;
  readonly privateKeyPem: Secret;
  readonly clock: RunClock;
  readonly log: Logger;
  /**
   * Wall milliseconds without a pong, or without any book or trade though books were asked for, after
   * which the line counts as dead.
   */
  readonly stallMs?: number;
  /** Run milliseconds a frame may be old; never less than a wall second at the run's speed. */
  readonly ageMaxMs?: number;
  readonly reconnect?: { readonly firstMs: number; readonly maxMs: number };
  /** Asks for NO bids at their YES price; the venue's default is about to flip, so it is always said. */
  readonly isYesLeg?: boolean;
  readonly jitter?: Jitter;
}

/** What the stream looks like from outside. */
export interface StreamHealth {
  readonly isOpen: boolean;
  /** Run milliseconds between the venue's stamp and our receipt of the newest stamped frame. */
  readonly ageMs: number | null;
  readonly frames: number;
  readonly connections: number;
  readonly gaps: number;
  /** Fields no schema knows, and how often they were seen (of hot frames: on a sample). */
  readonly drift: ReadonlyMap<string, number>;
}

/** The venue's stream: one connection for the whole process. */
export interface KalshiStream {
  /** Each market starts with a snapshot. @returns the end of the subscription. */
  subscribe(marketTickers: readonly string[], listener: StreamListener): () => void;
  /** Every step of every market's life. @returns the end of it. */
  followLives(listener: LifeListener): () => void;
  /** Takes back what was sent of a market's book, and asks for it again, whole. */
  resync(marketTicker: string, reason: string): void;
  /** Hears the settlement index, where the key has the right to it. @returns the end of it. */
  onIndex(listener: IndexListener): () => void;
  /** Why the venue refuses the index; null when it does not, or was not asked. */
  indexAbsentBecause(): string | null;
  health(): StreamHealth;
  close(): void;
}
