import { type ComparedOrder, type ComparedRun, SightLog } from "../../backtest/compared.ts";
import { required } from "../../core/domain/assert.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import { ELO_VERSION } from "../../core/models/elo.ts";
import type { SourceManifest } from "../../sim/facts.ts";
import type { Edge } from "../../sim/world/fair.ts";
import { edgeOf } from "../../sim/world/world.ts";
import type { Db } from "../../schema/database.ts";
import {
  runBasis,
  runModels,
  type RunModelsRow,
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
  /** Whether its market erred; null of what is no world. */
  readonly edge: Edge | null;
  /** Hashes of the trees that its decisions name, null among them where there were none; empty where they name nothing. */
  readonly trees: readonly (string | null)[];
  /**
   * Likewise versions of ratings, or why there were none; null where they were made of the night's own past results.
   * Where a decision had no reading at all, as on a tape without past results, it says nothing of them.
   */
  readonly ratings: readonly (string | null)[];
}

/** Reads what a night was played with. @throws InvariantError when there is no such run. */
export async function settingsOfNight(db: Db, runId: string): Promise<NightSettings> {
  const run = required(await findRun(db, runId), `run ${runId}`);
  const { games, limitsHashes } = await runBasis(db, runId);
  const { source: name, trading_date: date, speed, config_hash: configHash } = run;
  const isOver = run.ended_at !== null;
  // Boundary: written by us, from the source's manifest.
  const edge = edgeOf(JSON.parse(run.manifest) as SourceManifest);
  const models = await runModels(db, runId);
  const of = (kind: RunModelsRow["kind"]): readonly RunModelsRow[] =>
    models.filter((one) => one.kind === kind);
  return {
    ...{ name, date, speed, games, isOver, configHash, limitsHashes, edge },
    trees: of("trees").map(({ version }) => version),
    ratings: of("ratings")
      .filter(({ absentBecause }) => !NO_READING.some((code) => code === absentBecause))
      .map(
        ({ version, absentBecause }) => absentBecause ?? (version === ELO_VERSION ? null : version),
      ),
  };
}

/** What a view says of a source that has told nothing: no ratings were refused. */
const NO_READING = ["not_yet", "not_in_recording"];
