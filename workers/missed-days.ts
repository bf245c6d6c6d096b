import type { Logger } from "pino";
import { lookForMissed } from "../activities/missed-days.ts";
import { instant } from "../core/domain/units.ts";
import { repeat } from "../runtime/repeat.ts";
import { wallNow } from "../runtime/wall.ts";

/** A day is missed six hours after its time: minutes more do not matter. */
const LOOK_MS = 5 * 60_000;

/** Says which days the schedule missed, at once and whenever one more is. @returns the end of it. */
export function watchMissedDays(
  deps: Parameters<typeof lookForMissed>[0] & { readonly log: Logger },
): () => Promise<void> {
  const look = (): Promise<void> => lookForMissed(deps, instant(Math.floor(wallNow())));
  return repeat(look, LOOK_MS, (error) => {
    deps.log.warn({ error: String(error) }, "missed days not looked for");
  });
}
