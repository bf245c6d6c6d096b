import type { Instant } from "../core/domain/units.ts";
import { instant } from "../core/domain/units.ts";
import type { Db } from "../schema/database.ts";
import { btcGrowth, type Growth } from "../schema/queries/btc-health.ts";
import { ageOf } from "./btc-ages.ts";

/** One claim about a pipeline that works, with the number and the age that show it. */
export interface ChecklistItem {
  readonly id: "quotes updating" | "snapshots appended" | "scores growing";
  readonly held: boolean;
  /** Rows that came within `withinSeconds`. */
  readonly rows: number;
  readonly withinSeconds: number;
  /** Of the newest row; null when there is none. */
  readonly ageSeconds: number | null;
}

/** Quotes and snapshots come every ten seconds: */
const RECENT_MS = 60_000;
/** scores when an hour's contracts are settled, some minutes after it. */
const SCORED_MS = 80 * 60_000;
/** A moment of the wall is minutes of a fast run. */
const LEAST_WALL_MS = 5_000;

/** Looks whether quotes are updating, snapshots appended and scores growing. */
export async function readChecklist(
  db: Db,
  mode: "shadow" | "paper",
  clock: { readonly nowMs: number; readonly speed: number },
): Promise<readonly ChecklistItem[]> {
  const at: Instant = instant(Math.floor(clock.nowMs));
  const recentMs = Math.max(RECENT_MS, LEAST_WALL_MS * clock.speed);
  const scoredMs = Math.max(SCORED_MS, LEAST_WALL_MS * clock.speed);
  const growth = await btcGrowth(db, { mode, at, recentMs, scoredMs });
  const item = (id: ChecklistItem["id"], grown: Growth, withinMs: number): ChecklistItem => ({
    id,
    held: grown.rows > 0,
    rows: grown.rows,
    withinSeconds: withinMs / 1_000,
    ageSeconds: ageOf(grown.newestAt, at),
  });
  return [
    item("quotes updating", growth.quotes, recentMs),
    item("snapshots appended", growth.snapshots, recentMs),
    item("scores growing", growth.scores, scoredMs),
  ];
}
