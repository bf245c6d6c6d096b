import { formatUsd, ONE_USD_MICROS } from "../../core/domain/units.ts";
import { breakerTable, refusalTable } from "./breakers.ts";
import type { NightReport } from "./build.ts";
import {
  amount,
  cents,
  count,
  easternTime,
  known,
  milliseconds,
  money,
  NOTHING,
  score,
  share,
} from "./format.ts";
import {
  calibrationTable,
  forecastTable,
  missedTable,
  falsePositiveTable,
  divergenceTable,
  meanReversionTable,
  edgeTable,
  resultsTable,
  skippedTable,
} from "./judgement-tables.ts";
import { unheardVenue } from "./integrity.ts";
import type { GameSummary, PnlUsd, ReportSummary } from "./report-schema.ts";
import type { ReportTable } from "./table.ts";

/** The games of the night: the first table of every page. */
export function gamesTable({ summary }: NightReport): ReportTable {
  return {
    title: "Games",
    note: "Tip is on the Eastern clock; Brier is the mean over the scored instants, lower is better.",
    head: [
      "game",
      "tip",
      "phase",
      "score",
      ">match",
      ">decisions",
      ">orders",
      ">fills",
      "±gross",
      ">fees",
      "±net USD",
      ">Brier, ours",
      ">market's",
    ],
    rows: summary.games.map((game) => [
      `${game.away} at ${game.home}`,
      easternTime(game.tipAt),
      game.phase,
      finalScore(game),
      share(game.matchConfidence),
      count(game.decisions),
      count(game.orders),
      count(game.fills),
      money(game.pnlUsd.gross),
      amount(game.pnlUsd.fees),
      money(game.pnlUsd.net),
      score(game.brier.model),
      score(game.brier.market),
    ]),
  };
}

/** The final score, away first as games are named, with the winner; of one that was corrected it says so. */
export function finalScore(game: GameSummary): string {
  const { away, home, result } = game;
  const { home: homeScore, away: awayScore } = game.finalScore;
  const corrected = game.corrections === undefined ? "" : " (corrected)";
  if (homeScore === null || awayScore === null) return `${result ?? NOTHING}${corrected}`;
  const winner = result === "home" ? home : result === "away" ? away : result;
  return `${awayScore}–${homeScore}${winner === null ? "" : ` ${winner}`}${corrected}`;
}

/** Everything a page shows after the games, in the sequence in which it is read. */
export function nightTables(report: NightReport): readonly ReportTable[] {
  return [
    criteriaTable(report),
    integrityTable(report),
    breakerTable(report.summary),
    strategyTable(report),
    routerTable(report),
    exitTable(report),
    resultsTable(report),
    ...spreadTable(report),
    fillTable(report),
    forecastTable(report),
    calibrationTable(report),
    missedTable(report),
    falsePositiveTable(report),
    divergenceTable(report),
    meanReversionTable(report),
    edgeTable(report),
    skippedTable(report),
    refusalTable(report.summary),
    workflowTable(report),
    reconstructedTable(report),
    alarmTable(report),
  ].filter((table) => table.rows.length > 0);
}

function routerTable({ analysis }: NightReport): ReportTable {
  return {
    title: "Router",
    note: "It keeps strategies from acting in some regimes; `npx tipoff router judge` measures what that is worth.",
    head: ["router"],
    rows: [[analysis.router]],
  };
}

function criteriaTable({ summary }: NightReport): ReportTable {
  return {
    title: "Success criteria",
    note: "An attempt is an intent proposed, even if risk refused it.",
    head: ["criterion", "held", "evidence"],
    rows: summary.criteria.map((criterion) => [
      criterion.id.replaceAll("_", " "),
      criterion.held ? "yes" : "NO",
      criterion.evidence,
    ]),
  };
}

function integrityTable({ summary }: NightReport): ReportTable {
  const { integrity, totals } = summary;
  return {
    title: "Integrity",
    note: "All zero when the books balance. Expected cash is start + sales − purchases + settlements − fees.",
    head: ["check", ">value"],
    rows: [
      ["duplicate orders", known(integrity.duplicateOrders)],
      ["orphan orders", known(integrity.orphanOrders)],
      ["unknown orders", known(integrity.unknownOrders)],
      ["orders of others in the account", known(summary.foreign?.orders ?? null)],
      ["open positions", known(integrity.openPositions)],
      ["unsettled markets", known(integrity.unsettledMarkets)],
      ["ledger minus expected, USD", known(integrity.ledgerDifferenceUsd)],
      ["venue minus ledger, USD", venueDifference(summary)],
      ["cash at the start, USD", totals.cashUsd.start],
      ["cash at the end, USD", totals.cashUsd.end],
      ["cash expected, USD", totals.cashUsd.expected],
    ],
  };
}

function venueDifference(summary: ReportSummary): string {
  return summary.isBacktest === true
    ? (unheardVenue(summary) ?? "")
    : known(summary.integrity.venueDifferenceUsd);
}

function strategyTable({ summary }: NightReport): ReportTable {
  return {
    title: "PnL by strategy",
    note: "Pregame and live by the phase of the entry, both net. USD.",
    head: ["strategy", ">intents", ">refused", ">orders", ">fills"].concat(
      ["±gross", ">fees", "±net"],
      ["±pregame net", "±live net"],
    ),
    rows: [
      ...Object.entries(summary.byStrategy).map(([strategy, own]) => [
        strategy,
        count(own.intents),
        count(own.refusals),
        count(own.orders),
        count(own.fills),
        money(own.pnlUsd.gross),
        amount(own.pnlUsd.fees),
        money(own.pnlUsd.net),
        money(own.pregamePnlUsd.net),
        money(own.livePnlUsd.net),
      ]),
    ],
  };
}

function exitTable({ summary, analysis }: NightReport): ReportTable {
  const { pregame, live } = analysis.pregameVersusLive;
  const row = (name: string, contracts: string, pnl: typeof pregame): readonly string[] => [
    name,
    contracts,
    money(pnl.gross),
    amount(pnl.fees),
    money(pnl.net),
  ];
  return {
    title: "PnL by exit",
    note: "How contracts left; a lock bought on the other team's market counts with those it covers. USD.",
    head: ["left by", ">contracts", "±gross", ">fees", "±net"],
    rows: [
      ...Object.entries(summary.byExit).map(([exit, own]) => row(exit, own.contracts, own.pnlUsd)),
      row("entered pregame", "", pregame),
      row("entered live", "", live),
      row("all", "", summary.totals.pnlUsd),
    ],
  };
}

function spreadTable({ analysis, summary: { totals } }: NightReport): readonly ReportTable[] {
  if (!analysis.isDerivedBook) return [];
  return [
    {
      title: "PnL by assumed spread",
      note:
        "The recording has no quotes: bid and ask were derived from trades, at three spreads, and each was " +
        "backtested. The night itself was played with one of them: what its backtest made more than the " +
        "night (difference) is due to when orders arrived, what was decided beside other games, and the " +
        "losses that the account came with (docs/backtest.md, What differs from a night). USD.",
      head: ["spread", "±gross", ">fees", "±net"],
      rows: [
        ...analysis.spreadPnl.map(({ spreadCents, pnlUsd }) => pnlCells(`${spreadCents}¢`, pnlUsd)),
        pnlCells("played", totals.pnlUsd),
        ...analysis.spreadPnl
          .filter(({ isPlayed }) => isPlayed)
          .map(({ spreadCents, pnlUsd }) =>
            differenceCells(`${spreadCents}¢ less played`, pnlUsd, totals.pnlUsd),
          ),
      ],
    },
  ];
}

function pnlCells(name: string, pnl: PnlUsd): readonly string[] {
  return [name, money(pnl.gross), amount(pnl.fees), money(pnl.net)];
}

function differenceCells(name: string, one: PnlUsd, other: PnlUsd): readonly string[] {
  const less = (a: string, b: string): string =>
    money(formatUsd(Math.round((Number(a) - Number(b)) * ONE_USD_MICROS)));
  return [name, less(one.gross, other.gross), less(one.fees, other.fees), less(one.net, other.net)];
}

function fillTable({ analysis }: NightReport): ReportTable {
  const rows = Object.entries(analysis.fillQuality).filter(([, own]) => own.orders > 0);
  return {
    title: "Fill rate and slippage",
    note:
      "Fill rate: mean filled share of single orders, beside the probability their plans stated. " +
      "Slippage: fill against planned price, positive is worse for us.",
    head: ["strategy", ">orders", ">intents", ">filled at all", ">contracts filled"].concat(
      [">fill rate", ">expected"],
      [">slippage a contract", ">slippage USD"],
    ),
    rows: rows.map(([strategy, own]) => [
      strategy,
      count(own.orders),
      count(own.intents),
      count(own.intentsFilled),
      share(own.filledShare),
      share(own.fillRate),
      share(own.fillRateExpected),
      cents(own.slippageMicros),
      money(String(own.slippageTotalMicros / 1_000_000)),
    ]),
  };
}

function workflowTable({ summary }: NightReport): ReportTable {
  const { n, p50, p99 } = summary.latencyMs.quoteToOrder;
  return {
    title: "Workflows and latency",
    note:
      `Quote received to order on the wire: ${count(n)} orders, median ${milliseconds(p50)}, ` +
      `99th percentile ${milliseconds(p99)}. From the workflows' real histories:`,
    head: ["workflow", "run", ">history events", ">actions", ">pregame attempts", ">lock attempts"],
    rows: summary.games.map((game) => [
      game.workflow.id,
      game.workflow.runId ?? NOTHING,
      known(game.workflow.historyEvents),
      known(game.workflow.actions),
      count(game.pregameAttempts),
      count(game.lockAttempts),
    ]),
  };
}

function reconstructedTable({ analysis, summary }: NightReport): ReportTable {
  const lacks = analysis.lacks.map((source) => ["the source lacks", source, "all"]);
  const some = (what: string, reasons: typeof analysis.reconstructed): string[][] =>
    reasons.map(({ name, count }) => [what, name, `${count} of ${summary.games.length}`]);
  return {
    title: "What was reconstructed",
    note: "Nothing is known before it happened; models that need what is absent drop out in between.",
    head: ["", "what", ">games"],
    rows: [
      ...some("reconstructed", analysis.reconstructed),
      ...lacks,
      ...some("the source lacks", analysis.lacksOfGames),
    ],
  };
}

function alarmTable({ summary }: NightReport): ReportTable {
  return {
    title: "Alarms",
    note: "What went wrong on the way, and whether it ended.",
    head: ["severity", "code", "field", "game", ">times", "first", "cleared", "message"],
    rows: summary.alarms.map((alarm) => [
      alarm.severity,
      alarm.code,
      alarm.field ?? "",
      alarm.eventTicker ?? "",
      count(alarm.count),
      easternTime(alarm.raisedAt),
      alarm.clearedAt === null ? "open" : easternTime(alarm.clearedAt),
      alarm.message,
    ]),
  };
}
