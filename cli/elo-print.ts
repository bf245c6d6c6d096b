import type { CalibrationWalk } from "../backtest/calibration-walk.ts";
import type { SeasonComparison } from "../backtest/elo-comparison.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import { print, table } from "./output.ts";
import type { EloCalibration } from "./elo-calibrate.ts";

const figure = (value: number | null): string => (value === null ? "-" : value.toFixed(4));

/** A figure with its interval, or what is lacking for one. */
function estimate({ value, interval, lack }: Estimate): string {
  if (value === null) return "-";
  const sign = value > 0 ? "+" : "";
  if (interval === null) return `${sign}${figure(value)} (${lack ?? "no interval"})`;
  return `${sign}${figure(value)} [${figure(interval.low)}, ${figure(interval.high)}]`;
}

/** Elo against a market by season. */
export function printComparison(name: string, seasons: readonly SeasonComparison[]): void {
  print(`${name}:`);
  const head = ["season", "games", "Brier Elo", "market", "Elo less market, 95 %"];
  print(
    table(
      [...head, "log loss Elo", "market"],
      seasons.map(({ season, n, elo, market, difference }) => [
        ...[season === null ? "all" : String(season), String(n)],
        ...[figure(elo.brier), figure(market.brier), estimate(difference)],
        ...[figure(elo.logLoss), figure(market.logLoss)],
      ]),
    ),
  );
}

/** What calibration was written, and how every method did out of sample. */
export function printCalibration({ out, artifact, version, walks }: EloCalibration): void {
  const { metadata, map } = artifact;
  const because = metadata.identityBecause === null ? "" : `, because ${metadata.identityBecause}`;
  print(`wrote      ${out}: ${map.method}${because}; version ${version}`);
  const { games, firstSeason, lastSeason, lastGame } = metadata;
  print(`fitted on  ${games} games, ${firstSeason} to ${lastSeason}; for nights after ${lastGame}`);
  print("out of sample, each season by a map of the seasons before it:");
  const head = ["method", "games", "Brier raw", "calibrated", "difference, 95 %"];
  print(
    table(
      [...head, "log loss raw", "calibrated"],
      walks.map(({ method, games, before, after, difference }) => [
        ...[method, String(games), figure(before.brier), figure(after.brier)],
        ...[estimate(difference), figure(before.logLoss), figure(after.logLoss)],
      ]),
    ),
  );
  const shown = walks.find(({ method }) => method === map.method) ?? walks[0];
  if (shown) printReliability(shown);
}

function printReliability({ method, before, after }: CalibrationWalk): void {
  print(`reliability of raw forecasts and after ${method}:`);
  print(
    table(
      ["said", "n raw", "said raw", "came true", "n after", "said after", "came true"],
      before.bins.map((bin, i) => {
        const now = after.bins[i];
        const range = `${Math.round(bin.low * 100)} to ${Math.round(bin.high * 100)} %`;
        const cells = [bin, now].flatMap((one) =>
          one ? [String(one.n), figure(one.meanForecast), figure(one.frequency)] : [],
        );
        return [range, ...cells];
      }),
    ),
  );
  const parts = (judged: CalibrationWalk["before"]): string[] => {
    const { reliability, resolution, uncertainty, withinBins } = judged.decomposition;
    return [reliability, resolution, uncertainty, withinBins].map(figure);
  };
  print(
    table(
      ["", "reliability", "resolution", "uncertainty", "within bins", "gap <= 20 %", "gap >= 80 %"],
      [
        ["raw", ...parts(before), estimate(before.tails.low), estimate(before.tails.high)],
        [method, ...parts(after), estimate(after.tails.low), estimate(after.tails.high)],
      ],
    ),
  );
}
