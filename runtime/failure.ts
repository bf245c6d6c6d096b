import { ApplicationFailure } from "@temporalio/common";
import { TRADING_ERRORS, TradingError } from "../core/domain/errors.ts";

/**
 * A trading error as Temporal sees it; `type` carries the stable code, and what is not retryable ends its
 * activity. Any other error is tried again without end: no fault of the outside ends a game.
 */
export function failure(
  code: TradingError["code"],
  details: object,
  cause?: Error,
): ApplicationFailure {
  const error = new TradingError(code, details, { cause });
  return ApplicationFailure.create({
    type: code,
    message: error.message,
    nonRetryable: !TRADING_ERRORS[code].retryable,
    details: [details],
    cause: error,
  });
}
