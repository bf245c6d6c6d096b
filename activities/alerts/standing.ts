import { formatCount } from "../../core/domain/units.ts";
import { type Db, toInstant } from "../../schema/database.ts";
import { clearAlarm, raiseAlarm } from "../../schema/queries/alarms.ts";
import { lastUpdateAt, openAlarmsOf, ordersUnknownFor } from "../../schema/queries/alerts.ts";

const UNKNOWN = "order_unknown";

/**
 * Raises an alarm for each order of which nobody has known for too long whether the venue has it, and
 * clears it when somebody does; nobody else does either. The age is the wall's, as the network's is; the alarm stands at the
 * run time of the order's own last word.
 */
export async function watchUnknownOrders(db: Db, olderThanMs: number): Promise<void> {
  const unknown = await ordersUnknownFor(db, olderThanMs);
  const open = await openAlarmsOf(db, UNKNOWN);
  const known = new Set(open.map(({ field }) => field));
  for (const order of unknown.filter(({ client_order_id: id }) => !known.has(id))) {
    const id = order.client_order_id;
    const at = toInstant((await lastUpdateAt(db, id)) ?? order.intended_at);
    const what = `${formatCount(order.count_centi)} ${order.market_ticker}`;
    await raiseAlarm(db, {
      runId: order.run_id,
      gameId: order.occasion_id,
      severity: "critical",
      code: UNKNOWN,
      field: id,
      message: `nobody knows since ${olderThanMs / 1_000} s whether the venue has order ${id} (${what})`,
      details: {},
      at,
    });
  }
  const still = new Set<string>(unknown.map(({ client_order_id: id }) => id));
  for (const alarm of open.filter(({ field }) => field === null || !still.has(field))) {
    const last = alarm.field === null ? null : await lastUpdateAt(db, alarm.field);
    const key = { runId: alarm.run_id, gameId: alarm.game_id, code: UNKNOWN, field: alarm.field };
    await clearAlarm(db, key, toInstant(last ?? alarm.last_at));
  }
}
