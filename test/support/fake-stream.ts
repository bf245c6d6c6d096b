import type { IncomingHttpHeaders } from "node:http";
import type { WebSocket } from "ws";
import type { WireServer } from "./wire-server.ts";

/** A command of the client as it came. */
export interface SentCommand {
  readonly id: number;
  readonly cmd: string;
  readonly params: {
    readonly channels?: readonly string[];
    readonly market_tickers?: readonly string[];
    readonly sids?: readonly number[];
    readonly action?: string;
    readonly use_yes_price?: boolean;
  };
}

/**
 * The venue's side of a stream, as a test moves it: it confirms subscriptions, sends a book for
 * each market asked for, and numbers its frames; everything else the test sends by hand.
 */
export class FakeStream {
  readonly commands: SentCommand[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** Set to false to leave requests for books unanswered. */
  isAnswering = true;
  /** Answers a subscribe with an error instead. */
  refusal: ((command: SentCommand) => object | null) | null = null;
  connections = 0;
  #socket: WebSocket | null = null;
  #nextSid = 1;
  readonly #sids = new Map<string, number>();
  readonly #seqs = new Map<number, number>();

  constructor(server: WireServer) {
    server.onSocket = (socket, headers) => {
      this.connections += 1;
      this.headers.push(headers);
      this.#socket = socket;
      this.#sids.clear();
      socket.on("message", (data: Buffer) => {
        // The client's own words; the tests look at them field by field.
        this.#answer(JSON.parse(data.toString()) as SentCommand);
      });
    };
  }

  get socket(): WebSocket | null {
    return this.#socket;
  }

  isSubscribed(channel: string): boolean {
    return this.#sids.has(channel);
  }

  sidOf(channel: string): number | undefined {
    return this.#sids.get(channel);
  }

  /** Sends a frame on a channel with the next number, or leaves out as many as `skip`. */
  frame(channel: string, type: string, msg: object, skip = 0): void {
    const sid = this.#sids.get(channel) ?? 0;
    const seq = (this.#seqs.get(sid) ?? 0) + 1 + skip;
    this.#seqs.set(sid, seq);
    this.raw({ type, sid, seq, msg });
  }

  raw(frame: object | string): void {
    this.#socket?.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** A book of one YES bid at 0.40 and one NO bid at 0.58, stated at its YES price. */
  book(ticker: string): void {
    this.frame("orderbook_delta", "orderbook_snapshot", {
      market_ticker: ticker,
      market_id: "m",
      yes_dollars_fp: [["0.4000", "10.00"]],
      no_dollars_fp: [["0.4200", "5.00"]],
      ts_ms: Date.now(),
    });
  }

  delta(ticker: string, changes: object = {}, skip = 0): void {
    const msg = {
      market_ticker: ticker,
      market_id: "m",
      price_dollars: "0.4100",
      delta_fp: "-2.50",
      side: "yes",
      ts_ms: Date.now(),
      ...changes,
    };
    this.frame("orderbook_delta", "orderbook_delta", msg, skip);
  }

  #answer(command: SentCommand): void {
    this.commands.push(command);
    const refused = this.refusal?.(command) ?? null;
    if (refused !== null) {
      this.raw({ type: "error", id: command.id, msg: refused });
      return;
    }
    const { channels = [], market_tickers = [], action, sids = [] } = command.params;
    if (command.cmd === "subscribe") {
      for (const channel of channels) this.#confirm(command.id, channel);
      if (channels.includes("orderbook_delta")) this.#books(market_tickers);
    } else if (command.cmd === "update_subscription") {
      this.raw({ type: "ok", id: command.id, sid: sids[0], msg: { market_tickers } });
      const isBook = sids[0] === this.#sids.get("orderbook_delta");
      if (isBook && action !== "delete_markets") this.#books(market_tickers);
    }
  }

  #confirm(id: number, channel: string): void {
    const sid = this.#nextSid++;
    this.#sids.set(channel, sid);
    this.raw({ type: "subscribed", id, msg: { channel, sid } });
  }

  #books(tickers: readonly string[]): void {
    if (!this.isAnswering) return;
    for (const ticker of tickers) this.book(ticker);
  }
}
