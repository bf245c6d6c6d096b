import { resolve } from "node:path";
import { InvalidArgumentError, type Command, Option } from "commander";
import { FIRST_DAY, lastNight } from "../activities/judgement/acts.ts";
import type { Paper } from "../activities/judgement/paper.ts";
import { paperTerminal } from "../activities/judgement/pages.ts";
import { modeTerms, type ModeTerms } from "../activities/judgement/terms.ts";
import type { Mode } from "../core/domain/decision.ts";
import { isTradingDate, type TradingDate } from "../core/domain/time.ts";
import type { Db } from "../schema/database.ts";
import { nothingInForce } from "./limits.ts";
import { type CommandError, failed, print, printJson, wrongUse } from "./output.ts";

/** What every command that judges days takes. */
export interface DaysOptions {
  readonly from?: TradingDate;
  readonly to?: TradingDate;
  readonly mode?: Mode;
  readonly json?: boolean;
}

/** Adds the options of `DaysOptions`. */
export function withDays(command: Command, what: string): Command {
  return command
    .option("--from <day>", `first trading date (default: ${what})`, dayOption)
    .option("--to <day>", "last trading date (default: the last night that ended)", dayOption)
    .addOption(
      new Option("--mode <mode>", "whose nights (default: that of the worker)").choices([
        "shadow",
        "paper",
      ]),
    )
    .option("--json", "answer as JSON");
}

/** Parser of an option that is a trading date. */
export function dayOption(text: string): TradingDate {
  if (isTradingDate(text)) return text;
  throw new InvalidArgumentError("Expected a date, YYYY-MM-DD, such as 2026-12-01.");
}

/** The days that are meant. @throws CommandError when no night has ended, or they run backwards. */
export async function chooseDays(
  db: Db,
  mode: Mode,
  { from, to }: DaysOptions,
): Promise<{ readonly from: TradingDate; readonly to: TradingDate }> {
  const last = to ?? (await lastNight(db, mode));
  if (last === null) throw noNight(mode);
  const days = { from: from ?? FIRST_DAY, to: last };
  if (days.from > days.to) {
    throw wrongUse(`${days.from} is after ${days.to}`, "give --from and --to in this sequence");
  }
  return days;
}

/** What is said where there is no night to judge. */
export function noNight(mode: Mode): CommandError {
  return failed(`no ${mode} night has ended yet`, "play one: `npx tipoff day start`");
}

/** What a mode has at work. @throws CommandError before the first start. */
export async function requireTerms(db: Db, mode: Mode): Promise<ModeTerms> {
  const terms = await modeTerms(db, mode);
  if (terms === null) throw nothingInForce();
  return terms;
}

/** Prints a paper: its JSON, or some of its tables and where the whole lies. */
export function printPaper(
  paper: Paper,
  { json, tables, folder }: { json: boolean; tables: readonly string[]; folder: string | null },
): void {
  if (json) {
    printJson({ ...paper.json, reportDir: folder });
    return;
  }
  print(paperTerminal(paper, tables));
  if (folder === null) return;
  for (const name of ["report.html", "report.md", "report.json"]) {
    print(`  ${resolve(folder, name)}`);
  }
}
