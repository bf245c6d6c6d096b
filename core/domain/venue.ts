import type {
  FeeSchedule,
  Market,
  MarketOutcome,
  MarketResult,
  StrikeType,
  VenueEvent,
} from "./market.ts";
import type { BookSide, ClientOrderId, Fill, TimeInForce } from "./order.ts";
import type { SelfTradePrevention } from "./paper-order.ts";
import type { CountCenti, Instant, PositionCenti, PriceMicros, UsdMicros } from "./units.ts";

/** What a sender has to say on an order's last step. */
export interface Sending {
  /** It was paid for by `payForOrder`: the budget is not waited for again. */
  readonly isPaid: boolean;
  /** Asked right before the request is handed to HTTP, signed; on false it is not. */
  readonly maySend: () => boolean;
}

/** The port that every venue adapter fills; the paper exchange and the real hosts are the same adapter. */
export interface Venue {
  exchangeStatus(): Promise<ExchangeStatus>;
  /** Open, closed and settled events of a series with their markets; pages are walked inside. */
  events(query: {
    seriesTicker: string;
    status?: "open" | "closed" | "settled";
  }): Promise<readonly VenueEvent[]>;
  market(ticker: string): Promise<Market | null>;
  /**
   * The markets that match, in no sequence; pages are walked inside, on the rate budget. One that
   * cannot be read is told of by the adapter and left out: it does not take the others down.
   */
  markets(query: MarketsQuery): Promise<readonly Market[]>;
  /** Fee schedule in force for an event: its override, else its series'. */
  feeSchedule(seriesTicker: string, eventTicker: string): Promise<FeeSchedule>;
  orderBook(ticker: string): Promise<BookSnapshot>;
  balance(): Promise<AccountBalance>;
  /**
   * Waits for the venue's rate budget to allow one order, so that nothing has to wait between the last
   * look at the kill switch and the wire. @returns false when it does not within `withinMs` of wall time.
   */
  payForOrder(withinMs: number): Promise<boolean>;
  /** Never throws for an outcome of the wire: a timeout is a value, `unknown`. */
  createOrder(order: NewVenueOrder, timeoutMs: number, sending?: Sending): Promise<CreateOutcome>;
  cancelOrder(order: CancelRequest, timeoutMs: number): Promise<CancelOutcome>;
  /** Cancels every resting order of the account, on all shards. */
  cancelAll(timeoutMs: number): Promise<void>;
  /**
   * Makes a group of orders on one shard, which the venue cancels by itself when more than `limit`
   * of them is matched within 15 s. @returns its id.
   */
  createOrderGroup(group: {
    readonly limit: CountCenti;
    readonly exchangeIndex: number;
  }): Promise<string>;
  orderGroups(): Promise<readonly VenueOrderGroup[]>;
  /** Lets a group whose limit was hit, or that was triggered, take orders again. */
  resetOrderGroup(orderGroupId: string): Promise<void>;
  /** Cancels all orders of a group, which takes none until it is reset. */
  triggerOrderGroup(orderGroupId: string): Promise<void>;
  limitOrderGroup(orderGroupId: string, limit: CountCenti): Promise<void>;
  /** Deletes a group; its orders are canceled. */
  deleteOrderGroup(orderGroupId: string): Promise<void>;
  order(venueOrderId: string): Promise<VenueOrder | null>;
  /**
   * All orders of the account, current and historical, updated since `since`. `isProof` reads the
   * archive wherever its border is said to be: what is to prove an absence takes nobody's word.
   */
  orders(query: {
    status?: "resting";
    marketTicker?: string;
    since?: Instant;
    isProof?: boolean;
  }): Promise<readonly VenueOrder[]>;
  /** Fills of the account, current and historical; `isProof` as for orders. */
  fills(query: {
    venueOrderId?: string;
    marketTicker?: string;
    since?: Instant;
    isProof?: boolean;
  }): Promise<readonly Fill[]>;
  positions(): Promise<readonly VenuePosition[]>;
  settlements(since: Instant): Promise<readonly VenueSettlement[]>;
  /** Cash that the account's owner moved in or out, and that has arrived. */
  transfers(): Promise<readonly VenueTransfer[]>;
}

/**
 * Which markets are asked for. The venue takes one bound of time only, and only with the status it
 * belongs to: the close with `closed` or none, the settlement with `settled` or none.
 */
export interface MarketsQuery {
  readonly seriesTicker?: string;
  readonly eventTicker?: string;
  readonly tickers?: readonly string[];
  readonly status?: "unopened" | "open" | "paused" | "closed" | "settled";
  readonly minCloseAt?: Instant;
  readonly maxCloseAt?: Instant;
  readonly minSettledAt?: Instant;
}

/** Whether the venue trades, per shard. */
export interface ExchangeStatus {
  readonly shards: readonly { readonly exchangeIndex: number; readonly isTrading: boolean }[];
}

/** A whole book as the venue sends it: bids of both outcomes, any order. */
export interface BookSnapshot {
  readonly marketTicker: string;
  readonly yes: readonly (readonly [PriceMicros, CountCenti])[];
  readonly no: readonly (readonly [PriceMicros, CountCenti])[];
  readonly at: Instant | null;
}

/** Cash on the account, whole and per shard. */
export interface AccountBalance {
  readonly cash: UsdMicros;
  readonly byShard: readonly { readonly exchangeIndex: number; readonly cash: UsdMicros }[];
}

/** What is sent to create an order. */
export interface NewVenueOrder {
  readonly clientOrderId: ClientOrderId;
  readonly marketTicker: string;
  readonly exchangeIndex: number;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly timeInForce: TimeInForce;
  readonly isPostOnly: boolean;
  readonly isReduceOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  /** Unix seconds, only with good_till_canceled. */
  readonly expiresAtSeconds: number | null;
  /** The group whose limit it counts against. */
  readonly orderGroupId: string | null;
}

/** An order group as the account shows it; whether it was triggered only a refused order tells. */
interface VenueOrderGroup {
  readonly orderGroupId: string;
  readonly limit: CountCenti | null;
}

/** The answer that an outcome was read from, for the audit log. Status null: there was none. */
export interface VenueAnswer {
  readonly status: number | null;
  /** The body's beginning; headers, and with them every signature, are left out. */
  readonly body: string;
}

/** Whether an answer of this status refuses our key: revoked, rotated or of another scope. */
export function refusesKey(status: number | null): boolean {
  return status === 401 || status === 403;
}

/** What is known after an attempt to create an order. Only `rejected` proves that nothing was sent. */
export type CreateOutcome = { readonly answer?: VenueAnswer } & (
  | {
      readonly kind: "accepted";
      readonly venueOrderId: string;
      readonly filled: CountCenti;
      readonly remaining: CountCenti;
      /** The order is over at the venue: IOC or FOK answered, or wholly filled. */
      readonly isClosed: boolean;
    }
  | { readonly kind: "rejected"; readonly code: string; readonly message: string }
  /** 409 `order_already_exists`: it was sent before; find it. */
  | { readonly kind: "duplicate" }
  /** Timeout, 5xx, 429 on a write, or 2xx without an order. */
  | { readonly kind: "unknown"; readonly reason: string }
);

/** Names one order to cancel. */
interface CancelRequest {
  readonly venueOrderId: string;
  readonly marketTicker: string;
  readonly exchangeIndex: number;
}

/** `not-found` proves nothing: a wrong shard and a lost race look the same; read the order. */
export type CancelOutcome = { readonly answer?: VenueAnswer } & (
  | { readonly kind: "canceled"; readonly reducedBy: CountCenti }
  | { readonly kind: "not-found" }
  | { readonly kind: "rejected"; readonly code: string }
  | { readonly kind: "unknown"; readonly reason: string }
);

/** An order as the account shows it. */
export interface VenueOrder {
  readonly venueOrderId: string;
  readonly clientOrderId: ClientOrderId | null;
  readonly marketTicker: string;
  readonly exchangeIndex: number;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly status: "resting" | "canceled" | "executed";
  readonly count: CountCenti;
  readonly filled: CountCenti;
  readonly remaining: CountCenti;
  readonly fees: UsdMicros;
  readonly createdAt: Instant;
  readonly updatedAt: Instant | null;
}

/** A position as the account shows it: YES positive. */
export interface VenuePosition {
  readonly marketTicker: string;
  readonly position: PositionCenti;
  readonly feesPaid: UsdMicros;
  readonly realizedPnl: UsdMicros;
}

/** The venue's final word on a market we held. */
export interface VenueSettlement {
  readonly marketTicker: string;
  readonly result: MarketOutcome;
  /** What one YES contract paid, in micros; null of a void market, and of a scalar without one that can be paid. */
  readonly value: UsdMicros | null;
  readonly yesCount: CountCenti;
  readonly noCount: CountCenti;
  /** What the contracts held had cost, micros, fees excluded: what a void market pays. Null where it is not stated. */
  readonly cost: UsdMicros | null;
  /** Cut to whole cents. */
  readonly revenue: UsdMicros;
  readonly at: Instant;
}

/** Cash moved by the account's owner: positive came in, negative went out. */
export interface VenueTransfer {
  readonly transferId: string;
  readonly amount: UsdMicros;
  readonly at: Instant;
}

/** A step of a market's life as the venue tells it; null is what this step does not say. */
export interface LifecycleFact {
  readonly kind: "lifecycle";
  readonly marketTicker: string;
  /** The venue's word, such as `created`, `metadata_updated`, `close_date_updated`, `determined`. */
  readonly eventType: string;
  readonly eventTicker: string | null;
  readonly exchangeIndex: number | null;
  readonly openAt: Instant | null;
  readonly closeAt: Instant | null;
  readonly strikeType: StrikeType | null;
  /** Micro-dollars. */
  readonly floorStrike: UsdMicros | null;
  readonly capStrike: UsdMicros | null;
  readonly result: MarketResult | null;
  /** What one YES contract pays, in micros. */
  readonly settlementValue: UsdMicros | null;
  readonly settledAt: Instant | null;
}

/** What the venue's stream delivers, already parsed and mapped. */
export type StreamFact =
  | { readonly kind: "snapshot"; readonly book: BookSnapshot; readonly receivedAt: Instant }
  | {
      readonly kind: "delta";
      readonly marketTicker: string;
      readonly outcome: "yes" | "no";
      readonly price: PriceMicros;
      /** Signed change in hundredths of a contract. */
      readonly delta: number;
      readonly at: Instant | null;
      readonly receivedAt: Instant;
    }
  | {
      readonly kind: "trade";
      readonly tradeId: string;
      readonly marketTicker: string;
      readonly price: PriceMicros;
      readonly count: CountCenti;
      readonly takerSide: BookSide;
      /** Negotiated off the book: nobody who queues there had a part in it. */
      readonly isBlock?: boolean;
      readonly at: Instant;
      readonly receivedAt: Instant;
    }
  /** The books of these markets can no longer be believed until their next snapshot. */
  | { readonly kind: "stale"; readonly marketTickers: readonly string[]; readonly reason: string }
  | LifecycleFact
  /** Hints: something of ours changed; read it by REST. */
  | {
      readonly kind: "own-order";
      readonly venueOrderId: string;
      readonly clientOrderId: string | null;
      /** Its YES price and what rests of it; null where the frame does not say. */
      readonly price: PriceMicros | null;
      readonly left: CountCenti | null;
    }
  | {
      readonly kind: "own-fill";
      readonly venueOrderId: string;
      readonly clientOrderId: string | null;
    }
  | {
      readonly kind: "invalid";
      readonly field: string;
      readonly reason: string;
      readonly raw: string;
    };
