import type { DecisionInput, DecisionOutput } from "../../core/domain/decision.ts";
import {
  type ExitType,
  type GameStrategy,
  inSequence,
  isGameStrategy,
  isStrategys,
  type OrderIntent,
  USUAL_STRATEGIES,
} from "../../core/domain/order.ts";
import { countCenti, formatUsd, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { activeStrategies, type DecisionConfig } from "../../core/strategies/config.ts";
import { groupBy } from "../../core/scoring/group.ts";
import { attributePnl, type Execution, type Pnl, type PnlPart } from "../../core/scoring/pnl.ts";
import type {
  FillRow,
  GameRow,
  MarketRow,
  OrderRow,
  ReportRows,
} from "../../schema/queries/report-rows.ts";
import type { PnlUsd } from "./report-schema.ts";

/** A fill with the order it belongs to. */
export interface OrderFill {
  readonly fill: FillRow;
  readonly order: OrderRow;
}

/** A night's rows, joined once for every part of the report. */
export interface Night {
  /** Intents and orders are those of the strategies: what a drill sends is no attempt of any. */
  readonly rows: ReportRows;
  readonly games: ReadonlyMap<string, GameRow>;
  /** By `marketKey`. */
  readonly markets: ReadonlyMap<string, MarketRow>;
  /** All orders, a drill's too: the books must hold them. */
  readonly orders: ReadonlyMap<string, OrderRow>;
  readonly fills: readonly OrderFill[];
  readonly parts: readonly PnlPart[];
}

/** Joins the rows of a night. A fill always has its order: the schema's foreign key says so. */
export function joinNight(rows: ReportRows): Night {
  const orders = new Map(rows.orders.map((order) => [order.clientOrderId, order]));
  const fills = rows.fills.flatMap((fill) => {
    const order = orders.get(fill.clientOrderId);
    return order ? [{ fill, order }] : [];
  });
  const settled = rows.settlements.map((row) => ({ ...row, revenue: usdMicros(row.revenue) }));
  return {
    rows: {
      ...rows,
      intents: rows.intents.filter(isStrategys),
      orders: rows.orders.filter(isStrategys),
    },
    games: new Map(rows.games.map((game) => [game.gameId, game])),
    markets: new Map(rows.markets.map((market) => [marketKey(market), market])),
    orders,
    fills,
    parts: attributePnl(fills.map(executionOf), settled),
  };
}

/** A market among those of several nights: two worlds of one date may play the same event, each to its own result. */
export function marketKey(of: { readonly gameId: string; readonly marketTicker: string }): string {
  return JSON.stringify([of.gameId, of.marketTicker]);
}

/** The fills of each order, by client order id. */
export function fillsByOrder(night: Night): ReadonlyMap<string, readonly OrderFill[]> {
  return groupBy(night.fills, ({ order }) => order.clientOrderId);
}

/** Money of the report: decimal strings. */
export function pnlUsd(pnl: Pnl): PnlUsd {
  return { gross: formatUsd(pnl.gross), fees: formatUsd(pnl.fees), net: formatUsd(pnl.net) };
}

/** Instants of the report: ISO 8601, UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/*
 * The one boundary at which stored JSON becomes typed again: we wrote these columns from these
 * types, in this schema version, and criteria.ts counts what does not parse.
 */

/** Reads an intent's stored terms. */
export function readTerms(text: string): OrderIntent {
  return JSON.parse(text) as OrderIntent; // Boundary: written by us.
}

/** Reads a decision's stored input. */
export function readDecisionInput(text: string): DecisionInput {
  return JSON.parse(text) as DecisionInput; // Boundary: written by us.
}

/** Reads a decision's stored output. */
export function readDecisionOutput(text: string): DecisionOutput {
  return JSON.parse(text) as DecisionOutput; // Boundary: written by us.
}

/** Reads a stored tally of tallies, such as {strategy: {code: count}}. */
export function readTallies(text: string): Readonly<Record<string, Record<string, number>>> {
  return JSON.parse(text) as Record<string, Record<string, number>>; // Boundary: written by us.
}

/** Reads a stored list of words. */
export function readWords(text: string): readonly string[] {
  return JSON.parse(text) as string[]; // Boundary: written by us.
}

/** Reads which strategies a run's settings let play, in the sequence they are asked in. */
export function readActive(config: string): readonly GameStrategy[] {
  // Boundary: written by us, from these settings.
  const { decision } = JSON.parse(config) as {
    readonly decision?: Pick<DecisionConfig, "strategies">;
  };
  return decision === undefined ? USUAL_STRATEGIES : activeStrategies(decision.strategies);
}

function executionOf({ fill, order }: OrderFill): Execution {
  return {
    gameId: order.gameId,
    strategy: order.strategy,
    marketTicker: fill.marketTicker,
    side: fill.side,
    price: priceMicros(fill.price),
    count: countCenti(fill.count),
    fee: usdMicros(fill.fee),
    phase: order.phase === "pregame" ? "pregame" : "live",
    purpose: order.purpose,
    exitType: readExitType(order.exitType),
    at: instant(fill.filledAt),
  };
}

const EXIT_TYPES: readonly ExitType[] = ["lock", "take-profit", "stop-loss", "kill"];

function readExitType(text: string | null): ExitType | null {
  return EXIT_TYPES.find((type) => type === text) ?? null;
}

/** The strategies of a night: the usual ones, which played unless the rows say otherwise, and what else its rows know. */
export function strategiesOf({
  rows,
}: {
  readonly rows: Pick<ReportRows, "cycles" | "intents">;
}): readonly GameStrategy[] {
  const seen = [
    ...rows.cycles.flatMap(({ skipped }) => Object.keys(readTallies(skipped))),
    ...rows.intents.map(({ strategy }) => strategy),
  ];
  return inSequence([...USUAL_STRATEGIES, ...seen.filter(isGameStrategy)]);
}
