import type { TradingDate } from "../core/domain/time.ts";
import type { Fact, FactSource, PastGame, SourceManifest } from "../sim/facts.ts";
import type { DerivedSpread } from "../sim/recordings/derived-book.ts";
import { openRecording } from "../sim/recordings/reader.ts";
import type { Edge } from "../sim/world/fair.ts";
import { createWorld } from "../sim/world/world.ts";
import { lacksOf, type LoadedNight, loadNight, type NightLack, type NightLoads } from "./loads.ts";
import { type NightOptions, playNight } from "./night.ts";
import type { NightConfig, NightResult } from "./result.ts";
import { nextGamesMarkets, oracleConfig, oracleStrategy, type Winners } from "./trial.ts";

/** Where a night comes from: plain data, so that a worker can be told. */
export type NightSource =
  | { readonly kind: "recording"; readonly dir: string; readonly spreadCents: DerivedSpread }
  | {
      readonly kind: "world";
      readonly seed: number;
      readonly games: number;
      readonly edge: Edge;
      readonly date: TradingDate | null;
    };

/** One night to be played. Plain data. */
export interface NightJob {
  readonly source: NightSource;
  readonly config: NightConfig;
  readonly loads: NightLoads;
  readonly options: Partial<Omit<NightOptions, "onDecision" | "metElsewhere" | keyof LoadedNight>>;
  /** What the sanity check plays besides; a night as it is where left out. */
  readonly trial?: NightTrial;
}

/** A night played otherwise than it was, to see what becomes of an edge. */
interface NightTrial {
  /** Nobody plays but a strategy that knows these winners; null: those of the settings. */
  readonly winners: Winners | null;
  /** The night that follows: each game's orders meet the markets of the next game. Null: their own. */
  readonly following: NightSource | null;
}

/** A played night, and what it was played from. */
export interface NightOutcome {
  readonly manifest: SourceManifest;
  readonly result: NightResult;
  /** What it had to do without. */
  readonly without: readonly NightLack[];
}

/** Nights of one process share the past that they were preceded by. */
const knownPastGames = new Map<string, PastGame>();

/** Opens what a job plays; a recording's facts are read whole. */
export async function openNight(source: NightSource): Promise<FactSource> {
  if (source.kind === "recording") {
    const { dir, spreadCents } = source;
    const recording = await openRecording(dir, { spreadCents, knownPastGames });
    const facts: Fact[] = [];
    for await (const batch of recording.batches()) for (const fact of batch) facts.push(fact);
    return { ...recording, facts: () => facts };
  }
  const { seed, games, edge, date } = source;
  return createWorld({ seed, games, edge, ...(date !== null && { date }) });
}

/**
 * Plays one night. The same job gives the same outcome, in whatever process.
 *
 * @throws TradingError CONFIG_INVALID when what it names cannot be loaded, or has changed since it was made.
 */
export async function playJob(job: NightJob): Promise<NightOutcome> {
  const { source, config, loads, options, trial } = job;
  const night = await openNight(source);
  const loaded = await loadNight(loads, config.decision, night);
  // Nobody hears of the decisions of a job: those that the live system keeps are made whole.
  const asLive = { recorded: "as-live", ...options, ...loaded } as const;
  const result = trial
    ? await playTrial(night, config, asLive, trial)
    : await playNight(night, config, asLive);
  return { manifest: night.manifest, result, without: lacksOf(loaded, loads) };
}

async function playTrial(
  night: FactSource,
  config: NightConfig,
  options: Partial<NightOptions>,
  { winners, following }: NightTrial,
): Promise<NightResult> {
  const metElsewhere =
    following === null
      ? null
      : nextGamesMarkets(await playedOf(night), await playedOf(await openNight(following)));
  return winners === null
    ? await playNight(night, config, { ...options, metElsewhere })
    : await playNight(night, oracleConfig(config), {
        ...{ ...options, metElsewhere, strategies: [oracleStrategy(winners)] },
      });
}

async function playedOf(night: FactSource): Promise<Parameters<typeof nextGamesMarkets>[0]> {
  const facts: Fact[] = [];
  for await (const fact of night.facts()) facts.push(fact);
  const { name, games } = night.manifest;
  return { name, games, facts };
}
