/** How often a work is repeated: wall milliseconds between the end of one and the begin of the next. */
type Pause = number | (() => number);

/**
 * Does a work at once, and again a while after each end of it, until it is stopped; never twice at a time.
 * A work that throws is told of and done again. Does not keep the process alive.
 *
 * @returns how to end it: resolves when the work that is under way has ended.
 */
export function repeat(
  work: () => Promise<void>,
  pause: Pause,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  const next = (): void => {
    round = work()
      .catch(onError)
      .then(() => {
        if (isStopped) return;
        timer = setTimeout(next, typeof pause === "number" ? pause : pause()).unref();
      });
  };
  next();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    return round;
  };
}
