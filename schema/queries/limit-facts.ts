import { sql } from "kysely";
import { required } from "../../core/domain/assert.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type {
  AccountFacts,
  Activity,
  ForeignRisk,
  Holding,
  OpenReservation,
} from "../../core/domain/risk.ts";
import type { Instant } from "../../core/domain/units.ts";
import { activityOf, entriesSince } from "../../core/risk/fold.ts";
import type { Db } from "../database.ts";
import {
  type AccountJson,
  accountSql,
  exactAccount,
  exactHolding,
  holdingsSql,
} from "./account-facts.ts";
import {
  type EntryJson,
  exactEntry,
  exactReservation,
  exactForeign,
  foreignRisks,
  openReservations,
  sentEntries,
} from "./risk-snapshot.ts";

/** What the use of limits is measured from, but for the marks, which only the worker knows. */
export interface LimitFacts {
  readonly account: AccountFacts;
  readonly holdings: readonly Holding[];
  readonly openOrders: readonly OpenReservation[];
  readonly foreign: readonly ForeignRisk[];
  readonly activity: Omit<Activity, "sameDecision">;
}

/** Reads it for a mode at one moment, as the rules would. Takes no lock. */
export async function readLimitFacts(db: Db, mode: Mode, at: Instant): Promise<LimitFacts> {
  const { rows } = await sql<{
    readonly account: AccountJson;
    readonly holdings: readonly Holding[];
    readonly open: readonly OpenReservation[];
    readonly foreign: readonly ForeignRisk[];
    readonly entries: readonly EntryJson[];
  }>`select ${accountSql(mode, at)} as account, ${holdingsSql(mode)} as holdings,
    ${openReservations({ mode })} as open, ${foreignRisks({ mode })} as foreign,
    ${sentEntries(mode, entriesSince([{ at }]))} as entries`.execute(db);
  const row = required(rows[0], "the row of the facts");
  const account = exactAccount(row.account, at);
  return {
    account,
    holdings: row.holdings.map(exactHolding),
    openOrders: row.open.map(exactReservation),
    foreign: row.foreign.map(exactForeign),
    activity: activityOf(row.entries.map(exactEntry), at, account.dayBeganAt),
  };
}
