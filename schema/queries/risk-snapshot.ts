import { type Selectable, sql } from "kysely";
import { required } from "../../core/domain/assert.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { KILL_REFUSALS, type KillLevel, stricter } from "../../core/domain/kill.ts";
import { type ClientOrderId, DRILL, type OrderStatus } from "../../core/domain/order.ts";
import {
  type DecisionBasis,
  type ForeignRisk,
  type Tally,
  type Holding,
  type OpenReservation,
  type RiskSnapshot,
} from "../../core/domain/risk.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { countCenti, type Instant, instant, usdMicros } from "../../core/domain/units.ts";
import {
  entriesSince,
  type GroupFacts,
  type OwnFacts,
  type SentEntry,
  type SharedFacts,
} from "../../core/risk/fold.ts";
import { subjectOf } from "../../core/risk/subject.ts";
import { type Db, PREPARED, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import {
  accountSql,
  type AccountJson,
  exactAccount,
  exactHolding,
  holdingsSql,
} from "./account-facts.ts";
import type { NewIntent } from "./new-intent.ts";
import { OPEN_STATUSES } from "./orders.ts";

/** An intent that was recorded under the same id before. */
export type RecordedIntent = Pick<
  Selectable<Database["intents"]>,
  "terms" | "intent_key" | "parent_id" | "rules" | "refusal_code"
>;

/** What the statement answers of one order of the group. */
interface MemberRow {
  readonly before: RecordedIntent | null;
  readonly root_id: ClientOrderId | null;
  readonly parent_status: OrderStatus | null;
  readonly run: { readonly source: string; readonly slate: TradingDate };
  readonly parent_basis: string | null;
  readonly tally: Tally;
  readonly same_decision: number;
}

/** An entry, without the names that each of a day's would repeat: its id, when it was sent, its notional. */
export type EntryJson = readonly [id: ClientOrderId, at: number, notional: number];

interface SnapshotRow {
  readonly members: readonly MemberRow[];
  readonly limits_hash: string | null;
  readonly kill_levels: readonly KillLevel[];
  readonly open_breakers: RiskSnapshot["openBreakers"];
  readonly holdings: readonly Holding[];
  readonly open_orders: readonly OpenReservation[];
  readonly entries: readonly EntryJson[];
  readonly foreign: readonly ForeignRisk[];
  readonly account: AccountJson;
}

/** What is looked at for one order of a group alone. */
export interface MemberFacts {
  readonly proposal: NewIntent;
  readonly own: OwnFacts;
  /** Source of the run, such as `world:7`. */
  readonly source: string;
  readonly before: RecordedIntent | null;
}

/** What the rules look at for a group of orders, and under which limits. */
export interface ReadSnapshot {
  /** One for each proposal, in their sequence. */
  readonly members: readonly MemberFacts[];
  readonly group: GroupFacts;
  /** Of the limits in force; null when none are. */
  readonly limitsHash: string | null;
}

/**
 * Reads what the rules look at, for a whole group of one mode and day, in a single statement. In several,
 * a fill that commits in between could be missed by both: gone from the open orders, not yet among the
 * positions.
 *
 * The group is one parameter, so that the text, and with it the prepared plan, is the same for any size.
 */
export async function readRiskSnapshot(
  tx: Db,
  proposals: readonly NewIntent[],
): Promise<ReadSnapshot> {
  const { mode, at } = required(proposals[0], "a proposal");
  const { rows } = await sql<SnapshotRow>`${sql.raw(PREPARED)}
    with asked as materialized (select a.*, parent.root_id, parent.status as parent_status
      from ${askedSql(proposals)} left join lateral (
        select root_id, status from orders where client_order_id = a.parent_id limit 1) parent on true)
    select
    (select json_agg(json_build_object(
      'root_id', root_id, 'parent_status', parent_status,
      'before', (select json_build_object('terms', terms, 'intent_key', intent_key,
          'parent_id', parent_id, 'rules', rules, 'refusal_code', refusal_code)
        from intents where client_order_id = asked.client_order_id),
      'run', (select json_build_object('source', source, 'slate', trading_date) from runs
        where run_id = asked.run_id),
      'parent_basis', (select basis from intents where client_order_id = asked.root_id),
      'tally', ${TALLY}, 'same_decision', ${SAME_DECISION}) order by nr) from asked) as members,
    (select hash from risk_limits_in_force where mode = ${mode}
      order by in_force_id desc limit 1) as limits_hash,
    ${killLevels(mode)} as kill_levels,
    ${openBreakers(mode)} as open_breakers,
    ${holdingsSql(mode)} as holdings,
    ${openReservations({ mode })} as open_orders,
    ${sentEntries(mode, entriesSince(proposals))} as entries,
    ${foreignRisks({ mode })} as foreign,
    ${accountSql(mode, at)} as account`.execute(tx);
  const row = required(rows[0], "the row of the snapshot");
  return {
    members: proposals.map((proposal, nr) =>
      toMember(proposal, required(row.members[nr], "a member")),
    ),
    group: {
      shared: {
        ...toStanding(row),
        holdings: row.holdings.map(exactHolding),
        openOrders: row.open_orders.map(exactReservation),
        foreign: row.foreign.map(exactForeign),
        account: exactAccount(row.account, at),
      },
      entries: row.entries.map(exactEntry),
    },
    limitsHash: row.limits_hash,
  };
}

/** What stops orders in a mode at this moment: read anew once a breaker has tripped within a group. */
export async function readStanding(tx: Db, mode: Mode): Promise<Standing> {
  const { rows } = await sql<Pick<SnapshotRow, "kill_levels" | "open_breakers">>`
    select ${killLevels(mode)} as kill_levels, ${openBreakers(mode)} as open_breakers`.execute(tx);
  return toStanding(required(rows[0], "the row of what stands"));
}

type Standing = Pick<SharedFacts, "killLevel" | "openBreakers">;

function toStanding(row: Pick<SnapshotRow, "kill_levels" | "open_breakers">): Standing {
  return {
    killLevel: row.kill_levels.reduce<KillLevel | null>(stricter, null),
    openBreakers: row.open_breakers,
  };
}

function toMember(proposal: NewIntent, row: MemberRow): MemberFacts {
  return {
    proposal,
    own: {
      facts: {
        ...proposal.inputs,
        at: proposal.at,
        subject: subjectOf(proposal, { slate: row.run.slate, replaces: row.parent_status }),
        basis: proposal.basis ?? readBasis(row.parent_basis),
        tally: row.tally,
      },
      rootId: row.root_id,
      sameDecision: row.same_decision,
    },
    source: row.run.source,
    before: row.before,
  };
}

/** The proposals as a table, one row each. */
function askedSql(proposals: readonly NewIntent[]) {
  const rows = proposals.map((one, nr) => ({
    nr,
    client_order_id: one.clientOrderId,
    parent_id: one.parentId,
    run_id: one.runId,
    occasion_id: one.occasionId,
    strategy: one.intent.strategy,
    decision_id: one.decisionId,
  }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as a (nr int, client_order_id uuid,
    parent_id uuid, run_id text, occasion_id text, strategy text, decision_id text)`;
}

function readBasis(text: string | null): DecisionBasis | null {
  // Boundary cast: the text was written by writeJudged.
  return text === null ? null : (JSON.parse(text) as DecisionBasis);
}

const IS_STRATEGYS = sql`strategy <> ${sql.lit(DRILL)}`;

/**
 * An entry that closed without a fill was none, in shadow one that would not have filled; an attempt stays
 * one even if it was refused.
 */
const IS_ENTRY = sql`
  purpose = 'entry' and ${IS_STRATEGYS} and root_id is distinct from asked.root_id and (filled_centi > 0
    or status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))})
    or reject_code = 'shadow' and exists (
      select from intents i join would_trades w on w.decision_id = i.decision_id
      where i.client_order_id = orders.client_order_id and coalesce(w.filled_centi, 1) > 0))`;

const BY_KILL = sql`(${sql.join(KILL_REFUSALS.map((code) => sql.lit(code)))})`;

/** What a kill or a breaker refused, in the transaction or before the wire, was no attempt to lock. */
const IS_LOCK = sql`
  exit_type = 'lock' and (refusal_code is null or refusal_code not in ${BY_KILL}) and not exists (
    select from orders o
    where o.client_order_id = intents.client_order_id and o.reject_code in ${BY_KILL})`;

const IS_OTHER_ROOT = sql`
  parent_id is null and client_order_id is distinct from asked.root_id`;

const killLevels = (mode: Mode) => sql`(
  select coalesce(json_agg(level), '[]') from kill_switch
  where mode = ${mode} and released_at is null)`;

const openBreakers = (mode: Mode) => sql`(
  select coalesce(json_agg(json_build_object('breakerId', breaker_id, 'breaker', breaker)
    order by breaker_id), '[]')
  from circuit_breakers where mode = ${mode} and released_at is null)`;

/**
 * What was proposed in shadow and would have filled, until its contract is settled, at what it would have
 * cost; what an order reserved while its fill is not known yet. No position and no money is booked of it:
 * here it stands for both. Of a mode in which orders are sent there is none.
 */
const shadowStakes = sql`
  select o.client_order_id, o.occasion_id, o.run_id, o.strategy, o.market_ticker, o.purpose, o.side,
    o.exchange_index, case when w.fill_status is null then o.count_centi else 0 end as remaining,
    case when w.fill_status is null then o.reserved_micros
      else w.fill_cost_micros + w.fee_micros end as reserved
  from would_trades w join intents i on i.decision_id = w.decision_id
    join orders o on o.client_order_id = i.client_order_id
  where w.mode = 'shadow' and w.code = 'propose' and w.refusal_code is null
    and w.payout_micros is null and coalesce(w.filled_centi, 1) > 0 and o.reject_code = 'shadow'`;

/** SQL for every order of a mode that may still fill, and in shadow for what would have filled. */
export const openReservations = ({ mode }: Pick<NewIntent, "mode">) => sql<
  readonly OpenReservation[]
>`(
  select coalesce(json_agg(json_build_object(
    'clientOrderId', o.client_order_id, 'occasionId', o.occasion_id, 'slate', r.trading_date,
    'strategy', o.strategy, 'marketTicker', o.market_ticker, 'purpose', o.purpose, 'side', o.side,
    'exchangeIndex', o.exchange_index, 'remaining', o.remaining, 'reserved', o.reserved)), '[]')
  from (
    select client_order_id, occasion_id, run_id, strategy, market_ticker, purpose, side, exchange_index,
      count_centi - filled_centi as remaining, reserved_micros as reserved
    from orders where status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))})
    ${mode === "shadow" ? sql`union all ${shadowStakes}` : sql``}) o join runs r using (run_id)
  where r.mode = ${mode})`;

/** Every order of a mode that may still fill, as the rules count it. Takes no lock. */
export async function readReservations(db: Db, mode: Mode): Promise<readonly OpenReservation[]> {
  const { rows } = await sql<{ readonly open: readonly OpenReservation[] }>`
    select ${openReservations({ mode })} as open`.execute(db);
  return required(rows[0], "the row of the reservations").open.map(exactReservation);
}

/** SQL for what others may lose in the account, by market, with the game that it is of in the mode. */
export const foreignRisks = ({ mode }: Pick<NewIntent, "mode">) => sql<readonly ForeignRisk[]>`(
  select coalesce(json_agg(json_build_object('marketTicker', f.market_ticker,
    'occasionId', known.game_id, 'slate', known.trading_date, 'atRisk', f.at_risk_micros)), '[]')
  from foreign_exposure f left join lateral (
    select m.game_id, r.trading_date
    from markets m join games g using (game_id) join runs r using (run_id)
    where m.market_ticker = f.market_ticker and r.mode = f.mode limit 1) known on true
  where f.mode = ${mode})`;

const TALLY = sql`(
  select json_build_object(
    'strategyEntries', strategy_entries, 'gameEntries', game_entries,
    'pregameAttempts', pregame_attempts, 'lockAttempts', lock_attempts, 'hasExited', has_exited)
  from (select count(distinct root_id) filter (where strategy = asked.strategy) as strategy_entries,
      count(distinct root_id) as game_entries
    from orders where occasion_id = asked.occasion_id and ${IS_ENTRY}) entered,
  (select count(*) filter (where purpose = 'entry' and phase = 'pregame' and ${IS_STRATEGYS}) as pregame_attempts,
      count(*) filter (where strategy = asked.strategy and ${IS_LOCK}) as lock_attempts
    from intents where occasion_id = asked.occasion_id and ${IS_OTHER_ROOT}) attempted,
  (select coalesce(bool_or(opened_at is not null) and bool_and(position_centi = 0), false) as has_exited
    from positions where occasion_id = asked.occasion_id and strategy = asked.strategy) held)`;

const SAME_DECISION = sql`(
  select count(*) from intents where decision_id = asked.decision_id and strategy = asked.strategy
    and purpose = 'entry' and refusal_code is null and ${IS_OTHER_ROOT})`;

/** SQL for the entries of a mode since an instant, as they were first sent: a replacement is no further one. */
export const sentEntries = (mode: Mode, since: Instant) => sql<readonly EntryJson[]>`(
  select coalesce(json_agg(json_build_array(client_order_id,
    round(date_part('epoch', intended_at) * 1000), (case side when 'ask' then 1000000 - price_micros else price_micros end * count_centi + 99) / 100)
    order by intended_at), '[]')
  from orders where purpose = 'entry' and parent_id is null and intended_at >= ${toDate(since)}
    and run_id = any (array(select run_id from runs where mode = ${mode})))`;

export function exactEntry([clientOrderId, at, notional]: EntryJson): SentEntry {
  return { clientOrderId, at: instant(at), notional: usdMicros(notional) };
}

export function exactForeign(row: ForeignRisk): ForeignRisk {
  return { ...row, strategy: null, atRisk: usdMicros(row.atRisk) };
}

export function exactReservation(row: OpenReservation): OpenReservation {
  const { remaining, reserved } = row;
  return { ...row, remaining: countCenti(remaining), reserved: usdMicros(reserved) };
}
