import { ApplicationFailure } from "@temporalio/common";
import { expect, it } from "vitest";
import { InvariantError } from "../core/domain/assert.ts";
import { TRADING_ERRORS, TradingError, type TradingErrorCode } from "../core/domain/errors.ts";
import { failure, withFailures } from "./failure.ts";

it.each(Object.keys(TRADING_ERRORS) as TradingErrorCode[])(
  "carries %s across as its type, with the retry rule of the table",
  (code) => {
    const { type, nonRetryable, details } = failure(code, { field: "score" });
    expect(type).toBe(code);
    expect(nonRetryable).toBe(!TRADING_ERRORS[code].retryable);
    expect(details).toEqual([{ field: "score" }]);
  },
);

it("turns a trading error into a failure and lets a broken invariant pass as it is", async () => {
  const refused = new TradingError("SAFETY_REFUSED", { host: "example.com" });
  const caught: unknown = await withFailures(() => Promise.reject(refused)).catch(
    (error: unknown) => error,
  );
  expect(caught).toBeInstanceOf(ApplicationFailure);
  expect(caught).toMatchObject({ type: "SAFETY_REFUSED", nonRetryable: true });
  const bug = new InvariantError("filled <= count");
  await expect(withFailures(() => Promise.reject(bug))).rejects.toBe(bug);
  await expect(withFailures(() => Promise.resolve(7))).resolves.toBe(7);
});
