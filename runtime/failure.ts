import { ApplicationFailure } from "@temporalio/common";
import { TRADING_ERRORS, TradingError } from "../core/domain/errors.ts";

/** The only way a trading error crosses a Temporal boundary; `type` carries the stable code. */
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

/** Runs an activity's body and turns its trading errors into failures; everything else passes. */
export async function withFailures<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof TradingError) throw failure(error.code, error.details, error);
    throw error;
  }
}
