import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { routerEffect, type RouterEffect } from "../../backtest/router-effect.ts";
import {
  judgedUnder,
  type JudgedUnder,
  keepRouterRecord,
  type RouterRecord,
} from "../../runtime/router-record.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { wallNow } from "../../runtime/wall.ts";
import { progressBar } from "../backtest/progress.ts";
import { findNights, jobsOf, loadSettings } from "../backtest/sources.ts";
import { estimate, usd, withoutLines } from "../backtest/tables.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import { action, EXIT, failed, integerOption, print, printJson } from "../output.ts";

interface JudgeOptions extends HomeOption {
  readonly recording?: string[];
  readonly world: number;
  readonly nights: number;
  readonly games: number;
  readonly workers: number;
  readonly json?: boolean;
}

/** Between two decisions on a game, run milliseconds: the difference needs no more. */
const DECIDE_EVERY_MS = 10_000;
/** Worlds that are played unless told otherwise: on some a router changes nothing, and thirty must be left. */
const NIGHTS = 40;

/** `tipoff router judge`: the same nights with and without the router. */
export function registerRouter(program: Command): void {
  const router = program.command("router").description("which strategies may act in which regime");
  withHome(router.command("judge"))
    .description(
      "play the same nights with and without the router's rules, and keep the difference, judged by night; " +
        "worlds say nothing of recorded and live nights",
    )
    .option("--recording <dir...>", "recorded nights instead of worlds; each counts once")
    .option("--world <seed>", "first seed of the worlds", integerOption(0, 1e15), 7)
    .option("--nights <n>", "worlds, one a seed", integerOption(1, 1_000), NIGHTS)
    .option("--games <n>", "games of each world", integerOption(1, 15), 2)
    .option("--workers <n>", "nights played at once", integerOption(1, 64), availableParallelism())
    .option("--json", "answer as JSON")
    .action(action(judge));
}

async function judge(options: JudgeOptions): Promise<number> {
  const { home, environment } = openHome(options);
  const { configFile: strategyConfig, limitsFile: limits } = environment;
  const settings = await loadSettings({ strategyConfig, limits, home });
  const { routerRules } = settings;
  const under = judgedUnder(loadTipoffConfig(strategyConfig).config, settings.hashes.limits);
  if (routerRules === undefined || under === null) {
    throw failed(
      `${strategyConfig} has no section router`,
      "config/tipoff.yaml of the package has one to begin with",
    );
  }
  const nights = await findNights({ ...nightsOf(options), edge: "default", spread: 1 });
  const jobs = jobsOf(nights, settings, { decideEveryMs: DECIDE_EVERY_MS });
  const effect = await routerEffect(jobs, routerRules, {
    workers: options.workers,
    onDone: progressBar("router"),
  });
  const record = recordOf(effect, under);
  const kept = await keepRouterRecord(home, record);
  if (options.json) printJson({ ...record, entries: effect.entries, net: effect.net, file: kept });
  else show(effect, record, kept);
  return EXIT.done;
}

function nightsOf({ recording, world, nights, games }: JudgeOptions) {
  if (recording !== undefined) return { recording, games };
  return { world: `${String(world)}-${String(world + nights - 1)}`, games };
}

function recordOf(
  { nights, source, games, difference, verdict }: RouterEffect,
  under: JudgedUnder,
): RouterRecord {
  const dollars = (micros: number | null | undefined): number | null =>
    micros === null || micros === undefined ? null : micros / 1_000_000;
  return {
    schemaVersion: 1,
    ...under,
    source,
    nights: nights.length,
    differing: difference.clusters,
    games,
    differenceUsd: dollars(difference.value),
    lowUsd: dollars(difference.interval?.low),
    highUsd: dollars(difference.interval?.high),
    verdict,
    judgedAt: new Date(wallNow()).toISOString(),
  };
}

function show(
  { net, entries, difference, without }: RouterEffect,
  record: RouterRecord,
  file: string,
): void {
  const { nights, differing, games, source, verdict } = record;
  print(
    `${String(games)} games of ${String(nights)} nights, each played with and without the router`,
  );
  print(`net of fees, USD: routed ${usd(net.routed)}, unrouted ${usd(net.unrouted)}`);
  print(`entries: routed ${String(entries.routed)}, unrouted ${String(entries.unrouted)}`);
  print(`nights on which it differs: ${String(differing)} of ${String(nights)}`);
  print(`difference a game, USD, by night: ${estimate(difference, usd)}`);
  for (const line of withoutLines(without)) print(line);
  const holds = source === "worlds" ? "seeded worlds alone" : "recorded and live nights";
  print(
    `verdict: ${verdict}, for ${holds}, under these settings and limits. Kept in ${file}; reports say so.`,
  );
}
