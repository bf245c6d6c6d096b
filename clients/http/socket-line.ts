import WebSocket from "ws";
import type { Logger } from "../../runtime/log.ts";
import { backoffMs, type Jitter } from "./backoff.ts";

export interface LineOptions {
  readonly wsUrl: string;
  /** Of each handshake: a signature is good only once. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Wall milliseconds without any frame, heartbeats included, after which the line is dead. */
  readonly stallMs: number;
  readonly reconnect: { readonly firstMs: number; readonly maxMs: number };
  readonly jitter: Jitter;
}

export interface LineEvents {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** The line is gone; another attempt follows by itself unless the connection was closed. */
  readonly onLost: (reason: string) => void;
}

const YOUNG_MS = 5_000;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** One line to a host that is kept open: it reconnects with growing, drawn waits until closed. */
export class SocketLine {
  readonly #options: LineOptions;
  readonly #events: LineEvents;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #lastHeardMs = 0;
  #openedMs = Number.POSITIVE_INFINITY;
  #retryTimer: NodeJS.Timeout | null = null;
  #watchTimer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: LineOptions, events: LineEvents) {
    this.#options = options;
    this.#events = events;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(command: object): void {
    if (this.isOpen) this.#socket?.send(JSON.stringify(command));
  }

  /** Drops the line and takes a new one. */
  restart(reason: string): void {
    const socket = this.#socket;
    if (socket !== null) this.#lose(socket, reason);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.restart("closed");
  }

  #connect(): void {
    const { wsUrl, headers, stallMs } = this.#options;
    const socket = new WebSocket(wsUrl, {
      headers: { ...headers() },
      handshakeTimeout: stallMs,
      followRedirects: false,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
    });
    this.#socket = socket;
    const heard = (): void => {
      this.#lastHeardMs = performance.now();
    };
    socket.on("open", () => {
      heard();
      this.#openedMs = performance.now();
      this.#watch(socket);
      this.#events.onOpen();
    });
    socket.on("ping", heard);
    socket.on("pong", heard);
    socket.on("message", (data: Buffer) => {
      // Frames still buffered after a restart belong to nobody.
      if (this.#socket !== socket) return;
      heard();
      this.#events.onText(data.toString());
    });
    socket.on("error", (error) => {
      this.#lose(socket, error.message);
    });
    socket.on("close", (code) => {
      this.#lose(socket, `closed with ${code}`);
    });
  }

  /** A dead line says nothing at all; a live one answers at least our pings. */
  #watch(socket: WebSocket): void {
    const { stallMs } = this.#options;
    this.#watchTimer = setInterval(() => {
      const silentMs = performance.now() - this.#lastHeardMs;
      if (silentMs > stallMs) this.#lose(socket, `silent for ${Math.round(silentMs)} ms`);
      else socket.ping();
    }, stallMs / 4);
  }

  #lose(socket: WebSocket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    if (this.#watchTimer !== null) clearInterval(this.#watchTimer);
    // Events of the dying socket find it is no longer ours; its error must still find a listener.
    socket.terminate();
    this.#events.onLost(reason);
    if (this.#isClosed) return;
    // A line that lived is tried again soon; one that dies young again and again, ever later.
    const hasLived = performance.now() - this.#openedMs > YOUNG_MS;
    this.#openedMs = Number.POSITIVE_INFINITY;
    this.#attempt = hasLived ? 1 : this.#attempt + 1;
    const waitMs = backoffMs(this.#attempt, this.#options.reconnect, this.#options.jitter);
    this.#options.log.warn({ wsUrl: this.#options.wsUrl, reason, waitMs }, "stream lost");
    this.#retryTimer = setTimeout(() => {
      this.#connect();
    }, waitMs);
  }
}
