import type { EdgeDecay } from "../../core/scoring/edge-decay.ts";
import type { Scores } from "../../core/scoring/validation/scores.ts";
import type { Chart } from "./paper.ts";

const seconds = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1_000;
const usd = (micros: number): number => Math.round(micros / 10_000) / 100;

/** What every stretch of days draws: equity, reliability, and edges claimed against realised. */
export function scoreCharts(scores: Scores, capital: number): readonly Chart[] {
  return [equityChart(scores, capital), reliabilityChart(scores), bucketChart(scores)].filter(
    ({ x }) => x.length > 1,
  );
}

function equityChart({ money: { daily } }: Scores, capital: number): Chart {
  let equity = capital;
  let mark = capital;
  const path = daily.map(({ net }) => {
    equity += net;
    mark = Math.max(mark, equity);
    return { equity: usd(equity), mark: usd(mark) };
  });
  return {
    title: "Equity",
    note: "USD at the end of each calendar day, and its high-water mark.",
    axis: "date",
    x: daily.map(({ date }) => seconds(date)),
    series: [
      {
        label: "high-water mark",
        color: "soft",
        look: "dashed",
        values: path.map((at) => at.mark),
      },
      { label: "equity", color: "forecast", look: "line", values: path.map((at) => at.equity) },
    ],
  };
}

/** Points by the middles of the bins, so that both share an axis. */
function reliabilityChart({ forecasts: { reliability } }: Scores): Chart {
  const bins = reliability.ours.map((bin, i) => ({ ours: bin, market: reliability.market[i] }));
  const seen = bins.filter(({ ours, market }) => ours.n > 0 || (market?.n ?? 0) > 0);
  return {
    title: "Reliability",
    note: "Share that came true by what was forecast, with the interval of ours over clusters where there is one; on the dashed line both agree.",
    axis: "number",
    x: seen.map(({ ours }) => (ours.low + ours.high) / 2),
    series: [
      {
        label: "perfect",
        color: "soft",
        look: "dashed",
        values: seen.map(({ ours }) => (ours.low + ours.high) / 2),
      },
      {
        label: "low",
        color: "forecast",
        look: "dashed",
        values: seen.map(({ ours }) => ours.interval?.low ?? null),
      },
      {
        label: "high",
        color: "forecast",
        look: "dashed",
        values: seen.map(({ ours }) => ours.interval?.high ?? null),
      },
      {
        label: "ours",
        color: "forecast",
        look: "points",
        values: seen.map(({ ours }) => ours.frequency),
      },
      {
        label: "market",
        color: "market",
        look: "points",
        values: seen.map(({ market }) => market?.frequency ?? null),
      },
    ],
  };
}

function bucketChart({ money: { buckets } }: Scores): Chart {
  const seen = buckets
    .filter(({ n }) => n > 0)
    .map((bucket) => ({ ...bucket, at: (bucket.expected ?? 0) / 10_000 }))
    .sort((a, b) => a.at - b.at);
  const inCents = (micros: number | null | undefined): number | null =>
    micros === null || micros === undefined ? null : micros / 10_000;
  return {
    title: "Edge claimed against edge realised",
    note: "Cents a contract: what was claimed across, what came up; an honest claim lies on the dashed line.",
    axis: "number",
    x: seen.map(({ at }) => at),
    series: [
      { label: "claimed", color: "soft", look: "dashed", values: seen.map(({ at }) => at) },
      {
        label: "low",
        color: "exit",
        look: "dashed",
        values: seen.map(({ realised }) => inCents(realised.interval?.low)),
      },
      {
        label: "high",
        color: "exit",
        look: "dashed",
        values: seen.map(({ realised }) => inCents(realised.interval?.high)),
      },
      {
        label: "realised",
        color: "entry",
        look: "points",
        values: seen.map(({ realised }) => inCents(realised.value)),
      },
    ],
  };
}

/** The edge day by day, with the levels before and after its most likely break. */
export function decayChart({ days, change, changedOn }: EdgeDecay): Chart {
  return {
    title: "Edge over time",
    note: "USD a position, mean of the day; the levels before and after the most likely break, whatever its p.",
    axis: "date",
    x: days.map(({ date }) => seconds(date)),
    series: [
      {
        label: "level",
        color: "soft",
        look: "line",
        values: days.map(({ date }) => {
          const isAfter = changedOn !== null && date >= changedOn;
          const level = isAfter ? change.meanAfter : change.meanBefore;
          return level === null ? null : usd(level);
        }),
      },
      {
        label: "day",
        color: "entry",
        look: "points",
        values: days.map(({ mean }) => usd(mean)),
      },
    ],
  };
}
