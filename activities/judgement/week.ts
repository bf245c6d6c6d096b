import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { ComparedResults } from "../../core/scoring/comparison.ts";
import type { ForecastFigures } from "../../core/scoring/validation/forecasts.ts";
import type { ReviewDecision, ReviewFacts } from "../../core/scoring/validation/review.ts";
import type { JudgedTrade } from "../../core/scoring/validation/sample.ts";
import type { Scores } from "../../core/scoring/validation/scores.ts";
import type { WeekTroubles } from "../../schema/queries/judged-nights.ts";

/** A winner or loser of the week with what explains it. */
export interface ExplainedTrade {
  readonly trade: JudgedTrade;
  readonly causes: readonly string[];
}

/** The week's review. */
export interface WeekReview {
  readonly mode: Mode;
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Nights that were given up without an end, each counted as failed. */
  readonly unended: readonly TradingDate[];
  readonly scores: Scores;
  /** What was made of the week's nights, beside what shadow would have made of them. */
  readonly againstShadow: ComparedResults;
  readonly facts: ReviewFacts;
  /** How well outcomes were forecast over the sixty days up to the week's end. */
  readonly calibration: ForecastFigures;
  readonly winners: readonly ExplainedTrade[];
  readonly losers: readonly ExplainedTrade[];
  readonly troubles: WeekTroubles;
  readonly decision: ReviewDecision;
}
