import { sql } from "kysely";
import type { SpotPrice, SpotSource } from "../../core/domain/spot.ts";
import { type Instant, usdMicros } from "../../core/domain/units.ts";
import type { BasisObservation } from "../../core/models/spot-basis.ts";
import { type Db, toDate, toInstant } from "../database.ts";

/** Prices of a source are read back at most one a second: more says no more of a volatility. */
export async function recentSpot(db: Db, since: Instant): Promise<readonly SpotPrice[]> {
  const { rows } = await sql<{
    source: SpotSource;
    tradeId: number | null;
    price: number;
    sourceAt: Date;
    receivedAt: Date;
  }>`
    select * from (
      select distinct on (source, date_trunc('second', source_at)) source, trade_id as "tradeId",
        spot_micros as price, source_at as "sourceAt", received_at as "receivedAt"
      from spot_ticks where source_at >= ${toDate(since)}
      order by source, date_trunc('second', source_at), source_at desc, trade_id desc) seconds
    order by "sourceAt"`.execute(db);
  return rows.map((row) => ({
    ...row,
    price: usdMicros(row.price),
    sourceAt: toInstant(row.sourceAt),
    receivedAt: toInstant(row.receivedAt),
  }));
}

/** As many closes are read back, the last ones; a forecast remembers no more. */
const CLOSES = 64;

/**
 * What the last settled closes say of the basis between Coinbase and the index: the average of each, and
 * the mean of the prices that stood at the seconds of its last minute.
 *
 * @param holdsMs how long a price stands for the seconds after it, as the models of the spot have it.
 */
export async function recentBasis(
  db: Db,
  by: Instant,
  holdsMs: number,
): Promise<readonly BasisObservation[]> {
  const { rows } = await sql<{ closeAt: Date; average: number; mean: number; ticks: number }>`
    with closes as (
      select close_at, max(settlement_value_micros) as average from kalshi_contracts
      where settlement_value_micros is not null and settled_ts <= ${toDate(by)}
      group by close_at order by close_at desc limit ${CLOSES})
    select close_at as "closeAt", average / 1e6::float8 as average,
      avg(spot_micros) / 1e6::float8 as mean, count(spot_micros)::int as ticks
    from closes
      cross join generate_series(0, 59) as back
      cross join lateral (
        select spot_micros from spot_ticks
        where source = 'coinbase' and source_at <= close_at - make_interval(secs => back)
          and source_at >= close_at - make_interval(secs => back + ${holdsMs / 1_000}::float8)
        order by source_at desc, trade_id desc limit 1) shown
    group by close_at, average order by close_at`.execute(db);
  return rows.map(({ closeAt, average, mean, ticks }) => ({
    closeAt: toInstant(closeAt),
    average,
    spotMean: mean,
    spotTicks: ticks,
  }));
}
