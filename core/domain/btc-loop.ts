import { BTC_SERIES, type BtcSeries } from "./btc-contract.ts";

/** The loops that each watched series has. */
const SERIES_LOOPS = ["watch", "upkeep", "settlement"] as const;
/** The loops that serve all series. */
const SHARED_LOOPS = ["spot", "gaps", "sweep"] as const;

/** A loop of the Bitcoin pipeline. Tables key on them: add, never rename. */
export type BtcLoopName = (typeof SERIES_LOOPS)[number] | (typeof SHARED_LOOPS)[number];

/** One loop: the series is empty for one that serves all. */
export interface BtcLoopId {
  readonly name: BtcLoopName;
  readonly series: BtcSeries | "";
}

/** How long a loop may do nothing: longer in the run's time and on the wall, and it is silent. */
interface LoopPatience {
  readonly runMs: number;
  readonly wallMs: number;
}

/** Several rounds of each loop. At high speed a moment of the wall is minutes of the run: both count. */
const LOOP_PATIENCE: Readonly<Record<BtcLoopName, LoopPatience>> = {
  watch: { runMs: 60_000, wallMs: 5_000 },
  upkeep: { runMs: 60_000, wallMs: 10_000 },
  settlement: { runMs: 60_000, wallMs: 10_000 },
  spot: { runMs: 30_000, wallMs: 5_000 },
  // Every ten minutes of the run, and at most every fifteen seconds of the wall.
  gaps: { runMs: 25 * 60_000, wallMs: 60_000 },
  // A schedule of five minutes of the wall.
  sweep: { runMs: 11 * 60_000, wallMs: 11 * 60_000 },
};

/** Every loop that has work while these series are watched; none while none is. */
export function loopsOwed(watched: readonly BtcSeries[]): readonly BtcLoopId[] {
  if (watched.length === 0) return [];
  const own = BTC_SERIES.filter((series) => watched.includes(series)).flatMap((series) =>
    SERIES_LOOPS.map((name) => ({ name, series })),
  );
  return [...own, ...SHARED_LOOPS.map((name) => ({ name, series: "" as const }))];
}

/**
 * Whether a loop has been silent for too long.
 *
 * @param age since it last did its work, milliseconds.
 */
export function isLoopSilent(
  name: BtcLoopName,
  age: { readonly runMs: number; readonly wallMs: number },
): boolean {
  const { runMs, wallMs } = LOOP_PATIENCE[name];
  return age.runMs > runMs && age.wallMs > wallMs;
}
