import { expect, it } from "vitest";
import type { GameRef } from "./game-ref.ts";
import { occasionOfContract, occasionOfGame, readOccasion } from "./occasion.ts";
import { instant } from "./units.ts";

const GAME: GameRef = {
  gameId: "game/paper/KXNBAGAME-26NOV20BOSNYK",
  runId: "trading-day/paper/2026-11-20",
  mode: "paper",
  eventTicker: "KXNBAGAME-26NOV20BOSNYK",
  home: "NYK",
  away: "BOS",
  tradingDate: "2026-11-20",
  tipAt: instant(0),
  espnEventId: "401",
  nbaGameId: null,
  markets: [
    { ticker: "KXNBAGAME-26NOV20BOSNYK-NYK", team: "home", exchangeIndex: 3 },
    { ticker: "KXNBAGAME-26NOV20BOSNYK-BOS", team: "away", exchangeIndex: 3 },
  ],
};

it("is, of a game, both its markets without their teams", () => {
  expect(occasionOfGame(GAME)).toEqual({
    occasionId: GAME.gameId,
    runId: GAME.runId,
    mode: "paper",
    domain: "nba",
    eventTicker: GAME.eventTicker,
    tradingDate: "2026-11-20",
    markets: [
      { ticker: "KXNBAGAME-26NOV20BOSNYK-NYK", exchangeIndex: 3 },
      { ticker: "KXNBAGAME-26NOV20BOSNYK-BOS", exchangeIndex: 3 },
    ],
  });
});

it("is, of a contract, its one market, of the Eastern day in which it closes", () => {
  const contract = {
    eventTicker: "KXBTC15M-26MAY110015",
    marketTicker: "KXBTC15M-26MAY110015-15",
    closeAt: instant(Date.parse("2026-05-11T04:15:00Z")),
  };
  const of = {
    runId: "btc/shadow/2026-05-10",
    mode: "shadow",
    contract,
    exchangeIndex: 2,
  } as const;
  expect(occasionOfContract(of)).toEqual({
    occasionId: "btc-contract/shadow/KXBTC15M-26MAY110015-15",
    runId: "btc/shadow/2026-05-10",
    mode: "shadow",
    domain: "btc",
    eventTicker: "KXBTC15M-26MAY110015",
    tradingDate: "2026-05-11",
    markets: [{ ticker: "KXBTC15M-26MAY110015-15", exchangeIndex: 2 }],
  });
});

it("reads what was started before there were occasions", () => {
  const occasion = occasionOfGame(GAME);
  expect(readOccasion({ occasion })).toBe(occasion);
  // As an order that rested meanwhile carries it.
  const stored = JSON.parse(JSON.stringify({ game: GAME })) as { occasion: typeof occasion };
  expect(readOccasion(stored)).toEqual(occasion);
});
