import { readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { judgePlan, type PlanJudgement } from "../../activities/judgement/plan.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { newTestPlan, parseTestPlan } from "../../runtime/test-plan.ts";
import { findPlan, lockTestPlan, recordPlanVerdict } from "../../schema/queries/test-plans.ts";
import { type HomeOption, withDatabase, withHome } from "../context.ts";
import { dayOption, requireTerms } from "../judged-days.ts";
import { openLadder } from "../ladder.ts";
import { requireApplied } from "../limits.ts";
import { action, EXIT, failed, print, printJson, refused, table } from "../output.ts";

interface NewOptions {
  readonly from: TradingDate;
  readonly to: TradingDate;
  readonly out?: string;
  readonly json?: boolean;
}

interface PlanOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff plan new|lock|verify`: what is to be found out, before; the verdict against it, after. */
export function registerPlan(program: Command): void {
  const plan = program
    .command("plan")
    .description(
      "test plans: written and locked before the first night, judged against after the last",
    );
  plan
    .command("new")
    .description("write a plan to begin with")
    .argument("<name>", "the plan's own name")
    .requiredOption("--from <day>", "first trading date of its sample", dayOption)
    .requiredOption("--to <day>", "last trading date of its sample", dayOption)
    .option("--out <file>", "where to (default: NAME.plan.yaml here)")
    .option("--json", "answer as JSON")
    .action(action(writeNew));
  withHome(plan.command("lock"))
    .description("hash a plan and keep it, before any night of its days has begun")
    .argument("<file>", "the plan")
    .option("--json", "answer as JSON")
    .action(action(lock));
  withHome(plan.command("verify"))
    .description(
      "the verdict against a locked plan, with every deviation from it; there is none but not enough data " +
        "until its sample is whole; each look is kept, and the first verdict counts",
    )
    .argument("<file>", "the plan that was locked")
    .option("--json", "answer as JSON")
    .action(action(verify));
}

async function writeNew(name: string, { from, to, out, json }: NewOptions): Promise<number> {
  const file = resolve(out ?? `${name}.plan.yaml`);
  const text = newTestPlan(name, from, to);
  // A name or a range that cannot be locked is refused before it is written.
  parseTestPlan(file, text);
  await writeFile(file, text, { flag: "wx" });
  if (json) printJson({ name, file, from, to });
  else print(`${file}: edit it, then \`npx tipoff plan lock ${file}\` before the night of ${from}`);
  return EXIT.done;
}

async function lock(file: string, options: PlanOptions): Promise<number> {
  const { plan, hash, text } = parseTestPlan(file, await readFile(file, "utf8"));
  const { running, places, configHash } = await openLadder(options);
  const { mode } = running;
  const locked = await withDatabase(running.databaseUrl, async (db) => {
    await requireApplied(db, places.limitsFile, [mode]);
    const { limitsHash } = await requireTerms(db, mode);
    return lockTestPlan(db, {
      ...{ planHash: hash, name: plan.name, mode, content: text, configHash, limitsHash },
      ...{ from: plan.sample.from, to: plan.sample.to, by: userInfo().username },
    });
  });
  switch (locked.kind) {
    case "begun":
      throw refused(
        `${locked.runId} has begun: a plan is locked before the first of its nights`,
        "name later days",
      );
    case "other":
      throw refused(
        `a plan ${plan.name} was locked at ${locked.plan.locked_at.toISOString()} with other content`,
        "give the new one a name of its own: both stay on record",
      );
    case "exists":
    case "locked": {
      const { locked_at: at, locked_by: by } = locked.plan;
      const act = { name: plan.name, mode, hash, lockedAt: at, lockedBy: by };
      if (options.json) printJson({ outcome: locked.kind, ...act, configHash });
      else print(`${plan.name}: ${hash} locked in ${mode} at ${at.toISOString()} by ${by}`);
      return EXIT.done;
    }
  }
}

async function verify(file: string, options: PlanOptions): Promise<number> {
  const { plan, hash } = parseTestPlan(file, await readFile(file, "utf8"));
  const { running } = await openLadder(options);
  const { mode } = running;
  const judged = await withDatabase(running.databaseUrl, async (db) => {
    const locked = await findPlan(db, { mode, name: plan.name });
    if (locked === null) {
      throw failed(
        `no plan ${plan.name} was locked in ${mode}`,
        `\`npx tipoff plan lock ${file}\``,
      );
    }
    const request = { mode, locked, fileHash: hash, nowMs: Date.now() };
    const judgement = await judgePlan(db, request);
    const by = userInfo().username;
    await recordPlanVerdict(db, {
      plan: locked,
      verdict: judgement.verdict,
      details: judgement,
      by,
    });
    return { ...judgement, lockedAt: locked.locked_at, hash: locked.plan_hash };
  });
  if (options.json) printJson({ name: plan.name, mode, ...judged });
  else printVerdict(plan.name, judged);
  return judged.verdict === "confirmed" ? EXIT.done : EXIT.failed;
}

const ANSWERS: Readonly<Record<PlanJudgement["verdict"], string>> = {
  confirmed: "confirmed",
  not_confirmed: "not confirmed",
  not_enough_data: "not enough data",
};

function printVerdict(name: string, judged: PlanJudgement): void {
  print(`${name}: ${ANSWERS[judged.verdict]}`);
  print(`${judged.nights} nights, ${judged.games} games, ${judged.positions} positions`);
  const number = (value: number | null | undefined): string =>
    value === null || value === undefined ? "-" : String(Number(value.toPrecision(4)));
  const rows = judged.hypotheses.map(({ id, says, metric, direction, than, estimate, answer }) => [
    id,
    says,
    `${metric} ${direction} ${than}`,
    number(estimate.value),
    estimate.interval === null
      ? (estimate.lack ?? "-")
      : `${number(estimate.interval.low)} to ${number(estimate.interval.high)}`,
    String(estimate.n),
    ANSWERS[answer],
  ]);
  print(table(["id", "says", "asks", "value", "interval", "n", "answer"], rows));
  for (const one of judged.missing) print(`MISSING ${one}`);
  const deviations = judged.deviations.filter((one) => !judged.missing.includes(one));
  for (const deviation of deviations) print(`DEVIATION ${deviation}`);
  if (judged.deviations.length === 0) print("as planned: no deviation");
}
