import { Night, NIGHT_DEFAULTS } from "../../backtest/night.ts";
import type { NightConfig, NightFill, NightResult } from "../../backtest/result.ts";
import type { Fact } from "../../sim/facts.ts";
import { assertOnGrid, gameNumber, LATENCY_MS, nightFacts, nightSource } from "./night-source.ts";
import { keptRecords, type Records } from "./records.ts";
import { fillLine, type NightChecksum } from "./reference.ts";
import { type NightGame, sha256 } from "./workload.ts";

/** One pass over the workload. */
export interface NightPass {
  readonly checksum: NightChecksum;
  readonly quotes: number;
  readonly seconds: number;
  /** Decisions taken, and those of them that were recorded whole. */
  readonly evaluations: number;
  readonly records: number;
  /** Orders that risk judged, the rules it looked at for them, and orders that it refused. */
  readonly risk: { readonly orders: number; readonly rules: number; readonly refused: number };
}

/** The workload as it lies in memory before the clock of any pass starts, as the quotes of the peers do. */
export interface LoadedNight {
  readonly source: ReturnType<typeof nightSource>;
  readonly facts: readonly Fact[];
  readonly quotes: number;
}

/** Makes the facts of the workload. */
export function loadGameNight(games: readonly NightGame[]): LoadedNight {
  const source = nightSource(games);
  const quotes = games.reduce((sum, { prices }) => sum + prices.length, 0);
  return { source, facts: [...nightFacts(games, source)], quotes };
}

/** Plays the workload once through the product, on one thread. */
export function playGameNight(
  { source, facts, quotes }: LoadedNight,
  config: NightConfig,
  records: Records = keptRecords(),
): NightPass {
  const night = new Night(source, config, {
    ...NIGHT_DEFAULTS,
    latencyMs: LATENCY_MS,
    decideEveryMs: 0,
    recorded: "as-live",
    fees: { kind: "quadratic", multiplierMilli: 1_000 },
    onDecision: records.add,
  });
  const began = performance.now();
  for (const fact of facts) {
    if (fact.kind === "quote") assertOnGrid(fact);
    night.play(fact);
  }
  const result = night.end();
  const seconds = (performance.now() - began) / 1_000;
  records.close();
  return {
    checksum: checksumOf(result),
    quotes,
    seconds,
    evaluations: result.decisions,
    records: records.count(),
    risk: riskOf(result),
  };
}

function checksumOf({ games, pnl }: NightResult): NightChecksum {
  const fills = games
    .flatMap((game) => game.fills)
    .map((fill, index) => ({ fill, index, number: gameNumber(fill.marketTicker) }))
    .sort((a, b) => a.fill.at - b.fill.at || a.number - b.number || a.index - b.index)
    .map(({ fill }) => fill);
  const entries = fills.filter(({ purpose }) => purpose === "entry").length;
  return {
    entries,
    closed: entries,
    settled: entries - (fills.length - entries),
    result: pnl.gross / 1_000,
    fees: pnl.fees,
    fills: sha256(fills.map(lineOf).join("\n")),
  };
}

function riskOf({ games }: NightResult): NightPass["risk"] {
  const intents = games.flatMap((game) => game.intents);
  return {
    orders: intents.length,
    rules: intents.reduce((sum, { rules }) => sum + rules, 0),
    refused: intents.filter(({ refusalCode }) => refusalCode !== null).length,
  };
}

function lineOf({ marketTicker, side, price, fee }: NightFill): string {
  return fillLine(gameNumber(marketTicker), side, price / 1_000, fee);
}
