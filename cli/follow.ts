import logUpdate from "log-update";
import { setTimeout as sleep } from "node:timers/promises";
import { createExchangeControl, type ExchangeControl } from "../runtime/exchange-control.ts";
import type { ServiceStatus } from "../runtime/supervisor.ts";
import { type SlateView, slateView } from "../schema/queries/slate-view.ts";
import type { Db } from "../schema/database.ts";
import type { TradingDayResult } from "../workflows/contracts.ts";
import { easternClock } from "../core/domain/time.ts";
import { gamePnl, renderSlate, type ScreenClock } from "./live-view.ts";
import { print, printAlert } from "./output.ts";

const SCREEN_MS = 500;
const LINES_MS = 10_000;

/** What is followed. */
export interface Followed {
  readonly runId: string;
  readonly database: Db;
  readonly exchangeUrl: string;
  readonly services: () => readonly ServiceStatus[];
  /** Null when the wait was given up. */
  readonly result: Promise<TradingDayResult | null>;
  /** A live screen, or plain lines. */
  readonly isTerminal: boolean;
  /** What else the live screen shows below the slate. */
  readonly below?: (clock: ScreenClock) => Promise<string>;
}

/** Shows a night until it has its verdict. @returns `null` when the wait was given up. */
export async function followNight(followed: Followed): Promise<TradingDayResult | null> {
  const over = new AbortController();
  const ended = followed.result.finally(() => {
    over.abort();
  });
  const shown = followed.isTerminal
    ? showScreen(followed, over.signal)
    : showLines(followed, over.signal);
  const [result] = await Promise.all([ended, shown]);
  return result;
}

/** Writes a line above the live screen, which draws itself again below. */
export function printAbove(line: string): void {
  logUpdate.clear();
  printAlert(line);
}

type Screen = readonly [SlateView, ScreenClock, string];

/** While a service is away, what was last seen stays, and the first line says so. */
function standingStill(last: Screen | null): Screen | null {
  return last && [last[0], { ...last[1], isRunning: false }, last[2]];
}

async function showScreen(followed: Followed, over: AbortSignal): Promise<void> {
  const control = createExchangeControl(followed.exchangeUrl);
  let last: Screen | null = null;
  for (;;) {
    const seen = await readScreen(followed, control).catch(() => null);
    last = seen ?? standingStill(last);
    if (last) {
      const [view, clock, below] = last;
      logUpdate(renderSlate(view, clock, followed.services()) + below);
    }
    if (over.aborted) break;
    await pause(SCREEN_MS, over);
  }
  logUpdate.done();
}

async function readScreen(
  { database, runId, below }: Followed,
  control: ExchangeControl,
): Promise<Screen> {
  const clock = await control.clock();
  const [view, more] = await Promise.all([slateView(database, runId), below?.(clock) ?? null]);
  return [view, clock, more === null ? "" : `\n\n${more}`];
}

async function showLines(followed: Followed, over: AbortSignal): Promise<void> {
  const control = createExchangeControl(followed.exchangeUrl);
  const phases = new Map<string, string>();
  let summaryAt = Date.now() + LINES_MS;
  for (;;) {
    const seen = await Promise.all([
      slateView(followed.database, followed.runId),
      control.clock(),
    ]).catch(() => null);
    if (seen) {
      const [view, { nowMs }] = seen;
      for (const line of phaseLines(view, phases)) print(`${easternClock(nowMs)} ${line}`);
      if (Date.now() >= summaryAt) {
        print(`${easternClock(nowMs)} ${summaryLine(view)}`);
        summaryAt = Date.now() + LINES_MS;
      }
    }
    if (over.aborted) return;
    await pause(1_000, over);
  }
}

function phaseLines(view: SlateView, phases: Map<string, string>): readonly string[] {
  return view.games.flatMap((game) => {
    if (phases.get(game.gameId) === game.phase) return [];
    phases.set(game.gameId, game.phase);
    const score = game.result === null ? "" : ` ${game.awayScore ?? 0}-${game.homeScore ?? 0}`;
    return [`${game.away} at ${game.home}: ${game.phase}${score}`];
  });
}

function summaryLine(view: SlateView): string {
  const pnl = view.games.reduce((sum, game) => sum + gamePnl(game), 0) / 1e6;
  const counts = [
    `orders ${view.orders} (${view.openOrders} open)`,
    `fills ${view.fills}`,
    `refusals ${view.refusals}`,
    `alarms ${view.alarms.length}`,
    `pnl ${pnl.toFixed(2)} USD`,
  ];
  return counts.join(", ");
}

async function pause(ms: number, over: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: over }).catch(() => undefined);
}
