import { randomUUID } from "node:crypto";
import type { Signer } from "../../core/domain/signed.ts";
import type { Stage } from "../../core/domain/stage.ts";
import { promoted } from "../../core/risk/ladder.ts";
import type { Db } from "../../schema/database.ts";
import { readLadder, recordRise } from "../../schema/queries/stages.ts";

/** Goes up to a stage by signed passes, whatever its mode: no command enters one of real money. */
export async function climb(
  db: Db,
  signer: Signer,
  { stage, at }: { readonly stage: Stage; readonly at: Date },
): Promise<void> {
  for (;;) {
    const { position: from } = await readLadder(db, signer);
    const to = promoted(from);
    if (from.stage === stage || to === null) return;
    const query = "select 1";
    const judged = { value: 1, interval: null, sample: 1, needs: "1", query };
    await recordRise(db, signer, {
      kind: "promotion",
      from,
      reason: "test",
      by: "test",
      at,
      pass: {
        passId: randomUUID(),
        from: from.stage,
        to: to.stage,
        configHash: "c",
        limitsHash: "c",
        gatesHash: "c",
        codeCommit: "c",
        nightCommits: ["c"],
        dataFrom: "2026-11-01",
        dataTo: "2026-11-20",
        runIds: [],
        conditions: [{ ...judged, name: "runtime", answer: "pass" }],
      },
    });
  }
}
