import { easternDate, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { JudgedHypothesis } from "../../core/scoring/validation/plan.ts";
import type { Db } from "../../schema/database.ts";
import { type TestPlanRow, verdictsOf } from "../../schema/queries/test-plans.ts";

/** What a look at a plan finds. */
export interface PlanFindings {
  readonly verdict: JudgedHypothesis["answer"];
  readonly hypotheses: readonly JudgedHypothesis[];
  /** What the plan's sample wants still, each a sentence; until it is whole there is no other verdict. */
  readonly missing: readonly string[];
  readonly nights: number;
  readonly games: number;
  readonly positions: number;
  /** The day on which the stop rule ended the test; null when it did not. */
  readonly stoppedOn: TradingDate | null;
}

/** A look that was kept. */
interface PlanLook {
  readonly on: TradingDate;
  /** As far as its version knew them. */
  readonly found: Partial<PlanFindings>;
}

/** What counts of all looks at a plan. */
export interface CountedLook {
  /** Those of the first look that had a verdict; else those of now. */
  readonly findings: PlanFindings;
  /** Each look that was a chance to stop at a good moment, and how what counts differs from now. */
  readonly deviations: readonly string[];
}

/**
 * Finds what counts of a plan: its first verdict on a whole sample, which later looks repeat. Where more is
 * played afterwards, what it would be then is told, and changes nothing.
 *
 * @param now what this look finds.
 */
export async function countLooks(
  db: Db,
  { locked, now }: { readonly locked: TestPlanRow; readonly now: PlanFindings },
): Promise<CountedLook> {
  const looks = await looksAt(db, locked);
  const index = looks.findIndex(({ found }) => isVerdict(found));
  const first = looks[index];
  if (!first) return { findings: now, deviations: onTheWay(looks, locked, now) };
  const findings = findingsOf(first.found, now);
  return {
    findings,
    deviations: [
      ...onTheWay(looks.slice(0, index), locked, findings),
      ...(now.verdict === findings.verdict && isSameSample(now, findings)
        ? []
        : [
            `it was judged on ${first.on} at ${findings.games} games: ${findings.verdict}, which counts; ` +
              `with what was played since it would be ${now.verdict}, at ${now.games} games`,
          ]),
    ],
  };
}

async function looksAt(db: Db, locked: TestPlanRow): Promise<readonly PlanLook[]> {
  return (await verdictsOf(db, locked)).map(({ recorded_at: at, details }) => ({
    on: easternDate(instant(at.getTime())),
    found: JSON.parse(details) as PlanLook["found"], // Boundary: what `plan verify` wrote.
  }));
}

/** Not enough data is no verdict: whoever hears it knows no more of what the plan asks. */
function isVerdict({ verdict, missing }: Partial<PlanFindings>): boolean {
  return missing?.length === 0 && verdict !== "not_enough_data";
}

/** The findings of a kept look, without what a judgement has besides. */
function findingsOf(found: Partial<PlanFindings>, now: PlanFindings): PlanFindings {
  const { verdict, hypotheses, missing, nights, games, positions, stoppedOn } = {
    ...now,
    ...found,
  };
  return { verdict, hypotheses, missing, nights, games, positions, stoppedOn };
}

function isSameSample(one: Partial<PlanFindings>, other: PlanFindings): boolean {
  const { nights, games, positions } = other;
  return one.nights === nights && one.games === games && one.positions === positions;
}

/** Looks before what counts: each is a chance to stop at a good moment. */
function onTheWay(
  looks: readonly PlanLook[],
  { locked_at: lockedAt, to_date: to }: TestPlanRow,
  counted: PlanFindings,
): readonly string[] {
  const early = looks.filter(({ on }) => on <= to);
  // Days that were past when the plan was locked end nothing: only nights that are played do.
  const isOfPast = isOverAt(to, lockedAt.getTime());
  const later = looks.filter(
    ({ on, found }) => on > to && (isOfPast || !isSameSample(found, counted)),
  );
  const games = later.flatMap(({ found }) => found.games ?? []);
  return [
    ...(early.length === 0
      ? []
      : [`it was looked at ${early.length} times before its last day was over`]),
    ...(later.length === 0
      ? []
      : [
          `it was looked at ${later.length} times on the way to this sample` +
            (games.length === 0 ? "" : `, at ${games.join(", ")} games`),
        ]),
  ];
}

/** Whether a plan's last day was over at an instant of the wall, milliseconds, by the Eastern date. */
export function isOverAt(to: TradingDate, atMs: number): boolean {
  return easternDate(instant(Math.floor(atMs))) > to;
}
