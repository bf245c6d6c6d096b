import { z } from "zod";
import type { Mode } from "../../core/domain/decision.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { Logger } from "../../runtime/log.ts";
import { repeat } from "../../runtime/repeat.ts";
import type { Db } from "../../schema/database.ts";
import { type BtcGapRow, findSeriesGaps, findSpotGaps } from "../../schema/queries/btc-gaps.ts";
import { spotSourceOf, watchedSince } from "../../schema/queries/btc-report-day.ts";
import { gapSearchProgress, recordGapSearch } from "../../schema/queries/btc-progress.ts";
import type { NightSource } from "../ports.ts";
import type { BtcHealth } from "./health.ts";
import { errorClassOf } from "./health-notes.ts";

const HOUR_MS = 3_600_000;

/** Where nothing was recorded: play leaps over it. */
interface SourceGap {
  readonly from: number;
  readonly to: number;
}

/** Where and how gaps are looked for. */
export interface GapRequest {
  readonly mode: Mode;
  readonly from: Instant;
  readonly to: Instant;
  /** Pace of the cycles, run milliseconds. */
  readonly everyMs: number;
  /** All that is before it has been written. */
  readonly until: Instant;
  readonly sourceGaps: readonly SourceGap[];
}

/**
 * Finds what is missing of a span, from the first cycle of each series on to `until`, and writes it down.
 * What lies in a gap of the source is no fault of ours, and says so.
 *
 * @param onSearched hears up to where all is searched, as it goes on.
 * @returns how many gaps stand.
 */
export async function findBtcGaps(
  db: Db,
  span: GapRequest,
  onSearched: (until: Instant) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const { mode, everyMs, until, sourceGaps } = span;
  const watched = await watchedSince(db, mode);
  const from = Math.max(span.from, Math.min(...watched.map(({ since }) => since)));
  const to = Math.min(until, span.to);
  if (from >= to) return 0;
  const source = await spotSourceOf(db, span);
  const search = { mode, source, everyMs, at: until, unrecorded: sourceGaps };
  const standing = new Set<string>();
  const count = (found: readonly BtcGapRow[]): void => {
    for (const gap of found) {
      if (gap.filled_at !== null) continue;
      standing.add(`${gap.table_name}/${gap.series}/${gap.from_at.toISOString()}`);
    }
  };
  // The spot is few rows, and one for all series.
  count(await findSpotGaps(db, { ...search, from: instant(from), to: instant(to) }));
  for (const part of partsOf(from, to)) {
    for (const { series, since } of watched) {
      const seen = instant(Math.max(since, part.from));
      if (seen < part.to) {
        count(await findSeriesGaps(db, { ...search, series, from: seen, to: part.to }));
      }
    }
    await onSearched(part.to);
  }
  return standing.size;
}

/** Up to as much is searched at once. */
const ONE_SEARCH_MS = 6 * HOUR_MS;

/**
 * A long time an hour after the other: what a ladder should have in a day is two million rows, which a
 * database compares in minutes at once and in seconds by the hour. A gap over a border is found in both, once.
 */
function partsOf(
  from: number,
  to: number,
): readonly { readonly from: Instant; readonly to: Instant }[] {
  if (to - from <= ONE_SEARCH_MS) return [{ from: instant(from), to: instant(to) }];
  const parts: { readonly from: Instant; readonly to: Instant }[] = [];
  // Up to whole hours, which are whole steps of any pace: a step over a border would be in neither.
  const hourAfter = (at: number): number => (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
  for (let at = from; at < to; at = hourAfter(at)) {
    parts.push({ from: instant(at), to: instant(Math.min(hourAfter(at), to)) });
  }
  return parts;
}

/** What of a played source says where there is nothing to miss. */
const Played = z.looseObject({
  startAt: z.number(),
  endAt: z.number(),
  gaps: z.array(z.object({ from: z.number(), to: z.number() })).optional(),
});

/** From when on the source plays, up to when all is written, and what the source itself lacks. */
export async function knownUntil({
  clock,
  source,
  everyMs,
  flush,
}: Pick<GapWatchDeps, "clock" | "source" | "everyMs" | "flush">): Promise<
  Pick<GapRequest, "until" | "sourceGaps"> & { readonly beganAt: Instant }
> {
  // The cycle that is under way has not written yet; after its end a source tells nothing.
  const now = clock.now();
  await flush();
  const { startAt, endAt, gaps = [] } = Played.parse(await source.manifest());
  const until = instant(Math.max(0, Math.min(now - everyMs, endAt)));
  return { beganAt: instant(startAt), until, sourceGaps: gaps };
}

/** Run time between two looks. */
const LOOK_EVERY_MS = 10 * 60_000;
/** A row may come so late. */
const LATE_MS = 10 * 60_000;
/** Whatever the speed: looking takes a part of a second. */
const LEAST_WALL_MS = 15_000;

export interface GapWatchDeps {
  readonly db: Db;
  readonly mode: Mode;
  readonly clock: RunClock;
  readonly source: Pick<NightSource, "manifest">;
  readonly everyMs: number;
  /** Resolves when what was observed so far is in the database. */
  readonly flush: () => Promise<void>;
  readonly health: Pick<BtcHealth, "beat" | "error">;
  readonly log: Logger;
}

/**
 * Looks again and again for what is missing, so that health tells of it within minutes. How far it came is
 * kept in the tables: what was missed while no process lived is a gap too, and what one that died had not
 * looked at yet; contracts that were learned of late send it back.
 *
 * @returns the end of it.
 */
export function watchGaps(deps: GapWatchDeps): () => Promise<void> {
  const { db, mode, clock, everyMs, health, log } = deps;
  const pauseMs = (): number => Math.max(LEAST_WALL_MS, LOOK_EVERY_MS / clock.speed);
  const look = async (): Promise<void> => {
    const searched = await gapSearchProgress(db, mode);
    const { beganAt, until, sourceGaps } = await knownUntil(deps);
    const backMs = LATE_MS + 2 * pauseMs() * clock.speed;
    // Another source may have been played in this home before: what lies between them is no gap of either.
    const from = instant(Math.max(beganAt, Math.min(searched.until, until) - backMs));
    const span = { mode, from, to: until, everyMs, until, sourceGaps };
    await findBtcGaps(db, span, (done) => recordGapSearch(db, mode, { ...searched, until: done }));
    health.beat("gaps", "");
  };
  return repeat(look, pauseMs, (error) => {
    health.error("gaps", "", errorClassOf(error));
    log.warn({ error: String(error) }, "gaps not looked for");
  });
}
