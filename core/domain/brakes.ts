import { type KillLevel, stricter } from "./kill.ts";

/** What people stop entries by, of a game and of a contract alike. */
export interface Brakes {
  readonly killLevel: KillLevel | null;
  readonly entriesPausedBecause: string | null;
}

/** What people tell of them. */
export type BrakeFact =
  | { readonly kind: "killed"; readonly level: KillLevel }
  | { readonly kind: "resumed" }
  | { readonly kind: "entries-paused"; readonly reason: string };

/** The brakes after one fact: of two kills the stricter stands, and only a resume lifts either. */
export function stepBrakes({ killLevel, entriesPausedBecause }: Brakes, fact: BrakeFact): Brakes {
  switch (fact.kind) {
    case "killed":
      return { killLevel: stricter(killLevel, fact.level), entriesPausedBecause };
    case "resumed":
      return { killLevel: null, entriesPausedBecause: null };
    case "entries-paused":
      return { killLevel, entriesPausedBecause: fact.reason };
  }
}
