import type { Mode } from "../../core/domain/decision.ts";
import type { Signer } from "../../core/domain/signed.ts";
import type { Db } from "../database.ts";
import { appendAudit } from "./audit.ts";

/** A thing only a person can answer for, as it was ticked. */
export interface TickedItem {
  readonly item: string;
  readonly note: string;
  readonly by: string;
  readonly at: Date;
  /** False: the row is not as it was signed, and does not count. */
  readonly isAuthentic: boolean;
}

/** Everything that was ticked, by item. */
export async function tickedItems(
  db: Db,
  signer: Signer,
): Promise<ReadonlyMap<string, TickedItem>> {
  const rows = await db.selectFrom("manual_items").selectAll().execute();
  return new Map(
    rows.map((row) => {
      const ticked = { item: row.item, note: row.note, by: row.ticked_by, at: row.ticked_at };
      const isAuthentic = signer.verifies(payload(ticked, row.signed_by), row.signature);
      return [row.item, { ...ticked, isAuthentic }];
    }),
  );
}

/** Ticks an item, once and signed. @returns whether it was new. */
export async function tickItem(
  db: Db,
  signer: Signer,
  ticked: Omit<TickedItem, "isAuthentic"> & { readonly mode: Mode },
): Promise<boolean> {
  const { item, note, by, at, mode } = ticked;
  return db.transaction().execute(async (tx) => {
    const inserted = await tx
      .insertInto("manual_items")
      .values({
        item,
        note,
        ticked_by: by,
        ticked_at: at,
        signed_by: signer.keyId,
        signature: signer.sign(payload(ticked, signer.keyId)),
      })
      .onConflict((conflict) => conflict.column("item").doNothing())
      .returning("item")
      .executeTakeFirst();
    if (!inserted) return false;
    const details = { note };
    await appendAudit(tx, { mode, kind: "manual-item", actor: by, subject: item, details, at });
    return true;
  });
}

function payload({ item, note, by, at }: Omit<TickedItem, "isAuthentic">, keyId: string): object {
  return { item, note, by, at: at.toISOString(), signedBy: keyId };
}
