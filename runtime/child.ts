import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChildProcessRecord } from "./home.ts";
import { endProcess, identify } from "./process-identity.ts";

const LOG_BYTES_MAX = 20_000_000;

/** What to run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
}

/** A started child. */
export interface Child {
  readonly record: ChildProcessRecord;
  /** Resolves with how it ended, such as `SIGKILL` or `exit code 1`. */
  readonly exited: Promise<string>;
}

/** A service that could not be started: why and where its log is, and what to do next. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly nextStep: string;
  constructor(reason: string, nextStep: string, options?: ErrorOptions) {
    super(reason, options);
    this.nextStep = nextStep;
  }
}

/**
 * Starts a child whose output goes straight into files, so that what it says while nobody
 * supervises is kept: its log, and beside it `.errors.log`, so that a crash's stack trace does not
 * spoil a log of JSON lines. Its own process group: Ctrl+C must reach the supervisor alone, which ends
 * services in order.
 *
 * @throws ServiceError when it cannot be started at all.
 */
export async function startChild(
  what: Pick<ChildProcessRecord, "name" | "stopSignal" | "graceMs">,
  command: Command,
  logFile: string,
): Promise<Child> {
  const log = openLog(logFile);
  const errors = openLog(errorFileOf(logFile));
  const { command: file, args, ...options } = command;
  const child = spawn(file, args, { ...options, detached: true, stdio: ["ignore", log, errors] });
  const exited = exitOf(child);
  closeSync(log);
  closeSync(errors);
  const identity = child.pid === undefined ? null : await identify(child.pid);
  if (!identity) {
    const reason = `${what.name} did not start: ${await exited}; see ${errorFileOf(logFile)}`;
    throw new ServiceError(reason, "`npx tipoff doctor` looks for what is missing");
  }
  return { record: { ...what, ...identity }, exited };
}

/** Where a child's standard error goes. */
export function errorFileOf(logFile: string): string {
  return logFile.replace(/\.log$/, ".errors.log");
}

/** Ends children in reverse order of their start, each gone before the next is asked. */
export async function endChildren(records: readonly ChildProcessRecord[]): Promise<void> {
  for (const record of records.toReversed()) {
    await endProcess(record, record.stopSignal, record.graceMs);
  }
}

/**
 * Waits for a check to pass, or until the wait is given up.
 *
 * @throws Error naming what was waited for and the last fault.
 */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  check: () => Promise<unknown>,
  givenUp?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      givenUp?.throwIfAborted();
      if (Date.now() > deadline) {
        const fault = error instanceof Error ? error.message : String(error);
        throw new Error(`${what} did not answer within ${timeoutMs / 1_000} s (${fault})`);
      }
    }
    await sleep(100);
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve(error.message);
    });
    child.once("exit", (code, signal) => {
      resolve(signal ?? `exit code ${code ?? "unknown"}`);
    });
  });
}

/** One generation of old lines is kept. */
function openLog(file: string): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return openSync(file, "a");
}
