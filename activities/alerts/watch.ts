import type { Instant } from "../../core/domain/units.ts";
import { type Heartbeat, readHeartbeat } from "../../runtime/heartbeat.ts";
import { wallInstant } from "../../runtime/wall.ts";
import type { AlarmKey } from "../../schema/queries/alarms.ts";

/** Something critical that holds now, seen from outside the worker. Told with the database or without. */
export interface Condition extends AlarmKey {
  readonly message: string;
  /** Wall time at which it was first held to be true. */
  readonly at: Instant;
}

/** What is asked, and how. Each throws, or takes too long, when there is no answer. */
export interface Probes {
  readonly database: () => Promise<unknown>;
  readonly temporal: () => Promise<unknown>;
  readonly venue: () => Promise<unknown>;
}

/** Looks at worker and services from outside. */
export interface Watch {
  /** What is critical now. */
  conditions(): readonly Condition[];
  stop(): void;
}

/** Codes of what is told here. Stable: people filter by them. */
export const WATCH_CODES = { silent: "worker_silent", lost: "connection_lost" } as const;

const LOOK_MS = 500;
const PROBE_MS = 3_000;
const PROBE_TIMEOUT_MS = 5_000;

type Lifeline = keyof Probes | "stream" | "worker";
const NAMES: Readonly<Record<Lifeline, string>> = {
  database: "the database",
  temporal: "Temporal",
  venue: "the venue",
  stream: "the venue's stream",
  worker: "the worker",
};

/**
 * Watches until stopped. Everything counts as well at the start: what does not answer from then on for
 * its whole time is lost. Ages are of a clock that no one sets.
 */
export function startWatch(options: {
  readonly heartbeatFile: string;
  readonly probes: Probes;
  readonly silentMs: number;
  readonly lostMs: number;
}): Watch {
  const wellAt = new Map<Lifeline, number>();
  const since = new Map<Lifeline, Instant>();
  const controller = new AbortController();
  const well = (name: Lifeline): void => void wellAt.set(name, performance.now());
  for (const name of Object.keys(NAMES) as Lifeline[]) well(name); // Its own keys.

  let last: Heartbeat | null = null;
  repeat(LOOK_MS, controller.signal, async () => {
    const seen = await readHeartbeat(options.heartbeatFile);
    const isBeat = seen !== null && (seen.beat !== last?.beat || seen.pid !== last.pid);
    if (!isBeat) return;
    // The first one read may be a dead worker's last.
    if (last !== null || seen.beat === 1) well("worker");
    if (seen.isStreamOpen) well("stream");
    last = seen;
  });
  for (const [name, probe] of Object.entries(options.probes) as [keyof Probes, Probes["venue"]][]) {
    repeat(PROBE_MS, controller.signal, async () => {
      await inTime(probe());
      well(name);
    });
  }

  const ageOf = (name: Lifeline): number => performance.now() - (wellAt.get(name) ?? 0);
  const isSilent = (): boolean => ageOf("worker") > options.silentMs;
  /** A silent worker says nothing of its stream: that is one cause, not two. */
  const isLost = (name: Lifeline): boolean =>
    ageOf(name) > options.lostMs && (name !== "stream" || ageOf("worker") < options.lostMs);
  const conditionOf = (name: Lifeline): readonly Condition[] => {
    const isBad = name === "worker" ? isSilent() : isLost(name);
    if (!isBad) since.delete(name);
    else if (!since.has(name)) since.set(name, wallInstant());
    const at = since.get(name);
    return at === undefined ? [] : [describe(name, at, options)];
  };
  return {
    conditions: () => (Object.keys(NAMES) as Lifeline[]).flatMap(conditionOf), // Its own keys.
    stop: () => {
      controller.abort();
    },
  };
}

function describe(
  name: Lifeline,
  at: Instant,
  { silentMs, lostMs }: { readonly silentMs: number; readonly lostMs: number },
): Condition {
  const nowhere = { runId: null, gameId: null, at };
  if (name === "worker") {
    const message = `the worker has given no sign of life for ${silentMs / 1_000} s`;
    return { ...nowhere, code: WATCH_CODES.silent, field: null, message };
  }
  const message = `${NAMES[name]} has not answered for ${lostMs / 1_000} s`;
  return { ...nowhere, code: WATCH_CODES.lost, field: name, message };
}

function repeat(everyMs: number, stopped: AbortSignal, work: () => Promise<void>): void {
  const turn = async (): Promise<void> => {
    await work().catch(() => undefined); // No answer: its age tells.
    if (!stopped.aborted) setTimeout(() => void turn(), everyMs).unref();
  };
  void turn();
}

async function inTime(answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error("no answer in time"));
    }, PROBE_TIMEOUT_MS);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
