import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { FaultKind } from "../../faults/faults.ts";
import type { EngineEvent } from "../events.ts";
import { ApiError, errorBody } from "../errors.ts";
import { authenticate, type KeyRing, signedHeaders } from "../http/auth.ts";
import type { DisplayedBook } from "../listing.ts";
import type { Night, NightListener } from "../night.ts";
import { diffBooks, snapshotText } from "./books.ts";
import { type BookSource, type Channel, Connection, type Subscription } from "./connection.ts";
import { INDEX_CHANNEL } from "./index-values.ts";
import {
  fillMessage,
  lifecycleMessage,
  orderMessage,
  positionMessage,
  tickerMessage,
  tradeMessage,
} from "./messages.ts";

const PATH = "/trade-api/ws/v2";
const PING_MS = 10_000;

export interface StreamOptions {
  readonly ring: KeyRing;
  readonly night: () => Night | null;
  readonly fault: (path: string) => FaultKind | null;
  readonly wallNow: () => number;
}

/** The stream: signed upgrades, and each tick's changes to whoever follows them. */
export class StreamServer implements NightListener, BookSource {
  readonly #options: StreamOptions;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  readonly #connections = new Set<Connection>();
  /** Books as they were last told: a delta is the difference to what the followers have. */
  readonly #told = new Map<string, DisplayedBook>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#heartbeat = setInterval(() => {
      this.#ping();
    }, PING_MS);
    this.#heartbeat.unref();
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Takes a handshake, signed as every call is. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = request.url ?? "";
    try {
      if (!url.startsWith(PATH)) throw new ApiError(404, "not_found", "not found", url);
      const isOut = this.#options.night()?.engine.shards.isOut === true;
      if (isOut || this.#options.fault(PATH) === "stream-drop") {
        throw new ApiError(503, "exchange_unavailable", "no stream now");
      }
      const headers = signedHeaders(request.headers);
      authenticate(this.#options.ring, headers, "GET", url, this.#options.wallNow());
    } catch (error) {
      refuseUpgrade(socket, error);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => {
      this.#accept(client);
    });
  }

  /** Another night begins, or this one is lost sight of: whoever follows has to start over. */
  reset(): void {
    this.#told.clear();
    for (const connection of this.#connections) connection.end();
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const connection of this.#connections) connection.end();
    this.#server.close();
  }

  onPublic(events: readonly EngineEvent[], dirty: readonly string[]): void {
    this.#tellBooks(dirty);
    const night = this.#options.night();
    if (night === null) return;
    for (const event of events) {
      // Whoever follows books that nobody knows any more is to see that, and asks for whole ones afterwards.
      if (event.kind === "outage" && event.isOut) this.reset();
      if (event.kind === "trade") {
        this.#tell("trade", "trade", event.trade.marketTicker, () => tradeMessage(event.trade));
      }
      if (event.kind === "lifecycle") {
        const { marketTicker, news } = event;
        const channel = "market_lifecycle_v2";
        this.#tell(channel, channel, marketTicker, () =>
          lifecycleMessage(night.engine.listing(marketTicker), news),
        );
        // Nothing moves in its book any more: who asks for it is shown it anew.
        if (news.kind === "settled") this.#told.delete(marketTicker);
      }
    }
  }

  onPrivate(events: readonly EngineEvent[]): void {
    const account = this.#options.night()?.engine.account;
    if (!account) return;
    for (const event of events) {
      if (event.kind === "order") {
        const { marketTicker } = event.order.terms;
        this.#tell("user_orders", "user_order", marketTicker, () => orderMessage(event.order));
      }
      if (event.kind === "fill") {
        this.#tell("fill", "fill", event.fill.marketTicker, () => fillMessage(event.fill));
      }
      if (event.kind === "fill" || event.kind === "settlement") {
        const { marketTicker } = event.kind === "fill" ? event.fill : event.settlement;
        const position = account.positions.get(marketTicker);
        if (!position) continue;
        const channel = "market_positions";
        this.#tell(channel, "market_position", marketTicker, () => positionMessage(position));
      }
    }
  }

  get hasIndex(): boolean {
    const manifest = this.#options.night()?.manifest;
    return manifest?.bitcoin !== undefined && !manifest.lacks.includes("index");
  }

  tellIndex(indexId: string, make: () => object): void {
    this.#tell(INDEX_CHANNEL, INDEX_CHANNEL, indexId, make);
  }

  isMarket(ticker: string): boolean {
    return this.#options.night()?.engine.listings.has(ticker) ?? false;
  }

  /** The book as the followers have it, so that the next delta fits. */
  snapshot(ticker: string, isYesLeg: boolean): string {
    this.#tellBooks([ticker]);
    const book = this.#told.get(ticker) ?? this.#displayed(ticker);
    this.#told.set(ticker, book);
    return snapshotText(ticker, book, isYesLeg, this.#options.night()?.playedTo ?? 0);
  }

  ticker(ticker: string): object {
    const night = this.#options.night();
    const listing = night?.engine.listings.get(ticker);
    return night && listing ? tickerMessage(listing, night.playedTo) : {};
  }

  fault(ticker: string): FaultKind | null {
    return this.#options.fault(`${PATH}/${ticker}`);
  }

  #accept(client: WebSocket): void {
    const connection = new Connection(client, this);
    this.#connections.add(connection);
    client.on("message", (data: RawData) => {
      connection.receive(textOf(data));
    });
    client.on("pong", () => {
      connection.isAlive = true;
    });
    client.on("close", () => this.#connections.delete(connection));
    client.on("error", () => {
      connection.end();
    });
  }

  #tellBooks(dirty: readonly string[]): void {
    const night = this.#options.night();
    if (night === null) return;
    for (const ticker of dirty) {
      this.#tell("ticker", "ticker", ticker, () => this.ticker(ticker));
      const told = this.#told.get(ticker);
      if (told === undefined) continue;
      const followers = [...this.#following("orderbook_delta", ticker)];
      if (followers.length === 0) {
        this.#told.delete(ticker);
        continue;
      }
      const now = this.#displayed(ticker);
      this.#told.set(ticker, now);
      for (const [noLeg, yesLeg] of diffBooks(ticker, told, now, night.playedTo)) {
        for (const [connection, subscription] of followers) {
          const text = subscription.isYesLeg ? yesLeg : noLeg;
          connection.deliver(subscription, "orderbook_delta", ticker, text);
        }
      }
    }
  }

  /** The message is made only when somebody follows. */
  #tell(channel: Channel, type: string, ticker: string, make: () => object): void {
    let text: string | null = null;
    for (const [connection, subscription] of this.#following(channel, ticker)) {
      text ??= JSON.stringify(make());
      connection.deliver(subscription, type, ticker, text);
    }
  }

  *#following(channel: Channel, ticker: string): Generator<readonly [Connection, Subscription]> {
    for (const connection of this.#connections) {
      for (const subscription of connection.subscriptions.values()) {
        const isFollowed = subscription.tickers?.has(ticker) ?? true;
        if (subscription.channel === channel && isFollowed) yield [connection, subscription];
      }
    }
  }

  #displayed(ticker: string): DisplayedBook {
    return this.#options.night()?.engine.listing(ticker).displayed() ?? { yes: [], no: [] };
  }

  /** A client that answered no ping since the last one is gone. */
  #ping(): void {
    if (this.#options.fault(PATH) === "stream-stall") return;
    for (const connection of this.#connections) {
      if (!connection.isAlive) {
        connection.end();
        continue;
      }
      connection.isAlive = false;
      connection.ping();
    }
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.from(data as Buffer).toString("utf8");
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const refusal =
    error instanceof ApiError ? error : new ApiError(500, "internal_server_error", String(error));
  // Any failed signature has this one code here.
  const told =
    refusal.status === 401
      ? new ApiError(401, "token_authentication_failure", "authentication failed", refusal.code)
      : refusal;
  const body = JSON.stringify(errorBody(told));
  socket.end(
    `HTTP/1.1 ${told.status} Refused\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
