import { z } from "zod";
import { isUnsentCode } from "../../core/domain/order.ts";
import { formatCount, formatUsd, type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toInstant } from "../../schema/database.ts";
import { clearAlarm, type NewAlarm, raiseAlarm, tellFact } from "../../schema/queries/alarms.ts";
import { ordersByIds, type OutboxEntry, takeOutbox } from "../../schema/queries/alerts.ts";
import type { OrderRow } from "../../schema/queries/orders.ts";

/** Entries taken in one transaction: small enough that it is over at once. */
const BATCH = 100;

/**
 * Makes alarms of everything that other tables queued, each once: an entry leaves the outbox in the
 * transaction that writes its alarm.
 *
 * @returns how many there were.
 */
export async function tellQueued(db: Db): Promise<number> {
  let told = 0;
  for (;;) {
    const taken = await db.transaction().execute((tx) => tellBatch(tx));
    told += taken;
    if (taken < BATCH) return told;
  }
}

async function tellBatch(tx: Db): Promise<number> {
  const entries = await takeOutbox(tx, BATCH);
  const read = entries.map((entry) => ({ entry, facts: readFacts(entry) }));
  const ids = read.flatMap(({ facts }) =>
    "client_order_id" in facts ? facts.client_order_id : [],
  );
  const orders = await ordersByIds(tx, ids);
  for (const { entry, facts } of read) await tell(tx, entry, facts, orders);
  return entries.length;
}

const text = z.string();
const at = z.string().transform((value): Instant => instant(Date.parse(value)));
const whole = z.int();

/** The rows that are queued, as far as they are told. The columns' own names. */
const ROWS = {
  "order-sent": z.object({ client_order_id: text, at }),
  "order-rejected": z.object({ client_order_id: text, at, details: text }),
  fill: z.object({
    fill_id: text,
    client_order_id: text,
    side: z.enum(["bid", "ask"]),
    price_micros: whole,
    count_centi: whole,
    fee_micros: whole,
    filled_at: at,
  }),
  position: z.object({
    occasion_id: text,
    strategy: text,
    market_ticker: text,
    position_centi: whole,
    cost_micros: whole,
    fees_micros: whole,
    realized_micros: whole,
    updated_at: at,
  }),
  kill: z.object({
    kill_id: text,
    mode: text,
    level: text,
    reason: text,
    by: text,
    thrown_at: at,
    breaker_id: whole.nullable(),
  }),
  "kill-released": z.object({ kill_id: text, released_at: at }),
  "day-opened": z.object({ run_id: text, source: text, started_at: at }),
  "day-closed": z.object({ run_id: text, verdict: text, ended_at: at }),
  "game-phase": z.object({
    game_id: text,
    run_id: text,
    home: text,
    away: text,
    phase: text,
    home_score: whole.nullable(),
    away_score: whole.nullable(),
    updated_at: at,
  }),
} as const;
type Rows = { [Kind in keyof typeof ROWS]: z.infer<(typeof ROWS)[Kind]> & { kind: Kind } };
type Facts = Rows[keyof Rows] | { readonly kind: "unreadable" };

/** What cannot be read must not stand in the way of the next: it is told as it is. */
function readFacts(entry: OutboxEntry): Facts {
  const kind = Object.keys(ROWS).find((name) => name === entry.kind) as keyof Rows | undefined;
  if (kind === undefined) return { kind: "unreadable" };
  const parsed = ROWS[kind].safeParse(JSON.parse(entry.facts));
  // One schema a kind: the pair belongs together by the line above.
  return parsed.success ? ({ ...parsed.data, kind } as Facts) : { kind: "unreadable" };
}

type Orders = ReadonlyMap<string, OrderRow>;
type Told = NewAlarm & { readonly source: string };

async function tell(tx: Db, entry: OutboxEntry, facts: Facts, orders: Orders): Promise<void> {
  switch (facts.kind) {
    case "kill":
      // A breaker is an alarm of its own, raised as it trips, with the kill that it threw.
      if (facts.breaker_id === null) await raiseAlarm(tx, killAlarm(facts));
      return;
    case "kill-released":
      await clearAlarm(tx, killKey(facts.kill_id), facts.released_at);
      return;
    case "order-sent":
      // Stamped for the wire and then kept back: it is told as that, and was never sent.
      if (isUnsent(facts.client_order_id, orders)) return;
      await tellFact(tx, factOf(entry, facts, orders));
      return;
    case "order-rejected":
    case "fill":
    case "position":
    case "day-opened":
    case "day-closed":
    case "game-phase":
    case "unreadable":
      await tellFact(tx, factOf(entry, facts, orders));
  }
}

function killKey(killId: string) {
  return { runId: null, gameId: null, code: "kill", field: killId };
}

function killAlarm(facts: Rows["kill"]): NewAlarm {
  return {
    ...killKey(facts.kill_id),
    severity: "critical",
    message: `${facts.mode}: kill ${facts.level} by ${facts.by}: ${facts.reason}`,
    details: { level: facts.level },
    at: facts.thrown_at,
  };
}

const fact = { severity: "warning", field: null, details: {} } as const;

function factOf(
  entry: OutboxEntry,
  facts: Exclude<Facts, { kind: "kill" | "kill-released" }>,
  orders: Orders,
): Told {
  switch (facts.kind) {
    case "order-sent":
      return { ...orderFact(facts.client_order_id, orders, "sent"), at: facts.at };
    case "order-rejected": {
      if (isUnsent(facts.client_order_id, orders)) {
        const kept = orderFact(facts.client_order_id, orders, "not_sent");
        const code = orders.get(facts.client_order_id)?.reject_code ?? "";
        return { ...kept, message: `${kept.message}: ${code}`, at: facts.at };
      }
      const rejected = orderFact(facts.client_order_id, orders, "rejected");
      return { ...rejected, message: `${rejected.message}: ${facts.details}`, at: facts.at };
    }
    case "fill":
      return fillFact(facts, orders);
    case "position":
      return { ...positionFact(facts), source: `position/${entry.id}` };
    case "day-opened": {
      const { run_id: runId, source, started_at: startedAt } = facts;
      const message = `${modeOf(runId)}: day ${dateOf(runId)} begins, ${source}`;
      const tail = { source: `day-opened/${runId}`, at: startedAt };
      return { ...fact, runId, gameId: null, code: "milestone", message, ...tail };
    }
    case "day-closed": {
      const { run_id: runId, verdict, ended_at: endedAt } = facts;
      const message = `${modeOf(runId)}: day ${dateOf(runId)} is over: ${verdict}`;
      const tail = { source: `day-closed/${entry.id}`, at: endedAt };
      return { ...fact, runId, gameId: null, code: "milestone", message, ...tail };
    }
    case "game-phase":
      return { ...gameFact(facts), source: `game-phase/${entry.id}` };
    case "unreadable": {
      const message = `${entry.kind} that cannot be told in words: ${entry.facts.slice(0, 500)}`;
      const tail = { source: `unreadable/${entry.id}`, at: toInstant(entry.recordedAt) };
      return { ...fact, runId: null, gameId: null, code: "alert_unreadable", message, ...tail };
    }
  }
}

/** Whether we kept the order to ourselves: rejecting is the venue's to do. */
function isUnsent(id: string, orders: Orders): boolean {
  return isUnsentCode(orders.get(id)?.reject_code ?? null);
}

function orderFact(
  id: string,
  orders: Orders,
  what: "sent" | "not_sent" | "rejected",
): Omit<Told, "at"> {
  const order = orders.get(id);
  const gameId = order?.occasion_id ?? null;
  return {
    ...fact,
    runId: order?.run_id ?? null,
    gameId,
    code: `order_${what}`,
    field: id,
    message: `${modeOf(gameId)}: order ${what.replace("_", " ")}: ${orderText(order)}`,
    source: `order-${what}/${id}`,
  };
}

function orderText(order: OrderRow | undefined): string {
  if (!order) return "one that is not in the journal";
  const { side, count_centi: count, market_ticker: ticker, price_micros: price } = order;
  const why = order.exit_type ?? order.purpose;
  return `${trade(side, count, ticker, price)} (${order.strategy}, ${why})`;
}

function fillFact(facts: Rows["fill"], orders: Orders): Told {
  const order = orders.get(facts.client_order_id);
  const gameId = order?.occasion_id ?? null;
  const ticker = order?.market_ticker ?? "?";
  const what = trade(facts.side, facts.count_centi, ticker, facts.price_micros);
  const fee = formatUsd(facts.fee_micros);
  return {
    ...fact,
    runId: order?.run_id ?? null,
    gameId,
    code: "fill",
    field: facts.client_order_id,
    message: `${modeOf(gameId)}: filled: ${what}, fee ${fee} USD (${order?.strategy ?? "?"})`,
    source: `fill/${facts.fill_id}`,
    at: facts.filled_at,
  };
}

function positionFact(facts: Rows["position"]): NewAlarm {
  const { occasion_id: gameId, strategy, market_ticker: ticker, updated_at: updatedAt } = facts;
  const isOpened = facts.position_centi !== 0;
  const what = isOpened ? "opened" : "closed";
  const money = isOpened
    ? `cost ${formatUsd(facts.cost_micros)} USD`
    : `net ${formatUsd(facts.realized_micros - facts.fees_micros)} USD`;
  return {
    ...fact,
    runId: null,
    gameId,
    code: `position_${what}`,
    field: ticker,
    message: `${modeOf(gameId)}: position ${what}: ${ticker} (${strategy}), ${money}`,
    at: updatedAt,
  };
}

function gameFact(facts: Rows["game-phase"]): NewAlarm {
  const { game_id: gameId, run_id: runId, phase, updated_at: updatedAt } = facts;
  const score = facts.home_score === null ? "" : `, ${facts.away_score ?? 0}-${facts.home_score}`;
  const what = phase === "live" ? "has begun" : `is ${phase}${score}`;
  return {
    ...fact,
    runId,
    gameId,
    code: "milestone",
    message: `${modeOf(gameId)}: ${facts.away} at ${facts.home} ${what}`,
    at: updatedAt,
  };
}

function trade(side: "bid" | "ask", count: number, ticker: string, priceMicros: number): string {
  const verb = side === "bid" ? "buy" : "sell";
  return `${verb} ${formatCount(count)} ${ticker} at ${priceMicros / 10_000}c`;
}

/** The mode is the second part of a run's and of a game's id. */
function modeOf(id: string | null): string {
  return id?.split("/")[1] ?? "tipoff";
}

function dateOf(runId: string): string {
  return runId.split("/")[2] ?? runId;
}
