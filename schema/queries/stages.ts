import { type Selectable, sql } from "kysely";
import type { ConditionResult } from "../../core/domain/gate.ts";
import type { Signer } from "../../core/domain/signed.ts";
import {
  type LadderPosition,
  modeOfStage,
  type Stage,
  type StageMoveKind,
} from "../../core/domain/stage.ts";
import { TradingError } from "../../core/domain/errors.ts";
import {
  demoted,
  isStep,
  LADDER_START,
  promoted,
  steppedBack,
  steppedUp,
} from "../../core/risk/ladder.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";

type MoveRow = Selectable<Database["stage_moves"]>;
type PassRow = Selectable<Database["gate_passes"]>;

/** One move, as it is shown. */
interface StageMove {
  readonly kind: StageMoveKind;
  readonly from: LadderPosition;
  readonly to: LadderPosition;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
  readonly passId: string | null;
}

/** Where the ladder stands, by its verified moves. */
export interface Ladder {
  /** The bottom when the record was tampered with: nothing it says is believed. */
  readonly position: LadderPosition;
  /** Since when, wall; `null` when nothing ever moved. */
  readonly since: Date | null;
  readonly moves: readonly StageMove[];
  /** What is wrong with the record; `null` when every row is as it was signed. */
  readonly tampered: string | null;
}

/** What a passed gate says. */
export interface GatePass {
  readonly passId: string;
  readonly from: Stage;
  readonly to: Stage;
  readonly configHash: string;
  readonly limitsHash: string;
  readonly gatesHash: string;
  /** Of the code that judged. */
  readonly codeCommit: string;
  /** Of the code that played the nights, each once. */
  readonly nightCommits: readonly string[];
  /** Trading dates of the first and the last night judged. */
  readonly dataFrom: string;
  readonly dataTo: string;
  readonly runIds: readonly string[];
  readonly conditions: readonly ConditionResult[];
}

interface Act {
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
}

/** One at a time moves the ladder. */
const LADDER_LOCK = 7_403;

/** Reads the ladder and verifies every row of its record. */
export async function readLadder(db: Db, signer: Signer): Promise<Ladder> {
  const rows = await db.selectFrom("stage_moves").selectAll().orderBy("move_no").execute();
  const passes = await db.selectFrom("gate_passes").selectAll().execute();
  const moves = rows.map(toMove);
  const tampered = findTampering(rows, passes, signer) ?? (await findMissing(db, rows.length));
  const last = moves.at(-1);
  if (tampered !== null) return { position: LADDER_START, since: null, moves, tampered };
  return { position: last?.to ?? LADDER_START, since: last?.at ?? null, moves, tampered };
}

/** What is wrong with the record, first fault first. @returns `null` when nothing is. */
function findTampering(
  rows: readonly MoveRow[],
  passes: readonly PassRow[],
  signer: Signer,
): string | null {
  const unsigned = passes.find((pass) => !signer.verifies(passPayload(pass), pass.signature));
  if (unsigned) return `gate pass ${unsigned.pass_id} is not as it was signed`;
  let at = LADDER_START;
  let previous = "";
  for (const [index, row] of rows.entries()) {
    const name = `move ${row.move_no}`;
    if (row.move_no !== index + 1) return `move ${index + 1} is missing`;
    if (!signer.verifies(movePayload(row), row.signature)) return `${name} is not as it was signed`;
    if (row.previous !== previous) return `${name} does not follow the one before it`;
    const { kind, from, to } = toMove(row);
    const isLegal = isSame(from, at) && isLegalMove(kind, from, to);
    if (!isLegal) return `${name} is no ${kind} the ladder knows`;
    const pass = passes.find(({ pass_id }) => pass_id === row.pass_id);
    const needsPass = kind === "promotion" || kind === "step-up";
    if (needsPass && (pass?.from_stage !== from.stage || pass.to_stage !== to.stage)) {
      return `${name} has no passed gate`;
    }
    at = to;
    previous = row.signature;
  }
  return null;
}

/** The last moves have no successor that names them: the audit log tells how many there were. */
async function findMissing(db: Db, moves: number): Promise<string | null> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct subject) as n from audit_log
    where kind = 'stage' and subject like 'move-%'`.execute(db);
  const told = rows[0]?.n ?? 0;
  return told > moves ? `move ${moves + 1} is missing: the audit log tells of it` : null;
}

function isLegalMove(kind: StageMoveKind, from: LadderPosition, to: LadderPosition): boolean {
  if (!isStep(to.stage, to.step)) return false;
  switch (kind) {
    case "promotion":
      return isSame(to, promoted(from));
    case "step-up":
      return isSame(to, steppedUp(from));
    case "step-back":
      return isSame(to, steppedBack(from));
    case "demotion":
      return isSame(to, demoted(from));
  }
}

function isSame(a: LadderPosition, b: LadderPosition | null): boolean {
  return b !== null && a.stage === b.stage && a.step === b.step;
}

/**
 * Goes up by a passed gate: writes the signed pass and the signed move, in one transaction.
 *
 * @throws TradingError SAFETY_REFUSED when the record was tampered with, when the ladder no longer stands
 * where the gate was judged, or when a condition was not passed.
 */
export async function recordRise(
  db: Db,
  signer: Signer,
  rise: Act & {
    readonly kind: "promotion" | "step-up";
    readonly from: LadderPosition;
    readonly pass: GatePass;
  },
): Promise<LadderPosition> {
  return db.transaction().execute(async (tx) => {
    const { position, moves, previous } = await lockLadder(tx, signer);
    const to = rise.kind === "promotion" ? promoted(position) : steppedUp(position);
    const { pass } = rise;
    const isJudged = pass.conditions.length > 0 && pass.conditions.every(isPassed);
    if (!isSame(rise.from, position) || to === null) {
      throw refusal("the ladder no longer stands where the gate was judged");
    }
    if (!isJudged || pass.from !== position.stage || pass.to !== to.stage) {
      throw refusal("the gate was not passed: every condition must answer pass");
    }
    await insertPass(tx, signer, pass, rise);
    await insertMove(tx, signer, {
      kind: rise.kind,
      from: position,
      to,
      number: moves + 1,
      previous,
      passId: pass.passId,
      cause: null,
      ...act(rise),
    });
    return to;
  });
}

function isPassed({ answer }: ConditionResult): boolean {
  return answer === "pass";
}

/**
 * Goes down; nothing has to be confirmed. A cause acts once.
 *
 * @returns the new position, or `null` when the cause has acted before or there is nowhere to go.
 * @throws TradingError SAFETY_REFUSED when the record was tampered with.
 */
export async function recordFall(
  db: Db,
  signer: Signer,
  fall: Act & {
    readonly kind: "demotion" | "step-back";
    /** What moved it by itself, such as `breaker-12`; `null` for a person's act. */
    readonly cause: string | null;
  },
): Promise<LadderPosition | null> {
  return db.transaction().execute(async (tx) => {
    const { position, moves, previous } = await lockLadder(tx, signer);
    const to = fall.kind === "demotion" ? demoted(position) : steppedBack(position);
    if (isSame(to, position)) return null;
    if (fall.cause !== null && (await hasActed(tx, fall.cause))) return null;
    const { kind, cause } = fall;
    const number = moves + 1;
    const row = { kind, from: position, to, number, previous, passId: null, cause, ...act(fall) };
    await insertMove(tx, signer, row);
    return to;
  });
}

function act({ reason, by, at }: Act): Act {
  return { reason, by, at };
}

async function hasActed(tx: Db, cause: string): Promise<boolean> {
  const found = await tx
    .selectFrom("stage_moves")
    .select("move_no")
    .where("cause", "=", cause)
    .executeTakeFirst();
  return found !== undefined;
}

async function lockLadder(
  tx: Db,
  signer: Signer,
): Promise<{ position: LadderPosition; moves: number; previous: string }> {
  await sql`select pg_advisory_xact_lock(${LADDER_LOCK})`.execute(tx);
  const { position, moves, tampered } = await readLadder(tx, signer);
  if (tampered !== null) {
    throw refusal(`the record of stages was changed: ${tampered}`);
  }
  const last = await tx
    .selectFrom("stage_moves")
    .select("signature")
    .orderBy("move_no", "desc")
    .executeTakeFirst();
  return { position, moves: moves.length, previous: last?.signature ?? "" };
}

function refusal(reason: string): TradingError {
  return new TradingError("SAFETY_REFUSED", { reason, nextStep: "`npx tipoff stage` shows it" });
}

type UnsignedMove = Omit<MoveRow, "signature">;
type UnsignedPass = Omit<PassRow, "signature">;

async function insertMove(
  tx: Db,
  signer: Signer,
  move: StageMove & {
    readonly number: number;
    readonly previous: string;
    readonly cause: string | null;
  },
): Promise<void> {
  const row: UnsignedMove = {
    move_no: move.number,
    kind: move.kind,
    from_stage: move.from.stage,
    from_step: move.from.step,
    to_stage: move.to.stage,
    to_step: move.to.step,
    pass_id: move.passId,
    cause: move.cause,
    reason: move.reason,
    moved_by: move.by,
    moved_at: move.at,
    previous: move.previous,
    signed_by: signer.keyId,
  };
  const signature = signer.sign(movePayload(row));
  await tx
    .insertInto("stage_moves")
    .values({ ...row, signature })
    .execute();
  const { stage, step } = move.to;
  await appendAudit(tx, {
    mode: modeOfStage(move.from.stage) ?? "paper",
    kind: "stage",
    actor: move.by,
    subject: `move-${move.number}`,
    details: {
      kind: move.kind,
      from: move.from,
      to: { stage, step },
      reason: move.reason,
      passId: move.passId,
      cause: move.cause,
    },
    at: move.at,
  });
}

async function insertPass(tx: Db, signer: Signer, pass: GatePass, { by, at }: Act): Promise<void> {
  const row: UnsignedPass = {
    pass_id: pass.passId,
    from_stage: pass.from,
    to_stage: pass.to,
    config_hash: pass.configHash,
    limits_hash: pass.limitsHash,
    gates_hash: pass.gatesHash,
    code_commit: pass.codeCommit,
    night_commits: JSON.stringify(pass.nightCommits),
    data_from: pass.dataFrom,
    data_to: pass.dataTo,
    run_ids: JSON.stringify(pass.runIds),
    conditions: JSON.stringify(pass.conditions),
    passed_by: by,
    passed_at: at,
    signed_by: signer.keyId,
  };
  const signature = signer.sign(passPayload(row));
  await tx
    .insertInto("gate_passes")
    .values({ ...row, signature })
    .execute();
}

/** All of a row but its signature, instants as text: what is signed. */
function movePayload(row: UnsignedMove | MoveRow): object {
  return { ...row, signature: undefined, moved_at: row.moved_at.toISOString() };
}

function passPayload(row: UnsignedPass | PassRow): object {
  return {
    ...row,
    signature: undefined,
    // A pass from before the column was signed without it.
    night_commits: row.night_commits ?? undefined,
    passed_at: row.passed_at.toISOString(),
  };
}

function toMove(row: MoveRow): StageMove {
  return {
    kind: row.kind,
    from: { stage: row.from_stage, step: row.from_step },
    to: { stage: row.to_stage, step: row.to_step },
    reason: row.reason,
    by: row.moved_by,
    at: row.moved_at,
    passId: row.pass_id,
  };
}
