import type { Fact } from "../facts.ts";

/** A stream that is in order of `receivedAt` and tells nothing before `at`. */
export interface DueStream {
  readonly at: number;
  readonly facts: Iterable<Fact>;
}

interface OpenStream {
  readonly facts: Iterator<Fact>;
  head: Fact;
}

/** Merges streams that are each in order of `receivedAt`; at a tie the earlier stream goes first. */
export function mergeFacts(streams: readonly Iterable<Fact>[]): Generator<Fact> {
  return mergeAsDue(streams.map((facts) => ({ at: Number.NEGATIVE_INFINITY, facts })));
}

/**
 * The same for streams that begin one after the other, sorted by that: a stream is opened when its
 * time has come and forgotten when it ends, so that a long world holds only what is alive.
 */
export function* mergeAsDue(streams: readonly DueStream[]): Generator<Fact> {
  const open: OpenStream[] = [];
  let waiting = 0;
  for (;;) {
    // At most a few dozen are open: looking at each head is cheaper than keeping a heap.
    let earliest = open[0];
    for (const stream of open) {
      if (earliest === undefined || stream.head.receivedAt < earliest.head.receivedAt) {
        earliest = stream;
      }
    }
    const due = streams[waiting];
    if (due !== undefined && due.at <= (earliest?.head.receivedAt ?? due.at)) {
      waiting += 1;
      openStream(due.facts, open);
      continue;
    }
    if (earliest === undefined) return;
    yield earliest.head;
    const next = earliest.facts.next();
    if (next.done === true) open.splice(open.indexOf(earliest), 1);
    else earliest.head = next.value;
  }
}

function openStream(stream: Iterable<Fact>, open: OpenStream[]): void {
  const facts = stream[Symbol.iterator]();
  const first = facts.next();
  if (first.done !== true) open.push({ facts, head: first.value });
}
