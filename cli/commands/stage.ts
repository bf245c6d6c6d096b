import { userInfo } from "node:os";
import type { Command } from "commander";
import type { Assessment, StepAssessment } from "../../activities/gates/assess.ts";
import type { ConditionResult } from "../../core/domain/gate.ts";
import { modeOfStage } from "../../core/domain/stage.ts";
import { hasSteps, promoted, scaleOf } from "../../core/risk/ladder.ts";
import { type Ladder, recordFall, recordRise } from "../../schema/queries/stages.ts";
import { confirm } from "../confirm.ts";
import { type HomeOption, withDatabase, withHome } from "../context.ts";
import { openLadder, passOf, readStage } from "../ladder.ts";
import { requireApplied } from "../limits.ts";
import { takeStep } from "../step-up.ts";
import { action, EXIT, failed, print, printJson, refused, table } from "../output.ts";

interface ShowOptions extends HomeOption {
  readonly json?: boolean;
}

interface PromoteOptions extends ShowOptions {
  readonly confirm: readonly string[];
  readonly reason: string;
  readonly step?: boolean;
}

interface DemoteOptions extends ShowOptions {
  readonly reason: string;
}

/** `tipoff stage`: where one is on the ladder, and what the next gate lacks. */
export function registerStage(program: Command): void {
  const stage = withHome(program.command("stage"))
    .description("where one is on the ladder of stages, and what the next gate lacks")
    .option("--json", "answer as JSON, with the query behind each number")
    .action(action(showStage));
  withHome(stage.command("promote"))
    .description("go up: every condition of the gate passed, and two typed confirmations")
    .option(
      "--confirm <word>",
      "twice, when not typed at a terminal: the next stage's name (or the step's number), and its capital in USD",
      (word: string, before: readonly string[]) => [...before, word],
      [],
    )
    .option("--reason <text>", "why; it is kept", "every condition was passed")
    .option(
      "--step",
      "a step of +25 % within the stage, after a stable window, instead of the next stage",
    )
    .option("--json", "answer as JSON")
    .action(action(promote));
  withHome(stage.command("demote"))
    .description("go down one stage; needs no gate and no confirmation")
    .requiredOption("--reason <text>", "why; it is kept")
    .option("--json", "answer as JSON")
    .action(action(demote));
}

async function showStage(options: ShowOptions): Promise<number> {
  const home = await openLadder(options);
  const {
    ladder,
    assessment,
    step: nextStep,
    limits,
  } = await withDatabase(home.running.databaseUrl, (db) => readStage(db, home));
  const { position, since, moves, tampered } = ladder;
  const scale = scaleOf(position.stage, position.step);
  const capitalUsd = (limits.capital[position.stage] * scale) / 1e6;
  if (options.json) {
    const { stage, step } = position;
    const shownNow = { stage, step, scale, capitalUsd, since, tampered };
    printJson({ ...shownNow, next: assessment, nextStep, moves });
  } else {
    print(describePosition(ladder, scale, capitalUsd));
    if (tampered !== null) print(`TAMPERED: ${tampered}; the ladder counts from the bottom`);
    printGate(assessment);
    if (nextStep !== null) printStep(nextStep);
    for (const { at, kind, from, to, by, reason } of moves.slice(-5)) {
      print(`${at.toISOString()} ${kind}: ${from.stage} -> ${to.stage} by ${by}, ${reason}`);
    }
  }
  return tampered === null ? EXIT.done : EXIT.failed;
}

function describePosition({ position, since }: Ladder, scale: number, capitalUsd: number): string {
  const from = since === null ? "where the ladder begins" : `since ${since.toISOString()}`;
  const step = hasSteps(position.stage) ? `, step ${position.step} (${scale * 100} %)` : "";
  return `stage ${position.stage}${step}, capital ${capitalUsd} USD, ${from}`;
}

function printGate({ from, to, conditions, nights, leftOut, isOpen }: Assessment): void {
  if (to === null) {
    print("the top of the ladder: there is no next gate");
    return;
  }
  print(`gate ${from} -> ${to}: ${isOpen ? "open" : "closed"}, ${describeNights(nights)}`);
  printJudged({ conditions, leftOut });
  if (to !== "paper") print("mode live does not exist: no stage above paper can be entered yet");
}

/** What the window since the present step was taken lacks for the next one. */
function printStep({ from, to, mode, verdict, conditions, nights, leftOut }: StepAssessment): void {
  const answer = { up: "may be taken", hold: "not yet", back: "no: the window is bad" }[verdict];
  print(
    `step ${from.step} -> ${to.step}: ${answer}, ${describeNights(nights)} of ${mode}, which stand for live ones`,
  );
  printJudged({ conditions, leftOut });
}

function describeNights(nights: Assessment["nights"]): string {
  const range =
    nights.length === 0 ? "" : ` (${nights[0]?.date ?? ""} to ${nights.at(-1)?.date ?? ""})`;
  return `judged on ${nights.length} nights${range}`;
}

function printJudged({ conditions, leftOut }: Pick<Assessment, "conditions" | "leftOut">): void {
  for (const line of describeLeftOut(leftOut)) print(line);
  const rows = conditions.map((one) => [
    one.name,
    one.answer,
    shown(one),
    `${one.sample}`,
    one.needs,
  ]);
  print(table(["condition", "answer", "value [95 %]", "n", "needs"], rows));
}

const LEFT_OUT: Readonly<Record<keyof Assessment["leftOut"], string>> = {
  world: "were played on a seeded world, whose result whoever chooses the seed chooses",
  unended: "never ended, and count as incidents",
  settings: "were played, or a part of them, under other settings than those in force",
  limits: "were played, or a part of them, under other limits than those in force",
  idle: "decided nothing",
  earlier: "were begun before the last one under other settings or limits",
};

function describeLeftOut(leftOut: Assessment["leftOut"]): readonly string[] {
  const why = Object.keys(LEFT_OUT) as (keyof typeof LEFT_OUT)[];
  return why.flatMap((name) =>
    leftOut[name] === 0 ? [] : [`no evidence: ${leftOut[name]} nights ${LEFT_OUT[name]}`],
  );
}

function shown({ value, interval }: ConditionResult): string {
  const number = (one: number): string => String(Number(one.toPrecision(4)));
  if (value === null) return "-";
  return interval === null
    ? number(value)
    : `${number(value)} [${interval.map(number).join(", ")}]`;
}

async function promote(options: PromoteOptions): Promise<number> {
  const home = await openLadder(options);
  return withDatabase(home.running.databaseUrl, async (db) => {
    const judged = await readStage(db, home);
    const { ladder, assessment, limits } = judged;
    const { position } = ladder;
    if (ladder.tampered !== null) {
      throw refused(
        `the record of stages was changed: ${ladder.tampered}`,
        "`npx tipoff audit verify`",
      );
    }
    if (options.step) {
      const { stage, step } = await takeStep(db, home, judged, options);
      if (options.json) printJson({ from: position, stage, step, keyId: home.signer.keyId });
      else print(`stage ${stage}, step ${step}, recorded and signed (${home.signer.keyId})`);
      return EXIT.done;
    }
    const to = promoted(position);
    if (to === null || assessment.to === null) {
      throw refused(`${position.stage} is the top of the ladder`, "there is nothing above it");
    }
    // Of the nights that were judged, and of what they are promoted to.
    await requireApplied(db, home.places.limitsFile, ["shadow", "paper"]);
    requireOpen(assessment);
    if (modeOfStage(to.stage) === null) {
      throw refused(
        `stage ${to.stage} trades real money, and mode live does not exist yet`,
        "stay on paper; the gate's verdict stands in `npx tipoff stage`",
      );
    }
    const capitalUsd = String(limits.capital[to.stage] / 1e6);
    const words = [
      { word: to.stage, what: "the name of the next stage" },
      { word: capitalUsd, what: "its capital in USD" },
    ];
    await confirm(words, options.confirm);
    const reached = await recordRise(db, home.signer, {
      kind: "promotion",
      from: position,
      pass: passOf(home, assessment, limits),
      reason: options.reason,
      by: userInfo().username,
      at: new Date(),
    });
    const { keyId } = home.signer;
    if (options.json) printJson({ from: position, ...reached, keyId });
    else print(`stage ${position.stage} -> ${reached.stage}, recorded and signed (${keyId})`);
    return EXIT.done;
  });
}

function requireOpen({ to, conditions, isOpen }: Assessment): void {
  if (isOpen) return;
  const lacking = conditions
    .filter(({ answer }) => answer !== "pass")
    .map(({ name, answer }) => `${name} (${answer})`);
  throw refused(
    `the gate to ${to ?? "nowhere"} is closed: ${lacking.join(", ") || "nothing was judged"}`,
    "`npx tipoff stage` shows each condition with its number",
  );
}

async function demote(options: DemoteOptions): Promise<number> {
  const home = await openLadder(options);
  const to = await withDatabase(home.running.databaseUrl, (db) =>
    recordFall(db, home.signer, {
      kind: "demotion",
      cause: null,
      reason: options.reason,
      by: userInfo().username,
      at: new Date(),
    }),
  );
  if (to === null) throw failed("shadow is the bottom of the ladder", "there is nothing below it");
  if (options.json) printJson({ ...to, keyId: home.signer.keyId });
  else print(`down to stage ${to.stage}${hasSteps(to.stage) ? `, step ${to.step}` : ""}`);
  return EXIT.done;
}
