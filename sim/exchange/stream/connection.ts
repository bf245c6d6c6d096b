import type { WebSocket } from "ws";
import { z } from "zod";
import type { FaultKind } from "../../faults/faults.ts";
import { bend } from "../faults.ts";
import { INDEX_CHANNEL, INDEX_ID } from "./index-values.ts";

const CHANNELS = [
  "orderbook_delta",
  "ticker",
  "trade",
  "market_lifecycle_v2",
  "fill",
  "user_orders",
  "market_positions",
  INDEX_CHANNEL,
] as const;
export type Channel = (typeof CHANNELS)[number];

/** Channels whose frames are numbered. */
const NUMBERED: readonly Channel[] = ["orderbook_delta", "market_lifecycle_v2", INDEX_CHANNEL];

/** A client that leaves this much unread is too slow for its subscriptions. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024;

const Id = z.number().int().min(1);
const Command = z.discriminatedUnion("cmd", [
  z.object({
    id: Id,
    cmd: z.literal("subscribe"),
    params: z.object({
      channels: z.array(z.string()).min(1),
      market_ticker: z.string().optional(),
      market_tickers: z.array(z.string()).optional(),
      use_yes_price: z.boolean().optional(),
      send_initial_snapshot: z.boolean().optional(),
      index_ids: z.array(z.string()).min(1).optional(),
    }),
  }),
  z.object({
    id: Id,
    cmd: z.literal("unsubscribe"),
    params: z.object({ sids: z.array(z.number().int()).min(1) }),
  }),
  z.object({
    id: Id,
    cmd: z.literal("update_subscription"),
    params: z.object({
      sid: z.number().int().optional(),
      sids: z.array(z.number().int()).length(1).optional(),
      action: z.enum(["add_markets", "delete_markets", "get_snapshot"]),
      market_ticker: z.string().optional(),
      market_tickers: z.array(z.string()).optional(),
    }),
  }),
  z.object({ id: Id, cmd: z.literal("list_subscriptions") }),
]);
type CommandOf<Name extends z.infer<typeof Command>["cmd"]> = Extract<
  z.infer<typeof Command>,
  { cmd: Name }
>;

/** One subscription of one connection. */
export interface Subscription {
  readonly sid: number;
  readonly channel: Channel;
  /** Null follows every market. */
  readonly tickers: Set<string> | null;
  readonly isYesLeg: boolean;
  seq: number;
}

/** What a connection asks of the books it shows. */
export interface BookSource {
  isMarket(ticker: string): boolean;
  /** Whether the settlement index is there. */
  readonly hasIndex: boolean;
  snapshot(ticker: string, isYesLeg: boolean): string;
  ticker(ticker: string): object;
  fault(ticker: string): FaultKind | null;
}

/** One client of the stream: its commands, and its subscriptions with their numbers. */
export class Connection {
  readonly subscriptions = new Map<number, Subscription>();
  isAlive = true;
  readonly #socket: WebSocket;
  readonly #books: BookSource;
  #nextSid = 1;

  constructor(socket: WebSocket, books: BookSource) {
    this.#socket = socket;
    this.#books = books;
  }

  ping(): void {
    this.#socket.ping("heartbeat");
  }

  end(): void {
    this.#socket.terminate();
  }

  /** Sends one frame whose body is written already. */
  deliver(subscription: Subscription, type: string, ticker: string, text: string): void {
    const { sid, channel } = subscription;
    const fault = this.#books.fault(ticker);
    if (fault === "stream-drop") {
      this.end();
      return;
    }
    if (fault === "stream-stall") return;
    const seq = NUMBERED.includes(channel) ? `,"seq":${this.#number(subscription)}` : "";
    if (fault === "stream-gap") return;
    if (this.#socket.bufferedAmount > UNREAD_BYTES_MAX) {
      this.subscriptions.delete(sid);
      this.#error(null, 25, "buffer overflow: the subscription ends", { sid });
      return;
    }
    const msg = fault !== null && channel === "orderbook_delta" ? bend(fault, text) : text;
    this.#socket.send(`{"type":"${type}","sid":${sid}${seq},"msg":${msg}}`);
  }

  /** Carries out one command. */
  receive(text: string): void {
    const command = this.#parse(text);
    switch (command?.cmd) {
      case undefined:
        return;
      case "subscribe":
        this.#subscribe(command);
        return;
      case "unsubscribe":
        for (const sid of command.params.sids) this.#unsubscribe(command.id, sid);
        return;
      case "update_subscription":
        this.#update(command);
        return;
      case "list_subscriptions":
        this.#send({
          type: "ok",
          id: command.id,
          subscriptions: [...this.subscriptions.values()].map(({ sid, channel }) => ({
            sid,
            channel,
          })),
        });
    }
  }

  #parse(text: string): z.infer<typeof Command> | null {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      this.#error(null, 1, "unable to process message");
      return null;
    }
    const parsed = Command.safeParse(json);
    if (parsed.success) return parsed.data;
    const { id, cmd } = z
      .object({ id: z.number().nullable().catch(null), cmd: z.unknown() })
      .catch({ id: null, cmd: null })
      .parse(json);
    const isKnown = Command.options.some((option) => option.shape.cmd.value === cmd);
    this.#error(id, isKnown ? 2 : 5, isKnown ? z.prettifyError(parsed.error) : "unknown command");
    return null;
  }

  #subscribe({ id, params }: CommandOf<"subscribe">): void {
    const { market_ticker, market_tickers } = params;
    const named = market_tickers ?? (market_ticker === undefined ? null : [market_ticker]);
    const unknown = named?.find((ticker) => !this.#books.isMarket(ticker));
    if (unknown !== undefined) {
      this.#error(id, 16, "market not found", { market_ticker: unknown });
      return;
    }
    for (const name of params.channels) {
      const channel = CHANNELS.find((known) => known === name);
      if (channel === undefined) {
        this.#error(id, 8, `unknown channel ${name}`);
        continue;
      }
      if (channel === "orderbook_delta" && named === null) {
        this.#error(id, 14, "market ticker required");
        continue;
      }
      if (channel === INDEX_CHANNEL && !this.#books.hasIndex) {
        this.#error(id, 9, "the key has no right to this channel");
        continue;
      }
      const followed = channel === INDEX_CHANNEL ? indexIds(params.index_ids) : named;
      const subscription: Subscription = {
        sid: this.#nextSid,
        channel,
        tickers: channel === "market_lifecycle_v2" || followed === null ? null : new Set(followed),
        isYesLeg: params.use_yes_price === true,
        seq: 0,
      };
      this.#nextSid += 1;
      this.subscriptions.set(subscription.sid, subscription);
      this.#send({ type: "subscribed", id, msg: { channel, sid: subscription.sid } });
      if (channel === "orderbook_delta") this.#sendSnapshots(subscription, named ?? []);
      if (channel === "ticker" && params.send_initial_snapshot === true) {
        for (const ticker of named ?? []) {
          this.deliver(subscription, "ticker", ticker, JSON.stringify(this.#books.ticker(ticker)));
        }
      }
    }
  }

  #unsubscribe(id: number, sid: number): void {
    const subscription = this.subscriptions.get(sid);
    if (!subscription) {
      this.#error(id, 7, "unknown subscription id");
      return;
    }
    this.subscriptions.delete(sid);
    this.#send({ type: "unsubscribed", id, sid, seq: this.#number(subscription) });
  }

  #update({ id, params }: CommandOf<"update_subscription">): void {
    const sid = params.sid ?? params.sids?.[0];
    if (sid === undefined) {
      this.#error(id, 12, "exactly one subscription id is required");
      return;
    }
    const subscription = this.subscriptions.get(sid);
    if (!subscription) {
      this.#error(id, 7, "unknown subscription id");
      return;
    }
    const single = params.market_ticker === undefined ? [] : [params.market_ticker];
    const named = params.market_tickers ?? single;
    const unknown = named.find((ticker) => !this.#books.isMarket(ticker));
    if (unknown !== undefined) {
      this.#error(id, 16, "market not found", { market_ticker: unknown });
      return;
    }
    if (params.action === "get_snapshot") {
      this.#sendSnapshots(
        subscription,
        named.length > 0 ? named : [...(subscription.tickers ?? [])],
      );
      return;
    }
    if (named.length === 0) {
      this.#error(id, 14, "market ticker required");
      return;
    }
    const added = named.filter((ticker) => !subscription.tickers?.has(ticker));
    for (const ticker of named) {
      if (params.action === "add_markets") subscription.tickers?.add(ticker);
      else subscription.tickers?.delete(ticker);
    }
    const market_tickers = [...(subscription.tickers ?? [])];
    const seq = NUMBERED.includes(subscription.channel) ? this.#number(subscription) : undefined;
    this.#send({ type: "ok", id, sid, seq, msg: { market_tickers } });
    if (params.action === "add_markets") this.#sendSnapshots(subscription, added);
  }

  #sendSnapshots(subscription: Subscription, tickers: readonly string[]): void {
    if (subscription.channel !== "orderbook_delta") return;
    for (const ticker of tickers) {
      const text = this.#books.snapshot(ticker, subscription.isYesLeg);
      this.deliver(subscription, "orderbook_snapshot", ticker, text);
    }
  }

  #number(subscription: Subscription): number {
    subscription.seq += 1;
    return subscription.seq;
  }

  #error(id: number | null, code: number, msg: string, more: object = {}): void {
    this.#send({ type: "error", ...(id !== null && { id }), msg: { code, msg, ...more } });
  }

  #send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** `all` follows every index there is. */
function indexIds(asked: readonly string[] = []): readonly string[] {
  return asked.includes("all") ? [INDEX_ID] : asked;
}
