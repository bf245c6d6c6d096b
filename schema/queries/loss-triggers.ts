import type { Mode } from "../../core/domain/decision.ts";
import type { RiskLimits } from "../../core/domain/risk.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Fired, lossTriggers } from "../../core/risk/loss-triggers.ts";
import { type LossFacts, measureLosses, raisedHighWater } from "../../core/risk/losses.ts";
import type { Db } from "../database.ts";
import { readAccount, storeHighWater } from "./account-facts.ts";
import { tripBreaker } from "./breakers.ts";

/** Whose losses are looked at. */
interface LossesOf {
  readonly mode: Mode;
  readonly runId: string | null;
  readonly at: Instant;
}

/** Looks at the account outside of an order, as after a fill or a settlement, and trips what fires. */
export async function checkLosses(
  db: Db,
  of: LossesOf,
  marks: LossFacts["marks"],
  limits: RiskLimits,
): Promise<readonly Fired[]> {
  return db.transaction().execute(async (tx) => {
    const facts = { ...(await readAccount(tx, of.mode, of.at)), marks };
    const losses = measureLosses(facts);
    const result = raisedHighWater(losses, facts.account);
    if (result !== null) await storeHighWater(tx, of.mode, { result, at: of.at });
    const fired = lossTriggers(losses, limits);
    await tripFired(tx, of, fired);
    return fired;
  });
}

/** Trips the breaker of every trigger that fired, in the transaction given; one that stands stays as it is. */
export async function tripFired(tx: Db, of: LossesOf, fired: readonly Fired[]): Promise<void> {
  const { mode, runId, at } = of;
  for (const trip of fired) await tripBreaker(tx, { ...trip, mode, runId, at });
}
