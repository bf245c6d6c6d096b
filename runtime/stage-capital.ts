import type { Stage } from "../core/domain/stage.ts";
import { loadRiskLimits } from "./risk-limits.ts";

/** What stages have to work with. */
export interface StageCapital {
  /** Capital of each stage at its full size, micros. */
  readonly capital: Readonly<Record<Stage, number>>;
  /** Hash of the limits they are of. */
  readonly hash: string;
}

/**
 * Reads the capital of each stage from the limits file.
 *
 * @throws TradingError CONFIG_INVALID naming file, key, value and allowed range of every fault.
 */
export function readStageCapital(path: string): StageCapital {
  const { file, hash } = loadRiskLimits(path);
  const of = (stage: Stage): number => Math.round(file[stage].max_total_capital * 1_000_000);
  return {
    capital: {
      shadow: of("shadow"),
      paper: of("paper"),
      micro: of("micro"),
      small: of("small"),
      medium: of("medium"),
      standard: of("standard"),
    },
    hash,
  };
}
