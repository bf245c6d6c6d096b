import type { BtcContract } from "./btc-contract.ts";
import type { Mode } from "./decision.ts";
import type { GameRef } from "./game-ref.ts";
import { easternDate, type TradingDate } from "./time.ts";

/** Which pipeline an occasion is of. */
export type Domain = "nba" | "btc";

/** One market of an occasion, and the shard that trades it. */
interface OccasionMarket {
  readonly ticker: string;
  readonly exchangeIndex: number;
}

/**
 * What an order is about, and what a position is held in until the venue settles it: one game with
 * both its markets, or one Bitcoin contract. JSON-safe.
 */
export interface Occasion {
  /** `game/<mode>/<event>` or `btc-contract/<mode>/<market>`: also the id of its workflow. */
  readonly occasionId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly domain: Domain;
  readonly eventTicker: string;
  /** Eastern date: of a game's night, of a contract's close. */
  readonly tradingDate: TradingDate;
  readonly markets: readonly OccasionMarket[];
}

/** The occasion that a game is. */
export function occasionOfGame(game: GameRef): Occasion {
  const { gameId, runId, mode, eventTicker, tradingDate, markets } = game;
  return {
    occasionId: gameId,
    runId,
    mode,
    domain: "nba",
    eventTicker,
    tradingDate,
    markets: markets.map(({ ticker, exchangeIndex }) => ({ ticker, exchangeIndex })),
  };
}

/** Id of the occasion that a Bitcoin contract is. */
export function contractOccasionId(mode: Mode, marketTicker: string): string {
  return `btc-contract/${mode}/${marketTicker}`;
}

/** The occasion that a Bitcoin contract is: alone, whatever else its event has. */
export function occasionOfContract(of: {
  readonly runId: string;
  readonly mode: Mode;
  readonly contract: Pick<BtcContract, "eventTicker" | "marketTicker" | "closeAt">;
  readonly exchangeIndex: number;
}): Occasion {
  const { runId, mode, contract, exchangeIndex } = of;
  const { eventTicker, marketTicker, closeAt } = contract;
  return {
    occasionId: contractOccasionId(mode, marketTicker),
    runId,
    mode,
    domain: "btc",
    eventTicker,
    tradingDate: easternDate(closeAt),
    markets: [{ ticker: marketTicker, exchangeIndex }],
  };
}

/**
 * The occasion that a workflow or an activity was started for. What was started before there were
 * occasions, and goes on after, names its game.
 */
export function readOccasion(input: { readonly occasion: Occasion }): Occasion {
  const stored: { readonly occasion?: Occasion; readonly game?: GameRef } = input;
  return stored.game === undefined ? input.occasion : occasionOfGame(stored.game);
}
