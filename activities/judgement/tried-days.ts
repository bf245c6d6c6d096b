import { TradingError } from "../../core/domain/errors.ts";
import { listed } from "../../core/domain/listed.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { NightResults } from "./night-results.ts";

/**
 * Asks that configurations were tried on the days that are validated, each on all of them and on no other: where one
 * was not played it would count as having brought nothing, and overfitting be of what nobody tried. A day on which it
 * was played and traded nothing is one of its days.
 *
 * @throws TradingError CONFIG_INVALID naming each folder, and the days that it lacks or has besides.
 */
export function assertSameDays(
  tried: readonly Pick<NightResults, "folder" | "days">[],
  validated: readonly TradingDate[],
): void {
  const faults = tried.flatMap(({ folder, days }) => {
    const lacking = validated.filter((day) => !days.includes(day));
    const besides = days.filter((day) => !validated.includes(day));
    const parts = [
      ...(lacking.length > 0 ? [`lacks ${listed(lacking)}`] : []),
      ...(besides.length > 0 ? [`has ${listed(besides)} besides`] : []),
    ];
    return parts.length > 0 ? [`  ${folder} ${parts.join("; ")}`] : [];
  });
  if (faults.length === 0) return;
  const what =
    "configurations that were tried are of other days than the nights that are validated:";
  throw new TradingError("CONFIG_INVALID", {
    reason: [what, ...faults].join("\n"),
    nextStep:
      "play each configuration on the nights that are validated, or choose these with --from and --to",
  });
}
