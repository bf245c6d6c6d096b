import { type Selectable, sql } from "kysely";
import { required } from "../../core/domain/assert.ts";
import type { Mode } from "../../core/domain/decision.ts";
import {
  CAPITAL_ACCOUNT,
  CASH_ACCOUNT,
  transferPosting,
  type LedgerEntry,
} from "../../core/domain/ledger.ts";
import {
  type Instant,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type UsdMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { settledAsCorrected } from "./settled-words.ts";

type LedgerTransactionRow = Selectable<Database["ledger_transactions"]>;

/** What a hundredth of a contract pays, micros. */
const PAYOUT_PER_CENTI = ONE_USD_MICROS / ONE_CONTRACT_CENTI;

/** One booking: its reference makes it happen once. */
export interface Booking {
  readonly mode: Mode;
  readonly kind: LedgerTransactionRow["kind"];
  /**
   * Deposit id, fill id, or `<occasion>/<market>/<strategy>` of a settlement, with `/correction/<number>`
   * behind it when the venue corrected it.
   */
  readonly reference: string;
  readonly runId: string | null;
  readonly at: Instant;
  readonly entries: readonly LedgerEntry[];
}

/** Books entries that sum to zero. @returns false when this reference was booked before. */
export async function book(tx: Db, booking: Booking): Promise<boolean> {
  const inserted = await tx
    .insertInto("ledger_transactions")
    .values({
      mode: booking.mode,
      kind: booking.kind,
      reference: booking.reference,
      run_id: booking.runId,
      happened_at: toDate(booking.at),
    })
    .onConflict((conflict) => conflict.columns(["mode", "kind", "reference"]).doNothing())
    .returning("transaction_id")
    .executeTakeFirst();
  if (!inserted) return false;
  if (booking.entries.length > 0) {
    await tx
      .insertInto("ledger_entries")
      .values(
        booking.entries.map(({ account, amount }) => ({
          transaction_id: inserted.transaction_id,
          account,
          amount_micros: amount,
        })),
      )
      .execute();
  }
  return true;
}

/** Books a deposit once per id. @returns whether it was new. */
export async function deposit(
  db: Db,
  given: {
    readonly mode: Mode;
    readonly depositId: string;
    readonly amount: UsdMicros;
    readonly runId: string | null;
    readonly at: Instant;
  },
): Promise<boolean> {
  return db.transaction().execute((tx) =>
    book(tx, {
      mode: given.mode,
      kind: "deposit",
      reference: given.depositId,
      runId: given.runId,
      at: given.at,
      entries: transferPosting(given.amount),
    }),
  );
}

/** Cash by the ledger, micros. */
export async function cash(db: Db, mode: Mode): Promise<UsdMicros> {
  return (await balances(db, mode)).get(CASH_ACCOUNT) ?? usdMicros(0);
}

/** Balance of each account of a mode, micros. */
export async function balances(db: Db, mode: Mode): Promise<ReadonlyMap<string, UsdMicros>> {
  const rows = await db
    .selectFrom("ledger_entries as e")
    .innerJoin("ledger_transactions as t", "t.transaction_id", "e.transaction_id")
    .select(["e.account", sql<number>`sum(e.amount_micros)::bigint`.as("total")])
    .where("t.mode", "=", mode)
    .groupBy("e.account")
    .orderBy("e.account")
    .execute();
  return new Map(rows.map(({ account, total }) => [account, usdMicros(total)]));
}

/** The cash identity: the ledger's cash against what deposits, fills, settlements and fees say. Micros. */
export interface CashIdentity {
  readonly cash: UsdMicros;
  readonly capital: UsdMicros;
  /** Proceeds of sales minus cost of purchases, of NO too, fees excluded. */
  readonly fills: UsdMicros;
  readonly settlements: UsdMicros;
  readonly fees: UsdMicros;
  /** `cash - (capital + fills + settlements - fees)`: zero, or the books do not balance. */
  readonly difference: UsdMicros;
  /** Sum over all accounts: zero by double entry. */
  readonly imbalance: UsdMicros;
}

/** Checks the ledger against the tables that it was booked from. */
export async function cashIdentity(db: Db, mode: Mode): Promise<CashIdentity> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (tx) => {
      const accounts = await balances(tx, mode);
      const facts = await tradedCash(tx, mode);
      const held = accounts.get(CASH_ACCOUNT) ?? 0;
      const capital = 0 - (accounts.get(CAPITAL_ACCOUNT) ?? 0);
      const expected = capital + facts.fills + facts.settlements - facts.fees;
      const imbalance = [...accounts.values()].reduce((total, amount) => total + amount, 0);
      return {
        cash: usdMicros(held),
        capital: usdMicros(capital),
        fills: usdMicros(facts.fills),
        settlements: usdMicros(facts.settlements),
        fees: usdMicros(facts.fees),
        difference: usdMicros(held - expected),
        imbalance: usdMicros(imbalance),
      };
    });
}

/**
 * Purchases round up and sales down to the micro-dollar, as in core/domain/notional.ts. Selling YES that is
 * not held is buying NO: each contract short has taken a dollar more than its sale brought, what was short
 * at the settlement and what came after it apart.
 */
async function tradedCash(
  tx: Db,
  mode: Mode,
): Promise<{ fills: number; settlements: number; fees: number }> {
  const { rows } = await sql<{ fills: number; fees: number }>`
    with traded as (
      select o.occasion_id, o.strategy, o.market_ticker, sum(f.fee_micros) as fees,
        sum(case f.side when 'ask' then (f.price_micros * f.count_centi) / 100
          else -((f.price_micros * f.count_centi + 99) / 100) end) as cash,
        sum(case f.side when 'ask' then -f.count_centi else f.count_centi end) as net
      from fills f join orders o using (client_order_id) join runs r using (run_id)
      where r.mode = ${mode} group by o.occasion_id, o.strategy, o.market_ticker
    )
    select coalesce(sum(cash - ${PAYOUT_PER_CENTI}::int * (
        greatest(0, -coalesce(s.position_centi, 0))
        + greatest(0, coalesce(s.position_centi, 0) - net))), 0)::bigint as fills,
      coalesce(sum(fees), 0)::bigint as fees
    from traded left join settlements s using (occasion_id, strategy, market_ticker)`.execute(tx);
  const traded = required(rows[0], "the sums of all fills");
  const settled = await settledAsCorrected(tx)
    .select(sql<number>`coalesce(sum(settled.revenue_micros), 0)::bigint`.as("revenue"))
    .where("occasions.mode", "=", mode)
    .executeTakeFirstOrThrow();
  return { ...traded, settlements: settled.revenue };
}
