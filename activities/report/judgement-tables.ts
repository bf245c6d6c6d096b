import type { Estimate } from "../../core/scoring/inference/estimate.ts";
import { OPEN_INSTANTS } from "../../core/scoring/game-instants.ts";
import type { NightReport } from "./build.ts";
import { cents, count, money, NOTHING, ratio, score, share } from "./format.ts";
import type { ReportTable } from "./table.ts";

/** How many reasons a table lists before it sums up the rest. */
const REASONS_SHOWN = 6;

export function forecastTable({ analysis }: NightReport): ReportTable {
  return {
    title: "Forecast against the market",
    note: `Home-win probability, ours and the market's mid at the same instants. Lower is better. ${OPEN_INSTANTS}`,
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

export function calibrationTable({ analysis }: NightReport): ReportTable {
  const { brier, againstMarket } = analysis.statistics;
  return {
    title: "Calibration",
    note:
      "Our Brier score taken apart in ten bins (Murphy): reliability − resolution + uncertainty + what bins hide. " +
      "Reliability is the error of the stated odds, resolution what telling games apart earns.",
    head: [">forecasts", ">reliability", ">resolution", ">uncertainty", ">within bins"].concat(
      [">Brier less market's", ">games"],
      ["95 % interval over games"],
    ),
    rows:
      brier.n === 0
        ? []
        : [
            [
              count(brier.n),
              score(brier.reliability),
              score(brier.resolution),
              score(brier.uncertainty),
              score(brier.withinBins),
              score(againstMarket.value),
              count(againstMarket.clusters),
              interval(againstMarket, score),
            ],
          ],
  };
}

export function resultsTable({ analysis }: NightReport): ReportTable {
  return {
    title: "Results of positions",
    note:
      "A position is what one strategy held in one game, once it has ended. Profit factor: won over lost, after fees; " +
      "win rate: positions above zero after fees; fee drag: fees over the profit before them.",
    head: ["strategy", ">positions", ">games", ">profit factor", ">win rate", ">fee drag"].concat(
      ["±worst USD"],
      ["95 % interval of the win rate, over games"],
    ),
    rows: Object.entries(analysis.statistics.results)
      .filter(([, own]) => own.winRate.n > 0)
      .map(([strategy, { profitFactor, winRate, feeDrag, worst }]) => [
        strategy,
        count(winRate.n),
        count(winRate.clusters),
        ratio(profitFactor.value),
        share(winRate.value),
        share(feeDrag.value),
        money(worst === null ? null : String(worst / 1_000_000)),
        interval(winRate, share),
      ]),
  };
}

/** An interval, or why there is none. */
function interval(estimate: Estimate, format: (value: number | null) => string): string {
  if (estimate.interval) {
    return `${format(estimate.interval.low)} to ${format(estimate.interval.high)}`;
  }
  return estimate.lack === "too_few_clusters" ? "too few games" : NOTHING;
}

export function missedTable({ analysis }: NightReport): ReportTable {
  return {
    title: "Missed opportunities",
    note:
      "An edge net of fees was seen and not traded, counted once a game, strategy and reason. Missed: " +
      "it would have paid net of fees at settlement, or at a later bid as high as its fair value. " +
      "The mean is over winners and losers: below zero, not to trade was right.",
    head: ["strategy", "how", "reason", ">candidates", ">missed"].concat(
      [">paid at settlement", ">paid at take-profit"],
      ["±mean net at settlement"],
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

export function falsePositiveTable({ analysis }: NightReport): ReportTable {
  return {
    title: "False positives",
    note: "Entries whose forecast was above the price, whose market settled below it, and that lost net of fees.",
    head: ["market", "strategy", ">fair value", ">paid", "left by", "±net USD"],
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

export function divergenceTable({ analysis }: NightReport): ReportTable {
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

export function meanReversionTable({ analysis }: NightReport): ReportTable {
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

export function edgeTable({ analysis }: NightReport): ReportTable {
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

export function skippedTable({ analysis }: NightReport): ReportTable {
  const { evaluations, candidates, proposed, approved, traded } = analysis.cycles;
  const rows = Object.entries(analysis.skipped)
    .filter(([, own]) => own.length > 0)
    .map(([strategy, own]) => [strategy, reasons(own)]);
  const refused = analysis.refusals.length === 0 ? "nothing" : reasons(analysis.refusals);
  return {
    title: "Why trades were not made",
    note:
      `${count(evaluations)} evaluations, ${count(candidates)} candidates, ${count(proposed)} proposals, ` +
      `${count(approved)} approved, ${count(traded)} traded; the answers of all evaluations.`,
    head: ["who", "answers"],
    rows: [...rows, ["risk refused", refused]],
  };
}

function reasons(counts: readonly { readonly name: string; readonly count: number }[]): string {
  const shown = counts.slice(0, REASONS_SHOWN).map((one) => `${one.name} ${count(one.count)}`);
  const rest = counts.slice(REASONS_SHOWN).reduce((sum, one) => sum + one.count, 0);
  return [...shown, ...(rest > 0 ? [`others ${count(rest)}`] : [])].join(", ");
}
