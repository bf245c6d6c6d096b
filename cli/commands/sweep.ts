import type { Command } from "commander";
import { playJobs } from "../../backtest/pool.ts";
import { nightLacks } from "../../backtest/summary.ts";
import {
  combinations,
  distinct,
  judgeSweep,
  nightsInSample,
  type Parameter,
  type SweepReport,
  type Trial,
} from "../../backtest/sweep.ts";
import { progressBar } from "../backtest/progress.ts";
import { type LoadedSettings, findNights, jobsOf, loadSettings } from "../backtest/sources.ts";
import { estimate, usd, withoutLines } from "../backtest/tables.ts";
import { openHome } from "../context.ts";
import { action, EXIT, numberOption, print, printJson, table, wrongUse } from "../output.ts";
import { type NightsOptions, withNights } from "./backtest.ts";

interface SweepOptions extends NightsOptions {
  readonly param: string[];
  readonly split: number;
}

const PARAMETERS_MAX = 2;

/** `tipoff sweep`: what changing one or two settings would have come to, judged on nights it was not chosen on. */
export function registerSweep(program: Command): void {
  withNights(program.command("sweep"))
    .description("try values of one or two settings; the best is judged out of sample")
    .requiredOption(
      "--param <path=values...>",
      "a setting and its values, such as strategies.modelEdge.minEdgeCents=1,2,3",
    )
    .option(
      "--split <share>",
      "share of the nights, the first ones, that the best is chosen on",
      numberOption(0.1, 0.9),
      0.7,
    )
    .action(action(sweep));
}

async function sweep(options: SweepOptions): Promise<number> {
  const parameters = readParameters(options.param);
  const nights = await findNights(options);
  requireBothSamples(nights.length, options.split);
  const played = { tickMs: options.tick * 1_000, latencyMs: options.latency };
  const chosen = combinations(parameters);
  // Settings first: a path that is none must be said before hours of play.
  const files = { ...options, home: openHome(options).home };
  const named: { readonly name: string; readonly hash: string; readonly loaded: LoadedSettings }[] =
    [];
  for (const changes of chosen) {
    const name = changes.map(({ path, value }) => `${path}=${String(value)}`).join(" ");
    const loaded = await loadSettings(files, changes);
    named.push({ name, hash: loaded.hashes.config, loaded });
  }
  const settings = distinct(named);
  const trials: Trial[] = [];
  for (const { name, loaded } of settings) {
    const bar = progressBar(`${String(trials.length + 1)} of ${String(settings.length)} ${name}`);
    const jobs = jobsOf(nights, loaded, played);
    trials.push({
      name,
      outcomes: await playJobs(jobs, { workers: options.workers, onDone: bar }),
    });
  }
  const cash = settings[0]?.loaded.startingCash ?? 0;
  const report = judgeSweep(trials, options.split, cash);
  if (options.json) printJson(report);
  else {
    const same = named.length - settings.length;
    if (same > 0) {
      print(`${String(same)} of ${String(named.length)} repeat a configuration: left out`);
    }
    printSweep(report);
    const lacks = nightLacks(trials.flatMap(({ outcomes }) => outcomes));
    for (const line of withoutLines(lacks)) print(line);
  }
  return EXIT.done;
}

/** Said before hours of play, as the settings are. */
function requireBothSamples(nights: number, split: number): void {
  if (nights < 2) throw wrongUse("one night has no out of sample", "name more nights");
  if (nightsInSample(nights, split) !== null) return;
  const what = split < 0.5 ? "choose" : "judge";
  throw wrongUse(
    `--split ${String(split)} of ${String(nights)} nights leaves none to ${what} on`,
    "name more nights, or another share",
  );
}

function readParameters(texts: readonly string[]): readonly Parameter[] {
  const parameters = texts.map(readParameter);
  if (parameters.length > PARAMETERS_MAX) {
    throw wrongUse(
      `${String(parameters.length)} parameters`,
      "name one or two: more is a search for luck",
    );
  }
  const paths = parameters.map(({ path }) => path);
  const twice = paths.find((path, nr) => paths.indexOf(path) !== nr);
  // One setting has one value: the second would be played, under the name of both.
  if (twice !== undefined) {
    throw wrongUse(`${twice} is named twice`, "write all its values once, as PATH=1,2,3");
  }
  return parameters;
}

function readParameter(text: string): Parameter {
  const [path = "", list = ""] = text.split("=");
  const values = list.split(",").map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
  if (path === "" || !values.every(Number.isFinite)) {
    throw wrongUse(`${text} names no values`, "write PATH=1,2,3 with numbers");
  }
  return { path, values };
}

function printSweep({ trials, nights, figures, best, overfitting }: SweepReport): void {
  const ratio = (value: number | null): string => (value === null ? "-" : value.toFixed(3));
  print(
    `${String(trials)} trials over ${String(nights.inSample)} nights; ` +
      `judged on ${String(nights.outOfSample)} others`,
  );
  print(
    table(
      ["trial", "nights traded", "entries", "net USD", "Sharpe a night"].concat([
        "out of sample: nights traded",
        "entries",
        "net USD",
        "Sharpe a night",
      ]),
      figures.map(({ name, inSample, outOfSample }) => [
        name,
        ...[inSample, outOfSample].flatMap((one) => [
          String(one.traded),
          String(one.entries),
          usd(one.net),
          ratio(one.sharpe),
        ]),
      ]),
    ),
  );
  if (best === null) {
    print("no trial traded on nights that differ: nothing to choose from");
    return;
  }
  const { deflated } = best;
  print(`best in sample  ${best.name}`);
  print(
    `deflated        Sharpe ${ratio(deflated.sharpe)} against ${ratio(deflated.threshold)} that the best of ` +
      `${String(deflated.trials)} worthless trials would show: probability ${ratio(deflated.probability)}`,
  );
  print(
    `out of sample   net a night with an entry ${estimate(best.outOfSample, usd)} USD: ${best.verdict}`,
  );
  print(
    `overfitting     probability ${ratio(overfitting.probability)} over ${String(overfitting.splits)} splits`,
  );
  print(best.isCredible ? "credible" : "NOT CREDIBLE: do not trade on it");
}
