import type { Fact } from "../facts.ts";

/** Merges streams that are each in order of `receivedAt`; at a tie the earlier stream goes first. */
export function* mergeFacts(streams: readonly Iterable<Fact>[]): Generator<Fact> {
  const open = streams.flatMap((stream) => {
    const facts = stream[Symbol.iterator]();
    const first = facts.next();
    return first.done === true ? [] : [{ facts, head: first.value }];
  });
  for (;;) {
    // At most a few dozen streams: looking at each head is cheaper than keeping a heap.
    let earliest = open[0];
    if (earliest === undefined) return;
    for (const stream of open) {
      if (stream.head.receivedAt < earliest.head.receivedAt) earliest = stream;
    }
    yield earliest.head;
    const next = earliest.facts.next();
    if (next.done === true) open.splice(open.indexOf(earliest), 1);
    else earliest.head = next.value;
  }
}
