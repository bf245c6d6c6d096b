import { type Insertable, type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { CountCenti, Instant, PriceMicros, UsdMicros } from "../../core/domain/units.ts";
import { type Db, PREPARED, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { insertRows } from "./insert-rows.ts";

export type WouldTradeRow = Selectable<Database["would_trades"]>;

export const WOULD_TRADE_COLUMNS = [
  "decision_id",
  "mode",
  "run_id",
  "market_ticker",
  "decided_at",
  "code",
  "reason",
  "input",
  "rules",
  "verdict",
  "order_terms",
  "outcome",
  "config_hash",
  "limits_hash",
] as const satisfies readonly (keyof WouldTradeRow)[];

/** A candidate decision as it was made, its texts byte for byte. What becomes of it is added later. */
export type NewWouldTrade = Required<
  Pick<Insertable<Database["would_trades"]>, (typeof WOULD_TRADE_COLUMNS)[number]>
>;

/** Writes decisions; one that is there already is left as it is. */
export async function insertWouldTrades(db: Db, rows: readonly NewWouldTrade[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`${sql.raw(PREPARED)}
    ${insertRows("would_trades", WOULD_TRADE_COLUMNS, rows)} on conflict do nothing`.execute(db);
}

/** Whether a decision is written. */
export async function hasWouldTrade(db: Db, decisionId: string): Promise<boolean> {
  const found = await db
    .selectFrom("would_trades")
    .select("decision_id")
    .where("decision_id", "=", decisionId)
    .executeTakeFirst();
  return found !== undefined;
}

/** What risk said of the order of a decision: the intent's id, or why it was refused. */
export async function judgeWouldTrade(
  db: Db,
  decisionId: string,
  judged: Pick<WouldTradeRow, "client_order_id" | "refusal_code">,
): Promise<void> {
  await db.updateTable("would_trades").set(judged).where("decision_id", "=", decisionId).execute();
}

/** What the paper fill of a decision's order came to. */
export interface WouldFill {
  readonly decisionId: string;
  readonly status: NonNullable<WouldTradeRow["fill_status"]>;
  readonly count: CountCenti;
  /** Mean YES price; null when nothing was filled. */
  readonly price: PriceMicros | null;
  /** Paid for what was bought, without the fee. */
  readonly cost: UsdMicros;
  readonly fee: UsdMicros;
  readonly filledAt: Instant;
}

/** Adds the fill of a decision, once. @returns whether this was the first word of it. */
export async function fillWouldTrade(db: Db, fill: WouldFill): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("would_trades")
    .set({
      fill_status: fill.status,
      filled_centi: fill.count,
      fill_price_micros: fill.price,
      fill_cost_micros: fill.cost,
      fee_micros: fill.fee,
      filled_at: toDate(fill.filledAt),
    })
    .where("decision_id", "=", fill.decisionId)
    .where("fill_status", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Pays what was bought in contracts that are settled: YES gets the payout, NO the rest of the dollar,
 * rounded down to the micro-dollar; a void contract returns the cost. Repeating it changes nothing, a
 * correction or a late fill only its own.
 *
 * @param tickers null for all.
 * @returns how many were settled or corrected.
 */
export async function settleWouldTrades(
  db: Db,
  mode: Mode,
  tickers: readonly string[] | null,
): Promise<number> {
  const wanted = tickers === null ? sql`true` : sql`c.market_ticker = any(${[...tickers]})`;
  const { numAffectedRows } = await sql`
    with paid as (
      select w.decision_id, c.settled_ts,
        case when c.outcome = 'void' then w.fill_cost_micros
          when w.outcome = 'yes' then c.payout_micros * w.filled_centi / 100
          else (1000000 - c.payout_micros) * w.filled_centi / 100 end as payout
      from would_trades w join kalshi_contracts c using (market_ticker)
      where w.mode = ${mode} and w.filled_centi > 0 and c.outcome is not null and ${wanted})
    update would_trades w set payout_micros = payout, settled_at = settled_ts,
      pnl_micros = payout - fill_cost_micros - fee_micros
    from paid where w.decision_id = paid.decision_id
      and (w.payout_micros, w.settled_at, w.pnl_micros)
        is distinct from (payout, settled_ts, payout - fill_cost_micros - fee_micros)`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** What a mode would have traded between two instants, by when it was decided. */
export interface WouldTradeSums {
  /** Decisions to trade, */
  readonly n: number;
  /** those that filled at least in part, */
  readonly filled: number;
  /** those of them that are settled, and those that gained after fees. */
  readonly settled: number;
  readonly hits: number;
  /** Of the settled ones, micros. */
  readonly gross: UsdMicros;
  readonly fees: UsdMicros;
  readonly net: UsdMicros;
}

/** Sums would-trades. Their gross and net leave out what is not settled. */
export async function wouldTradeSums(
  db: Db,
  window: { readonly mode: Mode; readonly from: Instant; readonly to: Instant },
): Promise<WouldTradeSums> {
  const { rows } = await sql<WouldTradeSums>`
    select count(*) filter (where code = 'propose') as n,
      count(*) filter (where filled_centi > 0) as filled,
      count(pnl_micros) as settled,
      count(*) filter (where pnl_micros > 0) as hits,
      coalesce(sum(pnl_micros + fee_micros), 0)::bigint as gross,
      coalesce(sum(fee_micros) filter (where pnl_micros is not null), 0)::bigint as fees,
      coalesce(sum(pnl_micros), 0)::bigint as net
    from would_trades
    where mode = ${window.mode} and decided_at >= ${toDate(window.from)}
      and decided_at < ${toDate(window.to)}`.execute(db);
  const [sums] = rows;
  if (!sums) throw new Error("a query without groups answers one row");
  return sums;
}
