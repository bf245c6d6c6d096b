import { required } from "../core/domain/assert.ts";
import type { PositionInput } from "../core/domain/decision.ts";
import {
  fillPosting,
  NO_POSITION,
  type Position,
  positionAccounts,
  settlementPosting,
} from "../core/domain/ledger.ts";
import type { GameStrategy } from "../core/domain/order.ts";
import { settlementRevenue, sidesOf } from "../core/domain/settlement.ts";
import { countCenti, type Instant, priceMicros, type UsdMicros } from "../core/domain/units.ts";
import type { DeskFill } from "./paper-desk.ts";

interface Held {
  readonly strategy: GameStrategy;
  readonly marketTicker: string;
  readonly team: "home" | "away";
  position: Position;
  openedAt: Instant;
}

/** What the strategies of one game hold, booked as the ledger books it. */
export class GamePositions {
  readonly #gameId: string;
  readonly #held = new Map<string, Held>();

  constructor(gameId: string) {
    this.#gameId = gameId;
  }

  book(strategy: GameStrategy, team: "home" | "away", fill: DeskFill): void {
    const key = `${strategy} ${fill.marketTicker}`;
    const held = this.#held.get(key) ?? {
      strategy,
      team,
      marketTicker: fill.marketTicker,
      position: NO_POSITION,
      openedAt: fill.at,
    };
    if (held.position.count === 0) held.openedAt = fill.at;
    const accounts = positionAccounts(this.#gameId, strategy, fill.marketTicker);
    held.position = fillPosting(
      { ...fill, isReduceOnly: fill.side === "ask" },
      held.position,
      accounts,
    ).position;
    this.#held.set(key, held);
  }

  /** Pays what is held in one market out at `value` per YES contract. */
  settle(marketTicker: string, value: UsdMicros): void {
    for (const held of this.#held.values()) {
      if (held.marketTicker !== marketTicker || held.position.count === 0) continue;
      const accounts = positionAccounts(this.#gameId, held.strategy, marketTicker);
      const revenue = settlementRevenue(value, sidesOf(held.position.count));
      held.position = settlementPosting(revenue, held.position, accounts).position;
    }
  }

  isFlat(strategy: GameStrategy): boolean {
    return this.#of(strategy).every(({ position }) => position.count === 0);
  }

  /** Cost of what one strategy holds, micros. */
  cost(strategy: GameStrategy): number {
    return this.#of(strategy).reduce((sum, { position }) => sum + position.cost, 0);
  }

  inputs(strategy: GameStrategy): readonly PositionInput[] {
    return this.#of(strategy)
      .filter(({ position }) => position.count > 0)
      .map(({ position, marketTicker, team, openedAt }) => ({
        marketTicker,
        team,
        count: countCenti(position.count),
        averagePrice: priceMicros(Math.round((position.cost * 100) / position.count)),
        feesPaid: position.fees,
        openedAt,
      }));
  }

  /** Gross result and fees of one strategy so far, micros. */
  result(strategy: GameStrategy): { readonly gross: number; readonly fees: number } {
    const held = this.#of(strategy);
    return {
      gross: held.reduce((sum, { position }) => sum + position.realized, 0),
      fees: held.reduce((sum, { position }) => sum + position.fees, 0),
    };
  }

  /** Contracts still held in a market nobody settled, hundredths. */
  open(): number {
    return [...this.#held.values()].reduce((sum, { position }) => sum + position.count, 0);
  }

  #of(strategy: GameStrategy): readonly Held[] {
    return [...this.#held.values()].filter((held) => held.strategy === strategy);
  }
}

/** The team a ticker of this game stands for. */
export function teamOf(
  markets: readonly { readonly ticker: string; readonly team: "home" | "away" }[],
  ticker: string,
): "home" | "away" {
  return required(
    markets.find((market) => market.ticker === ticker),
    `market ${ticker}`,
  ).team;
}
