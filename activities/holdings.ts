import type { PositionInput } from "../core/domain/decision.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { countCenti, instant, priceMicros } from "../core/domain/units.ts";
import { type Db, toInstantOrNull } from "../schema/database.ts";
import { type PositionRow, positionsOfOccasion } from "../schema/queries/positions.ts";

/** Whether a strategy has nothing at stake in an occasion. */
export async function isFlat(db: Db, occasionId: string, strategy: string): Promise<boolean> {
  const held = await positionsOfOccasion(db, occasionId);
  return isRiskless(held.filter((position) => position.strategy === strategy));
}

/**
 * Whether nothing is at stake: each strategy holds nothing in an occasion, or the same number of YES
 * of both teams, so that the result no longer matters.
 */
function isRiskless(positions: readonly PositionRow[]): boolean {
  const counts = new Map<string, number[]>();
  for (const { occasion_id, strategy, position_centi } of positions) {
    if (position_centi === 0) continue;
    const key = `${occasion_id} ${strategy}`;
    counts.set(key, [...(counts.get(key) ?? []), position_centi]);
  }
  return [...counts.values()].every(
    (pair) => pair.length === 2 && pair.every((count) => count > 0 && count === pair[0]),
  );
}

/** What a strategy holds, as its decisions see it. */
export function positionInputs(
  held: readonly PositionRow[],
  strategy: string,
  game: GameRef,
): readonly PositionInput[] {
  return held
    .filter((position) => position.strategy === strategy && position.position_centi > 0)
    .flatMap((position): PositionInput[] => {
      const market = game.markets.find(({ ticker }) => ticker === position.market_ticker);
      if (market === undefined) return [];
      return [
        {
          marketTicker: position.market_ticker,
          team: market.team,
          count: countCenti(position.position_centi),
          averagePrice: priceMicros(
            Math.round((position.cost_micros * 100) / position.position_centi),
          ),
          feesPaid: position.fees_micros,
          openedAt: toInstantOrNull(position.opened_at) ?? instant(0),
        },
      ];
    });
}
