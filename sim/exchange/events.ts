import type { MarketStatus } from "../../core/domain/market.ts";
import type { PublicTrade } from "./listing.ts";
import type { AccountFill, AccountOrder, AccountSettlement } from "./order.ts";

/** Something the public or the account's owner is told. */
export type EngineEvent =
  | { readonly kind: "trade"; readonly trade: PublicTrade }
  | { readonly kind: "lifecycle"; readonly marketTicker: string; readonly status: MarketStatus }
  | { readonly kind: "order"; readonly order: AccountOrder }
  | { readonly kind: "fill"; readonly fill: AccountFill }
  | { readonly kind: "settlement"; readonly settlement: AccountSettlement };
