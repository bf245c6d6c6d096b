import { type ComparedOrder, type ComparedRun, SightLog } from "../../backtest/compared.ts";
import { required } from "../../core/domain/assert.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import type { Db } from "../../schema/database.ts";
import {
  runBasis,
  type RunOrderRow,
  runOrders,
  runSights,
} from "../../schema/queries/run-orders.ts";
import { findRun } from "../../schema/queries/runs.ts";
import { runVerdicts } from "../../schema/queries/run-verdicts.ts";
import { seenOf } from "./files.ts";

/** A stored night as a comparison looks at it: its proposals, replacements summed into them, its verdicts and what it saw. */
export async function comparedNight(db: Db, runId: string): Promise<ComparedRun> {
  const orders = (await runOrders(db, runId)).map(comparedOrder);
  const sights = new SightLog();
  for (const sight of await runSights(db, runId)) sights.see(sight);
  return { orders, verdicts: await runVerdicts(db, runId), sights: sights.all() };
}

function comparedOrder(row: RunOrderRow): ComparedOrder {
  const { eventTicker, strategy, purpose, exitType, refusalCode, filled, paid } = row;
  // Boundary: the terms were written by us, from an intent.
  const terms = JSON.parse(row.terms) as OrderIntent;
  const { marketTicker, side, plan, count } = terms;
  return {
    ...{ eventTicker, strategy, purpose, exitType, marketTicker, side },
    ...{ at: row.decidedAt, proposedAt: row.proposedAt },
    ...{ price: plan.price, count, edge: terms.edgeMicros, fairValue: terms.fairValue },
    ...seenOf(row, marketTicker),
    ...{ refusalCode, filled, firstFillAt: row.firstFillAt },
    averagePrice: filled === 0 ? null : paid / filled,
  };
}

/** What a night was, and what it was played with. */
export interface NightSettings {
  readonly name: string;
  readonly date: string;
  readonly speed: number;
  readonly games: number;
  readonly isOver: boolean;
  readonly configHash: string;
  /** Of the risk limits that its decisions were made under: several when they were changed in between. */
  readonly limitsHashes: readonly string[];
}

/** Reads what a night was played with. @throws InvariantError when there is no such run. */
export async function settingsOfNight(db: Db, runId: string): Promise<NightSettings> {
  const run = required(await findRun(db, runId), `run ${runId}`);
  const { games, limitsHashes } = await runBasis(db, runId);
  const { source: name, trading_date: date, speed, config_hash: configHash } = run;
  const isOver = run.ended_at !== null;
  return { name, date, speed, games, isOver, configHash, limitsHashes };
}
