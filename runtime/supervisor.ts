import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TradingError } from "../core/domain/errors.ts";
import {
  type Child,
  type Command,
  endChildren,
  errorFileOf,
  ServiceError,
  startChild,
} from "./child.ts";
import type { ChildProcessRecord } from "./home.ts";
import { nodeArguments } from "./package-root.ts";

const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A service that ran this long was healthy: its next restart is quick again. */
const HEALTHY_MS = 20_000;

/** A process that was started and may not answer yet. */
interface StartedProcess {
  readonly pid: number;
  /** Aborts when it ends: nothing more to wait for. */
  readonly gone: AbortSignal;
}

/** A long-running process, as the supervisor needs to know it. */
export interface ServiceSpec extends Pick<ChildProcessRecord, "name" | "stopSignal" | "graceMs"> {
  /** Does what each start needs first, and says what to run. */
  prepare(): Promise<Command>;
  /** Resolves when the started process answers. @throws Error when it does not in its time. */
  ready(started: StartedProcess): Promise<void>;
}

/** How a service is doing. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: "starting" | "ready" | "restarting" | "stopped";
  readonly pid: number | null;
  readonly restarts: number;
  /** How it last ended; `SIGKILL` of a stopped one: it did not in its grace. */
  readonly lastExit: string | null;
}

/** What a supervisor tells its owner. */
export interface SupervisorEvents {
  /** A service changed its state. */
  onStatus(status: ServiceStatus): void;
  /** The set of children changed: to be written down before anything else happens. */
  onChildren(children: readonly ChildProcessRecord[]): Promise<void>;
}

interface Service {
  readonly spec: ServiceSpec;
  child: Child | null;
  status: ServiceStatus;
  watching: Promise<void>;
}

/**
 * Starts services in the order they are launched, restarts each that ends with a growing pause,
 * and ends them in reverse. A guardian process ends them when this process is killed.
 */
export class Supervisor {
  readonly #logs: string;
  readonly #events: SupervisorEvents;
  readonly #services: Service[] = [];
  readonly #stopping = new AbortController();
  #guardian: ChildProcess;

  constructor(logs: string, events: SupervisorEvents) {
    this.#logs = logs;
    this.#events = events;
    this.#guardian = this.#startGuardian();
  }

  /**
   * Starts a service and returns when it answers.
   *
   * @throws ServiceError when its first start fails.
   */
  async launch(spec: ServiceSpec): Promise<void> {
    const service: Service = {
      spec,
      child: null,
      status: { name: spec.name, state: "starting", pid: null, restarts: 0, lastExit: null },
      watching: Promise.resolve(),
    };
    this.#services.push(service);
    this.#events.onStatus(service.status);
    const child = await this.#start(service);
    service.watching = this.#watch(service, child);
  }

  /** How every service is doing, in launch order. */
  statuses(): readonly ServiceStatus[] {
    return this.#services.map((service) => service.status);
  }

  /** Ends all services, last launched first, and waits until they are gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const service of this.#services.toReversed()) {
      if (service.child) await endChildren([service.child.record]);
      const lastExit = (await service.child?.exited) ?? service.status.lastExit;
      await service.watching;
      service.child = null;
      this.#report(service, { state: "stopped", pid: null, lastExit });
    }
    await this.#tellChildren();
    this.#guardian.removeAllListeners("exit");
    this.#guardian.stdin?.end();
  }

  async #start(service: Service): Promise<Child> {
    const { spec } = service;
    const logFile = join(this.#logs, `${spec.name}.log`);
    const command = await spec.prepare();
    this.#stopping.signal.throwIfAborted();
    const child = await startChild(
      { name: spec.name, stopSignal: spec.stopSignal, graceMs: spec.graceMs },
      command,
      logFile,
    );
    service.child = child;
    // No longer `restarting`: told again, that would be told as another end.
    this.#report(service, { state: "starting", pid: child.record.pid });
    const gone = new AbortController();
    const died = child.exited.then((how) => {
      gone.abort();
      throw endedEarly(spec.name, how, logFile);
    });
    died.catch(() => undefined); // Heard below, as long as it starts.
    try {
      // A child that could not be written down must not live: nobody would find it to end it.
      await this.#tellChildren();
      if (this.#isStopping()) await endChildren([child.record]);
      const ready = spec.ready({ pid: child.record.pid, gone: gone.signal });
      await Promise.race([ready.catch((error: unknown) => notReady(error, logFile)), died]);
    } catch (error) {
      await endChildren([child.record]);
      throw error;
    }
    this.#report(service, { state: "ready" });
    return child;
  }

  /** Starts the service again each time it ends, or fails to start, until all are stopped. */
  async #watch(service: Service, first: Child): Promise<void> {
    let lastExit = await first.exited;
    let startedAt = Date.now();
    let pauseMs = BACKOFF_FIRST_MS;
    while (!this.#isStopping()) {
      const restarts = service.status.restarts + 1;
      this.#report(service, { state: "restarting", pid: null, restarts, lastExit });
      if (Date.now() - startedAt > HEALTHY_MS) pauseMs = BACKOFF_FIRST_MS;
      await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#isStopping()) return;
      pauseMs = Math.min(pauseMs * 2, BACKOFF_MAX_MS);
      startedAt = Date.now();
      lastExit = await this.#start(service).then(
        (child) => child.exited,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #report(service: Service, change: Partial<ServiceStatus>): void {
    service.status = { ...service.status, ...change };
    this.#events.onStatus(service.status);
  }

  async #tellChildren(): Promise<void> {
    const children = this.#services.flatMap(({ child }) => (child ? [child.record] : []));
    this.#guardian.stdin?.write(`${JSON.stringify(children)}\n`);
    await this.#events.onChildren(children);
  }

  #startGuardian(): ChildProcess {
    const guardian = spawn(process.execPath, nodeArguments("runtime/guardian.ts"), {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    guardian.stdin.on("error", () => undefined); // It died: the exit below starts another.
    guardian.once("exit", () => {
      if (this.#isStopping()) return;
      this.#guardian = this.#startGuardian();
      void this.#tellChildren();
    });
    return guardian;
  }
}

function endedEarly(name: string, how: string, logFile: string): ServiceError {
  const errors = errorFileOf(logFile);
  return new ServiceError(
    `${name} ended while starting (${how}); see ${errors}`,
    `read the end of ${errors}; \`npx tipoff doctor\` looks for what is missing`,
  );
}

/** @throws ServiceError: it runs and does not answer, which may be its fault or the machine's. */
function notReady(error: unknown, logFile: string): never {
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  throw new ServiceError(
    `${reason}; its log is ${logFile}`,
    `read the end of ${errorFileOf(logFile)} and of its log; ` +
      "where both are silent the machine was busy: start again when it is not",
    { cause: error },
  );
}

function reasonOf(error: Error): string {
  const isOurs = error instanceof TradingError && "reason" in error.details;
  return isOurs ? String(error.details.reason) : error.message;
}
