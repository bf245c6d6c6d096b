import type { NightReport } from "./build.ts";
import {
  cents,
  count,
  easternTime,
  exactMoney,
  milliseconds,
  money,
  NOTHING,
  score,
  share,
} from "./format.ts";
import type { GameSummary } from "./report-schema.ts";

/** A table of the report, whatever page shows it. All cells are plain text. */
export interface ReportTable {
  readonly title: string;
  /** What the table says, and how its numbers are defined. */
  readonly note: string;
  /** Columns; a leading `>` sets the column right, as numbers are. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How many reasons a table lists before it sums up the rest. */
const REASONS_SHOWN = 6;

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
      ">gross",
      ">fees",
      ">net USD",
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
      money(game.pnlUsd.fees),
      money(game.pnlUsd.net),
      score(game.brier.model),
      score(game.brier.market),
    ]),
  };
}

/** The final score, away first as games are named, with the winner. */
export function finalScore({ away, home, finalScore: { ...points }, result }: GameSummary): string {
  if (points.home === null || points.away === null) return result ?? NOTHING;
  const winner = result === "home" ? home : result === "away" ? away : result;
  return `${points.away}–${points.home}${winner === null ? "" : ` ${winner}`}`;
}

/** Everything a page shows after the games, in the sequence in which it is read. */
export function nightTables(report: NightReport): readonly ReportTable[] {
  return [
    criteriaTable(report),
    integrityTable(report),
    strategyTable(report),
    exitTable(report),
    ...spreadTable(report),
    fillTable(report),
    forecastTable(report),
    missedTable(report),
    falsePositiveTable(report),
    divergenceTable(report),
    meanReversionTable(report),
    edgeTable(report),
    skippedTable(report),
    workflowTable(report),
    reconstructedTable(report),
    alarmTable(report),
  ].filter((table) => table.rows.length > 0);
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
      ["duplicate orders", count(integrity.duplicateOrders)],
      ["orphan orders", count(integrity.orphanOrders)],
      ["unknown orders", count(integrity.unknownOrders)],
      ["open positions", count(integrity.openPositions)],
      ["unsettled markets", count(integrity.unsettledMarkets)],
      ["ledger minus expected, USD", exactMoney(integrity.ledgerDifferenceUsd)],
      ["venue minus ledger, USD", exactMoney(integrity.venueDifferenceUsd)],
      ["cash at the start, USD", exactMoney(totals.cashUsd.start)],
      ["cash at the end, USD", exactMoney(totals.cashUsd.end)],
      ["cash expected, USD", exactMoney(totals.cashUsd.expected)],
    ],
  };
}

function strategyTable({ summary }: NightReport): ReportTable {
  return {
    title: "PnL by strategy",
    note: "Pregame and live by the phase of the entry, both net. USD.",
    head: ["strategy", ">intents", ">refused", ">orders", ">fills"].concat(
      [">gross", ">fees", ">net"],
      [">pregame net", ">live net"],
    ),
    rows: [
      ...Object.entries(summary.byStrategy).map(([strategy, own]) => [
        strategy,
        count(own.intents),
        count(own.refusals),
        count(own.orders),
        count(own.fills),
        money(own.pnlUsd.gross),
        money(own.pnlUsd.fees),
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
    money(pnl.fees),
    money(pnl.net),
  ];
  return {
    title: "PnL by exit",
    note: "How contracts left; a lock bought on the other team's market counts with those it covers. USD.",
    head: ["left by", ">contracts", ">gross", ">fees", ">net"],
    rows: [
      ...Object.entries(summary.byExit).map(([exit, own]) => row(exit, own.contracts, own.pnlUsd)),
      row("entered pregame", "", pregame),
      row("entered live", "", live),
      row("all", "", summary.totals.pnlUsd),
    ],
  };
}

function spreadTable({ analysis }: NightReport): readonly ReportTable[] {
  if (!analysis.isDerivedBook) return [];
  return [
    {
      title: "PnL by assumed spread",
      note: "The recording has no quotes: bid and ask were derived from trades, at three spreads. USD.",
      head: ["spread", ">gross", ">fees", ">net"],
      rows: analysis.spreadPnl.map(({ spreadCents, pnlUsd }) => [
        `${spreadCents}¢`,
        money(pnlUsd.gross),
        money(pnlUsd.fees),
        money(pnlUsd.net),
      ]),
    },
  ];
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

function forecastTable({ analysis }: NightReport): ReportTable {
  return {
    title: "Forecast against the market",
    note: "Home-win probability, ours and the market's mid at the same instants. Lower is better.",
    head: ["instant", ">games", ">Brier, ours", ">market's", ">log loss, ours", ">market's"],
    rows: analysis.forecasts
      .filter((own) => own.n > 0)
      .map((own) => [
        own.instant.replaceAll("-", " "),
        count(own.n),
        score(own.brier.model),
        score(own.brier.market),
        score(own.logLoss.model),
        score(own.logLoss.market),
      ]),
  };
}

function missedTable({ analysis }: NightReport): ReportTable {
  return {
    title: "Missed opportunities",
    note:
      "An edge net of fees was seen and not traded, counted once a game, strategy and reason. Missed: " +
      "it would have paid net of fees at settlement, or at a later bid as high as its fair value. " +
      "The mean is over winners and losers: below zero, not to trade was right.",
    head: ["strategy", "how", "reason", ">candidates", ">missed"].concat(
      [">paid at settlement", ">paid at take-profit"],
      [">mean net at settlement"],
    ),
    rows: analysis.missed.map((own) => [
      own.strategy,
      own.kind,
      own.code,
      count(own.candidates),
      count(own.missed),
      count(own.paidAtSettlement),
      count(own.paidAtTakeProfit),
      cents(own.meanNetAtSettlement),
    ]),
  };
}

function falsePositiveTable({ analysis }: NightReport): ReportTable {
  return {
    title: "False positives",
    note: "Entries whose forecast was above the price, whose market settled below it, and that lost net of fees.",
    head: ["market", "strategy", ">fair value", ">paid", "left by", ">net USD"],
    rows: analysis.falsePositives.map(({ entry, net, leftBy }) => [
      entry.marketTicker,
      entry.strategy,
      cents(entry.fairValue).slice(1),
      cents(entry.averagePrice).slice(1),
      leftBy.join(", "),
      money(String(net / 1_000_000)),
    ]),
  };
}

function divergenceTable({ analysis }: NightReport): ReportTable {
  const { night, games } = analysis.espnVersusMarket;
  const rows = [...Object.entries(games), ["the night", night] as const];
  return {
    title: "ESPN against the market",
    note: "ESPN's home-win probability minus the market's mid, at equally spaced instants.",
    head: [
      "game",
      ">instants",
      ">mean distance",
      ">mean difference",
      ">largest",
      ">above 5 points",
    ],
    rows: rows
      .filter(([, own]) => own.n > 0)
      .map(([name, own]) => [
        name,
        count(own.n),
        share(own.meanAbsolute),
        share(own.meanSigned),
        share(own.largest),
        share(own.shareAboveFivePoints),
      ]),
  };
}

function meanReversionTable({ analysis }: NightReport): ReportTable {
  return {
    title: "Why mean reversion did not activate",
    note: "Games in which it proposed nothing, with the answers of all its evaluations.",
    head: ["game", ">evaluations", "answers"],
    rows: analysis.meanReversionInactive.map((own) => [
      own.eventTicker,
      count(own.evaluations),
      own.reasons.length === 0 ? "it was never evaluated" : reasons(own.reasons),
    ]),
  };
}

/** Edges of whole cents that the table sets apart; what lies beyond is summed. */
const EDGE_BOUNDS = [-10, -5, -2, 0, 2, 5] as const;

function edgeTable({ analysis }: NightReport): ReportTable {
  const names = EDGE_BOUNDS.map((bound) => `>below ${bound}¢`);
  return {
    title: "Distribution of edges",
    note: "Every evaluation's best edge net of fees, counted by cents per contract.",
    head: ["strategy", ">evaluations", ">mean", ">above zero", ...names, ">5¢ and more"],
    rows: Object.entries(analysis.edges)
      .filter(([, own]) => own.n > 0)
      .map(([strategy, own]) => {
        const between = (low: number, high: number): number =>
          own.bins
            .filter((bin) => bin.cents >= low && bin.cents < high)
            .reduce((sum, bin) => sum + bin.count, 0);
        const bounds = [-Infinity, ...EDGE_BOUNDS, Infinity];
        return [
          strategy,
          count(own.n),
          cents(own.meanCents === null ? null : own.meanCents * 10_000),
          share(own.positive / own.n),
          ...bounds.slice(1).map((high, i) => count(between(bounds[i] ?? -Infinity, high))),
        ];
      }),
  };
}

function skippedTable({ analysis }: NightReport): ReportTable {
  const { evaluations, candidates, proposed } = analysis.cycles;
  const rows = Object.entries(analysis.skipped)
    .filter(([, own]) => own.length > 0)
    .map(([strategy, own]) => [strategy, reasons(own)]);
  const refused = analysis.refusals.length === 0 ? "nothing" : reasons(analysis.refusals);
  return {
    title: "Why trades were not made",
    note:
      `${count(evaluations)} evaluations, ${count(candidates)} with a candidate, ` +
      `${count(proposed)} with a proposal; the answers of all of them.`,
    head: ["who", "answers"],
    rows: [...rows, ["risk refused", refused]],
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
      count(game.workflow.historyEvents),
      count(game.workflow.actions),
      count(game.pregameAttempts),
      count(game.lockAttempts),
    ]),
  };
}

function reconstructedTable({ analysis, summary }: NightReport): ReportTable {
  const lacks = analysis.lacks.map((source) => ["the source lacks", source, "all"]);
  const rebuilt = analysis.reconstructed.map(({ name, count: games }) => [
    "reconstructed",
    name,
    `${games} of ${summary.games.length}`,
  ]);
  return {
    title: "What was reconstructed",
    note: "Nothing is known before it happened; models that need what is absent drop out in between.",
    head: ["", "what", ">games"],
    rows: [...rebuilt, ...lacks],
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

function reasons(counts: readonly { readonly name: string; readonly count: number }[]): string {
  const shown = counts.slice(0, REASONS_SHOWN).map((one) => `${one.name} ${count(one.count)}`);
  const rest = counts.slice(REASONS_SHOWN).reduce((sum, one) => sum + one.count, 0);
  return [...shown, ...(rest > 0 ? [`others ${count(rest)}`] : [])].join(", ");
}
