import { expect, it } from "vitest";
import { TRADING_ERRORS, type TradingErrorCode } from "../core/domain/errors.ts";
import { failure } from "./failure.ts";

it.each(Object.keys(TRADING_ERRORS) as TradingErrorCode[])(
  "carries %s across as its type, with the retry rule of the table",
  (code) => {
    const { type, nonRetryable, details } = failure(code, { field: "score" });
    expect(type).toBe(code);
    expect(nonRetryable).toBe(!TRADING_ERRORS[code].retryable);
    expect(details).toEqual([{ field: "score" }]);
  },
);
