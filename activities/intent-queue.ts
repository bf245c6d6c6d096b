import { required } from "../core/domain/assert.ts";
import type { Db } from "../schema/database.ts";
import { type IntentOutcome, recordIntents } from "../schema/queries/intents.ts";
import type { FindLimits } from "../schema/queries/judge-group.ts";
import { fitsGroup, type NewIntent } from "../schema/queries/new-intent.ts";

/** Most intents of one transaction: all of them wait for its end. */
const GROUP_MAX = 32;

/** Where the intents of a process are recorded. */
export interface IntentQueue {
  /** Judges and records one; a repeat answers what stands. */
  record(proposal: NewIntent): Promise<IntentOutcome>;
}

interface Waiting {
  readonly proposal: NewIntent;
  readonly resolve: (outcome: IntentOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Creates the queue of a process. Risk judges one at a time under a lock, so intents that wait for it are
 * judged together: in one transaction, while the next ones gather. Who comes alone starts at once.
 */
export function createIntentQueue(db: Db, findLimits: FindLimits): IntentQueue {
  let waiting: readonly Waiting[] = [];
  let isJudging = false;
  const answer = async (group: readonly Waiting[], committed?: () => void): Promise<void> => {
    const proposals = group.map(({ proposal }) => proposal);
    const outcomes = await recordIntents(db, proposals, findLimits, committed);
    for (const [index, { resolve }] of group.entries()) {
      resolve(required(outcomes[index], "an outcome"));
    }
  };
  const answerAlone = (one: Waiting): Promise<void> => answer([one]).catch(one.reject);
  // The fault may be one's alone: the others must not suffer by it.
  const answerEach = async (group: readonly Waiting[]): Promise<void> => {
    await Promise.all(group.map(answerAlone));
  };
  const judgeNext = (): void => {
    isJudging = waiting.length > 0;
    if (!isJudging) return;
    const group = nextGroup(waiting);
    waiting = waiting.filter((one) => !group.includes(one));
    let hasGoneOn = false;
    const goOn = (): void => {
      if (hasGoneOn) return;
      hasGoneOn = true;
      judgeNext();
    };
    // The next one begins when the lock is free, and does not wait for this one to be on the disk.
    void answer(group, goOn)
      .catch(() => answerEach(group))
      .finally(goOn);
  };
  return {
    record: (proposal) =>
      new Promise((resolve, reject) => {
        waiting = [...waiting, { proposal, resolve, reject }];
        if (isJudging) return;
        isJudging = true;
        // All that come in this turn go together.
        setImmediate(judgeNext);
      }),
  };
}

/** Those that may be judged together, the longest waiting first: it is always among them. */
function nextGroup(waiting: readonly Waiting[]): readonly Waiting[] {
  const group: Waiting[] = [];
  for (const one of waiting) {
    const proposals = group.map(({ proposal }) => proposal);
    if (group.length < GROUP_MAX && fitsGroup(proposals, one.proposal)) group.push(one);
  }
  return group;
}
