import { TradingError } from "../../core/domain/errors.ts";
import { listed } from "../../core/domain/listed.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { groupBy } from "../../core/scoring/group.ts";
import type { NightResults } from "./night-results.ts";

/** A configuration that was tried: where, under which name, on which days. */
type Tried = Pick<NightResults, "folder" | "name" | "days">;

/**
 * Asks that configurations make a search, where any is named: two at least, each of a name of its own, by which a later
 * validation knows it again, and each tried on the days that are validated.
 *
 * @throws TradingError CONFIG_INVALID naming the folders, and what is to be done.
 */
export function assertTried(tried: readonly Tried[], validated: readonly TradingDate[]): void {
  const [only, ...others] = tried;
  if (only !== undefined && others.length === 0) {
    throw new TradingError("CONFIG_INVALID", {
      reason: `of the configurations that were tried only ${only.folder} is named: one is no search`,
      nextStep: "name all that were tried, the played one first, or none where none was",
    });
  }
  assertNames(tried);
  assertSameDays(tried, validated);
}

/** Names that an earlier validation knew and this one does not name. */
export function lackingOf(
  tried: readonly Pick<Tried, "name">[],
  before: readonly string[],
): readonly string[] {
  const named = new Set(tried.map(({ name }) => name));
  return before.filter((name) => !named.has(name));
}

function assertNames(tried: readonly Tried[]): void {
  const alike = [...groupBy(tried, ({ name }) => name).values()].filter((own) => own.length > 1);
  if (alike.length === 0) return;
  const faults = alike.map((own) => `  ${listed(own.map(({ folder }) => folder))}`);
  throw new TradingError("CONFIG_INVALID", {
    reason: ["configurations that were tried have the same name:", ...faults].join("\n"),
    nextStep: "name each once, and give each folder a name of its own",
  });
}

/**
 * Each is tried on all of the days and on no other: where one was not played it would count as having brought nothing,
 * and overfitting be of what nobody tried. A day on which it was played and traded nothing is one of its days.
 */
function assertSameDays(tried: readonly Tried[], validated: readonly TradingDate[]): void {
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
