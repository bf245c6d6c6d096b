import type { Verdict } from "../../core/domain/decision.ts";
import type { RuleVerdict } from "../../core/domain/risk.ts";
import { formatCount, formatUsd } from "../../core/domain/units.ts";
import { groupBy } from "../../core/scoring/group.ts";
import type {
  FillLineRow,
  GamePageRows,
  IntentLineRow,
  OrderLineRow,
} from "../../schema/queries/game-page.ts";
import { cents, easternSeconds, easternTime, NOTHING, plain, score, share } from "./format.ts";
import { iso, readDecisionOutput, readTerms, readWords } from "./night.ts";

/** One game, ready to be read or printed as JSON. Instants are ISO 8601, money decimal strings. */
export interface GamePage {
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tipAt: string;
  readonly phase: string;
  readonly result: string | null;
  readonly finalScore: { readonly home: number | null; readonly away: number | null };
  readonly match: { readonly confidence: number; readonly reasons: readonly string[] };
  readonly positions: readonly PagePosition[];
  readonly timeline: readonly PageLine[];
  readonly decisions: readonly PageDecision[];
  readonly intents: readonly PageIntent[];
  readonly orders: readonly PageOrder[];
  readonly scores: GamePageRows["scores"];
}

/** One line of what happened. */
export interface PageLine {
  readonly at: string;
  readonly what: string;
}

/** What a strategy holds or held in one market. */
interface PagePosition {
  readonly strategy: string;
  readonly marketTicker: string;
  readonly contracts: string;
  readonly costUsd: string;
  readonly feesUsd: string;
  readonly realizedUsd: string;
}

/** One stored decision, with each strategy's reason and the forecast behind it. */
interface PageDecision {
  readonly decisionId: string;
  readonly at: string;
  readonly because: string;
  readonly homeProbability: number | null;
  /** Sources that were absent, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
  readonly verdicts: readonly Pick<
    Verdict,
    "strategy" | "code" | "edgeMicros" | "numbers" | "detail"
  >[];
}

/** One proposal and what risk said; `failedRules` is empty when it was approved. */
interface PageIntent {
  readonly clientOrderId: string;
  readonly at: string;
  readonly strategy: string;
  readonly what: string;
  readonly refusalCode: string | null;
  readonly failedRules: readonly Pick<RuleVerdict, "rule" | "numbers">[];
}

/** One order with its updates and fills. */
interface PageOrder {
  readonly clientOrderId: string;
  readonly venueOrderId: string | null;
  readonly at: string;
  readonly strategy: string;
  readonly what: string;
  readonly status: string;
  readonly filled: string;
  readonly updates: readonly PageLine[];
  readonly fills: readonly PageLine[];
}

/** Makes the page of one game. `workflow` is its workflow's own timeline, empty when it is gone. */
export function buildGamePage(rows: GamePageRows, workflow: readonly PageLine[] = []): GamePage {
  const { game } = rows;
  return {
    eventTicker: game.eventTicker,
    home: game.home,
    away: game.away,
    tipAt: iso(game.tipAt),
    phase: game.phase,
    result: game.result,
    finalScore: { home: game.homeScore, away: game.awayScore },
    match: { confidence: game.matchConfidence, reasons: readWords(game.matchReasons) },
    positions: rows.positions.map((row) => ({
      strategy: row.strategy,
      marketTicker: row.marketTicker,
      contracts: formatCount(row.count),
      costUsd: formatUsd(row.cost),
      feesUsd: formatUsd(row.fees),
      realizedUsd: formatUsd(row.realized),
    })),
    timeline: timelineOf(rows, workflow),
    decisions: rows.decisions.map(decisionOf),
    intents: rows.intents.map(intentOf),
    orders: ordersOf(rows),
    scores: rows.scores,
  };
}

const DECISIONS_TITLE =
  "Decisions (prices and amounts in millionths of a dollar, counts in hundredths, Ms in milliseconds)";

/** The page as text for a terminal. */
export function renderGamePage(page: GamePage): string {
  const { home, away, finalScore, match } = page;
  const points = finalScore.home === null ? "" : `, ${finalScore.away ?? ""}–${finalScore.home}`;
  const head = `${page.eventTicker}: ${away} at ${home}, tip ${easternTime(page.tipAt)}, ${page.phase}`;
  const confidence = `matched with ${share(match.confidence)}: ${match.reasons.join("; ")}`;
  return [
    `${head}${points}${page.result === null ? "" : `, result ${page.result}`}`,
    confidence,
    ...section("Positions", page.positions.map(positionLine)),
    ...section("Timeline (times are US Eastern)", page.timeline.map(line)),
    ...section(DECISIONS_TITLE, page.decisions.flatMap(decisionLines)),
    ...section("Proposals", page.intents.flatMap(intentLines)),
    ...section("Orders", page.orders.flatMap(orderLines)),
    ...section(
      "Scores (home wins: ours, the market's)",
      page.scores.map((row) => `${row.instantName} ${score(row.model)} ${score(row.market)}`),
    ),
  ]
    .map(plain)
    .join("\n");
}

function timelineOf(rows: GamePageRows, workflow: readonly PageLine[]): readonly PageLine[] {
  const lines: PageLine[] = [
    ...workflow,
    ...rows.intents.map((row) => ({ at: iso(row.proposedAt), what: proposal(row) })),
    ...rows.fills.map((row) => ({ at: iso(row.filledAt), what: fillText(row) })),
    ...rows.settlements.map((row) => ({
      at: iso(row.settledAt),
      what:
        `${row.correction === 0 ? "settled" : "corrected by the venue"} ${row.strategy}: ` +
        `${formatCount(row.count)} ${row.marketTicker} ` +
        `${row.result}, ${formatUsd(row.revenue)} USD`,
    })),
    ...rows.alarms.map((row) => ({
      at: iso(row.raisedAt),
      what: `${row.severity} ${row.code}${row.field === null ? "" : ` (${row.field})`}: ${row.message}`,
    })),
  ];
  return lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function decisionOf(row: GamePageRows["decisions"][number]): PageDecision {
  const { forecast, verdicts } = readDecisionOutput(row.output);
  const absent = forecast.sources.flatMap(({ source, absentBecause }) =>
    absentBecause === null ? [] : [[source, absentBecause] as const],
  );
  return {
    decisionId: row.decisionId,
    at: iso(row.decidedAt),
    because: row.reason,
    homeProbability: forecast.homeProbability,
    absent: Object.fromEntries(absent),
    verdicts: verdicts.map(({ strategy, code, edgeMicros, numbers, detail }) => ({
      strategy,
      code,
      edgeMicros,
      numbers,
      detail,
    })),
  };
}

function intentOf(row: IntentLineRow): PageIntent {
  const rules = JSON.parse(row.rules) as readonly RuleVerdict[]; // Boundary: written by us.
  return {
    clientOrderId: row.clientOrderId,
    at: iso(row.proposedAt),
    strategy: row.strategy,
    what: proposal(row),
    refusalCode: row.refusalCode,
    failedRules: rules
      .filter((rule) => !rule.isHeld)
      .map(({ rule, numbers }) => ({ rule, numbers })),
  };
}

function ordersOf(rows: GamePageRows): readonly PageOrder[] {
  const updates = groupBy(rows.updates, (row) => row.clientOrderId);
  const fills = groupBy(rows.fills, (row) => row.clientOrderId);
  return rows.orders.map((order) => ({
    clientOrderId: order.clientOrderId,
    venueOrderId: order.venueOrderId,
    at: iso(order.intendedAt),
    strategy: order.strategy,
    what: orderText(order),
    status: order.status,
    filled: formatCount(order.filled),
    updates: (updates.get(order.clientOrderId) ?? []).map((row) => ({
      at: iso(row.at),
      what: `${row.kind} -> ${row.status}`,
    })),
    fills: (fills.get(order.clientOrderId) ?? []).map((row) => ({
      at: iso(row.filledAt),
      what: fillText(row),
    })),
  }));
}

function proposal(row: IntentLineRow): string {
  const terms = readTerms(row.terms);
  const action = terms.side === "bid" ? "buy" : "sell";
  const why = row.exitType ?? row.purpose;
  const answer = row.refusalCode === null ? "approved" : `refused: ${row.refusalCode}`;
  return (
    `${row.strategy} ${why}${row.parentId === null ? "" : " (replaces)"}: ${action} ` +
    `${formatCount(terms.count)} ${terms.marketTicker} at ${price(terms.plan.price)}, ` +
    `edge ${cents(terms.edgeMicros)}, ${answer}`
  );
}

function orderText(order: OrderLineRow): string {
  const action = order.side === "bid" ? "buy" : "sell";
  const how = `${order.timeInForce}${order.isPostOnly ? ", post only" : ""}`;
  return `${action} ${formatCount(order.count)} ${order.marketTicker} at ${price(order.price)} (${how})`;
}

function fillText(fill: FillLineRow): string {
  const action = fill.side === "bid" ? "bought" : "sold";
  return (
    `${action} ${formatCount(fill.count)} ${fill.marketTicker} at ${price(fill.price)} ` +
    `as ${fill.liquidity}, fee ${formatUsd(fill.fee)}`
  );
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ["", title, ...(lines.length === 0 ? ["  none"] : lines.map((text) => `  ${text}`))];
}

function line({ at, what }: PageLine): string {
  return `${easternSeconds(at)} ${what}`;
}

function positionLine(row: PagePosition): string {
  return (
    `${row.strategy} ${row.contracts} ${row.marketTicker}, cost ${row.costUsd}, ` +
    `fees ${row.feesUsd}, realized ${row.realizedUsd} USD`
  );
}

function decisionLines(decision: PageDecision): readonly string[] {
  const absent = Object.entries(decision.absent).map(([source, why]) => `${source}: ${why}`);
  const missing = absent.length === 0 ? "" : `; absent ${absent.join(", ")}`;
  return [
    `${easternSeconds(decision.at)} ${decision.because}, home wins ${share(decision.homeProbability)}${missing}`,
    ...decision.verdicts.map(
      ({ strategy, code, edgeMicros, numbers, detail }) =>
        `    ${strategy}: ${code}${detail === null ? "" : ` ${detail}`}` +
        `${edgeMicros === null ? "" : `, edge ${cents(edgeMicros)}`}${numbersText(numbers)}`,
    ),
  ];
}

function intentLines(intent: PageIntent): readonly string[] {
  return [
    `${easternSeconds(intent.at)} ${intent.what}`,
    ...intent.failedRules.map(({ rule, numbers }) => `    ${rule}${numbersText(numbers)}`),
  ];
}

function orderLines(order: PageOrder): readonly string[] {
  return [
    `${easternSeconds(order.at)} ${order.clientOrderId} ${order.strategy}: ${order.what}: ` +
      `${order.status}, ${order.filled} filled, venue ${order.venueOrderId ?? NOTHING}`,
    ...[...order.updates, ...order.fills].map((row) => `    ${line(row)}`),
  ];
}

/**
 * Numbers as they were stored, to six digits: an eye needs no more, `--json` has them whole. What was not
 * known when it was asked for is stored as null.
 */
function numbersText(numbers: Readonly<Record<string, number | null>>): string {
  const shown = Object.entries(numbers).map(([name, value]) =>
    value === null ? `${name} unknown` : `${name} ${Number(value.toPrecision(6))}`,
  );
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}

function price(micros: number): string {
  return `${(micros / 10_000).toFixed(1)}¢`;
}
