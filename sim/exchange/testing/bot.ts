import { constants, createPrivateKey, type KeyObject, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { WebSocket } from "ws";
import type { ExchangeHandle } from "../main.ts";
import { HOME } from "./hand-made.ts";

/** What a call answered. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A bot of anyone's: it knows the address and a key, and nothing of the exchange's inside. */
export class Bot {
  readonly #url: string;
  readonly #keyId: string;
  readonly #key: KeyObject;
  skewMs = 0;

  constructor(url: string, keyId: string, pem: string) {
    this.#url = url;
    this.#keyId = keyId;
    this.#key = createPrivateKey(pem);
  }

  static async of(handle: ExchangeHandle): Promise<Bot> {
    const pem = await readFile(handle.key.privateKeyPath, "utf8");
    return new Bot(handle.url, handle.key.keyId, pem);
  }

  headers(method: string, path: string): Record<string, string> {
    const timestamp = String(Date.now() + this.skewMs);
    const message = Buffer.from(`${timestamp}${method}${path.split("?")[0] ?? ""}`);
    const signature =
      this.#key.asymmetricKeyType === "ed25519"
        ? sign(null, message, this.#key)
        : sign("sha256", message, {
            key: this.#key,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
          });
    return {
      "KALSHI-ACCESS-KEY": this.#keyId,
      "KALSHI-ACCESS-TIMESTAMP": timestamp,
      "KALSHI-ACCESS-SIGNATURE": signature.toString("base64"),
    };
  }

  async call(method: string, rest: string, body?: object): Promise<Answer> {
    const path = `/trade-api/v2${rest}`;
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...this.headers(method, path),
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text.startsWith("{") ? JSON.parse(text) : {};
    // Tests look into the venue's answers field by field.
    return { status: response.status, body: parsed as Answer["body"] };
  }

  /** Places an order; the defaults buy ten of HOME at 60. */
  place(terms: object = {}): Promise<Answer> {
    return this.call("POST", "/portfolio/events/orders", {
      ticker: HOME,
      side: "bid",
      count: "10.00",
      price: "0.6000",
      time_in_force: "good_till_canceled",
      self_trade_prevention_type: "taker_at_cross",
      exchange_index: 3,
      ...terms,
    });
  }

  cancel(orderId: unknown, shard = 3): Promise<Answer> {
    const path = `/portfolio/events/orders/${String(orderId)}`;
    return this.call("DELETE", `${path}?exchange_index=${shard}`);
  }

  async stream(): Promise<BotStream> {
    const path = "/trade-api/ws/v2";
    const socket = new WebSocket(`${this.#url.replace("http", "ws")}${path}`, {
      headers: this.headers("GET", path),
    });
    const stream = new BotStream(socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return stream;
  }
}

/** A frame of the stream. */
export interface Frame {
  readonly type: string;
  readonly id?: number;
  readonly sid?: number;
  readonly seq?: number;
  readonly msg: Readonly<Record<string, unknown>>;
}

/** A connection that keeps every frame. */
export class BotStream {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  #id = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString("utf8")) as Frame);
    });
  }

  send(cmd: string, params: object = {}): void {
    this.#id += 1;
    this.#socket.send(JSON.stringify({ id: this.#id, cmd, params }));
  }

  /** Waits for frames of a type. */
  async wait(type: string, count = 1): Promise<readonly Frame[]> {
    return until(() => {
      const found = this.frames.filter((frame) => frame.type === type);
      return found.length >= count ? found : null;
    }, `${count} ${type}`);
  }

  get isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** Looks until there is something. */
export async function until<T>(
  look: () => T | null | Promise<T | null>,
  what: string,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for ${what}`);
}
