import { userInfo } from "node:os";
import type { Command } from "commander";
import { archivePaper } from "../../activities/judgement/archive.ts";
import { readNightResults } from "../../activities/judgement/night-results.ts";
import { validateNights } from "../../activities/judgement/validation.ts";
import { usdMicros } from "../../core/domain/units.ts";
import { type HomeOption, withDatabase, withHome } from "../context.ts";
import {
  chooseDays,
  type DaysOptions,
  printPaper,
  requireTerms,
  withDays,
} from "../judged-days.ts";
import { openLadder } from "../ladder.ts";
import { action, EXIT, numberOption } from "../output.ts";

interface ValidateOptions extends HomeOption, DaysOptions {
  readonly all?: boolean;
  readonly against?: readonly string[];
  readonly tried?: readonly string[];
  readonly capital?: number;
}

const SHOWN = [
  "Until the gate can speak",
  "Against other ways of playing",
  "Walk forward, out of sample",
  "Edge over time",
  "Survival",
  "Search",
  "Forecasts",
  "Results",
  "Execution",
];

/** `tipoff validate`: the whole statistical validation in one report, which the gates look at. */
export function registerValidate(program: Command): void {
  withDays(withHome(program.command("validate")), "the first night there is")
    .description(
      "the whole statistical validation of the nights that count, archived; gates look at it where it is of them all",
    )
    .option(
      "--all",
      "every night that ended, seeded worlds and other settings too: no evidence for a gate",
    )
    .option(
      "--against <dir...>",
      "folders with reports of the same games played elsewhere, such as a backtest",
    )
    .option(
      "--tried <dir...>",
      "folders of all configurations that were tried, the played one first, each on the days that are validated; named " +
        "once, they are named each time: without one of them it is no evidence",
    )
    .option(
      "--capital <usd>",
      "play survival at this capital too, under the stage's limits",
      numberOption(1, 100_000_000),
    )
    .action(action(validate));
}

async function validate(options: ValidateOptions): Promise<number> {
  const { running, configHash } = await openLadder(options);
  const mode = options.mode ?? running.mode;
  const others = await Promise.all((options.against ?? []).map(readNightResults));
  const tried = await Promise.all((options.tried ?? []).map(readNightResults));
  const done = await withDatabase(running.databaseUrl, async (db) => {
    const days = await chooseDays(db, mode, options);
    const terms = await requireTerms(db, mode);
    const { limitsHash } = terms;
    const evidence = options.all === true ? null : { configHash, limitsHash };
    const capital =
      options.capital === undefined ? null : usdMicros(Math.round(options.capital * 1_000_000));
    const request = { mode, ...days, evidence, terms, capital, others, tried };
    const { validation, paper, nights, basis, named } = await validateNights(db, request);
    const from = nights[0]?.date ?? days.to;
    const folder = await archivePaper(db, paper, {
      ...{ kind: "validation", mode, from, to: days.to, basis, tried: named },
      verdict: validation.judgement.verdict,
      by: userInfo().username,
      at: new Date(),
      reportsDir: running.home.reports,
    });
    return { paper, folder };
  });
  printPaper(done.paper, { json: options.json === true, tables: SHOWN, folder: done.folder });
  return EXIT.done;
}
