/**
 * Merges streams that are each in sequence of `timeOf`; at a tie the earlier stream goes first.
 * One item of each stream is in memory at a time.
 */
export async function* mergeByTime<T>(
  streams: readonly (AsyncIterable<T> | Iterable<T>)[],
  timeOf: (item: T) => number,
): AsyncGenerator<T> {
  const open: { readonly items: AsyncIterator<T> | Iterator<T>; head: T; at: number }[] = [];
  for (const stream of streams) {
    const items =
      Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
    const first = await items.next();
    if (first.done !== true) open.push({ items, head: first.value, at: timeOf(first.value) });
  }
  try {
    for (;;) {
      let earliest = open[0];
      if (earliest === undefined) return;
      for (const stream of open) if (stream.at < earliest.at) earliest = stream;
      yield earliest.head;
      const next = await earliest.items.next();
      if (next.done === true) open.splice(open.indexOf(earliest), 1);
      else Object.assign(earliest, { head: next.value, at: timeOf(next.value) });
    }
  } finally {
    // Files stay open until their readers are told that nobody reads on.
    for (const { items } of open) await items.return?.();
  }
}
