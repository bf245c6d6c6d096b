import { execFileSync } from "node:child_process";
import { nodeArguments } from "../../runtime/package-root.ts";
import { isAsPublished } from "./published.ts";
import { type NightChecksum, referenceNight } from "./reference.ts";
import { loadGameNight, type NightPass, playGameNight } from "./play.ts";
import { keptRecords, streamedRecords } from "./records.ts";
import { nightSettings } from "./settings.ts";
import { nightCsv, readNight } from "./workload.ts";

const PASSES = 5;
/** Games cut to their first so many quotes, so that positions are left for settlement. */
const CUTS = [900, 1_500];

/** Passes over one workload: quotes a second of the first, and the median of those after it. */
interface Measured extends Pick<NightPass, "evaluations" | "records" | "risk" | "checksum"> {
  readonly quotes: number;
  readonly first: number;
  readonly median: number;
  /** Of the process, after all passes. */
  readonly peakMb: number;
}

/** What was found, each workload in a process of its own. */
export interface MeasuredNight {
  readonly night: Measured;
  /** The second workload: a proposal on one quote in twenty. */
  readonly often: Measured;
  /** Whether whole and cut nights come to the published totals, and to what the bare loop comes to, fill by fill. */
  readonly isEqual: boolean;
  /** Whether the second one comes to its committed figures: decisions, records, risk, fills and result. */
  readonly isOftenEqual: boolean;
}

/**
 * What the second workload came to when it was last looked at: no bare loop says what its product's strategy
 * should do, so a change of it is held against these and must be meant.
 */
const OFTEN: Pick<Measured, "evaluations" | "records" | "risk" | "checksum"> = {
  evaluations: 135_000,
  records: 32_884,
  risk: { orders: 21_198, rules: 572_346, refused: 0 },
  checksum: {
    entries: 10_599,
    closed: 10_599,
    settled: 0,
    result: 748,
    fees: 301_206_400,
    fills: "426d61d83e6172cdd2afaf794ee59c0d16963e6557dd4169fe94d1cf6f7023b7",
  },
};

/** The records of the second workload, a quarter of its decisions, would not go into the memory that is promised. */
const WORKLOADS = {
  night: { settings: "settings.yaml", records: keptRecords },
  often: { settings: "often.yaml", records: streamedRecords },
} as const;
/** Which of the two is played. */
export type Workload = keyof typeof WORKLOADS;

/** Plays a workload in this process, single-threaded. */
export function measureWorkload(workload: Workload): Measured & { readonly isEqual: boolean } {
  const csv = nightCsv();
  const games = readNight(csv);
  const { settings: file, records } = WORKLOADS[workload];
  const settings = nightSettings(file);
  const loaded = loadGameNight(games);
  const found = measured(() => playGameNight(loaded, settings, records()));
  if (workload === "often") return { ...found, isEqual: isAsCommitted(found) };
  const isEqual =
    isAsPublished(found.checksum, games[0]?.prices.length ?? 0) &&
    isSame(found.checksum, referenceNight(games)) &&
    CUTS.every((quotes) => {
      const cut = readNight(csv, quotes);
      const { checksum } = playGameNight(loadGameNight(cut), settings);
      return isAsPublished(checksum, quotes) && isSame(checksum, referenceNight(cut));
    });
  return { ...found, isEqual };
}

/** Plays both, each in a fresh process. */
export function measureNightApart(): MeasuredNight {
  const { isEqual, ...night } = apart("night");
  const { isEqual: isOftenEqual, ...often } = apart("often");
  return { night, often, isEqual, isOftenEqual };
}

/** Plays one in a fresh process. */
export function apart(workload: Workload): ReturnType<typeof measureWorkload> {
  const args = nodeArguments("bench/game-night-run.ts", workload);
  const text = execFileSync(process.execPath, args, { encoding: "utf8" });
  // Boundary cast: written by measureWorkload a moment ago.
  return JSON.parse(text) as ReturnType<typeof measureWorkload>;
}

function measured(play: () => NightPass): Measured {
  const first = play();
  const others = Array.from({ length: PASSES }, () => rateOf(play())).sort((a, b) => a - b);
  const { evaluations, records, risk, checksum, quotes } = first;
  const median = others[Math.floor(PASSES / 2)] ?? 0;
  // Afterwards: the first pass is to be the first.
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1_024);
  return { quotes, first: rateOf(first), median, peakMb, evaluations, records, risk, checksum };
}

function rateOf({ quotes, seconds }: NightPass): number {
  return Math.round(quotes / seconds);
}

function isAsCommitted({ evaluations, records, risk, checksum }: Measured): boolean {
  return JSON.stringify({ evaluations, records, risk, checksum }) === JSON.stringify(OFTEN);
}

/** Whether two engines came to the same; one that tells no fills is held to the sums. */
export function isSame(a: NightChecksum, b: NightChecksum): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
