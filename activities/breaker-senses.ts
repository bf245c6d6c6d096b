import type { DecisionInput, Forecast } from "../core/domain/decision.ts";
import type { BookProblem } from "../core/domain/order-book.ts";
import type { RunClock } from "../core/domain/time.ts";
import {
  type BreakerJudgement,
  type BreakerThresholds,
  type DataFacts,
  type InvalidSource,
  judgeApi,
  judgeData,
  judgeModel,
} from "../core/risk/breakers.ts";
import { addCall, apiFacts, NO_CALLS } from "../core/risk/call-record.ts";
import {
  type Anomaly,
  forecastAnomaly,
  type ForecastMemory,
  rememberForecast,
} from "../core/risk/model-anomaly.ts";
import { wallNow } from "../runtime/wall.ts";
import type { CallEnd } from "./counted-venue.ts";

/** Breakers whose facts stand in no table. */
const SENSED = ["api_failures", "data_integrity", "model_anomaly"] as const;
export type SensedBreaker = (typeof SENSED)[number];

/** The facts of the sensed breakers, as this process has seen them since it began. */
export interface BreakerSenses {
  readonly breakers: readonly SensedBreaker[];
  call(end: CallEnd): void;
  invalid(source: string, field: string): void;
  valid(source: string): void;
  refused(rows: number): void;
  /** @returns whether something is wrong with the forecast. */
  forecast(input: DecisionInput, forecast: Forecast): boolean;
  /** How a breaker's facts stand now. @returns `null` while too little was seen to say anything. */
  judge(breaker: SensedBreaker): BreakerJudgement | null;
}

interface Invalid {
  readonly field: string;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Creates the senses of a process. Run time is the clock's, that of calls the wall's. */
export function createBreakerSenses(thresholds: BreakerThresholds, clock: RunClock): BreakerSenses {
  let calls = NO_CALLS;
  const invalid = new Map<string, Invalid>();
  let hasSeen = false;
  let refusals: readonly { readonly at: number; readonly rows: number }[] = [];
  const forecasts = new Map<string, ForecastMemory>();
  let anomalies: readonly { readonly at: number; readonly anomaly: Anomaly }[] = [];

  const dataFacts = (): DataFacts => {
    const { maxInvalidMs, refusedWindowMs } = thresholds.data;
    const now = clock.now();
    for (const [source, { lastAt }] of invalid) {
      // Nobody looks at it any more.
      if (now - lastAt > maxInvalidMs) invalid.delete(source);
    }
    refusals = recent(refusals, clock, refusedWindowMs);
    return {
      sources: [...invalid].map(toSource),
      refusedObservations: refusals.reduce((sum, { rows }) => sum + rows, 0),
    };
  };
  const judgeAnomalies = (): BreakerJudgement => {
    anomalies = recent(anomalies, clock, thresholds.model.windowMs);
    const last = anomalies.at(-1)?.anomaly ?? null;
    return judgeModel({ anomalies: anomalies.length, last }, thresholds.model);
  };

  return {
    breakers: SENSED,
    call: (end) => {
      const wallMs = wallNow();
      calls = addCall(calls, { ...end, wallMs }, thresholds.api);
    },
    invalid: (source, field) => {
      hasSeen = true;
      const at = clock.now();
      invalid.set(source, { field, firstAt: invalid.get(source)?.firstAt ?? at, lastAt: at });
    },
    valid: (source) => {
      hasSeen = true;
      invalid.delete(source);
    },
    refused: (rows) => {
      hasSeen = true;
      refusals = [...refusals, { at: clock.now(), rows }];
    },
    forecast: (input, forecast) => {
      const before = forecasts.get(input.eventTicker) ?? null;
      const now = rememberForecast(input, forecast, before);
      forecasts.set(input.eventTicker, now);
      const anomaly = forecastAnomaly(input, forecast, { before, now }, thresholds.model);
      if (anomaly === null) return false;
      // More than trip it need not be kept.
      anomalies = [...anomalies, { at: input.at, anomaly }].slice(-thresholds.model.maxAnomalies);
      return true;
    },
    judge: (breaker) => {
      switch (breaker) {
        case "api_failures": {
          const { maxFailuresInRow: enough } = thresholds.api;
          const isSeen = calls.recent.length >= enough || calls.goodInRow >= enough;
          return isSeen ? judgeApi(apiFacts(calls), thresholds.api) : null;
        }
        case "data_integrity":
          return hasSeen ? judgeData(dataFacts(), thresholds.data) : null;
        case "model_anomaly":
          return forecasts.size === 0 ? null : judgeAnomalies();
      }
    },
  };
}

function toSource([source, { field, firstAt, lastAt }]: readonly [string, Invalid]): InvalidSource {
  return { source, field, invalidForMs: lastAt - firstAt };
}

/** What happened within a window of run time, which another night may have set back. */
function recent<T extends { readonly at: number }>(
  all: readonly T[],
  clock: RunClock,
  windowMs: number,
): readonly T[] {
  const now = clock.now();
  return all.filter(({ at }) => Math.abs(now - at) < windowMs);
}

/** A market's book, as a source. */
export function bookSource(ticker: string): string {
  return `book ${ticker}`;
}

/** What `OrderBook` says of changes that leave less than nothing: no silence, but a wrong book. */
export const IMPOSSIBLE_BOOK: BookProblem = "negative-size";
