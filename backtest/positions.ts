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
import type { Holding } from "../core/domain/risk.ts";
import { settlementRevenue, sidesOf } from "../core/domain/settlement.ts";
import type { TradingDate } from "../core/domain/time.ts";
import {
  countCenti,
  type Instant,
  priceMicros,
  type UsdMicros,
  usdMicros,
} from "../core/domain/units.ts";
import type { DeskFill } from "./paper-desk.ts";
import type { SettledPosition } from "./result.ts";

interface Held {
  readonly strategy: GameStrategy;
  readonly marketTicker: string;
  readonly team: "home" | "away";
  position: Position;
  openedAt: Instant;
}

/** What one booking did to the account, micros after fees, and whether it ended a trade. */
export interface Booked {
  readonly result: UsdMicros;
  /** Of the whole trade, when nothing is left of it; else null. */
  readonly closedNet: UsdMicros | null;
}

const NOTHING_HELD: readonly PositionInput[] = [];

/** What the strategies of one game hold, booked as the ledger books it. */
export class GamePositions {
  readonly #occasionId: string;
  readonly #slate: TradingDate;
  readonly #held = new Map<string, Held>();
  /** What is held, until it changes. */
  #holdings: readonly Holding[] | null = null;

  constructor(occasionId: string, slate: TradingDate) {
    this.#occasionId = occasionId;
    this.#slate = slate;
  }

  book(strategy: GameStrategy, team: "home" | "away", fill: DeskFill): Booked {
    const key = `${strategy} ${fill.marketTicker}`;
    const held = this.#held.get(key) ?? {
      strategy,
      team,
      marketTicker: fill.marketTicker,
      position: NO_POSITION,
      openedAt: fill.at,
    };
    if (held.position.count === 0) held.openedAt = fill.at;
    this.#held.set(key, held);
    const accounts = positionAccounts(this.#occasionId, strategy, fill.marketTicker);
    const booked = { isReduceOnly: fill.side === "ask", ...fill };
    return this.#change(held, fillPosting(booked, held.position, accounts).position);
  }

  /** Pays what is held in one market out at `value` per YES contract. */
  settle(
    marketTicker: string,
    value: UsdMicros,
  ): readonly (SettledPosition & Booked & { readonly strategy: GameStrategy })[] {
    return [...this.#held.values()]
      .filter((held) => held.marketTicker === marketTicker && held.position.count !== 0)
      .map((held) => {
        const { strategy, position } = held;
        const accounts = positionAccounts(this.#occasionId, strategy, marketTicker);
        const revenue = settlementRevenue(value, sidesOf(position.count));
        const booked = this.#change(held, settlementPosting(revenue, position, accounts).position);
        return { ...booked, strategy, marketTicker, value, count: position.count, revenue };
      });
  }

  isFlat(strategy: GameStrategy): boolean {
    for (const held of this.#held.values()) {
      if (held.strategy === strategy && held.position.count !== 0) return false;
    }
    return true;
  }

  /** Whether a strategy once held something here, and holds nothing now. */
  hasExited(strategy: GameStrategy): boolean {
    return this.#of(strategy).length > 0 && this.isFlat(strategy);
  }

  /** Cost of what one strategy holds, micros. */
  cost(strategy: GameStrategy): number {
    return this.#of(strategy).reduce((sum, { position }) => sum + position.cost, 0);
  }

  /** What the account holds here, as risk looks at it: both legs of a trade that is open. */
  holdings(): readonly Holding[] {
    // Asked of every game at every fill of any: it seldom has changed.
    this.#holdings ??= [...this.#held.values()]
      .filter(({ strategy }) => !this.isFlat(strategy))
      .map(({ strategy, marketTicker, position: { count, cost, fees, realized } }) => ({
        occasionId: this.#occasionId,
        slate: this.#slate,
        strategy,
        marketTicker,
        count,
        cost,
        fees,
        realized,
      }));
    return this.#holdings;
  }

  /** As decisions see them: of one kind at every quote, as in `inputsOf`. */
  inputs(strategy: GameStrategy): readonly PositionInput[] {
    const inputs: PositionInput[] = [];
    for (const { position, marketTicker, team, openedAt } of this.#of(strategy)) {
      if (position.count <= 0) continue;
      const averagePrice = priceMicros(Math.round((position.cost * 100) / position.count));
      const count = countCenti(position.count);
      inputs.push({ marketTicker, team, count, averagePrice, feesPaid: position.fees, openedAt });
    }
    return inputs.length === 0 ? NOTHING_HELD : inputs;
  }

  /** Gross result and fees of one strategy so far, micros. */
  result(strategy: GameStrategy): { readonly gross: number; readonly fees: number } {
    const held = this.#of(strategy);
    return {
      gross: held.reduce((sum, { position }) => sum + position.realized, 0),
      fees: held.reduce((sum, { position }) => sum + position.fees, 0),
    };
  }

  /** Contracts still held in markets that nobody settled. */
  open(): readonly { readonly strategy: string; readonly marketTicker: string; count: number }[] {
    return [...this.#held.values()]
      .filter(({ position }) => position.count !== 0)
      .map(({ strategy, marketTicker, position: { count } }) => ({
        ...{ strategy, marketTicker, count },
      }));
  }

  #change(held: Held, position: Position): Booked {
    const before = held.position;
    held.position = position;
    this.#holdings = null;
    const { gross, fees } = this.result(held.strategy);
    return {
      result: usdMicros(position.realized - before.realized - (position.fees - before.fees)),
      closedNet: this.isFlat(held.strategy) ? usdMicros(gross - fees) : null,
    };
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
