import { type BtcSeries, contractBounds, hasStrike } from "../../core/domain/btc-contract.ts";
import type { FeeSchedule, Market } from "../../core/domain/market.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Db } from "../../schema/database.ts";
import { upsertContracts, upsertKalshiMarkets } from "../../schema/queries/btc-contracts.ts";

/** Writes what the venue lists of a series: the markets as it shows them, the contracts as we read them. */
export async function keepMarkets(
  db: Db,
  listed: {
    readonly series: BtcSeries;
    readonly markets: readonly Market[];
    readonly feesOf: (market: Market) => FeeSchedule;
    readonly at: Instant;
  },
): Promise<void> {
  const { series, markets, feesOf } = listed;
  const at = new Date(listed.at);
  const rows = markets.map((market) => {
    const fees = feesOf(market);
    return {
      market_ticker: market.ticker,
      event_ticker: market.eventTicker,
      series_ticker: series,
      status: market.status,
      price_grid: JSON.stringify(market.grid),
      exchange_index: market.exchangeIndex,
      fee_kind: fees.kind,
      fee_multiplier_milli: fees.multiplierMilli,
      refreshed_at: at,
      raw: JSON.stringify(market),
    };
  });
  const contracts = markets.flatMap(({ strikes, ...market }) => {
    const bounds = strikes === null ? null : contractBounds(strikes);
    if (strikes === null || bounds === null) return [];
    return [
      {
        market_ticker: market.ticker,
        event_ticker: market.eventTicker,
        series_ticker: series,
        strike_type: strikes.strikeType,
        floor_strike_micros: strikes.floorStrike,
        cap_strike_micros: strikes.capStrike,
        bounds_known_at: hasStrike(bounds) ? at : null,
        open_at: new Date(market.openAt),
        close_at: new Date(market.closeAt),
        expiration_at:
          market.expectedExpirationAt === null ? null : new Date(market.expectedExpirationAt),
      },
    ];
  });
  await upsertKalshiMarkets(db, rows);
  await upsertContracts(db, contracts);
}
