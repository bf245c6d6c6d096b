import {
  type BtcSeries,
  btcEventTicker,
  btcMarketTicker,
  contractBounds,
} from "../../../core/domain/btc-contract.ts";
import { required } from "../../../core/domain/assert.ts";
import type { MarketResult, MarketStatus, StrikeType } from "../../../core/domain/market.ts";
import {
  countCenti,
  instant,
  priceMicros,
  type UsdMicros,
  usdMicros,
} from "../../../core/domain/units.ts";
import type { Fact, FactBody, FactSource, SourceManifest } from "../../facts.ts";
import { nightOf, START } from "./hand-made.ts";

const QUARTER_S = 900;

/** Micro-dollars of so many dollars. */
export const usd = (dollars: number): UsdMicros => usdMicros(Math.round(dollars * 1e6));

/** A fact `seconds` after the start. */
export function told(seconds: number, body: FactBody): Fact {
  const at = instant(START + seconds * 1_000);
  return { ...body, sourceTime: at, receivedAt: at };
}

/** The quarter that closes `closeSeconds` after the start, a strike of its own known or not. */
export function quarter(
  closeSeconds: number,
  { at = 0, strike = null }: { at?: number; strike?: number | null } = {},
): Extract<Fact, { kind: "listing" }> {
  const openAt = instant(START + (closeSeconds - QUARTER_S) * 1_000);
  return listing("KXBTC15M", closeSeconds, { at, openAt, floor: strike });
}

interface Terms {
  readonly at?: number;
  readonly openAt?: number;
  readonly type?: StrikeType;
  readonly floor?: number | null;
  readonly cap?: number | null;
}

/** A market of any of the series; strikes in dollars. */
export function listing(
  series: BtcSeries,
  closeSeconds: number,
  { at = 0, openAt = START, type = "greater_or_equal", floor = null, cap = null }: Terms,
): Extract<Fact, { kind: "listing" }> {
  const closeAt = instant(START + closeSeconds * 1_000);
  const strikes = {
    strikeType: type,
    floorStrike: floor === null ? null : usd(floor),
    capStrike: cap === null ? null : usd(cap),
  };
  const bounds = required(contractBounds(strikes), "bounds of the listing");
  const receivedAt = instant(START + at * 1_000);
  return {
    kind: "listing",
    sourceTime: receivedAt,
    receivedAt,
    marketTicker: btcMarketTicker(series, closeAt, bounds),
    eventTicker: btcEventTicker(series, closeAt),
    series,
    ...strikes,
    openAt: instant(openAt),
    closeAt,
    priceGrid: series === "KXBTC15M" ? "tapered_deci_cent" : "linear_cent",
  };
}

/** The source's word on a market's life; `on` is the index average in dollars. */
export function life(
  seconds: number,
  marketTicker: string,
  status: MarketStatus,
  result: MarketResult | null = null,
  { on, value = null }: { on?: number; value?: number | null } = {},
): Fact {
  return told(seconds, {
    kind: "market-status",
    marketTicker,
    status,
    result,
    settlementValue: value === null ? null : usd(value),
    ...(on !== undefined && { expirationValue: usd(on) }),
  });
}

/** 48 bid for 100, offered at 52 for 100. */
export function book(seconds: number, marketTicker: string): readonly Fact[] {
  return (["yes", "no"] as const).map((outcome) =>
    told(seconds, {
      kind: "level",
      marketTicker,
      outcome,
      price: priceMicros(480_000),
      size: countCenti(10_000),
    }),
  );
}

/** Bitcoin alone, played for `endSeconds`; facts in any sequence. */
export function bitcoinOf(
  facts: readonly Fact[],
  endSeconds = 7_200,
  changes: Partial<SourceManifest> = {},
): FactSource {
  const series = ["KXBTC15M", "KXBTC", "KXBTCD"] as const;
  const { manifest } = nightOf([], endSeconds, { games: [], bitcoin: { series }, ...changes });
  const inSequence = [...facts].sort((a, b) => a.receivedAt - b.receivedAt);
  return { manifest, pastGames: [], facts: () => inSequence };
}
