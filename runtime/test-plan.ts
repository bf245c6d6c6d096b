import { createHash } from "node:crypto";
import { z } from "zod";
import { isTradingDate } from "../core/domain/time.ts";
import { bounded, parseConfigText, whole } from "./config-file.ts";

/** Figures that a plan may ask: those of `core/scoring/validation/plan.ts`, which its test compares. */
export const METRICS = [
  "mean_net_usd",
  "win_rate",
  "profit_factor",
  "fee_drag",
  "total_return",
  "sharpe",
  "sortino",
  "brier_difference",
  "brier_skill",
  "fill_rate_gap",
  "slippage_cents",
  "closing_line_value_cents",
] as const;

/** Figures that a strategy has of its own. */
const OF_STRATEGY: readonly string[] = ["mean_net_usd", "win_rate", "profit_factor", "fee_drag"];

const Day = z.string().refine(isTradingDate, { error: "expected a date, YYYY-MM-DD" });

const Hypothesis = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: "expected a-z, 0-9 and -, at most 40" }),
    says: z.string().min(1),
    metric: z.enum(METRICS),
    strategy: z.string().min(1).nullable(),
    above: z.number().optional(),
    below: z.number().optional(),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), {
    error: "expected one of above and below",
  })
  .refine(({ strategy, metric }) => strategy === null || OF_STRATEGY.includes(metric), {
    error: `only ${OF_STRATEGY.join(", ")} can be asked of one strategy`,
    path: ["strategy"],
  });

/** A test plan as it is written. */
const TestPlanFile = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,59}$/, { error: "expected a-z, 0-9 and -, at most 60" }),
    sample: z
      .strictObject({
        from: Day,
        to: Day,
        min_games: whole(1, 100_000),
        min_positions: whole(1, 1_000_000),
      })
      .refine(({ from, to }) => from <= to, { error: "must not be before from", path: ["to"] }),
    hypotheses: z.array(Hypothesis).min(1).max(20),
    stop: z.strictObject({
      max_drawdown_pct: bounded(0.1, 100).nullable(),
      max_loss_pct: bounded(0.1, 100).nullable(),
    }),
  })
  .refine(({ hypotheses }) => new Set(hypotheses.map(({ id }) => id)).size === hypotheses.length, {
    error: "ids of hypotheses must differ",
    path: ["hypotheses"],
  });
export type TestPlanFile = z.infer<typeof TestPlanFile>;

/** A plan that was read, with the SHA-256 of its bytes: a changed comment is a changed plan. */
export interface LoadedPlan {
  readonly plan: TestPlanFile;
  readonly hash: string;
  readonly text: string;
}

/**
 * Reads the text of a test plan.
 *
 * @throws TradingError CONFIG_INVALID naming file, key, value and allowed range of every fault.
 */
export function parseTestPlan(path: string, text: string): LoadedPlan {
  const plan = parseConfigText(path, text, TestPlanFile);
  return { plan, text, hash: createHash("sha256").update(text).digest("hex") };
}

/** A plan to begin with: it can be locked as it stands, once its days have been looked at. */
export function newTestPlan(name: string, from: string, to: string): string {
  return `# A test plan: what is to be found out, on which days, and when the test ends early. Lock it before the first
# of its nights with \`npx tipoff plan lock FILE\`; from then on a changed byte is a deviation.
# Unknown keys are refused. A hypothesis is confirmed only where the whole interval lies on its side; the intervals
# are widened so that all hypotheses together are at 95 %.

name: ${name}                          # the plan's own name: it is locked once

sample:
  from: ${from}                        # trading dates, both included; none of them begun when the plan is locked
  to: ${to}
  min_games: 60                        # with fewer there is no verdict, 1 to 100000
  min_positions: 100                   # positions that ended, likewise, 1 to 1000000

hypotheses:
  - id: earns
    says: positions earn after fees
    metric: mean_net_usd               # ${METRICS.slice(0, 6).join(", ")},
                                       # ${METRICS.slice(6).join(", ")}
    strategy: null                     # null of all; one strategy only for ${OF_STRATEGY.join(", ")}
    above: 0                           # or below:, in the metric's unit; shares from 0 to 1
  - id: forecasts
    says: we forecast no worse than the market
    metric: brier_difference
    strategy: null
    below: 0.005

stop:                                  # the test ends with the first day on which one is met; null asks nothing
  max_drawdown_pct: 10                 # from the high-water mark, 0.1 to 100
  max_loss_pct: 10                     # of the capital at the start, 0.1 to 100
`;
}
