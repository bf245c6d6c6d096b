import { required } from "../core/domain/assert.ts";
import { easternClock } from "../core/domain/time.ts";
import { formatUsd } from "../core/domain/units.ts";
import type { BasisEstimate } from "../core/models/spot-basis.ts";
import type { BtcContractPage } from "../schema/queries/btc-contract-page.ts";
import { basisLine } from "./btc-basis.ts";
import { table } from "./output.ts";

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const SPARK_WIDTH = 60;
/** Edges and decisions that a screen lists unless all are asked for. */
const LISTED = 12;

/**
 * Everything about one contract for a terminal.
 *
 * @param isWhole whether every edge and decision is listed; else some, and the text says how to see all.
 */
export function renderContract(
  page: BtcContractPage,
  basis: BasisEstimate,
  isWhole: boolean,
): string {
  const most = isWhole ? Infinity : LISTED;
  return [
    ...headOf(page),
    basisLine(basis),
    ...pathOf(page),
    ...edgesOf(page, most),
    ...decisionsOf(page, most),
    ...scoreOf(page),
  ].join("\n");
}

/** Values of 0 to 1 as a line of bars; a dot where there is none. */
export function sparkline(values: readonly (number | null)[], width = SPARK_WIDTH): string {
  const step = Math.max(1, values.length / width);
  const shown = Array.from({ length: Math.min(width, values.length) }, (_, n) => {
    return values[Math.floor(n * step)] ?? null;
  });
  return shown
    .map((value) => {
      if (value === null) return "·";
      const clipped = Math.min(1, Math.max(0, value));
      return BARS[Math.min(BARS.length - 1, Math.floor(clipped * BARS.length))] ?? "·";
    })
    .join("");
}

function headOf({ contract, market }: BtcContractPage): readonly string[] {
  const { floor_strike_micros: floor, cap_strike_micros: cap, outcome } = contract;
  const strikes = [floor, cap].map((one) => (one === null ? "–" : formatUsd(one)));
  const average = contract.settlement_value_micros;
  const settled =
    outcome === null
      ? "not settled"
      : `${outcome} at ${contract.settled_ts?.toISOString() ?? "?"}, index average ` +
        `${average === null ? "not told" : formatUsd(average)}, corrections ${contract.corrections}`;
  return [
    `${contract.market_ticker} (${contract.series_ticker}): ${market?.status ?? "unknown"}`,
    `bounds     ${contract.strike_type}, floor ${strikes[0] ?? ""}, cap ${strikes[1] ?? ""}, known ` +
      (contract.bounds_known_at?.toISOString() ?? "not yet"),
    `open       ${contract.open_at.toISOString()} to ${contract.close_at.toISOString()}`,
    `settled    ${settled}`,
  ];
}

/** What the market and we said of YES, until the close. */
function pathOf({ edges }: BtcContractPage): readonly string[] {
  if (edges.length === 0) return ["no edge was computed"];
  const market = edges.map(({ bid_micros: bid, ask_micros: ask }) => mid(bid, ask));
  return [
    `market     ${sparkline(market)} ${percent(market.at(-1) ?? null)}`,
    `ours       ${sparkline(edges.map((edge) => edge.model_probability))} ${percent(edges.at(-1)?.model_probability ?? null)}`,
  ];
}

function edgesOf({ edges }: BtcContractPage, most: number): readonly string[] {
  const step = Math.max(1, Math.ceil(edges.length / most));
  const rows = edges
    .filter((_, n) => n % step === 0)
    .map((edge) => [
      easternClock(edge.computed_at.getTime()),
      edge.spot_micros === null ? "–" : (edge.spot_micros / 1e6).toFixed(2),
      `${cents(edge.bid_micros)}/${cents(edge.ask_micros)}`,
      percent(edge.model_probability),
      cents(edge.edge_yes_micros),
      cents(edge.edge_no_micros),
      edge.code,
    ]);
  if (rows.length === 0) return [];
  return [
    `edges: ${edges.length}${step === 1 ? "" : `, one of ${step} listed; --all lists all, --json has all`}`,
    table(["Eastern", "spot", "bid/ask ¢", "ours", "YES ¢", "NO ¢", "code"], rows),
  ];
}

/** Every decision in order of time: with what became of it, and how many looks before it came to the one before it. */
function decisionsOf(page: BtcContractPage, most: number): readonly string[] {
  const kept = new Map(page.wouldTrades.map((trade) => [trade.decided_at.getTime(), trade]));
  const told = new Map(page.decisions.map((one) => [one.decided_at.getTime(), one]));
  const instants = [...new Set([...kept.keys(), ...told.keys()])].sort((a, b) => a - b);
  if (instants.length === 0) return ["no decision was made about it"];
  const left = Math.max(0, instants.length - most);
  const rows = instants.slice(left).map((at) => {
    const [trade, decision] = [kept.get(at), told.get(at)];
    const { code, reason } = required(decision ?? trade, "a decision");
    return [
      easternClock(at),
      decision === undefined ? "–" : String(decision.repeats),
      code,
      reason ?? "",
      trade?.outcome ?? "",
      trade?.refusal_code ?? trade?.fill_status ?? "",
      formatPnl(trade?.pnl_micros ?? null),
    ];
  });
  return [
    `decisions: ${instants.length}${left === 0 ? "" : `, the last ${rows.length} listed; --all lists all, --json has all`}`,
    table(["Eastern", "same before", "code", "reason", "buys", "came to", "pnl $"], rows),
  ];
}

function scoreOf({ scores, scored }: BtcContractPage): readonly string[] {
  if (scored === null) return ["not scored"];
  const mean = (values: readonly (number | null)[]): string => {
    const known = values.filter((value) => value !== null);
    const sum = known.reduce((total, value) => total + value, 0);
    return known.length === 0 ? "–" : (sum / known.length).toFixed(4);
  };
  return [
    `scored     ${scored.snapshots} snapshots, Brier ours ${mean(scores.map((one) => one.brier_model))}, ` +
      `market ${mean(scores.map((one) => one.brier_market))}`,
  ];
}

function mid(bid: number | null, ask: number | null): number | null {
  return bid === null || ask === null ? null : (bid + ask) / 2e6;
}

function formatPnl(micros: number | null): string {
  return micros === null ? "" : formatUsd(micros);
}

function cents(micros: number | null): string {
  return micros === null ? "–" : (micros / 10_000).toFixed(1);
}

function percent(value: number | null): string {
  return value === null ? "–" : `${(value * 100).toFixed(1)} %`;
}
