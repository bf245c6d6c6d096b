import { isLoopSilent, loopsOwed } from "../core/domain/btc-loop.ts";
import { easternClock } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { BtcStatus } from "../schema/queries/btc-status.ts";
import { age, ageOf } from "./btc-ages.ts";
import { table } from "./output.ts";

type Gap = BtcStatus["gaps"][number];

/** What a loop is doing: `never` has not come to its first work, `over` has none any more, since its series is not watched. */
interface LoopLife {
  readonly name: string;
  readonly series: string;
  readonly state: "alive" | "silent" | "never" | "over";
  /** When it last did its work; null when it never did. */
  readonly at: Instant | null;
}

const STATE_WORDS = { alive: "alive", silent: "SILENT", never: "not yet", over: "over" } as const;

/** Gaps that a screen lists; `--json` has all. */
const GAPS_LISTED = 8;

/** Every loop: first those that have work, then those that had. */
function livesOf({ watched, loops }: BtcStatus, now: number): readonly LoopLife[] {
  const owed = loopsOwed(watched);
  const find = (of: (typeof owed)[number]) =>
    loops.find(({ name, series }) => name === of.name && series === of.series) ?? null;
  const alive = owed.map((of): LoopLife => {
    const loop = find(of);
    // How long one may take to its first work, only the worker knows: it raises the alarm.
    if (loop === null) return { ...of, state: "never", at: null };
    const ages = { runMs: now - loop.lastAt, wallMs: loop.wallAgeMs };
    return { ...of, state: isLoopSilent(of.name, ages) ? "silent" : "alive", at: loop.lastAt };
  });
  const over = loops
    .filter((loop) => !owed.some((of) => of.name === loop.name && of.series === loop.series))
    .map(({ name, series, lastAt }): LoopLife => ({ name, series, state: "over", at: lastAt }));
  return [...alive, ...over];
}

/** The health as other programs read it: ages in seconds of the run, rates an hour of the run. */
export function healthJson(status: BtcStatus, now: number): object {
  const { errors, staleness, gaps, openGaps } = status;
  const { now: stale, reasons } = staleness;
  return {
    loops: livesOf(status, now).map(({ at, ...life }) => ({ ...life, ageSeconds: ageOf(at, now) })),
    errors: errors.map(({ recent, lastAt, ...one }) => ({
      ...one,
      lastHour: recent,
      lastAgeSeconds: ageOf(lastAt, now),
    })),
    spotStale:
      stale === null
        ? null
        : { because: stale.because, since: stale.from, ageSeconds: ageOf(stale.from, now) },
    spotStaleLastHour: reasons.map(({ because, spells, ms }) => ({
      because,
      spells,
      seconds: ms / 1_000,
    })),
    openGaps,
    gaps: gaps.map((gap) => ({
      table: gap.table_name,
      series: gap.series,
      from: gap.from_at.toISOString(),
      to: gap.to_at.toISOString(),
      missing: gap.missing_rows,
      cause: gap.cause,
    })),
  };
}

/** The health in a few lines, for a screen that is drawn again and again. */
export function healthLines(status: BtcStatus, now: number): readonly string[] {
  const lives = livesOf(status, now);
  const named = (state: LoopLife["state"]): readonly string[] =>
    lives.filter((life) => life.state === state).map(titleOf);
  const [silent, never] = [named("silent"), named("never")];
  const loops = [
    ...(silent.length === 0 ? [] : [`SILENT: ${silent.join(", ")}`]),
    `${named("alive").length} alive`,
    ...(never.length === 0 ? [] : [`not yet: ${never.join(", ")}`]),
  ];
  const { errors, staleness, openGaps, gaps } = status;
  const met = errors.filter(({ recent }) => recent > 0);
  const rates = met.map(
    (one) => `${one.class} ${one.recent} (${titleOf({ ...one, name: one.loop })})`,
  );
  const total = errors.reduce((sum, one) => sum + one.total, 0);
  return [
    `loops      ${loops.join("; ")}`,
    `errors     ${rates.length === 0 ? "none" : rates.join(", ")} in the last hour, ${total} in all`,
    `staleness  ${stalenessOf(staleness, now)}`,
    `gaps       ${openGaps} stand, ${gaps.length} of the last day`,
  ];
}

/** The loops and the gaps, one by one. */
export function healthTables(status: BtcStatus, now: number): readonly string[] {
  const lives = livesOf(status, now);
  const { gaps } = status;
  const tables: string[] = [];
  if (lives.length > 0) {
    const rows = lives.map((life) => [
      life.name,
      life.series === "" ? "all" : life.series,
      STATE_WORDS[life.state],
      age(life.at, now),
    ]);
    tables.push(table(["loop", "series", "state", "last did its work"], rows));
  }
  if (gaps.length > 0) {
    const listed = gaps.slice(0, GAPS_LISTED);
    const more = gaps.length - listed.length;
    if (more > 0) {
      tables.push(
        `gaps of the last day: the newest ${listed.length}, ${more} more (--json has all)`,
      );
    }
    tables.push(
      table(
        ["gap of", "table", "from, Eastern", "to", "rows missing", "cause"],
        listed.map(gapRow),
      ),
    );
  }
  return tables;
}

function gapRow({
  series,
  table_name,
  from_at,
  to_at,
  missing_rows,
  cause,
}: Gap): readonly string[] {
  const clock = (at: Date): string => easternClock(instant(at.getTime()));
  return [series, table_name, clock(from_at), clock(to_at), String(missing_rows), cause];
}

function stalenessOf({ now: stale, reasons }: BtcStatus["staleness"], now: number): string {
  const current =
    stale === null
      ? "the spot can be believed"
      : `spot ${stale.because} for ${age(stale.from, now)}`;
  const before = reasons.map(({ because, spells, ms }) => {
    return `${because} ${(ms / 1_000).toFixed(0)} s in ${spells}`;
  });
  return before.length === 0 ? current : `${current}; in the last hour ${before.join(", ")}`;
}

function titleOf({ name, series }: { readonly name: string; readonly series: string }): string {
  return series === "" ? name : `${name}/${series}`;
}
