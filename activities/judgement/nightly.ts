import { setImmediate as breathe } from "node:timers/promises";
import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { type Drift, driftOf } from "../../core/scoring/drift.ts";
import { horizonFigures } from "../../core/scoring/validation/forecasts.ts";
import { freshResampling, type Scores, scoreSample } from "../../core/scoring/validation/scores.ts";
import type { Db } from "../../schema/database.ts";
import { judgedNights } from "../../schema/queries/judged-nights.ts";
import { money, score } from "../report/format.ts";
import {
  BITCOIN,
  type BitcoinDays,
  bitcoinForecasts,
  type BitcoinKind,
  bitcoinKind,
  bitcoinNets,
} from "./bitcoin.ts";
import { scoreCharts } from "./charts.ts";
import { daysBefore, describeSources, nightsAlike, tellLeftOut } from "./days.ts";
import { driftTable } from "./drift-table.ts";
import { gatherSample } from "./gather.ts";
import type { Paper } from "./paper.ts";
import { scoreTables } from "./score-tables.ts";
import { watchedOf } from "./watched.ts";

/** Days that drift is looked for in, the last ones of them as recent. */
export const DRIFT_DAYS = 60;
const RECENT_DAYS = 7;

/** A worker that scores goes on trading: fewer resamples, which move an interval's ends by about 2 % of it. */
export const MONITORING = { resamples: 2_000 } as const;

/** Which days are scored. */
export interface ScoreRequest {
  readonly mode: Mode;
  readonly from: TradingDate;
  readonly to: TradingDate;
  readonly capital: number;
}

/** Days scored, with the drift up to their end. */
export interface ScoredDays {
  readonly scores: Scores;
  readonly drift: readonly Drift[];
  readonly since: TradingDate;
  readonly paper: Paper;
}

/** Scores days and looks for drift; nights of worlds are only ever compared with such, others with others. */
export async function scoreDays(db: Db, request: ScoreRequest): Promise<ScoredDays> {
  const { mode, from, to, capital } = request;
  const nights = await judgedNights(db, { mode, from, to });
  const sample = await gatherSample(db, { mode, nights, capital, withMissed: true });
  // Of games alone, but for the table of series and horizons, in which each stands by itself.
  const games = scoreSample(sample, MONITORING);
  const window = driftWindow({ mode, to });
  const known = from < window.from ? from : window.from;
  const bitcoin = await bitcoinKind(db, { mode, from: known, to });
  const all = [...sample.forecasts, ...(await bitcoinForecasts(db, { mode, from, to }, bitcoin))];
  const horizons = horizonFigures(all, () => freshResampling(MONITORING));
  const scores = { ...games, forecasts: { ...games.forecasts, horizons } };
  const alike = nightsAlike(await judgedNights(db, window));
  const { drift, since } = await driftUpTo(db, {
    ...{ mode, to, bitcoin },
    sample: await gatherSample(db, { mode, nights: alike, capital }),
  });
  const leftOut = { days: `from ${known} to ${to}`, what: BITCOIN, n: bitcoin.leftOut };
  const paper: Paper = {
    title: from === to ? `Scores of ${to}, ${mode}` : `Scores of ${from} to ${to}, ${mode}`,
    verdict: driftVerdict(drift),
    lead: [describeSources(nights), ...tellLeftOut(leftOut, !bitcoin.isOfWorld)],
    tiles: tilesOf(scores),
    tables: [driftTable(drift, since), ...scoreTables(scores)].filter(
      ({ rows }) => rows.length > 0,
    ),
    charts: scoreCharts(scores, capital),
    json: { schemaVersion: 1, kind: "scores", ...scores, drift: { since, watched: drift } },
  };
  return { scores, drift, since, paper };
}

/** What drift comes to: where nothing can be told, that is what is told. */
function driftVerdict(drift: readonly Drift[]): Paper["verdict"] {
  const told = drift.filter(({ isDrifting }) => isDrifting !== null);
  const drifting = told.filter(({ isDrifting }) => isDrifting === true);
  if (drifting.length > 0) return { words: `${drifting.length} drift`, shade: "failed" };
  if (told.length === 0) return { words: "drift: not enough data", shade: "stopped" };
  return { words: "no drift", shade: "passed" };
}

/** The days up to one that drift is looked for in. */
export function driftWindow({ mode, to }: Pick<ScoreRequest, "mode" | "to">): BitcoinDays {
  return { mode, from: daysBefore(to, DRIFT_DAYS - 1), to };
}

/** Where drift is looked for, up to a day. */
interface DriftRequest extends Pick<ScoreRequest, "mode" | "to"> {
  /** Of the nights of these days that are judged, all of one kind. */
  readonly sample: Parameters<typeof watchedOf>[0];
  readonly bitcoin: Pick<BitcoinKind, "isOfWorld">;
}

/** Drift of the last week against the weeks before. */
export async function driftUpTo(
  db: Db,
  { mode, to, sample, bitcoin }: DriftRequest,
): Promise<{ readonly drift: readonly Drift[]; readonly since: TradingDate }> {
  const window = driftWindow({ mode, to });
  const watched = watchedOf(sample, {
    forecasts: await bitcoinForecasts(db, window, bitcoin),
    nets: await bitcoinNets(db, window, bitcoin),
  });
  const since = daysBefore(to, RECENT_DAYS - 1);
  const drift: Drift[] = [];
  for (const one of watched) {
    drift.push(driftOf(one, { since, watched: watched.length }, freshResampling(MONITORING)));
    // The process that scores also trades: between two figures it attends to the rest.
    await breathe();
  }
  return { drift, since };
}

/** The head of a page of scores. */
export function tilesOf(scores: Scores): Paper["tiles"] {
  const of = (name: string): number | null =>
    [...scores.forecasts.figures, ...scores.money.figures].find((one) => one.name === name)
      ?.estimate.value ?? null;
  const usd = (micros: number | null): string =>
    money(micros === null ? null : String(micros / 1_000_000));
  const nets = scores.money.daily.reduce((sum, { net }) => sum + net, 0);
  return [
    { name: "nights", value: String(scores.nights) },
    { name: "positions", value: String(scores.positions.ended) },
    { name: "net USD", value: usd(nets) },
    { name: "mean net a position", value: usd(of("mean net a position")) },
    { name: "Brier, ours", value: score(of("Brier score, ours")) },
    { name: "Brier, market", value: score(of("Brier score, market")) },
  ];
}
