import { BTC_SERIES } from "../../../core/domain/btc-contract.ts";
import type { Mode } from "../../../core/domain/decision.ts";
import type { TradingDate } from "../../../core/domain/time.ts";
import { type Instant, instant } from "../../../core/domain/units.ts";
import { HORIZON_MAX_AGE_MS, HORIZON_MINUTES } from "../../../core/scoring/btc-horizons.ts";
import type { Db } from "../../../schema/database.ts";
import {
  type SeriesCoverage,
  snapshotCoverage,
  stepAtOrBefore,
} from "../../../schema/queries/btc-coverage.ts";
import { gapsOfWindow } from "../../../schema/queries/btc-gaps.ts";
import {
  bucketScores,
  edgesPerCycle,
  horizonSnapshots,
  reportContracts,
} from "../../../schema/queries/btc-report.ts";
import {
  closedWouldTrades,
  cycleSums,
  edgePaths,
  watchedSince,
} from "../../../schema/queries/btc-report-day.ts";
import { drawnContracts } from "./build.ts";
import type { BtcReportInputs, ReportKind } from "./inputs.ts";
import { dateOfClose, judgedSpan, spanOf } from "./window.ts";

/** Which report. */
export interface ReportRequest {
  readonly mode: Mode;
  readonly date: TradingDate;
  readonly kind: ReportKind;
}

/** Reads all that a report is made of, of a date that is not over up to `now`. */
export async function loadBtcReport(
  db: Db,
  request: ReportRequest,
  { everyMs, now }: { readonly everyMs: number; readonly now: Instant },
): Promise<BtcReportInputs> {
  const { mode, date, kind } = request;
  const { from, to } = spanOf(date, kind);
  const window = { mode, from, to: instant(Math.max(from, Math.min(to, now + 1))) };
  const contracts = await reportContracts(db, window);
  const trades = await closedWouldTrades(db, window);
  const cycles = await cycleSums(db, window);
  const coverage: SeriesCoverage[] = [];
  for (const { series, since } of await watchedSince(db, mode)) {
    // The step of the first cycle has its rows.
    const from = instant(Math.max(stepAtOrBefore(since, everyMs), window.from));
    if (from >= window.to) continue;
    coverage.push(await snapshotCoverage(db, { ...window, from, series, everyMs }));
  }
  const drawn = drawnContracts(contracts, trades);
  const first = Math.min(window.from, ...drawn.map(({ closeAt }) => closeAt - PATH_MS));
  return {
    mode,
    kind,
    date,
    series: BTC_SERIES.filter(
      (series) =>
        cycles.some((one) => one.series === series) ||
        contracts.some((one) => one.series === series),
    ),
    contracts,
    snapshots: await horizonSnapshots(db, window, HORIZON_MINUTES, HORIZON_MAX_AGE_MS),
    judged: await judgedForecasts(db, request, window.to),
    trades,
    gaps: await gapsOfWindow(db, { mode, from: window.from, to: window.to, everyMs }),
    edgesPerCycle: await edgesPerCycle(db, window),
    buckets: await bucketScores(db, window),
    cycles,
    coverage,
    paths: await edgePaths(
      db,
      drawn.map(({ marketTicker }) => marketTicker),
      { ...window, from: instant(first) },
    ),
  };
}

/** What the verdict rests on: the days that end with the report's. */
async function judgedForecasts(
  db: Db,
  { mode, date }: ReportRequest,
  to: Instant,
): Promise<BtcReportInputs["judged"]> {
  const window = { mode, from: judgedSpan(date).from, to };
  return {
    from: dateOfClose(window.from),
    contracts: await reportContracts(db, window),
    snapshots: await horizonSnapshots(db, window, HORIZON_MINUTES, HORIZON_MAX_AGE_MS),
  };
}

const HOUR_MS = 3_600_000;
/** A contract is drawn from an hour before its close on. */
const PATH_MS = HOUR_MS;
