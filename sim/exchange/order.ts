import { type FeeAccumulator, NO_FEES_CHARGED } from "../../core/domain/fees.ts";
import type { MarketOutcome } from "../../core/domain/market.ts";
import type { SelfTradePrevention } from "../../core/domain/paper-order.ts";
import type { BookSide, TimeInForce } from "../../core/domain/order.ts";
import type {
  CountCenti,
  Instant,
  PositionCenti,
  PriceMicros,
  UsdMicros,
} from "../../core/domain/units.ts";
import { countCenti, usdMicros } from "../../core/domain/units.ts";

/** What an order asks for; the journal keeps it whole. */
export interface OrderTerms {
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly marketTicker: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly timeInForce: TimeInForce;
  readonly isPostOnly: boolean;
  readonly isReduceOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly expiresAt: Instant | null;
  readonly isCanceledOnPause: boolean;
  /** The group whose limit it counts against. */
  readonly orderGroupId: string | null;
}

/** An order as the account shows it. */
export interface AccountOrder {
  readonly terms: OrderTerms;
  readonly status: "resting" | "canceled" | "executed";
  readonly filled: CountCenti;
  readonly remaining: CountCenti;
  readonly takerCost: UsdMicros;
  readonly makerCost: UsdMicros;
  readonly takerFees: UsdMicros;
  readonly makerFees: UsdMicros;
  readonly feesCharged: FeeAccumulator;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** What is to remain of an order, or what is taken off what rests when it is carried out. */
export interface Decrease {
  readonly remaining?: CountCenti | undefined;
  readonly reduceBy?: CountCenti | undefined;
}

/** One execution of ours. */
export interface AccountFill {
  readonly fillId: string;
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly marketTicker: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly fee: UsdMicros;
  readonly liquidity: "maker" | "taker";
  readonly positionAfter: PositionCenti;
  readonly at: Instant;
}

/** What the account holds in one market: YES positive, NO negative. */
export interface AccountPosition {
  readonly marketTicker: string;
  readonly position: PositionCenti;
  /** What the held contracts cost, fees excluded. */
  readonly cost: UsdMicros;
  readonly realized: UsdMicros;
  readonly fees: UsdMicros;
  /** Cost of everything ever bought or sold here. */
  readonly traded: UsdMicros;
  readonly volume: CountCenti;
  readonly updatedAt: Instant;
}

/** A market's final word on what the account held. */
export interface AccountSettlement {
  readonly marketTicker: string;
  readonly result: MarketOutcome;
  /** What one YES contract paid; null of a void market. */
  readonly value: UsdMicros | null;
  readonly yesCount: CountCenti;
  readonly noCount: CountCenti;
  readonly yesCost: UsdMicros;
  readonly noCost: UsdMicros;
  readonly revenue: UsdMicros;
  readonly fees: UsdMicros;
  readonly at: Instant;
}

/** Cash that the account's owner moved in, or out: then it is negative. */
export interface AccountTransfer {
  readonly transferId: string;
  readonly amount: UsdMicros;
  readonly at: Instant;
}

/** An order that has just been taken. */
export function newOrder(terms: OrderTerms, at: Instant): AccountOrder {
  return {
    terms,
    status: "resting",
    filled: countCenti(0),
    remaining: terms.count,
    takerCost: usdMicros(0),
    makerCost: usdMicros(0),
    takerFees: usdMicros(0),
    makerFees: usdMicros(0),
    feesCharged: NO_FEES_CHARGED,
    createdAt: at,
    updatedAt: at,
  };
}
