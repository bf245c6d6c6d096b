import { setTimeout as sleep } from "node:timers/promises";
import { createExchangeControl } from "../../runtime/exchange-control.ts";
import { type ChildProcessRecord, type Home, readServices } from "../../runtime/home.ts";
import { isRunning } from "../../runtime/process-identity.ts";
import { openBooks, type OrderInFlight, ordersInFlight } from "./books.ts";
import type { NightProcess } from "./night.ts";
import { type PlannedKill, SERVICES, servicesOf, type Victim } from "./plan.ts";

/** An order's way takes some ten milliseconds: so often it is looked for. */
const LOOK_MS = 3;
const CLOCK_LOOK_MS = 200;
/** A silent service is missed after 1.5 s and a lease ends 0.7 s later: a clock that runs then is held by the living. */
const LEASE_OVER_MS = 2_500;
const RECOVERY_TIMEOUT_MS = 120_000;

/** One kill that was made. */
export interface Kill {
  readonly number: number;
  readonly victim: Victim;
  readonly isAimed: boolean;
  /** Wall time of the first signal. */
  readonly at: Date;
  /** Run time then. */
  readonly runAt: number;
  /** What the database showed immediately before. */
  readonly seen: readonly OrderInFlight[];
  /** Wall time until every service was back and run time went on. */
  readonly recoveredAfterMs: number;
}

/**
 * Waits for a planned kill's moment, makes it, and waits until the night goes on.
 *
 * @returns `null` when the night was over before its moment came.
 * @throws Error when the night does not recover.
 */
export async function strike(
  planned: PlannedKill,
  { night, home }: { night: NightProcess; home: Home },
): Promise<Kill | null> {
  if (!(await playedTo(night, home, planned.dueAt))) return null;
  const sight = await look(night, home, planned.isAimed ? planned.patientUntil : 0);
  if (sight === null) return null;
  const { seen, runAt } = sight;
  const victims = servicesOf(planned.victim).map((name) => named(sight.processes, name));
  const at = new Date();
  if (planned.victim === "all and supervisor") night.kill();
  for (const { pid } of victims) process.kill(pid, "SIGKILL");
  if (planned.victim === "all and supervisor") await night.startAgain();
  await recovery(night, home, victims, at);
  const { number, victim, isAimed } = planned;
  const recoveredAfterMs = Date.now() - at.getTime();
  return { number, victim, isAimed, at, runAt, seen, recoveredAfterMs };
}

/** Waits until the night is played to an instant. @returns whether it came there before it ended. */
async function playedTo(night: NightProcess, home: Home, due: number): Promise<boolean> {
  for (;;) {
    const clock = await readClock(home);
    if (clock && clock.nowMs >= due) return true;
    if (!night.isRunning) return false;
    await sleep(CLOCK_LOOK_MS);
  }
}

/** What there is to strike at, no older than the pause between two looks at the clock. */
interface Sight {
  readonly seen: readonly OrderInFlight[];
  readonly runAt: number;
  readonly processes: readonly ChildProcessRecord[];
}

/**
 * Looks for an order on its way until there is one, or run time has come to `until`. Clock and
 * processes are read beforehand: an order is on its way for milliseconds.
 *
 * @returns `null` when the night is over.
 */
async function look(night: NightProcess, home: Home, until: number): Promise<Sight | null> {
  const { urls } = await readServices(home);
  const books = openBooks(urls.database ?? "");
  try {
    while (night.isRunning) {
      const [{ processes }, clock] = await Promise.all([readServices(home), readClock(home)]);
      const runAt = clock?.nowMs ?? 0;
      const nextClockAt = Date.now() + CLOCK_LOOK_MS;
      do {
        const seen = await ordersInFlight(books);
        if (seen.length > 0 || runAt >= until) return { seen, runAt, processes };
        await sleep(LOOK_MS);
      } while (Date.now() < nextClockAt);
    }
    return null;
  } finally {
    await books.destroy();
  }
}

/** Waits until every service runs, none of the killed among them, and run time goes on. */
async function recovery(
  night: NightProcess,
  home: Home,
  killed: readonly ChildProcessRecord[],
  at: Date,
): Promise<void> {
  let before: number | null = null;
  for (;;) {
    if (Date.now() - at.getTime() > RECOVERY_TIMEOUT_MS) {
      throw new Error(`the night did not go on within ${RECOVERY_TIMEOUT_MS / 1_000} s of a kill`);
    }
    await sleep(CLOCK_LOOK_MS);
    if (!night.isRunning) throw new Error("the night's own process ended after a kill");
    if (Date.now() - at.getTime() < LEASE_OVER_MS) continue;
    const clock = (await areBack(home, killed)) ? await readClock(home) : null;
    const isMoving = before !== null && clock !== null && clock.nowMs > before;
    if (clock && (isMoving || clock.isDone)) return;
    before = clock?.nowMs ?? null;
  }
}

async function areBack(home: Home, killed: readonly ChildProcessRecord[]): Promise<boolean> {
  const { processes } = await readServices(home);
  for (const name of SERVICES) {
    const record = processes.find((one) => one.name === name);
    if (!record || killed.some(({ pid, start }) => pid === record.pid && start === record.start)) {
      return false;
    }
    if (!(await isRunning(record))) return false;
  }
  return true;
}

/** The player's clock; null while nobody answers. */
async function readClock(home: Home): Promise<{ nowMs: number; isDone: boolean } | null> {
  const { urls } = await readServices(home);
  if (!urls.exchange) return null;
  return createExchangeControl(urls.exchange)
    .clock()
    .catch(() => null);
}

function named(processes: readonly ChildProcessRecord[], name: string): ChildProcessRecord {
  const record = processes.find((one) => one.name === name);
  if (!record) throw new Error(`${name} is not one of the home's own services: nothing to kill`);
  return record;
}
