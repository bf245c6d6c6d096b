import { closeHour } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { easternInstant, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { HORIZON_MAX_AGE_MS, HORIZON_MINUTES } from "../../core/scoring/btc-horizons.ts";
import type { DatedValue } from "../../core/scoring/drift.ts";
import type { JudgedForecast } from "../../core/scoring/validation/sample.ts";
import type { Db } from "../../schema/database.ts";
import {
  horizonSnapshots,
  reportContracts,
  watchedKinds,
} from "../../schema/queries/btc-report.ts";
import type { JudgedNight } from "../../schema/queries/judged-nights.ts";
import { closedWouldTrades } from "../../schema/queries/btc-report-day.ts";
import { forecastsOf } from "../bitcoin/report/build.ts";
import { dateOfClose } from "../bitcoin/report/window.ts";
import { isOfWorld } from "./days.ts";

/** What is left out, in words. */
export const BITCOIN = "contracts of Bitcoin";

/** Days of a mode, both included. */
export interface BitcoinDays {
  readonly mode: Mode;
  readonly from: TradingDate;
  readonly to: TradingDate;
}

/** Which contracts of Bitcoin are judged together: those of seeded worlds, or those of none. */
export interface BitcoinKind {
  readonly isOfWorld: boolean;
  /** How many contracts of the days are of the other kind, and so left out. */
  readonly leftOut: number;
}

/** Contracts like the last of the nights that are judged beside them; without a night like the last one to close. */
export async function bitcoinKind(
  db: Db,
  days: BitcoinDays,
  nights: readonly Pick<JudgedNight, "source">[] = [],
): Promise<BitcoinKind> {
  const kinds = await watchedKinds(db, spanOf(days));
  const night = nights.at(-1);
  const own = night ? isOfWorld(night) : (kinds[0]?.isOfWorld ?? false);
  return {
    isOfWorld: own,
    leftOut: kinds.find((kind) => kind.isOfWorld !== own)?.contracts ?? 0,
  };
}

/** Our forecasts of Bitcoin beside the market's, at each horizon; clusters are hours. */
export async function bitcoinForecasts(
  db: Db,
  days: BitcoinDays,
  { isOfWorld }: Pick<BitcoinKind, "isOfWorld">,
): Promise<readonly JudgedForecast[]> {
  const span = { ...spanOf(days), isOfWorld };
  const contracts = await reportContracts(db, span);
  const snapshots = await horizonSnapshots(db, span, HORIZON_MINUTES, HORIZON_MAX_AGE_MS);
  return forecastsOf({ contracts, snapshots }).map((row) => ({
    cluster: closeHour(row.closeAt),
    date: dateOfClose(row.closeAt),
    series: row.series,
    horizon: `T-${row.minutesToClose} min`,
    model: row.model,
    baseline: row.market,
    outcome: row.outcome,
  }));
}

/** What would-trades of Bitcoin brought, each after fees; clusters are hours. */
export async function bitcoinNets(
  db: Db,
  days: BitcoinDays,
  { isOfWorld }: Pick<BitcoinKind, "isOfWorld">,
): Promise<readonly DatedValue[]> {
  const trades = await closedWouldTrades(db, { ...spanOf(days), isOfWorld });
  return trades.flatMap(({ pnl, closeAt }) =>
    pnl === null ? [] : [{ cluster: closeHour(closeAt), date: dateOfClose(closeAt), value: pnl }],
  );
}

/** What closes at midnight has lived on the day before. */
function spanOf({ mode, from, to }: BitcoinDays) {
  const after = new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return {
    mode,
    from: instant(easternInstant(from, 0, 0) + 1),
    to: instant(easternInstant(after, 0, 0) + 1),
  };
}
