import { easternClock } from "../../../core/domain/time.ts";
import type { BtcReport, ContractPath, PathPoint } from "./build.ts";
import { type Html, html } from "../../report/html-text.ts";
import type { BtcReportSummary } from "./report-schema.ts";

/** Colours are those of the page: `activities/report/assets/page.css`. */
export const CHART_STYLE = `
.chart { width: 100%; height: auto; font: 11px system-ui, sans-serif; fill: var(--soft); }
.chart .grid { stroke: var(--line); stroke-width: 1; }
.chart .zero { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 3; }
.chart .model { fill: var(--forecast); stroke: var(--forecast); }
.chart .market { fill: var(--market); stroke: var(--market); }
.chart path.model, .chart path.market { fill: none; stroke-width: 1.6; }
.chart .entry { fill: var(--entry); stroke: var(--card); }
.note .model { color: var(--forecast); }
.note .market { color: var(--market); }
.chart .bar { stroke-width: 2; }
`;

const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 56;
const TOP = 14;
const FOOT = 30;
const DOT = 4;

type Horizons = BtcReportSummary["horizons"];

/** A linear scale from values to pixels. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly of: (value: number) => number;
}

/** Brier of both sides by horizon, and below it the difference with its interval; one series. */
export function brierChart(horizons: Horizons): Html {
  const scores = horizons.flatMap(({ brier }) => [brier.model, brier.market]);
  const most = Math.max(0.01, ...scores.filter((value) => value !== null)) * 1.15;
  const above = scale(0, most, TOP, HEIGHT - FOOT);
  const ends = horizons.flatMap(({ difference: { mean, ci95 } }) => [mean ?? 0, ...(ci95 ?? [])]);
  const reach = Math.max(0.005, ...ends.map(Math.abs)) * 1.15;
  const below = scale(-reach, reach, HEIGHT + TOP, 2 * HEIGHT - FOOT);
  const x = (index: number): number => LEFT + ((index + 0.5) * (WIDTH - LEFT)) / horizons.length;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${2 * HEIGHT}" role="img">
<title>Brier scores by minutes to the close, and their difference with 95 % intervals</title>
${gridOf(above, 4, (value) => value.toFixed(3))}
${gridOf(below, 4, (value) => value.toFixed(3))}
<line class="zero" x1="${LEFT}" x2="${WIDTH}" y1="${px(below.of(0))}" y2="${px(below.of(0))}"/>
${horizons.map((one, i) => columnOf(one, x(i), above, below))}
</svg>`;
}

function columnOf(one: Horizons[number], x: number, above: Scale, below: Scale): Html {
  const { brier, difference, minutesToClose, n } = one;
  const interval = difference.ci95;
  const bar =
    interval === null
      ? html``
      : html`<line class="model bar" x1="${px(x)}" x2="${px(x)}"
 y1="${px(below.of(interval[0]))}" y2="${px(below.of(interval[1]))}"/>`;
  return html`<text x="${px(x)}" y="${HEIGHT - FOOT + 16}" text-anchor="middle">T-${minutesToClose}, n ${n}</text>
${dot("model", x - 6, brier.model, above)}
${dot("market", x + 6, brier.market, above)}
${bar}
${dot("model", x, difference.mean, below)}`;
}

/** How often both came true, by what they said. */
export function reliabilityChart({ model, market }: BtcReport["reliability"]): Html {
  const y = scale(0, 1, TOP, HEIGHT + 60 - FOOT);
  const x = (value: number): number => LEFT + value * (WIDTH - LEFT - 20);
  const points = (side: "model" | "market", bins: typeof model): readonly Html[] =>
    bins.flatMap(({ meanForecast, frequency, interval, n }) => {
      if (meanForecast === null || frequency === null) return [];
      const at = x(meanForecast) + (side === "model" ? -2 : 2);
      const [low, high] = [interval?.low ?? frequency, interval?.high ?? frequency];
      return html`<line class="${side}" x1="${px(at)}" x2="${px(at)}" y1="${px(y.of(low))}"
 y2="${px(y.of(high))}"/><circle class="${side}" cx="${px(at)}" cy="${px(y.of(frequency))}"
 r="${DOT}"><title>${n} forecasts</title></circle>`;
    });
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT + 60}" role="img">
<title>Reliability: forecast across, share that happened up, with 95 % intervals</title>
${gridOf(y, 4, (value) => `${Math.round(value * 100)} %`)}
<line class="zero" x1="${px(x(0))}" y1="${px(y.of(0))}" x2="${px(x(1))}" y2="${px(y.of(1))}"/>
${[0, 0.25, 0.5, 0.75, 1].map(
  (value) => html`<text x="${px(x(value))}" y="${HEIGHT + 60 - FOOT + 16}"
 text-anchor="middle">${Math.round(value * 100)} %</text>`,
)}
${points("model", model)}
${points("market", market)}
</svg>`;
}

/** What both said of one contract until its close; triangles are would-trades that filled. */
export function pathChart({ points, trades, closeAt }: ContractPath): Html {
  const first = points[0]?.at ?? closeAt;
  const y = scale(0, 1, TOP, HEIGHT - FOOT);
  const length = Math.max(1, closeAt - first);
  const x = (at: number): number => LEFT + ((at - first) / length) * (WIDTH - LEFT - 10);
  const marks = trades.map(({ decidedAt, outcome }) => {
    const said = points.findLast(({ at }) => at <= decidedAt)?.market ?? 0.5;
    const [across, up] = [x(decidedAt), y.of(said)];
    const tip = outcome === "no" ? 8 : -8;
    return html`<path class="entry" d="M${px(across)} ${px(up + tip)} l-6 ${-tip * 1.4} h12 z">
<title>would buy ${outcome ?? "?"} at ${easternClock(decidedAt)}</title></path>`;
  });
  const stamps = [first, first + length / 2, closeAt].map(
    (at, i) => html`<text x="${px(x(at))}" y="${HEIGHT - FOOT + 16}"
 text-anchor="${["start", "middle", "end"][i] ?? "middle"}">${easternClock(at)}</text>`,
  );
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<title>Probability of YES over time</title>
${gridOf(y, 4, (value) => `${Math.round(value * 100)} %`)}
${stamps}
<path class="market" d="${lineOf(points, "market", x, y)}"/>
<path class="model" d="${lineOf(points, "model", x, y)}"/>
${marks}
</svg>`;
}

/** A broken line: where nothing was said there is none. */
function lineOf(
  points: readonly PathPoint[],
  side: "model" | "market",
  x: (at: number) => number,
  y: Scale,
): string {
  let isDrawn = false;
  return points
    .map((point) => {
      const value = point[side];
      const verb = isDrawn ? "L" : "M";
      isDrawn = value !== null;
      return value === null ? "" : `${verb}${px(x(point.at))} ${px(y.of(value))}`;
    })
    .join("");
}

function scale(low: number, high: number, top: number, foot: number): Scale {
  const of = (value: number): number => foot - ((value - low) / (high - low)) * (foot - top);
  return { low, high, of };
}

function gridOf({ low, high, of }: Scale, steps: number, text: (value: number) => string): Html[] {
  return Array.from({ length: steps + 1 }, (_, n) => {
    const value = low + (n * (high - low)) / steps;
    const y = px(of(value));
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y}" y2="${y}"/>
<text x="${LEFT - 6}" y="${px(of(value) + 4)}" text-anchor="end">${text(value)}</text>`;
  });
}

function dot(side: "model" | "market", x: number, value: number | null, y: Scale): Html {
  if (value === null) return html``;
  return html`<circle class="${side}" cx="${px(x)}" cy="${px(y.of(value))}" r="${DOT}"/>`;
}

/** Pixels to the tenth: pictures need no more. */
function px(value: number): string {
  return value.toFixed(1);
}
