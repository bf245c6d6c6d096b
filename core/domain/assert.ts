/** A broken invariant: our bug, never the venue's. Never caught; the workflow task fails loudly. */
class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * Asserts a fact that must hold. State the rule positively: `assert(filled <= count, "filled <= count")`.
 *
 * @throws InvariantError when `condition` is false.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant violated: ${invariant}`);
}

/**
 * Returns `value`, which must be there.
 *
 * @throws InvariantError when it is null or undefined.
 */
export function required<T>(value: T | null | undefined, what: string): T {
  // Its words are made only for the error: this is called everywhere.
  if (value === null || value === undefined) assert(false, `${what} is present`);
  return value;
}

/** Proves at compile time that a union was handled whole; throws when data broke the types. */
export function unreachable(value: never): never {
  throw new InvariantError(`unhandled case: ${JSON.stringify(value)}`);
}
