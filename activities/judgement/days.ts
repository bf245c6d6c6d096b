import type { TradingDate } from "../../core/domain/time.ts";
import type { JudgedNight } from "../../schema/queries/judged-nights.ts";

/** So many calendar days before a date. */
export function daysBefore(date: TradingDate, days: number): TradingDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** Whether a night was played on a seeded world, whose result whoever chooses the seed chooses. */
export function isOfWorld({ source }: Pick<JudgedNight, "source">): boolean {
  return source.startsWith("world:");
}

/** Those of the nights, the first first, that are of the last one's kind: of a world, or not. */
export function nightsAlike<Night extends Pick<JudgedNight, "source">>(
  nights: readonly Night[],
): readonly Night[] {
  const last = nights.at(-1);
  return nights.filter((night) => last && isOfWorld(night) === isOfWorld(last));
}

/** What is told of those of the other kind, which are left out; nothing where there are none. */
export function tellLeftOut(
  { days, what, n }: { readonly days: string; readonly what: string; readonly n: number },
  isOfWorlds: boolean,
): readonly string[] {
  if (n === 0) return [];
  const kind = isOfWorlds ? "of a seeded world" : "that are of no seeded world";
  return [`Left out ${days}: ${n} ${what} ${kind}, which are no measure of the others.`];
}

/** What nights were played from, in words that say what they prove. */
export function describeSources(nights: readonly Pick<JudgedNight, "source">[]): string {
  const worlds = nights.filter(isOfWorld).length;
  if (nights.length === 0) return "No night was played.";
  if (worlds === 0) return `${nights.length} nights, none of a seeded world.`;
  return (
    `${nights.length} nights, ${worlds} of a seeded world: these show that the machinery works, ` +
    "and prove no edge."
  );
}
