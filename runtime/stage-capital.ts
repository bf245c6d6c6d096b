import type { Stage } from "../core/domain/stage.ts";
import type { LoadedLimits } from "./risk-limits.ts";

/** What stages have to work with. */
export interface StageCapital {
  /** Capital of each stage at its full size, micros. */
  readonly capital: Readonly<Record<Stage, number>>;
  /** Hash of the limits they are of. */
  readonly hash: string;
}

/** The capital of each stage by limits that were read. */
export function stageCapital({ file, hash }: LoadedLimits): StageCapital {
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
