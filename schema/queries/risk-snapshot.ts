import { sql } from "kysely";
import { type KillLevel, stricter } from "../../core/domain/kill.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import type {
  GameTally,
  Holding,
  OpenReservation,
  RiskSnapshot,
  RiskSubject,
} from "../../core/domain/risk.ts";
import { countCenti, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import type { Db } from "../database.ts";
import type { NewIntent } from "./new-intent.ts";
import { OPEN_STATUSES, type OrderRow } from "./orders.ts";

interface SnapshotRow {
  readonly kill_levels: readonly KillLevel[];
  readonly holdings: readonly Holding[];
  readonly open_orders: readonly OpenReservation[];
  readonly tally: GameTally;
}

/**
 * Reads what the rules look at in a single statement. In several, a fill that commits in between
 * could be missed by both: gone from the open orders, not yet among the positions.
 */
export async function readRiskSnapshot(
  tx: Db,
  proposal: NewIntent,
  reserved: UsdMicros,
  parent: OrderRow | null,
): Promise<RiskSnapshot> {
  const rootId = parent?.root_id ?? null;
  const { rows } = await sql<SnapshotRow>`select
    ${killLevels(proposal)} as kill_levels,
    ${holdings(proposal)} as holdings,
    ${openReservations(proposal)} as open_orders,
    ${tally(proposal, rootId)} as tally`.execute(tx);
  const row = rows[0];
  if (!row) throw new RangeError("the risk snapshot has one row");
  return {
    at: proposal.at,
    killLevel: row.kill_levels.reduce<KillLevel | null>(stricter, null),
    subject: toSubject(proposal, reserved, parent),
    quote: proposal.quote,
    holdings: row.holdings.map(exactHolding),
    openOrders: row.open_orders.map(exactReservation),
    tally: row.tally,
  };
}

function toSubject(
  { gameId, intent }: NewIntent,
  reserved: UsdMicros,
  parent: OrderRow | null,
): RiskSubject {
  return {
    gameId,
    strategy: intent.strategy,
    marketTicker: intent.marketTicker,
    purpose: intent.purpose,
    exitType: intent.exitType,
    phase: intent.phase,
    side: intent.side,
    price: intent.plan.price,
    limitPrice: intent.limitPrice,
    count: intent.count,
    isReduceOnly: intent.isReduceOnly,
    edgeMicros: intent.edgeMicros,
    reservation: reserved,
    replaces: parent?.status ?? null,
  };
}

const killLevels = ({ mode }: NewIntent) => sql`(
  select coalesce(json_agg(level), '[]') from kill_switch
  where mode = ${mode} and released_at is null)`;

const holdings = ({ mode }: NewIntent) => sql`(
  select coalesce(json_agg(json_build_object(
    'gameId', p.game_id, 'strategy', p.strategy, 'marketTicker', p.market_ticker,
    'count', p.count_centi, 'cost', p.cost_micros, 'fees', p.fees_micros)), '[]')
  from positions p join games g using (game_id) join runs r using (run_id)
  where r.mode = ${mode} and p.count_centi > 0)`;

const openReservations = ({ mode }: NewIntent) => sql`(
  select coalesce(json_agg(json_build_object(
    'clientOrderId', o.client_order_id, 'gameId', o.game_id, 'strategy', o.strategy,
    'marketTicker', o.market_ticker, 'purpose', o.purpose, 'side', o.side,
    'remaining', o.count_centi - o.filled_centi, 'reserved', o.reserved_micros)), '[]')
  from orders o join runs r using (run_id)
  where r.mode = ${mode} and o.status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))}))`;

/** An entry that closed without a fill was none; an attempt stays one even if it was refused. */
const tally = ({ gameId, intent: { strategy } }: NewIntent, rootId: ClientOrderId | null) => sql`(
  select json_build_object(
    'strategyEntries', (select count(distinct root_id) from orders
      where game_id = ${gameId} and strategy = ${strategy} and ${isEntry(rootId)}),
    'gameEntries', (select count(distinct root_id) from orders
      where game_id = ${gameId} and ${isEntry(rootId)}),
    'pregameAttempts', (select count(*) from intents
      where game_id = ${gameId} and purpose = 'entry' and phase = 'pregame' and ${isOtherRoot(rootId)}),
    'lockAttempts', (select count(*) from intents
      where game_id = ${gameId} and strategy = ${strategy} and exit_type = 'lock' and ${isOtherRoot(rootId)}),
    'hasExited', (select coalesce(bool_or(opened_at is not null) and sum(count_centi) = 0, false)
      from positions where game_id = ${gameId} and strategy = ${strategy})))`;

const isEntry = (rootId: ClientOrderId | null) => sql`
  purpose = 'entry' and root_id is distinct from ${rootId}::uuid and (filled_centi > 0
    or status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))}))`;

const isOtherRoot = (rootId: ClientOrderId | null) => sql`
  parent_id is null and client_order_id is distinct from ${rootId}::uuid`;

/** JSON numbers beyond the exact range would have been rounded on the way: the units refuse them. */
function exactHolding(row: Holding): Holding {
  const { count, cost, fees } = row;
  return { ...row, count: countCenti(count), cost: usdMicros(cost), fees: usdMicros(fees) };
}

function exactReservation(row: OpenReservation): OpenReservation {
  const { remaining, reserved } = row;
  return { ...row, remaining: countCenti(remaining), reserved: usdMicros(reserved) };
}
