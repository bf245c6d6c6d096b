import { assert } from "../../core/domain/assert.ts";
import { type NightGame, sha256 } from "./workload.ts";

/** What an engine must come to, whatever its speed. */
export interface NightChecksum {
  readonly entries: number;
  /** Positions left, at settlement too. */
  readonly closed: number;
  /** Positions that settlement paid out. */
  readonly settled: number;
  /** Gross result, tenths of a cent times contracts. */
  readonly result: number;
  /** Micro-dollars. */
  readonly fees: number;
  /** Of every fill in its sequence: game, side, price in tenths of a cent, fee in micro-dollars. */
  readonly fills: string;
}

/** The rules, in tenths of a cent and quotes. */
const CONTRACTS = 10;
const OPENING_QUOTES = 600;
const OPENING_DISCOUNT = 40;
const WINDOW_QUOTES = 300;
const WINDOW_RANGE = 60;
const ABOVE_LOW = 5;
const DIPS_PER_GAME = 3;
const LAST_ENTRY_QUOTE = 8_900;
const TARGET = 60;
const STOP = 50;

/** One fill as it enters the checksum. */
export function fillLine(game: number, side: "bid" | "ask", price: number, fee: number): string {
  return `${game} ${side} ${price} ${fee}`;
}

/**
 * The workload in a bare loop: what it means, and no product. An order fills before the next quote is seen, at
 * the price that it was decided on; one that is decided on the last quote never does.
 */
export function referenceNight(games: readonly NightGame[]): NightChecksum {
  const tables = games.map(newTable);
  const quotes = games[0]?.prices.length ?? 0;
  const fills: string[] = [];
  let fees = 0;
  for (let second = 0; second < quotes; second += 1) {
    for (const [number, table] of tables.entries()) {
      const order = table.order;
      if (order !== null) {
        const fee = feeOf(order.price);
        fees += fee;
        fills.push(fillLine(number, order.side, order.price, fee));
        fillTable(table);
      }
      decideAt(table, second);
    }
  }
  const settled = tables.filter(({ entry }) => entry !== null);
  for (const table of settled) leave(table, table.game.homeWins ? 1_000 : 0);
  const sum = (of: (table: Table) => number): number =>
    tables.reduce((total, table) => total + of(table), 0);
  return {
    entries: sum(({ entries }) => entries),
    closed: sum(({ closed }) => closed),
    settled: settled.length,
    result: sum(({ result }) => result),
    fees,
    fills: sha256(fills.join("\n")),
  };
}

interface Table {
  readonly game: NightGame;
  order: { readonly side: "bid" | "ask"; readonly price: number } | null;
  /** Price paid; null while nothing is held. */
  entry: number | null;
  hasOpened: boolean;
  dips: number;
  entries: number;
  closed: number;
  result: number;
}

function newTable(game: NightGame): Table {
  const counts = { dips: 0, entries: 0, closed: 0, result: 0 };
  return { game, order: null, entry: null, hasOpened: false, ...counts };
}

function fillTable(table: Table): void {
  const { order } = table;
  assert(order !== null, "an order that fills is there");
  if (order.side === "bid") table.entry = order.price;
  else leave(table, order.price);
  table.order = null;
}

function leave(table: Table, price: number): void {
  table.result += (price - (table.entry ?? 0)) * CONTRACTS;
  table.closed += 1;
  table.entry = null;
}

function decideAt(table: Table, second: number): void {
  const { game, entry } = table;
  const price = game.prices[second] ?? Number.NaN;
  if (entry !== null) {
    const isOver = price >= entry + TARGET || price <= entry - STOP;
    if (isOver) table.order = { side: "ask", price };
    return;
  }
  if (second < OPENING_QUOTES) {
    if (table.hasOpened || price > game.model - OPENING_DISCOUNT) return;
    table.hasOpened = true;
  } else {
    if (table.dips >= DIPS_PER_GAME || second >= LAST_ENTRY_QUOTE) return;
    const window = game.prices.slice(Math.max(0, second + 1 - WINDOW_QUOTES), second + 1);
    const low = Math.min(...window);
    if (Math.max(...window) - low < WINDOW_RANGE || price > low + ABOVE_LOW) return;
    table.dips += 1;
  }
  table.entries += 1;
  table.order = { side: "bid", price };
}

/** 7 % of p (1 - p) for each contract, rounded up to 0.0001 USD: exact, in integers. */
function feeOf(price: number): number {
  const hundredthsOfCents = Math.ceil((7 * CONTRACTS * price * (1_000 - price)) / 10_000);
  return hundredthsOfCents * 100;
}
