import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { Instant } from "../../core/domain/units.ts";
import type { FaultKind } from "../faults/faults.ts";
import { heartbeatMessage, matchMessage, PRODUCT, tickerMessage } from "./coinbase.ts";
import type { SpotTape } from "./spot-tape.ts";

const PATH = "/coinbase/ws";
/** A client that has not subscribed by then is cut off, wall. */
const SUBSCRIBE_WITHIN_MS = 5_000;
/** How often new trades are looked for, wall. */
const PUMP_MS = 5;
/** A heartbeat proves the line, and a line lives in wall time at whatever speed a run is played. */
const HEARTBEAT_MS = 1_000;

const CHANNELS = ["ticker", "matches", "heartbeat"] as const;
type Channel = (typeof CHANNELS)[number];

const Command = z.object({
  type: z.enum(["subscribe", "unsubscribe"]),
  product_ids: z.array(z.string()).optional(),
  channels: z
    .array(
      z.union([
        z.string().transform((name) => ({ name, product_ids: undefined })),
        z.object({ name: z.string(), product_ids: z.array(z.string()).optional() }),
      ]),
    )
    .min(1),
});

export interface CoinbaseSocketOptions {
  /** The spot market of the run being played; null while none is loaded. */
  readonly tape: () => SpotTape | null;
  /** Now, in run time. */
  readonly now: () => Instant;
  readonly fault: (path: string) => FaultKind | null;
}

/** The look-alike of Coinbase Exchange's public WebSocket at `/coinbase/ws`. */
export class CoinbaseSocket {
  readonly #options: CoinbaseSocketOptions;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  readonly #clients = new Set<Client>();
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(options: CoinbaseSocketOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => {
        this.#pump();
      }, PUMP_MS).unref(),
      setInterval(() => {
        this.#heartbeat();
      }, HEARTBEAT_MS).unref(),
    ];
  }

  /** Whether an upgrade is for this server. */
  serves(request: IncomingMessage): boolean {
    return request.url?.split("?")[0] === PATH;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const fault = this.#options.fault(PATH);
    if (fault === "hang") return;
    if (fault === "stream-drop" || fault === "500" || fault === "html" || fault === "429") {
      const status = fault === "html" ? 200 : fault === "429" ? 429 : 503;
      socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      this.#accept(accepted);
    });
  }

  /** Another run begins: whoever follows the old one has to start over. */
  reset(): void {
    for (const client of this.#clients) client.end();
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.reset();
    this.#server.close();
  }

  #accept(socket: WebSocket): void {
    const client = new Client(socket, this.#options);
    this.#clients.add(client);
    socket.on("close", () => {
      this.#clients.delete(client);
    });
  }

  #pump(): void {
    const tape = this.#options.tape();
    if (tape === null || this.#clients.size === 0) return;
    const fault = this.#options.fault(PATH);
    for (const client of this.#clients) {
      if (fault === "stream-drop") client.end();
      else client.follow(tape, fault);
    }
  }

  #heartbeat(): void {
    const tape = this.#options.tape();
    const fault = this.#options.fault(PATH);
    if (tape === null || tape.trades.end === 0 || fault === "stream-stall") return;
    for (const client of this.#clients) {
      client.tell("heartbeat", heartbeatMessage(tape, this.#options.now(), fault));
    }
  }
}

/** One client: what it follows, and how far it was told. */
class Client {
  readonly #socket: WebSocket;
  readonly #options: CoinbaseSocketOptions;
  readonly #channels = new Set<Channel>();
  readonly #patience: NodeJS.Timeout;
  /** The place on the tape of the next trade to tell. */
  #next = 0;

  constructor(socket: WebSocket, options: CoinbaseSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#patience = setTimeout(() => {
      socket.close(1008, "no subscription came");
    }, SUBSCRIBE_WITHIN_MS).unref();
    socket.on("message", (data: RawData) => {
      this.#receive(data);
    });
    socket.on("error", () => {
      this.end();
    });
    socket.on("close", () => {
      clearTimeout(this.#patience);
    });
  }

  end(): void {
    this.#socket.terminate();
  }

  tell(channel: Channel, message: object): void {
    if (this.#channels.has(channel)) this.#send(message);
  }

  /** Tells what is new on the tape. What a fault keeps back is not told later. */
  follow(tape: SpotTape, fault: FaultKind | null): void {
    const fresh = tape.trades.from(this.#next);
    const begin = tape.trades.end - fresh.length;
    this.#next = tape.trades.end;
    if (fault === "stream-gap" || fault === "stream-stall") return;
    for (const [index, trade] of fresh.entries()) {
      this.tell("matches", matchMessage("match", trade, begin + index + 1, fault));
    }
    // Those of one look are a cascade: one ticker, of the last.
    const last = fresh.at(-1);
    if (last !== undefined) {
      this.tell("ticker", tickerMessage(tape, last, tape.trades.end, fault));
    }
  }

  #receive(data: RawData): void {
    const command = Command.safeParse(parseJson(data));
    if (!command.success) {
      this.#refuse("Malformed JSON or message");
      return;
    }
    const { type, channels, product_ids } = command.data;
    for (const { name, product_ids: own } of channels) {
      const reason = refusalOf(name, own ?? product_ids ?? []);
      if (reason !== null) {
        this.#refuse(reason);
        return;
      }
    }
    for (const channel of CHANNELS) {
      if (!channels.some(({ name }) => name === channel)) continue;
      if (type === "subscribe") this.#follow(channel);
      else this.#channels.delete(channel);
    }
    this.#send({
      type: "subscriptions",
      channels: [...this.#channels].map((name) => ({
        name,
        product_ids: [PRODUCT],
        account_ids: null,
      })),
    });
    if (type === "subscribe" && this.#channels.has("matches")) this.#sendLast();
  }

  #follow(channel: Channel): void {
    clearTimeout(this.#patience);
    if (this.#channels.size === 0) this.#next = this.#options.tape()?.trades.end ?? 0;
    this.#channels.add(channel);
  }

  #sendLast(): void {
    const tape = this.#options.tape();
    const fault = this.#options.fault(PATH);
    const trade = tape?.trades.items.at(-1);
    if (!tape || trade === undefined || fault === "stream-stall") return;
    this.#send(matchMessage("last_match", trade, tape.trades.end, fault));
  }

  #refuse(reason: string): void {
    this.#send({ type: "error", message: "Failed to subscribe", reason });
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}

/** Why a channel cannot be had; null when it can. */
function refusalOf(channel: string, products: readonly string[]): string | null {
  if (!CHANNELS.some((known) => known === channel)) return `${channel} is not a valid channel`;
  if (products.length === 0) return `${channel} requires a product`;
  const unknown = products.find((id) => id !== PRODUCT);
  return unknown === undefined ? null : `${unknown} is not a valid product`;
}

/** @returns `undefined` for what is not JSON. */
function parseJson(data: RawData): unknown {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
