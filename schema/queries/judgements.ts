import { type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";
import type { Evidence } from "./gate-facts.ts";

type JudgementRow = Selectable<Database["judgements"]>;

/** The settings and limits that evidence is of. */
export interface EvidenceOf {
  readonly configHash: string;
  readonly limitsHash: string;
}

/** What was tried to find a configuration, and the settings and limits that it was looked for under. */
export interface TriedConfigurations extends EvidenceOf {
  /** Of their folders, the played one first. */
  readonly names: readonly string[];
}

/** A report of scores, a review or a validation that was archived. */
export interface NewJudgement {
  readonly kind: JudgementRow["kind"];
  readonly mode: Mode;
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Of all its nights; `null` where it is no evidence for a gate. */
  readonly basis: EvidenceOf | null;
  /** Of a validation, evidence or not: what it named as tried. */
  readonly tried?: TriedConfigurations | null;
  readonly verdict: string;
  readonly reportDir: string;
  readonly reportSha256: string;
  readonly by: string;
  readonly at: Date;
}

/**
 * Notes an archived report. The same scores or review again change nothing; a validation is noted at each
 * run, as young as that, also where it came to what an older one did.
 */
export async function recordJudgement(db: Db, judgement: NewJudgement): Promise<void> {
  const { kind, mode, from, to, basis, tried, verdict, reportDir, reportSha256, by, at } =
    judgement;
  await db.transaction().execute(async (tx) => {
    const inserted = await tx
      .insertInto("judgements")
      .values({
        kind,
        mode,
        from_date: from,
        to_date: to,
        config_hash: basis?.configHash ?? null,
        limits_hash: basis?.limitsHash ?? null,
        tried: tried ? JSON.stringify(tried) : null,
        verdict,
        report_dir: reportDir,
        report_sha256: reportSha256,
        made_by: by,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("judgement_id")
      .executeTakeFirst();
    if (!inserted) return;
    await appendAudit(tx, {
      mode,
      kind: "judgement",
      actor: by,
      subject: `${kind}-${inserted.judgement_id}`,
      details: { from, to, verdict, reportDir, reportSha256 },
      at,
    });
  });
}

/** Names of all configurations that validations under the same settings and limits have named as tried. */
export async function triedBefore(
  db: Db,
  { mode, configHash, limitsHash }: EvidenceOf & { readonly mode: Mode },
): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct jsonb_array_elements_text(tried::jsonb -> 'names') as name
    from judgements
    where kind = 'validation' and mode = ${mode} and tried::jsonb ->> 'configHash' = ${configHash}
      and tried::jsonb ->> 'limitsHash' = ${limitsHash}
    order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** A validation that a gate looks at. */
export interface GateValidation {
  readonly verdict: string;
  readonly atMs: number;
  readonly nights: number;
}

/** The last validation of a mode under the settings and limits in force, by the wall. */
export async function lastValidation(
  db: Db,
  of: { readonly mode: Mode; readonly configHash: string; readonly limitsHash: string | null },
): Promise<Evidence<GateValidation>> {
  const asked = sql<GateValidation>`
    select verdict, (extract(epoch from recorded_at) * 1000)::bigint as "atMs",
      (to_date - from_date + 1) as nights
    from judgements
    where kind = 'validation' and mode = ${of.mode} and config_hash = ${of.configHash}
      and limits_hash = ${of.limitsHash}
    order by judgement_id desc limit 1`.compile(db);
  const { rows } = await db.executeQuery(asked);
  const text = asked.sql.replace(/\s+/g, " ").trim();
  return { rows, query: `${text}; -- ${JSON.stringify(asked.parameters)}` };
}
