import { tradeFee } from "../../core/domain/fees.ts";
import { countCenti, priceMicros, usdMicros } from "../../core/domain/units.ts";
import {
  attributePnl,
  type Execution,
  type PnlPart,
  type SettledHolding,
} from "../../core/scoring/pnl.ts";
import { groupBy } from "../../core/scoring/group.ts";
import {
  executionOf,
  type GateFill,
  type GateSettlement,
  WOULD_TRADE_FEES,
} from "../../schema/queries/gate-facts.ts";

/** One position of a strategy in a game, from its first contract to its last. Micros. */
export interface Trade {
  readonly gameId: string;
  readonly strategy: string;
  readonly gross: number;
  readonly fees: number;
  readonly net: number;
  /** Wholly closed: sold, locked or settled. */
  readonly isCompleted: boolean;
}

/** The parts that fills and settlements make, by the same attribution as the night's report. */
export function partsOf(
  fills: readonly GateFill[],
  settlements: readonly GateSettlement[],
): readonly PnlPart[] {
  const executions = fills.map(executionOf);
  return attributePnl(executions, revenuesOf(executions, settlements));
}

/** The trades that parts make: of each strategy in each game one. */
export function tradesOf(parts: readonly PnlPart[]): readonly Trade[] {
  const groups = groupBy(parts, ({ gameId, strategy }) => JSON.stringify([gameId, strategy]));
  return [...groups.values()].flatMap((own) =>
    own[0] === undefined ? [] : [toTrade(own[0], own)],
  );
}

function toTrade({ gameId, strategy }: PnlPart, own: readonly PnlPart[]): Trade {
  const gross = own.reduce((sum, part) => sum + part.gross, 0);
  const fees = own.reduce((sum, part) => sum + part.fees, 0);
  const isCompleted = own.every(({ leftBy }) => leftBy !== "open");
  return { gameId, strategy, gross, fees, net: gross - fees, isCompleted };
}

/** What each holding that was left at settlement was paid: value times what was still held. */
function revenuesOf(
  executions: readonly Execution[],
  settlements: readonly GateSettlement[],
): readonly SettledHolding[] {
  const values = new Map(
    settlements.map((row) => [`${row.gameId} ${row.marketTicker}`, row.value]),
  );
  const key = ({ gameId, strategy, marketTicker }: Execution): string =>
    JSON.stringify([gameId, strategy, marketTicker]);
  return [...groupBy(executions, key).values()].flatMap((own) => {
    const [first] = own;
    const value = first && values.get(`${first.gameId} ${first.marketTicker}`);
    if (first === undefined || value === undefined) return [];
    const held = own.reduce((sum, { side, count }) => sum + (side === "bid" ? 1 : -1) * count, 0);
    const revenue = usdMicros(Math.floor((value * Math.max(0, held)) / 100));
    const { gameId, strategy, marketTicker } = first;
    return [{ gameId, strategy, marketTicker, revenue }];
  });
}

/** What shadow would have traded as fills: whole, at the worst price, with the taker's fee. */
export function wouldFills(entries: readonly Omit<GateFill, "fee">[]): readonly GateFill[] {
  return entries.map((entry) => {
    const fee = tradeFee(
      WOULD_TRADE_FEES,
      "taker",
      priceMicros(entry.price),
      countCenti(entry.count),
    );
    return { ...entry, fee };
  });
}
