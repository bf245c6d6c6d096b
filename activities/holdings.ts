import type { PositionInput } from "../core/domain/decision.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { instant, priceMicros } from "../core/domain/units.ts";
import { type Db, toInstantOrNull } from "../schema/database.ts";
import { type PositionRow, positionsOfGame } from "../schema/queries/positions.ts";

/**
 * Whether a strategy has nothing at stake in a game: it holds nothing, or the same number of both
 * teams, so that the result no longer matters.
 */
export async function isFlat(db: Db, gameId: string, strategy: string): Promise<boolean> {
  const held = (await positionsOfGame(db, gameId)).filter(
    (position) => position.strategy === strategy && position.count_centi > 0,
  );
  if (held.length === 0) return true;
  return held.length === 2 && held[0]?.count_centi === held[1]?.count_centi;
}

/** What a strategy holds, as its decisions see it. */
export function positionInputs(
  held: readonly PositionRow[],
  strategy: string,
  game: GameRef,
): readonly PositionInput[] {
  return held
    .filter((position) => position.strategy === strategy && position.count_centi > 0)
    .flatMap((position): PositionInput[] => {
      const market = game.markets.find(({ ticker }) => ticker === position.market_ticker);
      if (market === undefined) return [];
      return [
        {
          marketTicker: position.market_ticker,
          team: market.team,
          count: position.count_centi,
          averagePrice: priceMicros(
            Math.round((position.cost_micros * 100) / position.count_centi),
          ),
          feesPaid: position.fees_micros,
          openedAt: toInstantOrNull(position.opened_at) ?? instant(0),
        },
      ];
    });
}
