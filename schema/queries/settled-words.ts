import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Db } from "../database.ts";

/**
 * Every settlement as the venue's last word on it has it: result, value and revenue are those of the last
 * correction, where there is one. `told_at` is the venue's time of that, null before the first correction.
 */
export function settledAsCorrected(db: Db) {
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom("settlements as s")
        .leftJoinLateral(
          (last) =>
            last
              .selectFrom("settlement_corrections as c")
              .selectAll("c")
              .whereRef("c.occasion_id", "=", "s.occasion_id")
              .whereRef("c.market_ticker", "=", "s.market_ticker")
              .whereRef("c.strategy", "=", "s.strategy")
              .orderBy("c.correction_no", "desc")
              .limit(1)
              .as("last"),
          (join) => join.onTrue(),
        )
        .select(["s.occasion_id", "s.market_ticker", "s.strategy", "s.position_centi"])
        .select(["s.settled_at", "last.told_at"])
        .select((by) => [
          by.fn.coalesce("last.result", "s.result").as("result"),
          // Not the first that is there: a correction to void has none.
          by
            .case()
            .when("last.correction_no", "is", null)
            .then(by.ref("s.value_micros"))
            .else(by.ref("last.value_micros"))
            .end()
            .as("value_micros"),
          by.fn.coalesce("last.revenue_micros", "s.revenue_micros").as("revenue_micros"),
          by.fn.coalesce("last.correction_no", by.lit(0)).as("corrections"),
        ])
        .as("settled"),
    )
    .innerJoin("occasions", "occasions.occasion_id", "settled.occasion_id");
}

/** By which words our books were paid in these markets: one row a position. */
export async function wordsBooked(db: Db, mode: Mode, marketTickers: readonly string[]) {
  if (marketTickers.length === 0) return [];
  return settledAsCorrected(db)
    .selectAll("settled")
    .where("occasions.mode", "=", mode)
    .where(sql<boolean>`settled.market_ticker = any(${[...marketTickers]})`)
    .orderBy("settled.occasion_id")
    .orderBy("settled.market_ticker")
    .orderBy("settled.strategy")
    .execute();
}
