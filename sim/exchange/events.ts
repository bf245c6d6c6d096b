import type { MarketResult, MarketStrikes } from "../../core/domain/market.ts";
import type { Instant, UsdMicros } from "../../core/domain/units.ts";
import type { PublicTrade } from "./listing.ts";
import type { AccountFill, AccountOrder, AccountSettlement } from "./order.ts";

/** Something the public or the account's owner is told. */
export type EngineEvent =
  | { readonly kind: "trade"; readonly trade: PublicTrade }
  | { readonly kind: "lifecycle"; readonly marketTicker: string; readonly news: LifeNews }
  /** The line to what is mirrored is lost, or there again. */
  | { readonly kind: "outage"; readonly isOut: boolean }
  | { readonly kind: "order"; readonly order: AccountOrder }
  | { readonly kind: "fill"; readonly fill: AccountFill }
  | { readonly kind: "settlement"; readonly settlement: AccountSettlement };

/**
 * A step of a market's life, with what it was when it was made: several may be told at once. Opening
 * and closing by the clock are not told, as at the venue.
 */
export type LifeNews =
  | {
      readonly kind: "created";
      readonly eventTicker: string;
      readonly strikes: MarketStrikes;
      readonly openAt: Instant;
      readonly closeAt: Instant;
    }
  | { readonly kind: "bounds"; readonly strikes: MarketStrikes }
  | { readonly kind: "activated" }
  | { readonly kind: "deactivated" }
  | { readonly kind: "close-moved"; readonly closeAt: Instant }
  | {
      readonly kind: "determined";
      readonly result: MarketResult | null;
      readonly settlementValue: UsdMicros | null;
      readonly at: Instant;
    }
  | { readonly kind: "settled"; readonly at: Instant };
