import type { LiveState } from "../activities/session-recorder.ts";
import { unrealizedOf } from "../core/domain/marking.ts";
import { easternClock } from "../core/domain/time.ts";
import { groupBy } from "../core/scoring/group.ts";
import type { ServiceStatus } from "../runtime/supervisor.ts";
import type { SlateGameView, SlateView } from "../schema/queries/slate-view.ts";
import { table } from "./output.ts";

/** Run time, as the screen shows it. */
export interface ScreenClock {
  readonly nowMs: number;
  readonly speed: number;
  readonly isRunning: boolean;
}

/** The slate as one screen: a row a game, what happened last below. */
export function renderSlate(
  view: SlateView,
  now: ScreenClock,
  services: readonly ServiceStatus[],
): string {
  const clock = `${easternClock(now.nowMs)} ET, x${now.speed}${now.isRunning ? "" : ", standing still"}`;
  const away = services.filter(({ state }) => state !== "ready").map(({ name }) => name);
  const lines = [
    `${clock}   orders ${view.orders} (${view.openOrders} open)   fills ${view.fills}` +
      `   refusals ${view.refusals}${away.length > 0 ? `   away: ${away.join(", ")}` : ""}`,
    slateTable(view),
    ...section("orders", view.latestOrders),
    ...section("refusals", view.latestRefusals),
    ...section("alarms", view.alarms),
  ];
  return lines.join("\n");
}

/** The table of games alone: a row a game, the home team's bid and ask in cents. */
export function slateTable(view: SlateView): string {
  return table(
    ["game", "phase", "clock", "score", "home ¢", "position", "pnl $"],
    view.games.map(gameCells),
  );
}

/** A game's profit so far, fees paid, what is held marked as risk marks it; micros. */
export function gamePnl(game: SlateGameView): number {
  const state = readLive(game);
  const held = [...groupBy(game.positions, ({ strategy }) => strategy).values()].map((legs) =>
    unrealizedOf(
      legs.map(({ marketTicker, countCenti, cost }) => ({
        ...{ count: countCenti, cost },
        // A side nobody bids for is worth nothing now.
        mark: bidOf(game, marketTicker, state) ?? 0,
      })),
    ),
  );
  return game.realized - game.fees + held.reduce((sum, one) => sum + one, 0);
}

function gameCells(game: SlateGameView): readonly string[] {
  const state = readLive(game);
  const away = game.awayScore ?? state?.awayScore ?? null;
  const home = game.homeScore ?? state?.homeScore ?? null;
  const [bid, ask] = [state?.homeBidMicros ?? null, state?.homeAskMicros ?? null];
  return [
    `${game.away} at ${game.home}`,
    game.phase,
    clockText(game, state),
    away === null || home === null ? "" : `${away}-${home}`,
    state === null || game.result !== null ? "" : `${cents(bid)}/${cents(ask)}`,
    positionsText(game),
    (gamePnl(game) / 1e6).toFixed(2),
  ];
}

function winner(game: SlateGameView): string {
  if (game.result === "home") return `${game.home} won`;
  return game.result === "away" ? `${game.away} won` : (game.result ?? "");
}

/** The state the watch last wrote, `null` before the first. */
export function readLive(game: Pick<SlateGameView, "liveState">): LiveState | null {
  return game.liveState === null ? null : (JSON.parse(game.liveState) as LiveState); // Boundary: written by us.
}

function clockText(game: SlateGameView, state: LiveState | null): string {
  if (game.result !== null) return winner(game);
  if (state === null || state.period === null || state.period === 0) {
    return `tip ${easternClock(game.tipAt).slice(0, 5)}`;
  }
  const seconds = Math.floor(state.clockSeconds ?? 0);
  const period = state.period > 4 ? `OT${state.period - 4}` : `Q${state.period}`;
  return `${period} ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** What is held by all strategies together, at its mean price. */
function positionsText(game: SlateGameView): string {
  const held = [...groupBy(game.positions, ({ marketTicker }) => marketTicker)];
  return held
    .map(([marketTicker, positions]) => {
      const countCenti = positions.reduce((sum, position) => sum + position.countCenti, 0);
      const cost = positions.reduce((sum, position) => sum + position.cost, 0);
      const price = Math.round(cost / (countCenti / 100) / 10_000);
      return `${countCenti / 100} ${teamOf(marketTicker)} at ${price}c`;
    })
    .join(", ");
}

function bidOf(game: SlateGameView, ticker: string, state: LiveState | null): number | null {
  if (state === null) return null;
  if (teamOf(ticker) === game.home) return state.homeBidMicros;
  return state.homeAskMicros === null ? null : 1_000_000 - state.homeAskMicros;
}

function teamOf(marketTicker: string): string {
  return marketTicker.slice(marketTicker.lastIndexOf("-") + 1);
}

function cents(micros: number | null): string {
  return micros === null ? "-" : String(micros / 10_000);
}

function section(name: string, lines: SlateView["alarms"]): readonly string[] {
  if (lines.length === 0) return [];
  return [name, ...lines.map(({ at, text }) => `  ${easternClock(at)} ${text}`)];
}
