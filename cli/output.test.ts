import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TradingError } from "../core/domain/errors.ts";
import { ServiceError } from "../runtime/child.ts";
import { ApiError } from "../sim/exchange/errors.ts";
import { action } from "./output.ts";

let written = "";
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

it.each(["EEXIST", "EADDRINUSE"])(
  "an error %s of the system says what to do next",
  async (code) => {
    await action(() => Promise.reject(Object.assign(new Error("no"), { code })))();
    expect(written).toMatch(/^tipoff: no\n {2}next: \w+/);
  },
);

it("a failure of ours says the next step that it carries", async () => {
  const details = { reason: "candles.csv line 2: wrong", nextStep: "correct line 2" };
  await action(() => Promise.reject(new TradingError("RECORDING_INVALID", details)))();
  expect(written).toBe("tipoff: candles.csv line 2: wrong\n  next: correct line 2\n");
});

it("a service that did not start says why, and the next step", async () => {
  await action(() => Promise.reject(new ServiceError("the worker did not answer", "read it")))();
  expect(written).toBe("tipoff: the worker did not answer\n  next: read it\n");
  expect(process.exitCode).toBe(1);
});

it("an answer that the venue gave to a failed call is a sentence", async () => {
  const details = { path: "/markets", status: 429, code: null, message: "too many requests" };
  await action(() => Promise.reject(new TradingError("VENUE_RATE_LIMITED", details)))();
  expect(written).toBe("tipoff: /markets was answered 429, too many requests\n");
});

it("what an exchange of this very process refuses says why, and the next step", async () => {
  const refusal = new ApiError(422, "live_source_refused", "there is no game", "", "name a date");
  await action(() => Promise.reject(refusal))();
  expect(written).toBe("tipoff: there is no game\n  next: name a date\n");
});
