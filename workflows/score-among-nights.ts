import { isCancellation } from "@temporalio/workflow";
import type { Mode } from "../core/domain/decision.ts";
import type { TradingDate } from "../core/domain/time.ts";
import { judging } from "./activities.ts";

/**
 * Scores a date among the days before it, and looks for drift. The date's own report stands whatever
 * becomes of this.
 *
 * @returns what it came to, in words.
 */
export async function scoreAmongNights(mode: Mode, tradingDate: TradingDate): Promise<string> {
  try {
    const { drifting, watched, scoresDir } = await judging.scoreNight({ mode, tradingDate });
    return `drift ${drifting} of ${watched} watched, scores ${scoresDir}`;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return "scores of many nights could not be made: the worker's log says why";
  }
}
