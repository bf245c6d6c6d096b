import { doubtOf } from "../../core/domain/believed-price.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import { isUnsentCode } from "../../core/domain/order.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import { brierScore, type ResolvedForecast } from "../../core/scoring/brier.ts";
import { type Divergence, espnDivergence } from "../../core/scoring/divergence.ts";
import { type FillQuality, fillQuality } from "../../core/scoring/fill-quality.ts";
import { groupBy } from "../../core/scoring/group.ts";
import {
  type Candidate,
  type CandidateOutcome,
  candidateOutcome,
  type FalsePositive,
  falsePositives,
  type MissedSummary,
  missedSummary,
} from "../../core/scoring/hindsight.ts";
import { logLoss } from "../../core/scoring/log-loss.ts";
import { pnlBy, sumPnl } from "../../core/scoring/pnl.ts";
import {
  type EdgeDistribution,
  edgeDistribution,
  mergeTallies,
  ranked,
} from "../../core/scoring/tally.ts";
import type {
  CandidateRow,
  MarketRow,
  OrderRow,
  ScoreRow,
} from "../../schema/queries/report-rows.ts";
import type { ReportInputs, SpreadPnl } from "./inputs.ts";
import {
  fillsByOrder,
  marketKey,
  type Night,
  pnlUsd,
  readDecisionInput,
  readDecisionOutput,
  readTallies,
  readTerms,
  readWords,
  strategiesOf,
} from "./night.ts";
import type { PnlUsd } from "./report-schema.ts";
import { type NightStatistics, nightStatistics } from "./statistics.ts";

/** Forecast and market judged at the same instants. */
interface ForecastScore {
  readonly instant: string;
  /** Games at which both were known. */
  readonly n: number;
  readonly brier: { readonly model: number | null; readonly market: number | null };
  readonly logLoss: { readonly model: number | null; readonly market: number | null };
}

/** A reason with its count. */
interface Reason {
  readonly name: string;
  readonly count: number;
}

/** What the pages tell beyond `report.json`; written beside it as `analysis.json`. */
export interface Analysis {
  readonly schemaVersion: 1;
  readonly forecasts: readonly ForecastScore[];
  /** Figures with what they rest on; one night has too few games for their intervals. */
  readonly statistics: NightStatistics;
  readonly pregameVersusLive: { readonly pregame: PnlUsd; readonly live: PnlUsd };
  readonly fillQuality: Readonly<Record<string, FillQuality>>;
  readonly missed: readonly (MissedSummary & {
    readonly strategy: string;
    readonly kind: string;
    readonly code: string;
  })[];
  readonly falsePositives: readonly FalsePositive[];
  readonly espnVersusMarket: {
    readonly night: Divergence;
    readonly games: Readonly<Record<string, Divergence>>;
  };
  /** Games in which mean reversion never proposed, with the reasons of all its evaluations. */
  readonly meanReversionInactive: readonly {
    readonly eventTicker: string;
    readonly evaluations: number;
    readonly reasons: readonly Reason[];
  }[];
  readonly cycles: {
    readonly evaluations: number;
    readonly candidates: number;
    readonly proposed: number;
    readonly approved: number;
    readonly traded: number;
  };
  readonly skipped: Readonly<Record<string, readonly Reason[]>>;
  readonly edges: Readonly<Record<string, EdgeDistribution>>;
  readonly refusals: readonly Reason[];
  /** Only for books derived from trades. */
  readonly spreadPnl: readonly SpreadPnl[];
  readonly isDerivedBook: boolean;
  readonly router: string;
  readonly lacks: readonly string[];
  /** What only some games lack, by how many do. */
  readonly lacksOfGames: readonly Reason[];
  readonly reconstructed: readonly Reason[];
}

/** Judges a night. */
export function analyse(night: Night, inputs: ReportInputs): Analysis {
  const { rows, parts } = night;
  const byPhase = pnlBy(parts, (part) => part.entryPhase);
  const manifest = readManifest(rows.run.manifest);
  const refusals = rows.intents.flatMap(({ refusalCode }) => refusalCode ?? []);
  return {
    schemaVersion: 1,
    forecasts: forecastScores(rows.scores),
    statistics: nightStatistics(night),
    pregameVersusLive: {
      pregame: pnlUsd(byPhase.get("pregame") ?? sumPnl([])),
      live: pnlUsd(byPhase.get("live") ?? sumPnl([])),
    },
    fillQuality: fillQualities(night),
    missed: missedOf(candidateOutcomes(night.rows.candidates, night.markets)),
    falsePositives: falsePositivesOf(night),
    espnVersusMarket: divergences(night),
    meanReversionInactive: meanReversionInactive(night),
    cycles: {
      evaluations: rows.cycles.reduce((sum, cycle) => sum + cycle.evaluations, 0),
      candidates: rows.cycles.reduce((sum, cycle) => sum + cycle.candidates, 0),
      proposed: rows.cycles.reduce((sum, cycle) => sum + cycle.proposed, 0),
      approved: rows.cycles.reduce((sum, cycle) => sum + cycle.approved, 0),
      traded: rows.cycles.reduce((sum, cycle) => sum + cycle.traded, 0),
    },
    skipped: mapByStrategy(night, "skipped", ranked),
    edges: mapByStrategy(night, "edges", edgeDistribution),
    refusals: ranked(mergeTallies(refusals.map((code) => ({ [code]: 1 })))),
    spreadPnl: inputs.spreadPnl,
    isDerivedBook: manifest.isDerivedBook,
    router: inputs.router,
    lacks: manifest.lacks,
    lacksOfGames: ranked(
      mergeTallies(
        manifest.games.flatMap(({ lacks = [] }) => lacks.map((what) => ({ [what]: 1 }))),
      ),
    ),
    reconstructed: ranked(
      mergeTallies(
        rows.games.flatMap((game) => readWords(game.reconstructed).map((word) => ({ [word]: 1 }))),
      ),
    ),
  };
}

/** Resolved forecasts of ours and of the market, from the instants at which both were known. */
export function resolvedPairs(scores: readonly ScoreRow[]): {
  readonly model: readonly ResolvedForecast[];
  readonly market: readonly ResolvedForecast[];
} {
  const both = scores.flatMap(({ model, market, homeWon }) =>
    model === null || market === null ? [] : [{ model, market, outcome: homeWon ? 1 : 0 } as const],
  );
  return {
    model: both.map(({ model, outcome }) => ({ probability: model, outcome })),
    market: both.map(({ market, outcome }) => ({ probability: market, outcome })),
  };
}

function forecastScores(scores: readonly ScoreRow[]): readonly ForecastScore[] {
  const named = [...groupBy(scores, (score) => score.instantName)];
  return [...named, ["all instants", scores] as const].map(([name, own]) => {
    const { model, market } = resolvedPairs(own);
    return {
      instant: name,
      n: model.length,
      brier: { model: brierScore(model), market: brierScore(market) },
      logLoss: { model: logLoss(model), market: logLoss(market) },
    };
  });
}

/** Of all strategies together under `all`, and of each. Orders that were never sent are no evidence. */
function fillQualities(night: Night): Readonly<Record<string, FillQuality>> {
  const fills = fillsByOrder(night);
  const quality = (orders: readonly OrderRow[]): FillQuality =>
    fillQuality(
      orders
        .filter((order) => !isUnsentCode(order.rejectCode))
        .map((order) => ({
          id: order.clientOrderId,
          parentId: order.parentId,
          side: order.side,
          count: countCenti(order.count),
          expectedFillProbability: order.expectedFillProbability,
          expectedPrice: priceMicros(order.expectedPrice),
          fills: (fills.get(order.clientOrderId) ?? []).map(({ fill }) => ({
            price: priceMicros(fill.price),
            count: countCenti(fill.count),
          })),
        })),
    );
  const own = strategiesOf(night).map(
    (strategy) =>
      [strategy, quality(night.rows.orders.filter((row) => row.strategy === strategy))] as const,
  );
  return Object.fromEntries([["all", quality(night.rows.orders)] as const, ...own]);
}

/** What candidates are valued by: a market's side, and what it paid; by `marketKey`. */
type Settled = ReadonlyMap<string, Pick<MarketRow, "team" | "settlementValue">>;

/** Entries that were not made, in hindsight. A row whose market had no price then is no candidate. */
export function candidateOutcomes(
  rows: readonly CandidateRow[],
  markets: Settled,
): readonly CandidateOutcome[] {
  return rows.flatMap((row) => {
    const candidate = candidateOf(markets, row);
    return candidate ? [candidateOutcome(candidate)] : [];
  });
}

/** A refused intent says what it wanted; a skipped one is the team's contract with the best edge. */
function candidateOf(markets: Settled, row: CandidateRow): Candidate | null {
  if (row.input === null || row.output === null) return null;
  const input = readDecisionInput(row.input);
  const terms = row.refusedTerms === null ? null : readTerms(row.refusedTerms);
  const home = readDecisionOutput(row.output).forecast.homeProbability;
  const offers = input.markets.flatMap((market) => {
    const { ticker, team, quote } = market;
    if (quote.ask === null || home === null || doubtOf(market) !== null) return [];
    const fairValue = Math.round((team === "home" ? home : 1 - home) * 1_000_000);
    return [{ marketTicker: ticker, price: quote.ask, fairValue }];
  });
  const best = terms
    ? {
        marketTicker: terms.marketTicker,
        price: terms.plan.expectedPrice,
        fairValue: terms.fairValue,
      }
    : offers.sort((a, b) => b.fairValue - b.price - (a.fairValue - a.price))[0];
  return best ? { ...valued(markets, row, input.fees, best.marketTicker), ...best } : null;
}

function valued(
  markets: Settled,
  row: CandidateRow,
  feeSchedule: FeeSchedule,
  marketTicker: string,
): Omit<Candidate, "price" | "fairValue" | "marketTicker"> {
  const market = markets.get(marketKey({ gameId: row.gameId, marketTicker }));
  const bid = market?.team === "away" ? row.bestAwayBidAfter : row.bestHomeBidAfter;
  return {
    gameId: row.gameId,
    strategy: row.strategy,
    kind: row.refusedTerms === null ? "skipped" : "refused",
    code: row.code,
    feeSchedule,
    settlementValue: market?.settlementValue ?? null,
    bestBidAfter: bid === null ? null : priceMicros(bid),
  };
}

function missedOf(outcomes: readonly CandidateOutcome[]): Analysis["missed"] {
  const groups = groupBy(outcomes, ({ candidate: { strategy, kind, code } }) =>
    JSON.stringify([strategy, kind, code]),
  );
  return [...groups.values()]
    .flatMap((own) => {
      const [first] = own;
      if (!first) return [];
      const { strategy, kind, code } = first.candidate;
      return [{ strategy, kind, code, ...missedSummary(own) }];
    })
    .sort((a, b) => b.missed - a.missed || (a.code < b.code ? -1 : 1));
}

/** Entries that filled, judged against what came; one entry may have filled over several orders. */
function falsePositivesOf(night: Night): readonly FalsePositive[] {
  const terms = new Map(night.rows.intents.map((row) => [row.clientOrderId, row.terms]));
  const bought = night.fills.filter(({ order }) => order.purpose === "entry");
  const groups = groupBy(bought, ({ order }) =>
    JSON.stringify([order.gameId, order.strategy, order.marketTicker]),
  );
  const entries = [...groups.values()].flatMap((own) => {
    const order = own[0]?.order;
    const intent = order && terms.get(order.clientOrderId);
    if (!order || intent === undefined) return [];
    const count = own.reduce((sum, { fill }) => sum + fill.count, 0);
    return {
      gameId: order.gameId,
      strategy: order.strategy,
      marketTicker: order.marketTicker,
      fairValue: readTerms(intent).fairValue,
      averagePrice: own.reduce((sum, { fill }) => sum + fill.price * fill.count, 0) / count,
      settlementValue: night.markets.get(marketKey(order))?.settlementValue ?? null,
    };
  });
  return falsePositives(entries, night.parts);
}

function divergences({ rows, games }: Night): Analysis["espnVersusMarket"] {
  const pairs = rows.prices.map((row) => ({
    event: games.get(row.gameId)?.eventTicker ?? row.gameId,
    espn: row.espn,
    market: row.mid === null ? null : row.mid / 1_000_000,
  }));
  // By event, not by game: of two games of one event, as two worlds have them, neither is lost.
  const own = [...groupBy(pairs, ({ event }) => event)].map(
    ([event, seen]) => [event, espnDivergence(seen)] as const,
  );
  return { night: espnDivergence(pairs), games: Object.fromEntries(own) };
}

function meanReversionInactive({ rows }: Night): Analysis["meanReversionInactive"] {
  const strategy = "mean-reversion";
  const active = new Set(
    rows.intents.filter((intent) => intent.strategy === strategy).map((intent) => intent.gameId),
  );
  return rows.games
    .filter((game) => !active.has(game.gameId))
    .map((game) => {
      const own = rows.cycles.filter((cycle) => cycle.gameId === game.gameId);
      const reasons = ranked(
        mergeTallies(own.map((cycle) => readTallies(cycle.skipped)[strategy] ?? {})),
      );
      const evaluations = reasons.reduce((sum, reason) => sum + reason.count, 0);
      return { eventTicker: game.eventTicker, evaluations, reasons };
    });
}

function mapByStrategy<Read>(
  night: Night,
  column: "skipped" | "edges",
  read: (tally: Readonly<Record<string, number>>) => Read,
): Readonly<Record<string, Read>> {
  const tallies = night.rows.cycles.map((cycle) => readTallies(cycle[column]));
  return Object.fromEntries(
    strategiesOf(night).map((strategy) => [
      strategy,
      read(mergeTallies(tallies.map((tally) => tally[strategy] ?? {}))),
    ]),
  );
}

interface ManifestFacts {
  readonly isDerivedBook: boolean;
  readonly lacks: readonly string[];
  readonly games: readonly { readonly lacks?: readonly string[] }[];
}

function readManifest(text: string): ManifestFacts {
  const manifest = JSON.parse(text) as Partial<ManifestFacts>; // Boundary: written by us.
  const { isDerivedBook = false, lacks = [], games = [] } = manifest;
  return { isDerivedBook, lacks, games };
}
