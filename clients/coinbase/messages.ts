import type { z } from "zod";
import type { Instant } from "../../core/domain/units.ts";
import { faultOf } from "../http/payload.ts";
import { PRODUCT, type TradePrice, toPrice } from "./rest.ts";
import { EnvelopeWire, ErrorWire, HeartbeatWire, TradeWire } from "./wire.ts";

/** What one message of the stream says. */
export type CoinbaseMessage =
  | {
      readonly kind: "trade";
      readonly price: TradePrice;
      /** The newest trade, told again at the begin of a subscription. */
      readonly isFirst: boolean;
    }
  | {
      readonly kind: "heartbeat";
      readonly lastTradeId: number;
      readonly sourceAt: Instant;
      readonly receivedAt: Instant;
    }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "invalid"; readonly field: string; readonly reason: string }
  | { readonly kind: "other" };

/**
 * Reads messages and counts what is odd. A type that is not known is ignored: the docs announce
 * new ones.
 */
export class MessageReader {
  #messages = 0;
  #unknown = 0;
  #invalid = 0;
  #outOfSequence = 0;
  #sequence = 0;

  get counts(): Record<"messages" | "unknown" | "invalid" | "outOfSequence", number> {
    return {
      messages: this.#messages,
      unknown: this.#unknown,
      invalid: this.#invalid,
      outOfSequence: this.#outOfSequence,
    };
  }

  /** A new line numbers its messages from where it begins. */
  reset(): void {
    this.#sequence = 0;
  }

  read(text: string, receivedAt: Instant): CoinbaseMessage {
    this.#messages += 1;
    const json = parseJson(text);
    const envelope = EnvelopeWire.safeParse(json);
    if (!envelope.success) return this.#fault(envelope.error);
    const { type, product_id, sequence } = envelope.data;
    if (product_id !== undefined && product_id !== PRODUCT) return this.#other();
    if (sequence !== undefined) this.#advance(sequence);
    switch (type) {
      case "match":
      case "last_match":
      case "ticker":
        return this.#checked(TradeWire, json, (wire) => ({
          kind: "trade",
          price: toPrice(wire, receivedAt),
          isFirst: type === "last_match",
        }));
      case "heartbeat":
        return this.#checked(HeartbeatWire, json, ({ last_trade_id, time }) => ({
          kind: "heartbeat",
          lastTradeId: last_trade_id,
          sourceAt: time,
          receivedAt,
        }));
      case "error":
        return this.#checked(ErrorWire, json, ({ message, reason }) => ({
          kind: "refused",
          reason: reason ?? message,
        }));
      case "subscriptions":
        return { kind: "other" };
      default:
        return this.#other();
    }
  }

  #checked<T>(
    schema: z.ZodType<T>,
    json: unknown,
    map: (wire: T) => CoinbaseMessage,
  ): CoinbaseMessage {
    const parsed = schema.safeParse(json);
    return parsed.success ? map(parsed.data) : this.#fault(parsed.error);
  }

  /** The sequence is the product's over all channels: leaps say nothing, a step back does. */
  #advance(sequence: number): void {
    if (sequence < this.#sequence) this.#outOfSequence += 1;
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  #other(): CoinbaseMessage {
    this.#unknown += 1;
    return { kind: "other" };
  }

  #fault(error: z.ZodError): CoinbaseMessage {
    this.#invalid += 1;
    const { field, reason } = faultOf("coinbase", error);
    return { kind: "invalid", field, reason };
  }
}

/** @returns `undefined` for a text that is not JSON, which no schema takes. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
