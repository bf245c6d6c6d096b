/** Names that are told of a longer list. */
const TOLD_MAX = 5;

/** Names in a sentence: `a, b`, and of a long list the first with how many there are besides. */
export function listed(names: readonly string[]): string {
  const others = names.length - TOLD_MAX;
  const told = names.slice(0, TOLD_MAX).join(", ");
  return others > 0 ? `${told} and ${others} more` : told;
}
