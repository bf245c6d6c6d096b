import type { Watched } from "../../core/scoring/drift.ts";
import { groupBy } from "../../core/scoring/group.ts";
import { netOf } from "../../core/scoring/results.ts";
import type { JudgedForecast, ValidationSample } from "../../core/scoring/validation/sample.ts";
import type { DatedValue } from "../../core/scoring/drift.ts";

/** What Bitcoin adds to what is watched. */
export interface BitcoinWatched {
  readonly forecasts: readonly JudgedForecast[];
  readonly nets: readonly DatedValue[];
}

/** Everything that is watched for drift: strategies by their results, series and horizons by their forecasts. */
export function watchedOf(
  sample: Pick<ValidationSample, "trades" | "forecasts">,
  bitcoin: BitcoinWatched,
): readonly Watched[] {
  const strategies = [...groupBy(sample.trades, ({ strategy }) => strategy)].map(
    ([strategy, own]): Watched => ({
      name: strategy,
      what: "net",
      values: own.map((trade) => ({
        cluster: trade.cluster,
        date: trade.date,
        value: netOf(trade),
      })),
    }),
  );
  const btc: readonly Watched[] =
    bitcoin.nets.length === 0 ? [] : [{ name: "btc-edge", what: "net", values: bitcoin.nets }];
  const named = groupBy([...sample.forecasts, ...bitcoin.forecasts], ({ series, horizon }) =>
    [series, horizon].join(", "),
  );
  return [
    ...strategies,
    ...btc,
    ...[...named].flatMap(([name, own]) => forecastsOf(name, own)),
  ].sort((a, b) => (a.what === b.what ? (a.name < b.name ? -1 : 1) : a.what < b.what ? 1 : -1));
}

function forecastsOf(name: string, own: readonly JudgedForecast[]): readonly Watched[] {
  const values = (read: (row: JudgedForecast) => number): readonly DatedValue[] =>
    own.map((row) => ({ cluster: row.cluster, date: row.date, value: read(row) }));
  return [
    {
      name,
      what: "brier_excess",
      values: values(
        ({ model, baseline, outcome }) => (model - outcome) ** 2 - (baseline - outcome) ** 2,
      ),
    },
    { name, what: "bias", values: values(({ model, outcome }) => outcome - model) },
  ];
}
