import { type Insertable, type Selectable, sql } from "kysely";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { Instant, UsdMicros } from "../../core/domain/units.ts";
import { type Db, PREPARED, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

export type KalshiMarketRow = Selectable<Database["kalshi_markets"]>;
export type KalshiContractRow = Selectable<Database["kalshi_contracts"]>;

/** What the venue says of a market, as of one refresh. */
export type RefreshedMarket = Omit<Insertable<Database["kalshi_markets"]>, "first_seen_at">;

/** What the venue says of a contract before it is settled. */
export type ListedContract = Required<
  Omit<
    Insertable<Database["kalshi_contracts"]>,
    "outcome" | "settled_ts" | "settlement_value_micros" | "payout_micros" | "corrections"
  >
>;

/** Keeps markets as they were last seen; a refresh that is older than what is there changes nothing. */
export async function upsertKalshiMarkets(
  db: Db,
  markets: readonly RefreshedMarket[],
): Promise<void> {
  if (markets.length === 0) return;
  await sql`${sql.raw(PREPARED)}
    insert into kalshi_markets (market_ticker, event_ticker, series_ticker, status, price_grid,
      exchange_index, fee_kind, fee_multiplier_milli, first_seen_at, refreshed_at, raw)
    select distinct on (market_ticker) market_ticker, event_ticker, series_ticker, status,
      price_grid, exchange_index, fee_kind, fee_multiplier_milli, refreshed_at, refreshed_at, raw
    from json_populate_recordset(null::kalshi_markets, ${JSON.stringify(markets)}::json)
    order by market_ticker, refreshed_at desc
    on conflict (market_ticker) do update set
      (status, price_grid, exchange_index, fee_kind, fee_multiplier_milli, refreshed_at, raw)
      = (excluded.status, excluded.price_grid, excluded.exchange_index, excluded.fee_kind,
        excluded.fee_multiplier_milli, excluded.refreshed_at, excluded.raw)
    where kalshi_markets.refreshed_at <= excluded.refreshed_at`.execute(db);
}

/**
 * Keeps contracts as the venue lists them. Strikes, once known, are not forgotten, and the instant
 * at which they became known stays; a close may move either way. Nothing of a settlement is touched.
 */
export async function upsertContracts(db: Db, contracts: readonly ListedContract[]): Promise<void> {
  if (contracts.length === 0) return;
  await sql`${sql.raw(PREPARED)}
    insert into kalshi_contracts as old (market_ticker, event_ticker, series_ticker, strike_type,
      floor_strike_micros, cap_strike_micros, bounds_known_at, open_at, close_at, expiration_at)
    select distinct on (market_ticker) market_ticker, event_ticker, series_ticker, strike_type,
      floor_strike_micros, cap_strike_micros, bounds_known_at, open_at, close_at, expiration_at
    from json_populate_recordset(null::kalshi_contracts, ${JSON.stringify(contracts)}::json)
    order by market_ticker
    on conflict (market_ticker) do update set
      strike_type = excluded.strike_type,
      floor_strike_micros = coalesce(excluded.floor_strike_micros, old.floor_strike_micros),
      cap_strike_micros = coalesce(excluded.cap_strike_micros, old.cap_strike_micros),
      bounds_known_at = coalesce(old.bounds_known_at, excluded.bounds_known_at),
      open_at = excluded.open_at,
      close_at = excluded.close_at,
      expiration_at = coalesce(excluded.expiration_at, old.expiration_at)
    where (excluded.strike_type, excluded.open_at, excluded.close_at) is distinct from
        (old.strike_type, old.open_at, old.close_at)
      or coalesce(excluded.floor_strike_micros, old.floor_strike_micros)
        is distinct from old.floor_strike_micros
      or coalesce(excluded.cap_strike_micros, old.cap_strike_micros)
        is distinct from old.cap_strike_micros
      or coalesce(old.bounds_known_at, excluded.bounds_known_at)
        is distinct from old.bounds_known_at
      or coalesce(excluded.expiration_at, old.expiration_at)
        is distinct from old.expiration_at`.execute(db);
}

/** What the venue says of the end of a contract. */
export interface ToldSettlement {
  readonly ticker: string;
  readonly outcome: NonNullable<KalshiContractRow["outcome"]>;
  /** Of one YES, micros; null when the contract is void. */
  readonly payout: UsdMicros | null;
  /** The index average behind it, micros; null when the venue does not say. */
  readonly settlementValue: UsdMicros | null;
  readonly settledAt: Instant;
}

/** What came of telling settlements: each ticker that changed anything, or is not known. */
export interface SettledContracts {
  readonly settled: readonly string[];
  /** Settled before, and now otherwise: to be scored anew. */
  readonly corrected: readonly string[];
  readonly unknown: readonly string[];
}

/**
 * Settles contracts, in any sequence. Telling a settlement again changes nothing; another outcome or
 * payout, of the same instant or a later one, is a correction and is counted. Each of both is kept as a row. An average that is
 * told only afterwards is added.
 */
export async function settleContracts(
  db: Db,
  told: readonly ToldSettlement[],
): Promise<SettledContracts> {
  if (told.length === 0) return { settled: [], corrected: [], unknown: [] };
  const rows = told.map((one) => ({ ...one, settledAt: toDate(one.settledAt) }));
  const result = await sql<{ ticker: string; kind: "settled" | "corrected" | "unknown" }>`
    with told as (
      select distinct on (ticker) * from json_to_recordset(${JSON.stringify(rows)}::json)
        as t (ticker text, outcome text, payout bigint, "settlementValue" bigint,
          "settledAt" timestamptz)
      order by ticker, "settledAt" desc),
    known as (
      select c.* from kalshi_contracts c join told on ticker = market_ticker
      order by market_ticker for update of c),
    judged as (
      select told.*, known.market_ticker, known.outcome as before,
        case when known.market_ticker is null then 'unknown'
          when known.outcome is null then 'settled'
          when (known.outcome, known.payout_micros) is distinct from (told.outcome, told.payout)
            then 'corrected'
          when "settlementValue" is not null
            and "settlementValue" is distinct from known.settlement_value_micros then 'value'
        end as kind
      from told left join known on ticker = known.market_ticker
      where known.settled_ts is null or "settledAt" >= known.settled_ts),
    changed as (
      update kalshi_contracts c set outcome = j.outcome, payout_micros = j.payout,
        settlement_value_micros = coalesce("settlementValue", c.settlement_value_micros),
        settled_ts = "settledAt", corrections = c.corrections + (j.kind = 'corrected')::int
      from judged j where c.market_ticker = j.market_ticker and j.kind <> 'unknown'
      returning c.market_ticker, c.corrections, c.outcome, c.payout_micros, c.settled_ts, j.kind),
    kept as (
      insert into kalshi_contract_settlements
        (market_ticker, settlement_no, outcome, payout_micros, settled_ts)
      select market_ticker, corrections, outcome, payout_micros, settled_ts
      from changed where kind in ('settled', 'corrected'))
    select ticker, kind from judged where kind in ('settled', 'corrected', 'unknown')
    order by ticker`.execute(db);
  const of = (kind: string): readonly string[] =>
    result.rows.filter((row) => row.kind === kind).map(({ ticker }) => ticker);
  return { settled: of("settled"), corrected: of("corrected"), unknown: of("unknown") };
}

/** Contracts of a series that are open at an instant, the first to close first. */
export async function openContracts(
  db: Db,
  series: BtcSeries,
  at: Instant,
): Promise<readonly KalshiContractRow[]> {
  return db
    .selectFrom("kalshi_contracts")
    .selectAll()
    .where("series_ticker", "=", series)
    .where("open_at", "<=", toDate(at))
    .where("close_at", ">", toDate(at))
    .where("outcome", "is", null)
    .orderBy("close_at")
    .orderBy("market_ticker")
    .execute();
}

/** Contracts that have closed since an instant, or ever, and are not settled: what a sweep asks for. */
export async function unsettledContracts(
  db: Db,
  { since, until }: { readonly since: Instant | null; readonly until: Instant },
): Promise<readonly KalshiContractRow[]> {
  let query = db
    .selectFrom("kalshi_contracts")
    .selectAll()
    .where("outcome", "is", null)
    .where("close_at", "<=", toDate(until));
  if (since !== null) query = query.where("close_at", ">=", toDate(since));
  return query.orderBy("close_at").orderBy("market_ticker").execute();
}

/** Contracts that are settled and whose snapshots were not scored by that: a process died in between. */
export async function unscoredContracts(
  db: Db,
  mode: Mode,
  until: Instant,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("kalshi_contracts as c")
    .leftJoin("kalshi_contract_scores as s", (join) =>
      join.onRef("s.market_ticker", "=", "c.market_ticker").on("s.mode", "=", mode),
    )
    .select("c.market_ticker")
    .where("c.outcome", "is not", null)
    .where("c.close_at", "<=", toDate(until))
    .where((eb) => eb("s.corrections", "is distinct from", eb.ref("c.corrections")))
    .orderBy("c.close_at")
    .orderBy("c.market_ticker")
    .execute();
  return rows.map(({ market_ticker }) => market_ticker);
}

/** Contracts that closed since an instant and are settled: the venue may have corrected itself. */
export async function settledSince(
  db: Db,
  { since, until }: { readonly since: Instant; readonly until: Instant },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("kalshi_contracts")
    .select("market_ticker")
    .where("outcome", "is not", null)
    .where("close_at", ">=", toDate(since))
    .where("close_at", "<=", toDate(until))
    .orderBy("close_at")
    .orderBy("market_ticker")
    .execute();
  return rows.map(({ market_ticker }) => market_ticker);
}

/** Which of these tickers no contract has. */
export async function unknownContracts(
  db: Db,
  tickers: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ ticker: string }>`
    select distinct ticker from unnest(${[...tickers]}::text[]) as ticker
    where not exists (select from kalshi_contracts where market_ticker = ticker)
    order by ticker`.execute(db);
  return rows.map(({ ticker }) => ticker);
}
