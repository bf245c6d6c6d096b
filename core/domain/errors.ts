/** Stable codes of failures expected in operation; alerts, retries and runbooks key on them: add, never rename. */
export const TRADING_ERRORS = {
  ORDER_ID_REUSED: { retryable: false },
  VENUE_UNAVAILABLE: { retryable: true },
  VENUE_RATE_LIMITED: { retryable: true },
  VENUE_REFUSED: { retryable: false },
  VENUE_AUTH: { retryable: false },
  FEED_UNAVAILABLE: { retryable: true },
  FEED_INVALID: { retryable: true },
  DATABASE_UNAVAILABLE: { retryable: true },
  CONFIG_INVALID: { retryable: false },
  RECORDING_INVALID: { retryable: false },
  MODEL_INVALID: { retryable: false },
  JOURNAL_DAMAGED: { retryable: false },
  SAFETY_REFUSED: { retryable: false },
} as const;

/** One of the stable failure codes. */
export type TradingErrorCode = keyof typeof TRADING_ERRORS;

/** A failure we expect in operation. `details` is JSON-safe and holds no secret. */
export class TradingError extends Error {
  override readonly name = "TradingError";
  readonly code: TradingErrorCode;
  readonly details: object;
  constructor(code: TradingErrorCode, details: object, options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(details)}`, options);
    this.code = code;
    this.details = details;
  }
}

/** What was caught, as an error: anything can be thrown. */
export function errorOf(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught));
}
