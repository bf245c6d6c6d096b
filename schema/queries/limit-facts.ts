import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import {
  type AccountFacts,
  type Activity,
  CYCLE_MS,
  type Holding,
  HOUR_MS,
  type OpenReservation,
} from "../../core/domain/risk.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import {
  type AccountJson,
  accountSql,
  exactAccount,
  exactHolding,
  holdingsSql,
} from "./account-facts.ts";
import { OPEN_STATUSES } from "./orders.ts";
import { exactReservation, foreignAtRisk, openReservations } from "./risk-snapshot.ts";

/** What the use of limits is measured from, but for the marks, which only the worker knows. */
export interface LimitFacts {
  readonly account: AccountFacts;
  readonly holdings: readonly Holding[];
  readonly openOrders: readonly OpenReservation[];
  readonly foreignAtRisk: number;
  readonly activity: Pick<Activity, "entriesToday" | "entriesThisHour" | "cycleNotional">;
}

/** Reads it for a mode at one moment. Takes no lock. */
export async function readLimitFacts(
  db: Db,
  mode: Mode,
  at: Instant,
  dayBeganAt: Instant,
): Promise<LimitFacts> {
  const since = (from: number) => sql`intended_at > ${toDate(instant(from))}`;
  const { rows } = await sql<{
    readonly account: AccountJson;
    readonly holdings: readonly Holding[];
    readonly open: readonly OpenReservation[];
    readonly foreign: number;
    readonly activity: LimitFacts["activity"];
  }>`select ${accountSql(mode, at)} as account, ${holdingsSql(mode)} as holdings,
    ${openReservations({ mode })} as open, ${foreignAtRisk({ mode })} as foreign,
    (select json_build_object(
      'entriesToday', count(*) filter (where ${since(dayBeganAt - 1)}),
      'entriesThisHour', count(*) filter (where ${since(at - HOUR_MS)}),
      'cycleNotional', coalesce(sum((price_micros * count_centi + 99) / 100)
        filter (where ${since(at - CYCLE_MS)}), 0))
      from orders join runs r using (run_id)
      where r.mode = ${mode} and purpose = 'entry' and parent_id is null
        and ${since(Math.min(dayBeganAt - 1, at - HOUR_MS))}
        and (filled_centi > 0
          or status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))}))) as activity`.execute(
    db,
  );
  const row = rows[0];
  if (!row) throw new RangeError("the facts have one row");
  return {
    account: exactAccount(row.account, at),
    holdings: row.holdings.map(exactHolding),
    openOrders: row.open.map(exactReservation),
    foreignAtRisk: row.foreign,
    activity: row.activity,
  };
}
