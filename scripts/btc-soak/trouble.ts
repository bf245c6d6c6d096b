import { createExchangeControl } from "../../runtime/exchange-control.ts";
import { readServices, type Home } from "../../runtime/home.ts";

/** Something that is done to a run at an instant of its clock. */
export interface Trouble {
  readonly atMs: number;
  readonly what: string;
  readonly strike: () => Promise<void>;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A fault lasts so long, run time: at speed 60 three seconds of the wall. */
const LASTS_MS = 3 * MINUTE_MS;
/** A worker is killed this often; in a run that is no longer, once, off the other troubles. */
const KILL_EVERY_MS = 2 * HOUR_MS;
const SHORT_KILL_SHARE = 0.4;
/** Bitcoin's markets are on this shard of the exchange. */
const CRYPTO_SHARD = 2;

/** Faults by the hour, in turn: each one every fourth hour; in a shorter run all of them, evenly. */
const FAULTS = [
  { target: "kalshi", kind: "stream-drop", match: null },
  { target: "coinbase", kind: "stream-gap", match: "/ws" },
  { target: "coinbase", kind: "stream-drop", match: "/ws" },
  { target: "exchange", kind: "pause", match: null },
] as const;

/** What each fault is called, and a kill. */
export const FAULT_KINDS: readonly string[] = FAULTS.map(nameOf);
export const KILLED = "worker killed";

/** Plans what happens to a run from its beginning to its end, in sequence. */
export function planTroubles(
  { home, exchangeUrl }: { readonly home: Home; readonly exchangeUrl: string },
  { startAt, endAt }: { readonly startAt: number; readonly endAt: number },
  wish: { readonly kills: boolean; readonly faults: boolean },
): readonly Trouble[] {
  const troubles: Trouble[] = [];
  const lengthMs = endAt - startAt;
  const isShort = lengthMs <= KILL_EVERY_MS;
  // Off the full hour, in the middle of a contract's life.
  const firstKill = isShort
    ? Math.floor(lengthMs * SHORT_KILL_SHARE)
    : KILL_EVERY_MS - 40 * MINUTE_MS;
  for (let at = startAt + firstKill; wish.kills && at < endAt; at += KILL_EVERY_MS) {
    troubles.push({ atMs: at, what: KILLED, strike: () => kill(home) });
  }
  // Whole milliseconds of a third of it too.
  const everyMs = Math.min(HOUR_MS, 3 * Math.floor(lengthMs / (FAULTS.length + 1) / 3));
  let turn = 0;
  for (let at = startAt + everyMs / 3; wish.faults && at < endAt; at += everyMs) {
    troubles.push(...faultAt(exchangeUrl, at, turn));
    turn += 1;
  }
  return troubles.toSorted((a, b) => a.atMs - b.atMs);
}

function faultAt(exchangeUrl: string, atMs: number, turn: number): readonly Trouble[] {
  const fault = FAULTS[turn % FAULTS.length] ?? FAULTS[0];
  const what = nameOf(fault);
  const control = createExchangeControl(exchangeUrl);
  if (fault.target === "exchange") {
    const set = (isTradingActive: boolean) => () =>
      control.setTrading(CRYPTO_SHARD, isTradingActive);
    return [
      { atMs, what, strike: set(false) },
      { atMs: atMs + LASTS_MS, what: "exchange goes on", strike: set(true) },
    ];
  }
  const untilMs = atMs + LASTS_MS;
  return [{ atMs, what, strike: () => control.addFault({ ...fault, untilMs }) }];
}

function nameOf({ target, kind }: (typeof FAULTS)[number]): string {
  return target === "exchange" ? "exchange paused" : `${target} ${kind}`;
}

async function kill(home: Home): Promise<void> {
  const { processes } = await readServices(home);
  const worker = processes.find(({ name }) => name === "worker");
  if (worker === undefined) throw new Error("no worker of this home to kill");
  process.kill(worker.pid, "SIGKILL");
}
