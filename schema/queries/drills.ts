import type { Selectable } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";

type DrillRow = Selectable<Database["drills"]>;

/** A drill that was made. `report` is JSON-safe: what was measured, against what. */
export interface NewDrill {
  readonly mode: Mode;
  readonly kind: DrillRow["kind"];
  readonly runId: string | null;
  readonly killId: string | null;
  readonly passed: boolean;
  readonly report: object;
  readonly by: string;
}

/** Records a drill and its audit row. @returns its id. */
export async function recordDrill(db: Db, drill: NewDrill): Promise<number> {
  const { mode, kind, runId, killId, passed, report, by } = drill;
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .insertInto("drills")
      .values({
        mode,
        kind,
        run_id: runId,
        kill_id: killId,
        passed,
        report: JSON.stringify(report),
        by,
      })
      .returning(["drill_id", "at"])
      .executeTakeFirstOrThrow();
    await appendAudit(tx, {
      mode,
      kind: "drill",
      actor: by,
      subject: `drill-${row.drill_id}`,
      details: { kind, runId, killId, passed },
      at: row.at,
    });
    return row.drill_id;
  });
}
