import type { ComparedEntry, ComparedRun } from "../../backtest/compare.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import type { Db } from "../../schema/database.ts";
import { loadReportRows } from "../../schema/queries/report.ts";
import { runVerdicts } from "../../schema/queries/run-verdicts.ts";

/** A stored night as a comparison looks at it: its entries, replacements summed into them, and its verdicts. */
export async function comparedNight(db: Db, runId: string): Promise<ComparedRun> {
  const rows = await loadReportRows(db, runId);
  const events = new Map(rows.games.map(({ gameId, eventTicker }) => [gameId, eventTicker]));
  const parents = new Map(rows.intents.map((one) => [one.clientOrderId, one.parentId]));
  const rootOf = (id: string): string => {
    const parent = parents.get(id) ?? null;
    return parent === null ? id : rootOf(parent);
  };
  const entries = rows.intents
    .filter(({ purpose, parentId, gameId }) => {
      return purpose === "entry" && parentId === null && events.has(gameId);
    })
    .map((one): ComparedEntry => {
      // Boundary: the terms were written by us, from an intent.
      const terms = JSON.parse(one.terms) as OrderIntent;
      const fills = rows.fills.filter((fill) => rootOf(fill.clientOrderId) === one.clientOrderId);
      const filled = fills.reduce((sum, { count }) => sum + count, 0);
      const paid = fills.reduce((sum, { price, count }) => sum + price * count, 0);
      const { marketTicker, side, plan, edgeMicros: edge, fairValue } = terms;
      return {
        eventTicker: events.get(one.gameId) ?? "",
        ...{ strategy: one.strategy, marketTicker, side, at: one.proposedAt },
        ...{ price: plan.price, edge, fairValue, refusalCode: one.refusalCode, filled },
        averagePrice: filled === 0 ? null : paid / filled,
      };
    });
  return { entries, verdicts: await runVerdicts(db, runId) };
}
