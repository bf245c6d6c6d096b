import { setTimeout as sleep } from "node:timers/promises";

/** What a check says; `next` is the step that mends it, where there is one. */
export interface Finding {
  /** `unknown`: it could not be told, which is not ok. */
  readonly state: "ok" | "not ok" | "unknown";
  readonly evidence: string;
  readonly next: string | null;
}

/** One named check over what it needs to look at. */
export interface Check<Context> {
  readonly name: string;
  readonly look: (context: Context) => Promise<Finding>;
}

/** A finding with the check's name. */
export interface CheckResult extends Finding {
  readonly name: string;
}

export const ok = (evidence: string): Finding => ({ state: "ok", evidence, next: null });
export const notOk = (evidence: string, next: string): Finding => ({
  state: "not ok",
  evidence,
  next,
});
export const unknown = (evidence: string, next: string): Finding => ({
  state: "unknown",
  evidence,
  next,
});

const TIMEOUT_MS = 10_000;

/** Runs every check, none skipped; one that throws or does not answer in 10 s says `unknown`. */
export async function runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
): Promise<readonly CheckResult[]> {
  return Promise.all(
    checks.map(async ({ name, look }) => ({ name, ...(await answerOf(look, context)) })),
  );
}

async function answerOf<Context>(look: Check<Context>["look"], context: Context): Promise<Finding> {
  const late = new AbortController();
  try {
    return await Promise.race([look(context), timeout(late.signal)]);
  } catch (error) {
    const evidence = error instanceof Error ? error.message : String(error);
    return unknown(evidence, "`npx tipoff doctor` shows what is away");
  } finally {
    late.abort();
  }
}

async function timeout(over: AbortSignal): Promise<Finding> {
  await sleep(TIMEOUT_MS, undefined, { signal: over }).catch(() => undefined);
  return unknown(`no answer within ${TIMEOUT_MS / 1_000} s`, "look at the service it asks");
}

/** Whether every check is ok. */
export function isAllOk(results: readonly CheckResult[]): boolean {
  return results.every(({ state }) => state === "ok");
}
