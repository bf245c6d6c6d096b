import type { Forecast } from "../domain/decision.ts";

/** With one source there is nothing that could contradict it, and nothing that confirms it. */
export const ONE_SOURCE_CONFIDENCE = 0.5;

/** Sources that give the probability itself; the others move one of these. */
const LIVE = ["espn", "in-game"];
const PREGAME = ["elo", "partner"];

/**
 * Confidence in a forecast, 0 to 1: how far its weighed sources agree.
 *
 * With two or more, one minus twice the root of their weighted mean squared distance from the blend:
 * sources 10 points either side of it give 0.8, and 50 points 0. In play these are ESPN and the in-game
 * model, before tip Elo and the partner; a single one gives `ONE_SOURCE_CONFIDENCE`.
 *
 * @returns `null` without a forecast.
 */
export function forecastConfidence({ homeProbability, sources }: Forecast): number | null {
  if (homeProbability === null) return null;
  const weighed = (names: readonly string[]) =>
    sources.filter(({ source, value, weight }) => {
      return names.includes(source) && value !== null && weight > 0;
    });
  const live = weighed(LIVE);
  const voices = live.length > 0 ? live : weighed(PREGAME);
  if (voices.length < 2) return ONE_SOURCE_CONFIDENCE;
  const total = voices.reduce((sum, { weight }) => sum + weight, 0);
  const square = voices.reduce((sum, { value, weight }) => {
    return sum + (weight / total) * ((value ?? 0) - homeProbability) ** 2;
  }, 0);
  return Math.max(0, 1 - 2 * Math.sqrt(square));
}
