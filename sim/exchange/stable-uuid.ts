import { v5 } from "uuid";

/** Namespace of every id that the paper exchange derives. */
const NAMESPACE = "6f1d1f0e-3c0b-5b0e-9f1b-6b6a9d3d7a10";

/** The same text gives the same UUID, in each replay and on each machine. */
export function stableUuid(text: string): string {
  return v5(text, NAMESPACE);
}
