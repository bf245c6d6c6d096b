import type { TradingDate } from "../../core/domain/time.ts";
import { groupBy } from "../../core/scoring/group.ts";
import type { PnlPart } from "../../core/scoring/pnl.ts";
import { type RegimeKind, thirdsOf } from "../../core/scoring/regimes.ts";
import type { JudgedTrade } from "../../core/scoring/validation/sample.ts";
import type { GateFill } from "../../schema/queries/gate-facts.ts";
import type { EntryContext } from "../../schema/queries/judged-nights.ts";
import { tradesOf } from "../gates/trades.ts";

/** What trades are made of. */
interface TradeSources {
  readonly parts: readonly PnlPart[];
  readonly fills: readonly GateFill[];
  readonly contexts: readonly EntryContext[];
  readonly dateOf: ReadonlyMap<string, TradingDate>;
}

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/** From this price of the contract bought on its team is the favourite. */
const FAVOURITE_FROM = 500_000;

/** Positions that have ended, each with the regime of its entry, and how many have not. */
export function tradesOfParts({ parts, fills, contexts, dateOf }: TradeSources): {
  readonly ended: readonly JudgedTrade[];
  readonly open: number;
} {
  const key = (row: { gameId: string; strategy: string }): string =>
    JSON.stringify([row.gameId, row.strategy]);
  const partsByKey = groupBy(parts, key);
  const entries = groupBy(
    fills.filter(({ purpose }) => purpose === "entry"),
    key,
  );
  const contextOf = new Map(contexts.map((context) => [key(context), context]));
  const regimesOf = regimeNamer(contexts);
  const trades = tradesOf(parts);
  const ended = trades.filter(({ isCompleted }) => isCompleted);
  return {
    open: trades.length - ended.length,
    ended: ended.map((trade): JudgedTrade => {
      const own = partsByKey.get(key(trade)) ?? [];
      const bought = entries.get(key(trade)) ?? [];
      const context = contextOf.get(key(trade)) ?? null;
      const date = dateOf.get(trade.gameId) ?? "";
      return {
        cluster: trade.gameId,
        date,
        gross: trade.gross,
        fees: trade.fees,
        strategy: trade.strategy,
        marketTicker: own[0]?.marketTicker ?? "",
        count: bought.reduce((sum, { count }) => sum + count, 0),
        expectedEdge: context?.edge ?? null,
        leftBy: [...new Set(own.map(({ leftBy }) => leftBy))],
        regimes: regimesOf(context, date, meanPrice(bought)),
      };
    }),
  };
}

function regimeNamer(
  contexts: readonly EntryContext[],
): (
  context: EntryContext | null,
  date: TradingDate,
  price: number | null,
) => Readonly<Record<RegimeKind, string | null>> {
  const volatility = thirdsOf(contexts.map((one) => one.volatility));
  const liquidity = thirdsOf(contexts.map((one) => one.askSize));
  const spread = thirdsOf(contexts.map((one) => one.spread));
  return (context, date, price) => ({
    volatility: volatility(context?.volatility ?? null),
    liquidity: liquidity(context?.askSize ?? null),
    spread: spread(context?.spread ?? null),
    weekday: WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? null,
    favourite: price === null ? null : price >= FAVOURITE_FROM ? "favourite" : "underdog",
  });
}

/** Of the contract bought: a YES at its price, a NO at the rest of the dollar. */
function meanPrice(entries: readonly GateFill[]): number | null {
  const count = entries.reduce((sum, fill) => sum + fill.count, 0);
  if (count === 0) return null;
  const paid = entries.reduce(
    (sum, { side, price, count: own }) => sum + (side === "bid" ? price : 1_000_000 - price) * own,
    0,
  );
  return paid / count;
}
