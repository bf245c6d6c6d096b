import type { Selectable } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import type { KalshiContractRow, KalshiMarketRow } from "./btc-contracts.ts";
import type { WouldTradeRow } from "./would-trades.ts";

/** Everything known of one contract, as its tables have it; paths are oldest first. */
export interface BtcContractPage {
  readonly contract: KalshiContractRow;
  readonly market: KalshiMarketRow | null;
  readonly quotes: readonly Selectable<Database["kalshi_quotes"]>[];
  readonly edges: readonly Selectable<Database["kalshi_edge_snapshots"]>[];
  /** Every candidate decision, as long as retention keeps them. */
  readonly decisions: readonly Selectable<Database["btc_decisions"]>[];
  /** Those that were proposed or changed, with what became of them; for ever. */
  readonly wouldTrades: readonly WouldTradeRow[];
  readonly scores: readonly Selectable<Database["kalshi_edge_snapshot_scores"]>[];
  /** Null while its snapshots are not scored. */
  readonly scored: Selectable<Database["kalshi_contract_scores"]> | null;
}

const HOUR_MS = 3_600_000;

/** Reads one contract. @returns `null` when there is none of this ticker. */
export async function btcContractPage(
  db: Db,
  mode: Mode,
  ticker: string,
): Promise<BtcContractPage | null> {
  const contract = await db
    .selectFrom("kalshi_contracts")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .executeTakeFirst();
  if (!contract) return null;
  // Bounds of time let the other days rest. A close may have been moved: some hours around.
  const from = new Date(contract.open_at.getTime() - HOUR_MS);
  const to = new Date(contract.close_at.getTime() + HOUR_MS);
  const market = await db
    .selectFrom("kalshi_markets")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .executeTakeFirst();
  const quotes = await db
    .selectFrom("kalshi_quotes")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .where("observed_at", ">=", from)
    .where("observed_at", "<=", to)
    .orderBy("observed_at")
    .execute();
  const edges = await db
    .selectFrom("kalshi_edge_snapshots")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .where("mode", "=", mode)
    .where("computed_at", ">=", from)
    .where("computed_at", "<=", to)
    .orderBy("computed_at")
    .execute();
  const scores = await db
    .selectFrom("kalshi_edge_snapshot_scores")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .where("mode", "=", mode)
    .where("computed_at", ">=", from)
    .where("computed_at", "<=", to)
    .orderBy("computed_at")
    .execute();
  const decided = await decisionsAbout(db, mode, { ticker, from, to });
  const scored = await db
    .selectFrom("kalshi_contract_scores")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .where("mode", "=", mode)
    .executeTakeFirst();
  return {
    contract,
    market: market ?? null,
    quotes,
    edges,
    ...decided,
    scores,
    scored: scored ?? null,
  };
}

async function decisionsAbout(
  db: Db,
  mode: Mode,
  { ticker, from, to }: { readonly ticker: string; readonly from: Date; readonly to: Date },
): Promise<Pick<BtcContractPage, "decisions" | "wouldTrades">> {
  const decisions = await db
    .selectFrom("btc_decisions")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .where("mode", "=", mode)
    .where("decided_at", ">=", from)
    .where("decided_at", "<=", to)
    .orderBy("decided_at")
    .execute();
  const wouldTrades = await db
    .selectFrom("would_trades")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .where("mode", "=", mode)
    .orderBy("decided_at")
    .execute();
  return { decisions, wouldTrades };
}
