import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Db } from "../../schema/database.ts";
import {
  exportPrices,
  exportSignals,
  exportTrades,
  type PriceSnapshotRow,
  type SignalRow,
  type TradeRow,
} from "../../schema/queries/export.ts";

type Cell = string | number | boolean | Date | null;

/** How many rows each file got. */
export interface ExportSummary {
  readonly signals: number;
  readonly trades: number;
  readonly prices: number;
}

/*
 * Columns are the fields of the rows in schema/queries/export.ts, in this sequence. Instants are
 * ISO 8601 UTC on the run's clock; prices, money and edges are micro-dollars (1,000,000 = 1 USD),
 * counts and sizes hundredths of a contract; probabilities are that home wins, 0 to 1; an empty
 * cell is "not known". Prices are YES prices of the named market.
 */

/** signals.csv: one line for each strategy's answer at each stored decision. */
export const SIGNAL_COLUMNS: readonly (keyof SignalRow)[] = [
  "decidedAt",
  "eventTicker",
  "decisionId",
  "reason",
  "strategy",
  "code",
  "edgeMicros",
  "homeProbability",
];

/** trades.csv: one line for each fill of ours; `side` bid bought, ask sold. */
export const TRADE_COLUMNS: readonly (keyof TradeRow)[] = [
  "filledAt",
  "eventTicker",
  "marketTicker",
  "strategy",
  "phase",
  "purpose",
  "exitType",
  "side",
  "priceMicros",
  "countCenti",
  "feeMicros",
  "liquidity",
  "clientOrderId",
  "venueOrderId",
  "fillId",
  "expectedPriceMicros",
  "settlementValueMicros",
];

/** prices.csv: one line for each observation of a game. */
export const PRICE_COLUMNS: readonly (keyof PriceSnapshotRow)[] = [
  "observedAt",
  "eventTicker",
  "cursorNo",
  "trigger",
  "quality",
  "homeBidMicros",
  "homeBidSizeCenti",
  "homeAskMicros",
  "homeAskSizeCenti",
  "awayBidMicros",
  "awayBidSizeCenti",
  "awayAskMicros",
  "awayAskSizeCenti",
  "midMicros",
  "spreadMicros",
  "period",
  "clockSeconds",
  "homeScore",
  "awayScore",
  "espnHomeProbability",
  "modelHomeProbability",
];

/** Writes a run's signals.csv, trades.csv and prices.csv into `dir`, replacing what is there. */
export async function exportCsv(db: Db, runId: string, dir: string): Promise<ExportSummary> {
  await mkdir(dir, { recursive: true });
  const trades = (async function* () {
    yield await exportTrades(db, runId);
  })();
  return {
    signals: await writeCsv(join(dir, "signals.csv"), SIGNAL_COLUMNS, exportSignals(db, runId)),
    trades: await writeCsv(join(dir, "trades.csv"), TRADE_COLUMNS, trades),
    prices: await writeCsv(join(dir, "prices.csv"), PRICE_COLUMNS, exportPrices(db, runId)),
  };
}

async function writeCsv<Column extends string>(
  file: string,
  columns: readonly Column[],
  pages: AsyncIterable<readonly Readonly<Record<Column, Cell>>[]>,
): Promise<number> {
  let count = 0;
  const text = async function* (): AsyncGenerator<string> {
    yield csvLine(columns);
    for await (const rows of pages) {
      count += rows.length;
      yield rows.map((row) => csvLine(columns.map((column) => row[column]))).join("");
    }
  };
  await pipeline(Readable.from(text()), createWriteStream(file));
  return count;
}

/** One line by RFC 4180. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: Cell): string {
  const text = cell instanceof Date ? cell.toISOString() : String(cell ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
