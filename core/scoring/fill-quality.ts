import type { BookSide } from "../domain/order.ts";
import type { CountCenti, PriceMicros } from "../domain/units.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";

/** One order and what came of it. */
export interface OrderOutcome {
  readonly id: string;
  /** The order it replaced; null for the first of an intent. */
  readonly parentId: string | null;
  readonly side: BookSide;
  readonly count: CountCenti;
  readonly expectedFillProbability: number;
  readonly expectedPrice: PriceMicros;
  readonly fills: readonly { readonly price: PriceMicros; readonly count: CountCenti }[];
}

/** What orders were expected to do, beside what they did. */
export interface FillQuality {
  readonly orders: number;
  /** Intents sent: an order and its replacements are one. */
  readonly intents: number;
  /** Intents of which at least a part was filled. */
  readonly intentsFilled: number;
  /** Contracts filled per contract asked for, over intents: 0 to 1. */
  readonly filledShare: number | null;
  /** Mean filled share of single orders, replaced ones included, to be compared with the next. */
  readonly fillRate: number | null;
  /** Mean fill probability that the plans stated. */
  readonly fillRateExpected: number | null;
  /** Micros per contract by which fills were worse than planned; negative when better. */
  readonly slippageMicros: number | null;
  /** The same over all contracts: micro-dollars. */
  readonly slippageTotalMicros: number;
}

/** Compares orders with the fill probability and the price that their plans expected. */
export function fillQuality(orders: readonly OrderOutcome[]): FillQuality {
  const parents = new Map(orders.map((order) => [order.id, order.parentId]));
  const intents = new Map<string, { asked: number; filled: number }>();
  let rates = 0;
  let expected = 0;
  let slippage = 0;
  let contracts = 0;
  for (const order of orders) {
    const filled = order.fills.reduce((sum, fill) => sum + fill.count, 0);
    const root = rootOf(order.id, parents);
    const intent = intents.get(root) ?? { asked: 0, filled: 0 };
    if (order.id === root) intent.asked = order.count;
    intent.filled += filled;
    intents.set(root, intent);
    rates += filled / order.count;
    expected += order.expectedFillProbability;
    contracts += filled;
    for (const { price, count } of order.fills) {
      const worse =
        order.side === "bid" ? price - order.expectedPrice : order.expectedPrice - price;
      slippage += worse * count;
    }
  }
  const sent = [...intents.values()];
  const asked = sent.reduce((sum, intent) => sum + intent.asked, 0);
  return {
    orders: orders.length,
    intents: sent.length,
    intentsFilled: sent.filter((intent) => intent.filled > 0).length,
    filledShare: asked === 0 ? null : contracts / asked,
    fillRate: orders.length === 0 ? null : rates / orders.length,
    fillRateExpected: orders.length === 0 ? null : expected / orders.length,
    slippageMicros: contracts === 0 ? null : slippage / contracts,
    slippageTotalMicros: Math.round(slippage / 100),
  };
}

/**
 * Slippage with an interval over clusters: micros per contract by which fills were worse than their
 * plans, weighted by contracts; below zero they were better.
 */
export function slippage(
  orders: readonly (OrderOutcome & { readonly cluster: string })[],
  resampling: Resampling,
): Estimate {
  const filled = orders.flatMap(({ cluster, side, expectedPrice, fills }) =>
    fills.map(({ price, count }) => {
      const worse = side === "bid" ? price - expectedPrice : expectedPrice - price;
      return { cluster, worse, count };
    }),
  );
  const columns = [
    ({ worse, count }: (typeof filled)[number]) => worse * count,
    ({ count }: (typeof filled)[number]) => count,
  ];
  const sample = clusterSums(filled, ({ cluster }) => cluster, columns);
  return clusterBootstrap(sample, ([sum = 0, count = 0]) => sum / count, resampling);
}

/** Follows replacements back to the first order; one whose parent is not in the sample is its own. */
function rootOf(id: string, parents: ReadonlyMap<string, string | null>): string {
  let root = id;
  const seen = new Set<string>();
  for (;;) {
    const parent = parents.get(root) ?? null;
    if (parent === null || !parents.has(parent) || seen.has(parent)) return root;
    seen.add(root);
    root = parent;
  }
}
