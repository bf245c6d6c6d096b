import { basename } from "node:path";
import type { Command } from "commander";
import { readEnvironment } from "../../runtime/config.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { buildElo, type EloBuild } from "../elo-build.ts";
import { action, EXIT, numberOption, print, printJson, table } from "../output.ts";

/** Odd rows that are printed one by one; `--json` has them all. */
const FINDINGS_SHOWN = 20;

interface BuildArguments {
  readonly results: string[];
  readonly regression?: number;
  readonly strategyConfig?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** `tipoff elo`: ratings of the league from its results. */
export function registerElo(program: Command): void {
  const elo = program.command("elo").description("ratings of the league, from its results");
  elo
    .command("build")
    .description("rate every game of the files; where files overlap the first is believed")
    .requiredOption("--results <file...>", "results: 538 nba_elo, nba results, nba odds")
    .option("--regression <factor>", "nba_elo_regression_factor instead of the settings'", share)
    .option(
      "--strategy-config <file>",
      "settings with the other constants (default: config/tipoff.yaml)",
    )
    .requiredOption("--out <dir>", "folder to write")
    .option("--json", "answer as JSON")
    .action(action(build));
}

const share = numberOption(0, 1);

async function build(options: BuildArguments): Promise<number> {
  const { results, regression, strategyConfig, out } = options;
  const { config } = loadTipoffConfig(strategyConfig ?? readEnvironment().configFile);
  const { elo } = config.decision.forecast;
  const built = await buildElo({
    ...{ results, out, now: new Date() },
    config: { ...elo, regression: regression ?? elo.regression },
  });
  if (options.json) printJson(built);
  else printBuild(built);
  return EXIT.done;
}

function printBuild({ out, isBuilt, reasons, metadata, findings }: EloBuild): void {
  const { games, firstGame, lastGame, sources, parameters } = metadata;
  if (isBuilt) print(`built      ${out}: ${reasons.join("; ")}`);
  else print(`up to date ${out}: sources and parameters are those of ${metadata.builtAt}`);
  print(`games      ${games}, ${firstGame.date} to ${lastGame.date}`);
  const { margin, ...plain } = parameters;
  const constants = Object.entries({ ...plain, ...prefixed(margin) });
  print(`constants  ${constants.map(([name, value]) => `${name} ${value}`).join(", ")}`);
  print(
    table(
      ["file", "shape", "rows", "games it adds"],
      sources.map(({ file, shape, rows, games: added }) => [
        ...[basename(file), shape, String(rows), String(added)],
      ]),
    ),
  );
  printFindings(metadata.findings, findings);
}

function prefixed(margin: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(margin).map(([name, value]) => [`margin.${name}`, value]),
  );
}

function printFindings(
  counts: Readonly<Record<string, number>>,
  findings: EloBuild["findings"],
): void {
  const kinds = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  print(`odd rows   ${kinds.join(", ") || "none"}`);
  // What two files tell alike is the rule where they overlap, and no news.
  const news = findings.filter(({ kind }) => kind !== "duplicate");
  for (const { kind, file, line, reason } of news.slice(0, FINDINGS_SHOWN)) {
    print(`  ${basename(file)} line ${line}: ${kind}: ${reason}`);
  }
  if (news.length > FINDINGS_SHOWN) print("  all of them: --json");
}
