import type { Mode } from "../../core/domain/decision.ts";
import { TradingError } from "../../core/domain/errors.ts";
import { easternDate, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import {
  type Hypothesis,
  judgeHypotheses,
  levelOf,
  missingOf,
  planVerdict,
  stoppedOn,
} from "../../core/scoring/validation/plan.ts";
import { type Scores, scoreSample } from "../../core/scoring/validation/scores.ts";
import { parseTestPlan, type TestPlanFile } from "../../runtime/test-plan.ts";
import type { Db } from "../../schema/database.ts";
import { gateNights, type LeftOut } from "../../schema/queries/gate-facts.ts";
import { begunNights } from "../../schema/queries/judged-nights.ts";
import {
  nightsStillPlayed,
  plansBeside,
  type TestPlanRow,
} from "../../schema/queries/test-plans.ts";
import { daysBetween } from "../missed-days.ts";
import { gatherSample } from "./gather.ts";
import { countLooks, isOverAt, type PlanFindings } from "./plan-looks.ts";
import { capitalUnder } from "./terms.ts";

/** A plan that was locked, held against what came. */
export interface PlanJudgement extends PlanFindings {
  /** How the test was not as planned, each a sentence; empty when it was. */
  readonly deviations: readonly string[];
}

/** Against what a plan is held besides the ledger. */
export interface PlanRequest {
  readonly mode: Mode;
  readonly locked: TestPlanRow;
  /** SHA-256 of the plan's file now. */
  readonly fileHash: string;
  /** Now, wall milliseconds. */
  readonly nowMs: number;
}

/**
 * Judges a plan against its own days, up to where its stop rule ended them, and lists every deviation. Its
 * first verdict counts: a later look repeats it, whatever has been played since. Shares
 * are of the capital of the limits that it was locked under: what is in force later changes no verdict.
 *
 * @throws TradingError CONFIG_INVALID when nobody kept these limits, or this version cannot read them.
 */
export async function judgePlan(db: Db, request: PlanRequest): Promise<PlanJudgement> {
  const { mode, locked } = request;
  const capital = await capitalOf(db, request);
  const { plan } = parseTestPlan(`the locked plan ${locked.name}`, locked.content);
  const { from, to } = plan.sample;
  // What is played on other days, under whatever settings, takes none of the plan's own away.
  const { rows: nights, leftOut } = await gateNights(db, {
    ...{ mode, configHash: locked.config_hash, limitsHash: locked.limits_hash },
    ...{ since: locked.locked_at, days: { from, to } },
  });
  const hypotheses = plan.hypotheses.map(hypothesisOf);
  const level = levelOf(hypotheses);
  const whole = scoreSample(await gatherSample(db, { mode, nights, capital }), { level });
  const stopDate = stoppedOn(whole.money.daily, stopOf(plan));
  const kept = stopDate === null ? nights : nights.filter(({ date }) => date <= stopDate);
  const scores =
    kept.length === nights.length
      ? whole
      : scoreSample(await gatherSample(db, { mode, nights: kept, capital }), { level });
  const sizes = sizesOf(scores);
  const missing = missingOf(sampleOf(plan), {
    ...{ ...sizes, stoppedOn: stopDate, isOver: isOverAt(to, request.nowMs) },
    stillPlayed: await nightsStillPlayed(db, { mode, from, to }),
  });
  const judged = judgeHypotheses(scores, hypotheses, missing);
  const now = {
    ...{ verdict: planVerdict(judged), hypotheses: judged, nights: kept.length, ...sizes },
    ...{ stoppedOn: stopDate, missing },
  };
  const { findings, deviations: looks } = await countLooks(db, { locked, now });
  return {
    ...findings,
    deviations: [
      ...(await deviationsOfLock(db, request, plan)),
      ...(await deviationsOfDays(db, request, { plan, leftOut, stoppedOn: stopDate })),
      ...looks,
      ...findings.missing,
      ...(kept.length < nights.length
        ? [`the test went on after its stop rule ended it on ${stopDate ?? ""}`]
        : []),
    ],
  };
}

/** What the plan's returns and stop rule are shares of, micro-dollars. */
async function capitalOf(db: Db, { mode, locked }: PlanRequest): Promise<number> {
  const limitsHash = locked.limits_hash;
  const capital = await capitalUnder(db, { mode, limitsHash });
  if (capital !== null) return capital;
  throw new TradingError("CONFIG_INVALID", {
    reason: `the limits that plan ${locked.name} was locked under (${limitsHash.slice(0, 12)}) are not kept`,
    nextStep: "restore the database that it was locked in",
  });
}

function hypothesisOf(one: TestPlanFile["hypotheses"][number]): Hypothesis {
  const { id, says, metric, strategy, above, below } = one;
  return {
    ...{ id, says, metric, strategy },
    direction: above === undefined ? "below" : "above",
    than: above ?? below ?? Number.NaN,
  };
}

function stopOf({ stop }: TestPlanFile) {
  const share = (percent: number | null): number | null =>
    percent === null ? null : percent / 100;
  return { maxDrawdown: share(stop.max_drawdown_pct), maxLoss: share(stop.max_loss_pct) };
}

function sampleOf({ sample }: TestPlanFile) {
  return { to: sample.to, minGames: sample.min_games, minPositions: sample.min_positions };
}

function sizesOf(scores: Scores): { readonly games: number; readonly positions: number } {
  const net = scores.money.figures.find(({ name }) => name === "mean net a position");
  return { games: net?.estimate.clusters ?? 0, positions: scores.positions.ended };
}

const LEFT_OUT: Readonly<Record<keyof LeftOut, string>> = {
  world: "were played on a seeded world",
  unended: "never ended",
  settings: "were played under other settings than the plan's",
  limits: "were played under other limits than the plan's",
  idle: "decided nothing",
  earlier: "were begun before the last one under other settings or limits",
};

/** Whether the file is what was locked, in time, and the only question asked of its days. */
async function deviationsOfLock(
  db: Db,
  { locked, fileHash }: PlanRequest,
  { sample }: TestPlanFile,
): Promise<readonly string[]> {
  const lockedOn = easternDate(instant(locked.locked_at.getTime()));
  const others = await plansBeside(db, locked);
  return [
    ...(fileHash === locked.plan_hash
      ? []
      : [`the plan's file was changed since it was locked (${locked.plan_hash.slice(0, 12)})`]),
    ...(lockedOn > sample.from
      ? [`it was locked on ${lockedOn}, after its first day: what was played was not unknown`]
      : []),
    ...(others.length > 0
      ? [`its days are asked by ${others.length} other plans too: ${others.join(", ")}`]
      : []),
  ];
}

async function deviationsOfDays(
  db: Db,
  { mode, locked }: PlanRequest,
  of: {
    readonly plan: TestPlanFile;
    readonly leftOut: LeftOut;
    readonly stoppedOn: TradingDate | null;
  },
): Promise<readonly string[]> {
  const { plan, leftOut, stoppedOn: stop } = of;
  const { from, to } = plan.sample;
  const begun = await begunNights(db, { mode, from, to });
  const last = stop ?? to;
  const why = Object.keys(LEFT_OUT) as (keyof LeftOut)[]; // Boundary: the keys of the record above.
  const unplayed = daysBetween(from, last) + 1 - begun.filter(({ date }) => date <= last).length;
  return [
    ...why.flatMap((name) =>
      leftOut[name] === 0 ? [] : [`${leftOut[name]} nights since the lock ${LEFT_OUT[name]}`],
    ),
    ...begun
      .filter(({ verdict }) => verdict === "stopped")
      .map(({ date }) => `the night of ${date} was stopped by hand`),
    ...(unplayed > 0 && isOverAt(to, locked.locked_at.getTime())
      ? [
          `${unplayed} of its days have no night: they were past when it was locked, and a test of such can be ` +
            "ended at a good moment",
        ]
      : []),
  ];
}
