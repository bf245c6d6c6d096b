import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Instant } from "../../core/domain/units.ts";
import type { FaultBook } from "../faults/faults.ts";
import { CoinbaseSocket } from "../feeds/coinbase-socket.ts";
import type { FeedState } from "../feeds/state.ts";
import { IndexTeller } from "./stream/index-values.ts";
import type { StreamServer } from "./stream/server.ts";

export interface SpotSideOptions {
  readonly stream: StreamServer;
  readonly faults: FaultBook;
  readonly feeds: () => FeedState | null;
  readonly now: () => Instant;
}

/**
 * What the exchange process tells of the spot market by sockets: Coinbase's stream, and the index
 * in Kalshi's.
 */
export class SpotSide {
  readonly #stream: StreamServer;
  readonly #coinbase: CoinbaseSocket;
  readonly #index: IndexTeller;

  constructor({ stream, faults, feeds, now }: SpotSideOptions) {
    this.#stream = stream;
    const tape = (): FeedState["spot"] | null => feeds()?.spot ?? null;
    const fault: ConstructorParameters<typeof CoinbaseSocket>[0]["fault"] = (path) =>
      faults.find("coinbase", path, now());
    this.#coinbase = new CoinbaseSocket({ tape, now, fault });
    this.#index = new IndexTeller({
      tape,
      tell: (id, make) => {
        stream.tellIndex(id, make);
      },
    });
  }

  /** Gives a handshake to the stream it is for; Kalshi's refuses what is for none. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const server = this.#coinbase.serves(request) ? this.#coinbase : this.#stream;
    server.upgrade(request, socket, head);
  }

  reset(): void {
    this.#coinbase.reset();
  }

  close(): void {
    this.#coinbase.close();
    this.#index.close();
  }
}
