import type { DecisionInput, Forecast } from "../domain/decision.ts";
import { gameTime } from "../domain/game-clock.ts";
import type { BreakerThresholds } from "./breakers.ts";

/** What a forecast must not be, with the numbers that show it. */
export interface Anomaly {
  /** Stable code. */
  readonly code: "not_a_number" | "out_of_range" | "missing_metadata" | "jump_without_news";
  readonly what: string;
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** What the next evaluation is compared with. */
export interface ForecastMemory {
  readonly homeProbability: number | null;
  /** All that may move a forecast, as one text. */
  readonly news: string;
  /** When it last changed, run milliseconds. */
  readonly newsAt: number;
}

/** What of an evaluation an anomaly is looked for in. */
export type AnomalyInput = Pick<DecisionInput, "at" | "phase" | "clock" | "readings">;

/** Remembers an evaluation for the next one. */
export function rememberForecast(
  input: AnomalyInput,
  forecast: Forecast,
  before: ForecastMemory | null,
): ForecastMemory {
  const news = newsOf(input, forecast);
  const newsAt = before?.news === news ? before.newsAt : input.at;
  return { homeProbability: forecast.homeProbability, news, newsAt };
}

/**
 * What is wrong with a forecast in itself, and against the evaluation before it: a jump beyond
 * `maxJump` though neither score, phase or period, injuries, partner nor the set of sources changed
 * within `newsMs`. A feed follows the score late, so news explains moves for a while. Near the end
 * of the game the clock alone may move it so far, and nothing is entered there.
 *
 * @param now what `rememberForecast` made of this evaluation.
 * @returns `null` when nothing is wrong; no forecast at all is no evidence, and no anomaly.
 */
export function forecastAnomaly(
  input: AnomalyInput,
  forecast: Forecast,
  memory: { readonly before: ForecastMemory | null; readonly now: ForecastMemory },
  thresholds: BreakerThresholds["model"],
): Anomaly | null {
  const { homeProbability: p, modelVersion, knownAt } = forecast;
  const values = forecast.sources.flatMap(({ source, value, weight }) =>
    value === null || Number.isFinite(value + weight) ? [] : [source],
  );
  const [unsound] = values;
  if (unsound !== undefined) return anomaly("not_a_number", `source ${unsound}`, {});
  if (p === null) return null;
  if (!Number.isFinite(p)) return anomaly("not_a_number", "the forecast", { value: String(p) });
  if (p < 0 || p > 1) return anomaly("out_of_range", "the forecast", { value: p });
  if (modelVersion === "") return anomaly("missing_metadata", "its version", { value: p });
  if (knownAt === null) return anomaly("missing_metadata", "when it was known", { value: p });
  return jump(input, p, memory, thresholds);
}

function jump(
  input: AnomalyInput,
  p: number,
  { before, now }: { readonly before: ForecastMemory | null; readonly now: ForecastMemory },
  { maxJump, newsMs, minSecondsToGameEnd }: BreakerThresholds["model"],
): Anomaly | null {
  const last = before?.homeProbability ?? null;
  if (last === null || !Number.isFinite(last)) return null;
  const moved = Math.abs(p - last);
  if (moved <= maxJump || input.at - now.newsAt < newsMs) return null;
  if (secondsLeft(input) < minSecondsToGameEnd) return null;
  const quiet = Math.round((input.at - now.newsAt) / 1_000);
  return anomaly("jump_without_news", `from ${last.toFixed(3)} to ${p.toFixed(3)}`, {
    value: moved,
    limit: maxJump,
    quietSeconds: quiet,
  });
}

function secondsLeft({ clock, phase }: AnomalyInput): number {
  if (phase === "closing") return 0;
  return clock === null ? Number.POSITIVE_INFINITY : gameTime(clock).secsToGameEnd;
}

/** Everything that is news, as one text that changes with it. */
function newsOf({ clock, phase, readings }: AnomalyInput, { sources }: Forecast): string {
  const known = (source: string): string => {
    const reading = readings.find((one) => one.source === source);
    return `${reading?.value ?? "-"} ${reading?.version ?? "-"}`;
  };
  const score = clock === null ? "-" : `${clock.homeScore}:${clock.awayScore}`;
  const time = clock === null ? "-" : `${clock.state} ${clock.period}`;
  const present = sources.filter(({ value }) => value !== null).map(({ source }) => source);
  return [phase, time, score, known("injuries"), known("partner"), present.join()].join("|");
}

function anomaly(code: Anomaly["code"], where: string, numbers: Anomaly["numbers"]): Anomaly {
  return { code, what: `${code.replaceAll("_", " ")}: ${where}`, numbers: { code, ...numbers } };
}
