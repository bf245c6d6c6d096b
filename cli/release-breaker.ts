import { userInfo } from "node:os";
import { causeThatHolds, type Looking, type LossMeasures } from "../activities/breaker-causes.ts";
import { createLimitsBook } from "../activities/limits-book.ts";
import type { BreakerJudgement } from "../core/risk/breakers.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import type { Db } from "../schema/database.ts";
import { type BreakerRow, lockBreaker, releaseBreaker } from "../schema/queries/breakers.ts";
import { lastMarks } from "../schema/queries/observations.ts";
import { activeKill } from "../schema/queries/kill.ts";
import { chooseConfig } from "./choices.ts";
import { type RunningHome, withDatabase, withTemporal } from "./context.ts";
import { EXIT, print, printJson, reasonOf, refused, wrongUse } from "./output.ts";
import { resumeDays } from "./resume-days.ts";

/** What `tipoff resume --breaker` was given. */
export interface ReleaseOptions {
  readonly breaker: number;
  readonly reason?: string;
  readonly json?: boolean;
}

/** What became of a breaker that was to be released. */
type Released =
  | { readonly kind: "released"; readonly row: BreakerRow; readonly isClear: boolean }
  | { readonly kind: "was-released"; readonly row: BreakerRow }
  | { readonly kind: "holds"; readonly row: BreakerRow; readonly cause: BreakerJudgement };

/**
 * Releases one breaker and the kill it threw, and tells running days when nothing stands any more.
 *
 * @throws CommandError refused while the cause holds, with the number that holds it.
 */
export async function releaseByHand(
  running: RunningHome,
  options: ReleaseOptions,
): Promise<number> {
  const reason = options.reason?.trim() ?? "";
  if (reason === "") throw wrongUse("a breaker is released for a reason", "add --reason TEXT");
  const by = userInfo().username;
  const { config } = await chooseConfig(running, undefined);
  const { mode } = running;
  const now = await runTime(running.exchangeUrl);
  const outcome = await withDatabase(running.databaseUrl, (db) => {
    const limits = createLimitsBook({ db, mode, gameLimits: config.limits });
    const losses: LossMeasures = {
      marks: () => lastMarks(db, mode),
      limitsOf: async (runId) => (await limits.ofRun(runId)).limits,
    };
    const looking: Looking = { mode, thresholds: config.breakers, losses, now };
    return release(db, looking, { breakerId: options.breaker, by, reason });
  });
  const { row } = outcome;
  const name = `breaker ${row.breaker_id} ${row.breaker}`;
  if (outcome.kind === "holds") {
    const { cause, numbers } = outcome.cause;
    throw refused(
      `${name} stays: ${cause} ${JSON.stringify(numbers)}`,
      "end the cause first; `npx tipoff breakers` shows what tripped it",
    );
  }
  const isClear = outcome.kind === "released" && outcome.isClear;
  const told = isClear ? await tellDays(running, { reason, by }) : [];
  if (options.json) {
    printJson({ id: row.breaker_id, breaker: row.breaker, outcome: outcome.kind, isClear, told });
    return EXIT.done;
  }
  print(
    outcome.kind === "released"
      ? `${name} released`
      : `${name} was released before, by ${row.released_by ?? "nobody"}: ${row.release_reason ?? ""}`,
  );
  if (outcome.kind === "released" && !isClear) print("a kill still stands: nothing else is lifted");
  if (told.length > 0) print(`told ${told.join(", ")}`);
  return EXIT.done;
}

/** Looks and releases in one transaction: a second trip waits for it, and then makes a new row. */
async function release(
  db: Db,
  looking: Looking,
  request: { readonly breakerId: number; readonly by: string; readonly reason: string },
): Promise<Released> {
  return await db.transaction().execute(async (tx) => {
    const row = await lockBreaker(tx, request.breakerId);
    if (row?.mode !== looking.mode) {
      throw wrongUse(
        `there is no breaker ${request.breakerId} in mode ${looking.mode}`,
        "`npx tipoff breakers` lists them",
      );
    }
    if (row.released_at !== null) return { kind: "was-released", row };
    // Through a connection of its own: some of it reads the books at one instant, in a transaction.
    const cause = await causeThatHolds(db, row, looking);
    if (cause !== null) return { kind: "holds", row, cause };
    await releaseBreaker(tx, row, { ...request, at: looking.now });
    return { kind: "released", row, isClear: (await activeKill(tx, looking.mode)) === null };
  });
}

/** The row is what counts; a day that cannot be told now is told by the next resume. */
async function tellDays(
  running: RunningHome,
  why: { readonly reason: string; readonly by: string },
): Promise<readonly string[]> {
  try {
    return await withTemporal(running.temporalAddress, (temporal) =>
      resumeDays(temporal, running.mode, why),
    );
  } catch (error) {
    print(`no day could be told (${reasonOf(error)}); \`npx tipoff resume\` tells them`);
    return [];
  }
}

/** Causes are judged at the run's own time. */
async function runTime(exchangeUrl: string): Promise<Instant> {
  return instant((await createExchangeControl(exchangeUrl).clock()).nowMs);
}
