import { type Assessment, assessGate } from "../activities/gates/assess.ts";
import type { Signer } from "../core/domain/signed.ts";
import type { Stage } from "../core/domain/stage.ts";
import { scaleOf } from "../core/risk/ladder.ts";
import type { SnapshotPlaces } from "../runtime/config-snapshot.ts";
import { type GatesConfig, loadGates } from "../runtime/gates-config.ts";
import { readStageCapital } from "../runtime/stage-capital.ts";
import { openSigner } from "../runtime/signing-key.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import type { Db } from "../schema/database.ts";
import { type Ladder, readLadder } from "../schema/queries/stages.ts";
import { chooseConfig } from "./choices.ts";
import { findRunning, type HomeOption, openHome, type RunningHome } from "./context.ts";

/** A running home with all that the ladder is judged by. */
export interface LadderHome {
  readonly running: RunningHome;
  readonly signer: Signer;
  readonly gates: GatesConfig;
  readonly gatesHash: string;
  readonly places: SnapshotPlaces;
  readonly configHash: string;
  readonly limitsHash: string;
  /** Capital of a stage at its full size, micros. */
  readonly capitalOf: (stage: Stage) => number;
}

/** Opens what the ladder is judged by. @throws CommandError when nothing runs, TradingError for a bad file. */
export async function openLadder(options: HomeOption): Promise<LadderHome> {
  const running = await findRunning(openHome(options));
  const { configFile } = await chooseConfig(running, undefined);
  const { hash: configHash } = loadTipoffConfig(configFile);
  const { gates, hash: gatesHash } = loadGates();
  const { limitsFile } = running.environment;
  const { capital, hash: limitsHash } = readStageCapital(limitsFile);
  return {
    running,
    signer: await openSigner(running.home),
    gates,
    gatesHash,
    places: { home: running.home, configFile, limitsFile },
    configHash,
    limitsHash,
    capitalOf: (stage) => capital[stage],
  };
}

/** The ladder, and its next gate judged now. */
export async function readStage(
  db: Db,
  { signer, gates, configHash, capitalOf }: LadderHome,
): Promise<{ readonly ladder: Ladder; readonly assessment: Assessment }> {
  const ladder = await readLadder(db, signer);
  const { stage, step } = ladder.position;
  const capital = capitalOf(stage) * scaleOf(stage, step);
  const nowMs = Date.now();
  return {
    ladder,
    assessment: await assessGate(db, { ladder, gates, configHash, capital, nowMs }),
  };
}
