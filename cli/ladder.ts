import { randomUUID } from "node:crypto";
import {
  type Assessment,
  assessGate,
  assessStep,
  type StepAssessment,
} from "../activities/gates/assess.ts";
import { capitalInForce } from "../activities/gates/capital-in-force.ts";
import type { Signer } from "../core/domain/signed.ts";
import { rehearsalMode } from "../core/domain/stage.ts";
import { scaleOf } from "../core/risk/ladder.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import type { SnapshotPlaces } from "../runtime/config-snapshot.ts";
import { type GatesConfig, loadGates } from "../runtime/gates-config.ts";
import type { StageCapital } from "../runtime/stage-capital.ts";
import { openSigner } from "../runtime/signing-key.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import type { Db } from "../schema/database.ts";
import { type GatePass, type Ladder, readLadder } from "../schema/queries/stages.ts";
import { chooseConfig } from "./choices.ts";
import { findRunning, type HomeOption, openHome, type RunningHome } from "./context.ts";
import { nothingInForce } from "./limits.ts";

/** A running home with all that the ladder is judged by. */
export interface LadderHome {
  readonly running: RunningHome;
  readonly signer: Signer;
  readonly gates: GatesConfig;
  readonly gatesHash: string;
  readonly places: SnapshotPlaces;
  readonly configHash: string;
}

/** What judging needs of it. */
type JudgingHome = Pick<LadderHome, "signer" | "gates" | "configHash"> & {
  readonly running: Pick<RunningHome, "mode">;
};

/** The ladder, its next gate and its next step judged, and the limits in force that they were judged by. */
export interface JudgedStage {
  readonly ladder: Ladder;
  readonly assessment: Assessment;
  /** `null` where there is no further step. */
  readonly step: StepAssessment | null;
  readonly limits: StageCapital;
}

/** Opens what the ladder is judged by. @throws CommandError when nothing runs, TradingError for a bad file. */
export async function openLadder(options: HomeOption): Promise<LadderHome> {
  const running = await findRunning(openHome(options));
  const { configFile } = await chooseConfig(running, undefined);
  const { hash: configHash } = loadTipoffConfig(configFile);
  const { gates, hash: gatesHash } = loadGates();
  const { limitsFile, alertsFile } = running.environment;
  return {
    running,
    signer: await openSigner(running.home),
    gates,
    gatesHash,
    places: { home: running.home, configFile, limitsFile, alertsFile },
    configHash,
  };
}

/** The ladder, its next gate and its next step judged now. @throws CommandError when no limits are in force yet. */
export async function readStage(db: Db, home: JudgingHome): Promise<JudgedStage> {
  const { signer, gates, configHash, running } = home;
  const ladder = await readLadder(db, signer);
  const { stage, step } = ladder.position;
  // Limits are in force by mode; a stage whose mode was never played here has no nights to judge either.
  const limits =
    (await capitalInForce(db, rehearsalMode(stage))) ?? (await capitalInForce(db, running.mode));
  if (limits === null) throw nothingInForce();
  const capital = limits.capital[stage] * scaleOf(stage, step);
  const judging = { ladder, gates, configHash, limitsHash: limits.hash, capital };
  const request = { ...judging, nowMs: Date.now() };
  return {
    ladder,
    limits,
    assessment: await assessGate(db, request),
    step: await assessStep(db, request),
  };
}

/** What a gate or a step that was passed says, for its signature. */
export function passOf(
  { configHash, gatesHash }: Pick<LadderHome, "configHash" | "gatesHash">,
  { from, to, conditions, nights }: Pick<Assessment, "from" | "to" | "conditions" | "nights">,
  limits: StageCapital,
): GatePass {
  return {
    passId: randomUUID(),
    from,
    to: to ?? from,
    configHash,
    limitsHash: limits.hash,
    gatesHash,
    codeCommit: codeCommit(),
    nightCommits: [...new Set(nights.map((night) => night.codeCommit))].sort(),
    dataFrom: nights[0]?.date ?? "",
    dataTo: nights.at(-1)?.date ?? "",
    runIds: nights.map(({ runId }) => runId),
    conditions,
  };
}
