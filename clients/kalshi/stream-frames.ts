import { z } from "zod";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  ONE_USD_MICROS,
  type PriceMicros,
  parseDecimal,
  priceMicros,
} from "../../core/domain/units.ts";
import type { StreamFact } from "../../core/domain/venue.ts";
import { CountText, faultOf, PriceText, UsdAmount } from "../http/payload.ts";
import { type DriftSentinel, wireObject } from "./drift.ts";
import { toStrikeType } from "./mapper.ts";
import { INDEX_CHANNEL, type IndexValue, readIndex } from "./stream-index.ts";

type Fact<Kind extends StreamFact["kind"]> = Extract<StreamFact, { kind: Kind }>;
type Undated<Kind extends StreamFact["kind"]> = Omit<Fact<Kind>, "receivedAt">;

/** What one frame of the stream says. */
export type FrameBody =
  | Undated<"delta">
  | Undated<"trade">
  | Undated<"snapshot">
  | Undated<"lifecycle">
  | (Undated<"own-order"> & { readonly marketTicker: string })
  | (Undated<"own-fill"> & { readonly marketTicker: string })
  | {
      readonly kind: "subscribed";
      readonly id: number | null;
      readonly channel: string;
      readonly newSid: number;
    }
  | { readonly kind: "done"; readonly id: number | null }
  | {
      readonly kind: "refused";
      readonly id: number | null;
      readonly code: number;
      readonly message: string;
      readonly marketTicker: string | null;
    }
  | { readonly kind: "index"; readonly value: IndexValue }
  /** A type that was not asked for; counted as drift. */
  | { readonly kind: "other" }
  | {
      readonly kind: "invalid";
      readonly type: string;
      readonly marketTicker: string | null;
      readonly field: string;
      readonly reason: string;
    };

/** A frame with its place in its subscription; null where it has none. */
export interface Frame {
  readonly sid: number | null;
  readonly seq: number | null;
  readonly body: FrameBody;
}

type Fields = Readonly<Record<string, unknown>>;

const Seconds = z.int().transform((seconds) => instant(seconds * 1_000));
const Level = z.tuple([PriceText, CountText]);
const SnapshotWire = wireObject(
  {
    market_ticker: z.string().min(1),
    yes_dollars_fp: z.array(Level).nullish(),
    no_dollars_fp: z.array(Level).nullish(),
    ts_ms: z.int().nullish(),
  },
  ["market_id", "yes_dollars", "no_dollars", "ts"],
);
const STRIKES = {
  strike_type: z.string().nullish(),
  floor_strike: UsdAmount.nullish(),
  cap_strike: UsdAmount.nullish(),
};
/** Of a market that is created, its strikes included; when they come later, they stand outside. */
const LifeMetadata = wireObject(
  { event_ticker: z.string().nullish(), ...STRIKES },
  (
    "name title yes_sub_title no_sub_title rules_primary rules_secondary can_close_early " +
    "expected_expiration_ts custom_strike"
  ).split(" "),
);
const LifecycleWire = wireObject(
  {
    market_ticker: z.string().min(1),
    event_type: z.string().min(1),
    result: z.enum(["yes", "no", "scalar", ""]).nullish(),
    open_ts: Seconds.nullish(),
    close_ts: Seconds.nullish(),
    settled_ts: Seconds.nullish(),
    ...STRIKES,
    settlement_value: UsdAmount.nullish(),
    exchange_index: z.int().min(0).nullish(),
    additional_metadata: LifeMetadata.nullish(),
  },
  (
    "market_id determination_ts is_deactivated price_level_structure price_ranges yes_sub_title " +
    "ts_ms"
  ).split(" "),
);
const OwnOrderWire = wireObject({
  ticker: z.string().min(1),
  order_id: z.string().min(1),
  client_order_id: z.string().nullish(),
  // A hint without them is still a hint.
  status: z.string().nullish().catch(null),
  yes_price_dollars: PriceText.nullish().catch(null),
  remaining_count_fp: CountText.nullish().catch(null),
});
const OwnFillWire = wireObject({
  market_ticker: z.string().min(1),
  order_id: z.string().min(1),
  client_order_id: z.string().nullish(),
});
const RefusalWire = z.object({
  code: z.int(),
  msg: z.string().optional(),
  market_ticker: z.string().optional(),
});

/** Fields of the two hot frames; the rest of their names is watched on a sample. */
const DELTA_FIELDS = wireObject({}, [
  ..."market_ticker market_id price_dollars delta_fp side ts ts_ms".split(" "),
  ..."client_order_id subaccount".split(" "),
]);
const TRADE_FIELDS = wireObject(
  {},
  (
    "trade_id market_ticker market_id yes_price_dollars no_price_dollars count_fp " +
    "taker_outcome_side taker_book_side taker_side is_block_trade ts ts_ms"
  ).split(" "),
);
const SAMPLE_EVERY = 512;

/**
 * Reads frames. The two kinds that come by the thousand are checked by hand, the rest by schema.
 *
 * With `isYesLeg` the venue was asked to state NO bids at their YES price; facts state each
 * outcome's own price, so those are turned round here.
 */
export class FrameReader {
  readonly #drift: DriftSentinel;
  readonly #isYesLeg: boolean;
  #hot = 0;

  constructor(drift: DriftSentinel, isYesLeg: boolean) {
    this.#drift = drift;
    this.#isYesLeg = isYesLeg;
  }

  read(text: string): Frame {
    const frame = fieldsOf(parseJson(text));
    const type = frame?.["type"];
    if (frame === null || typeof type !== "string") {
      return { sid: null, seq: null, body: invalid("", null, "type", "not a frame") };
    }
    const body = this.#body(type, frame, fieldsOf(frame["msg"]) ?? {});
    return { sid: integer(frame["sid"]), seq: integer(frame["seq"]), body };
  }

  #body(type: string, frame: Fields, msg: Fields): FrameBody {
    const id = integer(frame["id"]);
    switch (type) {
      case "orderbook_delta":
        this.#sample("stream.orderbook_delta", DELTA_FIELDS, msg);
        return readDelta(msg, this.#isYesLeg);
      case "trade":
        this.#sample("stream.trade", TRADE_FIELDS, msg);
        return readTrade(msg);
      case "orderbook_snapshot":
        return this.#checked(type, SnapshotWire, msg, (wire) => toSnapshot(wire, this.#isYesLeg));
      case "market_lifecycle_v2":
        return this.#checked(type, LifecycleWire, msg, toLifecycle);
      case INDEX_CHANNEL: {
        const read = readIndex(msg);
        return "kind" in read ? read : invalid(type, null, read.field, read.reason);
      }
      case "user_order":
        return this.#checked(type, OwnOrderWire, msg, (wire) => ({
          kind: "own-order",
          marketTicker: wire.ticker,
          ...ownIds(wire),
          price: wire.yes_price_dollars ?? null,
          left: leftOf(wire),
        }));
      case "fill":
        return this.#checked(type, OwnFillWire, msg, (wire) => ({
          kind: "own-fill",
          marketTicker: wire.market_ticker,
          ...ownIds(wire),
        }));
      case "subscribed": {
        const { channel } = msg;
        const newSid = integer(msg["sid"]);
        if (typeof channel !== "string") return invalid(type, null, "msg.channel", "missing");
        if (newSid === null) return invalid(type, null, "msg.sid", "missing");
        return { kind: "subscribed", id, channel, newSid };
      }
      case "ok":
      case "unsubscribed":
        return { kind: "done", id };
      case "error":
        return this.#checked(type, RefusalWire, msg, (wire) => ({
          kind: "refused",
          id,
          code: wire.code,
          message: wire.msg ?? "",
          marketTicker: wire.market_ticker ?? null,
        }));
      default:
        return { kind: "other" };
    }
  }

  #checked<T>(
    type: string,
    schema: z.ZodType<T>,
    msg: Fields,
    map: (wire: T) => FrameBody,
  ): FrameBody {
    // Own orders and fills are hints: what else they carry is not watched.
    if (type === "orderbook_snapshot" || type === "market_lifecycle_v2") {
      this.#drift.observe(`stream.${type}`, schema, msg);
    }
    const parsed = schema.safeParse(msg);
    if (parsed.success) return map(parsed.data);
    const { field, reason } = faultOf("kalshi", parsed.error, { path: "msg" });
    return invalid(type, tickerOf(msg), field, reason);
  }

  #sample(source: string, schema: z.core.$ZodType, msg: Fields): void {
    if (this.#hot % SAMPLE_EVERY === 0) this.#drift.observe(source, schema, msg);
    this.#hot += 1;
  }
}

function readDelta(msg: Fields, isYesLeg: boolean): FrameBody {
  const type = "orderbook_delta";
  const ticker = tickerOf(msg);
  const price = priceOf(msg["price_dollars"]);
  const delta = decimalOf(msg["delta_fp"], 2);
  const outcome = msg["side"];
  const at = msg["ts_ms"] === undefined ? null : timeOf(msg["ts_ms"]);
  if (ticker === null) return invalid(type, null, "msg.market_ticker", "missing");
  if (price === null) return invalid(type, ticker, "msg.price_dollars", "not a price");
  if (delta === null) return invalid(type, ticker, "msg.delta_fp", "not a count");
  if (outcome !== "yes" && outcome !== "no") {
    return invalid(type, ticker, "msg.side", "neither yes nor no");
  }
  if (at === undefined) return invalid(type, ticker, "msg.ts_ms", "not a time");
  const ownPrice = isYesLeg && outcome === "no" ? otherSide(price) : price;
  return { kind: "delta", marketTicker: ticker, outcome, price: ownPrice, delta, at };
}

function readTrade(msg: Fields): FrameBody {
  const type = "trade";
  const ticker = tickerOf(msg);
  const tradeId = msg["trade_id"];
  const price = priceOf(msg["yes_price_dollars"]);
  const count = decimalOf(msg["count_fp"], 2);
  const takerSide = msg["taker_book_side"];
  const at = timeOf(msg["ts_ms"]);
  if (ticker === null) return invalid(type, null, "msg.market_ticker", "missing");
  if (typeof tradeId !== "string") return invalid(type, ticker, "msg.trade_id", "missing");
  if (price === null) return invalid(type, ticker, "msg.yes_price_dollars", "not a price");
  if (count === null || count < 0) return invalid(type, ticker, "msg.count_fp", "not a count");
  if (takerSide !== "bid" && takerSide !== "ask") {
    return invalid(type, ticker, "msg.taker_book_side", "neither bid nor ask");
  }
  if (at === undefined) return invalid(type, ticker, "msg.ts_ms", "not a time");
  return {
    kind: "trade",
    tradeId,
    marketTicker: ticker,
    price,
    count: countCenti(count),
    takerSide,
    ...(msg["is_block_trade"] === true && { isBlock: true }),
    at,
  };
}

function toSnapshot(wire: z.infer<typeof SnapshotWire>, isYesLeg: boolean): FrameBody {
  const yes = wire.yes_dollars_fp ?? [];
  const stated = wire.no_dollars_fp ?? [];
  const no = isYesLeg ? stated.map(turned) : stated;
  const best = (levels: readonly (readonly [PriceMicros, CountCenti])[]): number =>
    levels.reduce((top, [price]) => Math.max(top, price), 0);
  if (best(yes) + best(no) >= ONE_USD_MICROS) {
    // Either the book is broken, or NO prices are stated on the other leg than the one asked for.
    const field = "msg.no_dollars_fp";
    return invalid("orderbook_snapshot", wire.market_ticker, field, "bids cross");
  }
  const at = typeof wire.ts_ms === "number" ? instant(wire.ts_ms) : null;
  return { kind: "snapshot", book: { marketTicker: wire.market_ticker, yes, no, at } };
}

function turned([price, count]: readonly [PriceMicros, CountCenti]): [PriceMicros, CountCenti] {
  return [otherSide(price), count];
}

function otherSide(price: PriceMicros): PriceMicros {
  return priceMicros(ONE_USD_MICROS - price);
}

function toLifecycle(wire: z.infer<typeof LifecycleWire>): FrameBody {
  const { result, additional_metadata: more } = wire;
  return {
    kind: "lifecycle",
    marketTicker: wire.market_ticker,
    eventType: wire.event_type,
    eventTicker: more?.event_ticker ?? null,
    exchangeIndex: wire.exchange_index ?? null,
    openAt: wire.open_ts ?? null,
    closeAt: wire.close_ts ?? null,
    strikeType: toStrikeType(wire.strike_type ?? more?.strike_type),
    floorStrike: wire.floor_strike ?? more?.floor_strike ?? null,
    capStrike: wire.cap_strike ?? more?.cap_strike ?? null,
    result: result === "" || result === undefined ? null : result,
    settlementValue: wire.settlement_value ?? null,
    settledAt: wire.settled_ts ?? null,
  };
}

function ownIds(wire: { order_id: string; client_order_id?: string | null | undefined }): {
  venueOrderId: string;
  clientOrderId: string | null;
} {
  return { venueOrderId: wire.order_id, clientOrderId: wire.client_order_id ?? null };
}

function leftOf({
  status,
  remaining_count_fp: left,
}: z.infer<typeof OwnOrderWire>): CountCenti | null {
  if (status === "canceled" || status === "executed") return countCenti(0);
  return left ?? null;
}

function invalid(
  type: string,
  marketTicker: string | null,
  field: string,
  reason: string,
): Extract<FrameBody, { kind: "invalid" }> {
  return { kind: "invalid", type, marketTicker, field, reason };
}

function tickerOf(msg: Fields): string | null {
  const ticker = msg["market_ticker"] ?? msg["ticker"];
  return typeof ticker === "string" && ticker !== "" ? ticker : null;
}

function decimalOf(value: unknown, decimals: number): number | null {
  return typeof value === "string" ? parseDecimal(value, decimals) : null;
}

function priceOf(value: unknown): PriceMicros | null {
  const micros = decimalOf(value, 6);
  return micros !== null && micros > 0 && micros < ONE_USD_MICROS ? priceMicros(micros) : null;
}

function timeOf(value: unknown): Instant | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? instant(value) : undefined;
}

function integer(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

function fieldsOf(value: unknown): Fields | null {
  // An object read from JSON is a record of unknowns, whatever else it may be.
  return typeof value === "object" && value !== null ? (value as Fields) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
