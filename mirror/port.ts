import type { Instant } from "../core/domain/units.ts";
import type { FactBody } from "../sim/facts.ts";

/** What the venue or a feed said, in the words of facts; who takes it notes when it came. */
export type Told = FactBody & {
  /** When it happened, by the clock of who said it. */
  readonly sourceTime: Instant;
};

/** Takes what was said, in the sequence in which it came. */
export type Tell = (told: Told) => void;

/** What listens to one part of the world outside until it is closed. */
export interface MirrorPart {
  close(): Promise<void>;
}
