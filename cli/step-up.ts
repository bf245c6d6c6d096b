import { userInfo } from "node:os";
import type { ConditionResult } from "../core/domain/gate.ts";
import type { LadderPosition } from "../core/domain/stage.ts";
import { scaleOf } from "../core/risk/ladder.ts";
import type { Db } from "../schema/database.ts";
import { recordRise } from "../schema/queries/stages.ts";
import { confirm } from "./confirm.ts";
import { type JudgedStage, type LadderHome, passOf } from "./ladder.ts";
import { requireApplied } from "./limits.ts";
import { refused } from "./output.ts";

/**
 * Takes one step of +25 % within the stage: after a stable window, confirmed twice, signed and audited as a
 * promotion is.
 *
 * @throws CommandError, exit code 3, where there is no further step, where the window is not stable, where the
 * limits file is not in force, or where a confirmation lacks.
 */
export async function takeStep(
  db: Db,
  home: Pick<LadderHome, "signer" | "configHash" | "gatesHash"> & {
    readonly places: Pick<LadderHome["places"], "limitsFile">;
  },
  { ladder: { position }, step, limits }: JudgedStage,
  { confirm: typed, reason }: { readonly confirm: readonly string[]; readonly reason: string },
): Promise<LadderPosition> {
  if (step === null) {
    throw refused(`stage ${position.stage} has no further step`, "`npx tipoff stage`");
  }
  const { from, to, mode, verdict, conditions, nights } = step;
  await requireApplied(db, home.places.limitsFile, [mode]);
  if (verdict !== "up") {
    throw refused(
      `no stable window since step ${from.step} was taken: ${lackingOf(conditions)}`,
      "`npx tipoff stage` shows each condition with its number",
    );
  }
  const capitalUsd = String((limits.capital[to.stage] * scaleOf(to.stage, to.step)) / 1e6);
  const words = [
    { word: String(to.step), what: "the number of the next step" },
    { word: capitalUsd, what: "the stage's capital at it in USD" },
  ];
  await confirm(words, typed);
  return recordRise(db, home.signer, {
    kind: "step-up",
    from,
    pass: passOf(home, { from: from.stage, to: to.stage, conditions, nights }, limits),
    reason,
    by: userInfo().username,
    at: new Date(),
  });
}

function lackingOf(conditions: readonly ConditionResult[]): string {
  return conditions
    .filter(({ answer }) => answer !== "pass")
    .map(({ name, value, needs, answer }) => `${name} ${value ?? "-"}, needs ${needs} (${answer})`)
    .join("; ");
}
