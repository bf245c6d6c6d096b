import { expect, it } from "vitest";
import { instant, usdMicros } from "../core/domain/units.ts";
import type { SlateGameView } from "../schema/queries/slate-view.ts";
import { gamePnl, renderSlate } from "./live-view.ts";

const TIP = instant(Date.parse("2026-11-21T00:10:00Z"));

function game(change: Partial<SlateGameView> = {}): SlateGameView {
  const liveState = JSON.stringify({
    phase: "live",
    at: TIP,
    period: 5,
    clockSeconds: 65.4,
    homeScore: 101,
    awayScore: 99,
    homeBidMicros: 600_000,
    homeAskMicros: 620_000,
    modelHome: 0.6,
    espnHome: null,
    verdicts: {},
  });
  return {
    gameId: "game/paper/KXNBAGAME-26NOV20BOSNYK",
    eventTicker: "KXNBAGAME-26NOV20BOSNYK",
    home: "NYK",
    away: "BOS",
    tipAt: TIP,
    phase: "live",
    result: null,
    homeScore: null,
    awayScore: null,
    liveState,
    positions: [],
    realized: usdMicros(0),
    fees: usdMicros(0),
    ...change,
  };
}

const view = (one: SlateGameView) => ({
  games: [one],
  orders: 3,
  openOrders: 1,
  fills: 2,
  refusals: 0,
  latestOrders: [{ at: TIP, text: "model-edge entry" }],
  latestRefusals: [],
  alarms: [],
});

const NOW = { nowMs: TIP, speed: 99, isRunning: true };

it("shows phase, overtime clock, score, bid and ask", () => {
  const screen = renderSlate(view(game()), NOW, []);
  for (const shown of ["BOS at NYK", "live", "OT1 1:05", "99-101", "60/62", "19:10:00 ET"]) {
    expect(screen).toContain(shown);
  }
  expect(screen).toContain("orders 3 (1 open)");
});

it("names what is away and that time stands still", () => {
  const worker = {
    name: "worker",
    state: "restarting",
    pid: null,
    restarts: 1,
    lastExit: null,
  } as const;
  const screen = renderSlate(view(game()), { ...NOW, isRunning: false }, [worker]);
  expect(screen).toContain("standing still");
  expect(screen).toContain("away: worker");
});

it("shows the tip in Eastern time before the game, and the winner after it", () => {
  expect(renderSlate(view(game({ liveState: null, phase: "scheduled" })), NOW, [])).toContain(
    "tip 19:10",
  );
  const over = game({ phase: "scored", result: "away", homeScore: 101, awayScore: 104 });
  const screen = renderSlate(view(over), NOW, []);
  expect(screen).toContain("BOS won");
  expect(screen).toContain("104-101");
});

it("keeps a game on one row, whatever its strategies hold", () => {
  const holding = (strategy: string, countCenti: number, cost: number) => ({
    marketTicker: "X-NYK",
    strategy,
    countCenti,
    cost: usdMicros(cost),
  });
  // 10 at 40c and 30 at 60c are 40 at (4 + 18) / 40 = 55c.
  const positions = [
    holding("model-edge", 1_000, 4_000_000),
    holding("mean-reversion", 3_000, 18_000_000),
  ];
  const screen = renderSlate(view(game({ positions })), NOW, []);
  expect(screen).toContain("40 NYK at 55c");
  expect(screen.split("\n").filter((line) => line.includes("NYK at"))).toHaveLength(1);
});

it("values what is held at the bid of its own side, fees paid", () => {
  const positions = [
    // 10 NYK bought at 50c, bid 60c: +1.00. 10 BOS bought at 45c, bid 1 - 62c = 38c: -0.70.
    {
      marketTicker: "X-NYK",
      strategy: "model-edge",
      countCenti: 1_000,
      cost: usdMicros(5_000_000),
    },
    {
      marketTicker: "X-BOS",
      strategy: "mean-reversion",
      countCenti: 1_000,
      cost: usdMicros(4_500_000),
    },
  ];
  const held = game({ positions, realized: usdMicros(2_000_000), fees: usdMicros(300_000) });
  expect(gamePnl(held)).toBe(2_000_000 - 300_000 + 1_000_000 - 700_000);
  // One strategy's pair pays 10.00 whoever wins, and cost 9.50.
  const pair = positions.map((position) => ({ ...position, strategy: "model-edge" }));
  expect(gamePnl({ ...held, positions: pair })).toBe(2_000_000 - 300_000 + 500_000);
});
