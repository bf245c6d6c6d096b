import { usdMicros } from "../../core/domain/units.ts";
import type { Db } from "../../schema/database.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { GAMES } from "../support/risk-commands.ts";
import { NOW } from "./night.ts";
import { emptyDatabase } from "./empty.ts";

/** The run of a slate of the played games. */
export const runOf = (slate: string): string => `trading-day/paper/${slate}`;

/** Empties a database, and opens in it the games of the random sequences with 150 USD to trade them. */
export async function openPlayedGames(db: Db): Promise<void> {
  await emptyDatabase(db);
  for (const { occasionId, slate, tickers } of GAMES) {
    const runId = runOf(slate);
    await startRun(db, {
      ...{ runId, mode: "paper", tradingDate: slate, source: "recording:x", seed: null, speed: 1 },
      ...{ codeCommit: "test", configHash: "test", config: "{}", manifest: "{}", startedAt: NOW },
    });
    const [home, away] = tickers;
    const markets = [
      { ticker: home, team: "home", exchangeIndex: 0 },
      { ticker: away, team: "away", exchangeIndex: 0 },
    ] as const;
    await upsertGame(db, {
      game: {
        ...{
          gameId: occasionId,
          runId,
          mode: "paper",
          eventTicker: occasionId,
          home: "NYK",
          away: "BOS",
          markets,
        },
        ...{ tradingDate: slate, tipAt: NOW, espnEventId: null, nbaGameId: null },
      },
      ...{ matchConfidence: 1, matchReasons: [], reconstructed: [], phase: "live", at: NOW },
    });
  }
  const amount = usdMicros(150_000_000);
  await deposit(db, { mode: "paper", depositId: "opening", amount, runId: null, at: NOW });
}
