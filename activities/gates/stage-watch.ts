import type { Mode } from "../../core/domain/decision.ts";
import type { Signer } from "../../core/domain/signed.ts";
import { rehearsalMode } from "../../core/domain/stage.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { hasSteps, judgeWindow, scaleOf, stepWindowOf } from "../../core/risk/ladder.ts";
import type { GatesConfig } from "../../runtime/gates-config.ts";
import { wallNow } from "../../runtime/wall.ts";
import type { Db } from "../../schema/database.ts";
import { breakersSince, type TrippedBreaker } from "../../schema/queries/gate-facts.ts";
import { type Ladder, readLadder, recordFall } from "../../schema/queries/stages.ts";
import type { AlarmBook } from "../alarm-book.ts";
import { capitalInForce } from "./capital-in-force.ts";
import { readGateFacts } from "./facts.ts";

const BY = "tipoff";

export interface StageWatchDeps {
  readonly db: Db;
  readonly signer: Signer;
  readonly gates: GatesConfig;
  readonly mode: Mode;
  readonly configHash: string;
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
}

interface Fall {
  readonly kind: "demotion" | "step-back";
  readonly cause: string;
  readonly reason: string;
}

/**
 * Moves one down by itself where something happened since the stage was entered: a breaker that tripped
 * takes the stage, a failure of the process or underperformance one step. Needs no confirmation; each
 * cause acts once, and what tripped together moves once.
 */
export async function watchStage(deps: StageWatchDeps): Promise<void> {
  const ladder = await readLadder(deps.db, deps.signer);
  if (ladder.tampered !== null) {
    raise(deps, "stage_record_changed", `the record of stages was changed: ${ladder.tampered}`);
    return;
  }
  const { stage } = ladder.position;
  if (deps.mode !== rehearsalMode(stage)) return;
  const fall = (await breachOf(deps, ladder)) ?? (await underperformanceOf(deps, ladder));
  if (fall === null) return;
  const { kind, cause, reason } = fall;
  const at = new Date(Math.round(wallNow()));
  const to = await recordFall(deps.db, deps.signer, { kind, cause, reason, by: BY, at });
  if (to !== null) {
    raise(
      deps,
      "stage_lowered",
      `${kind} from ${stage} to ${to.stage}, step ${to.step}: ${reason}`,
    );
  }
}

async function breachOf(deps: StageWatchDeps, ladder: Ladder): Promise<Fall | null> {
  const tripped = await breakersSince(deps.db, deps.mode, ladder.since ?? new Date(0));
  const falls = tripped.flatMap((one) => fallOf(one, deps.gates.demotion));
  return falls.find(({ kind }) => kind === "demotion") ?? falls[0] ?? null;
}

/** A breaker that is not known takes the whole stage. */
function fallOf(
  { breakerId, breaker, cause }: TrippedBreaker,
  { stepBackBreakers, ignoredBreakers }: GatesConfig["demotion"],
): readonly Fall[] {
  if (ignoredBreakers.includes(breaker)) return [];
  const kind = stepBackBreakers.includes(breaker) ? "step-back" : "demotion";
  return [{ kind, cause: `breaker-${breakerId}`, reason: `${breaker}: ${cause}` }];
}

/** Only stages with steps can fall one back; the others are judged by their gate. */
async function underperformanceOf(deps: StageWatchDeps, ladder: Ladder): Promise<Fall | null> {
  const { since, position } = ladder;
  const { stage, step } = position;
  if (!hasSteps(stage) || since === null) return null;
  const inForce = await capitalInForce(deps.db, deps.mode);
  // Before the first limits nothing was traded that could have performed.
  if (inForce === null) return null;
  const { facts } = await readGateFacts(deps.db, {
    window: { mode: deps.mode, configHash: deps.configHash, limitsHash: null, since },
    capital: inForce.capital[stage] * scaleOf(stage, step),
    nowMs: Math.round(wallNow()),
    ignoredBreakers: deps.gates.demotion.ignoredBreakers,
  });
  // What failed in the process trips a breaker, and has moved the ladder by that.
  const verdict = judgeWindow(stepWindowOf(facts, 0), deps.gates.steps);
  if (verdict !== "back") return null;
  const reason = `underperformance since ${since.toISOString()}: net return ${facts.totalReturn.value ?? "none"}, drawdown ${facts.drawdown.value ?? "none"}`;
  return { kind: "step-back", cause: `window-${since.toISOString()}`, reason };
}

function raise({ alarms, clock, mode }: StageWatchDeps, code: string, message: string): void {
  const key = { runId: null, gameId: null, code, field: null };
  alarms.raise({ ...key, severity: "critical", message, details: { mode }, at: clock.now() });
}
