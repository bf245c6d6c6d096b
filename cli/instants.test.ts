import { expect, it } from "vitest";
import { instantOption, runInstantOption } from "./instants.ts";

it.each([
  ["2026-11-21T01:00:00Z", "2026-11-21T01:00:00.000Z"],
  ["2026-11-20T20:00:00.5-05:00", "2026-11-21T01:00:00.500Z"],
  ["2026-11-21", "2026-11-21T00:00:00.000Z"],
])("reads %s", (text, iso) => {
  expect(instantOption(text).toISOString()).toBe(iso);
});

it("reads how long ago", () => {
  const at = instantOption("90m").getTime();
  const ago = Date.now() - at;
  expect(ago).toBeGreaterThanOrEqual(90 * 60_000);
  expect(ago).toBeLessThan(91 * 60_000);
});

it("reads how long ago on another clock than the wall's", () => {
  const now = Date.parse("2026-05-11T05:30:00Z");
  expect(new Date(runInstantOption("2h")(now)).toISOString()).toBe("2026-05-11T03:30:00.000Z");
  expect(new Date(runInstantOption("2026-05-10")(now)).toISOString()).toBe(
    "2026-05-10T00:00:00.000Z",
  );
});

it.each(["", "yesterday", "12", "2026-13-01", "2026-11-21T01:00:00", "21.11.2026", "-5m", "5w"])(
  "refuses %j, for its zone or its form",
  (text) => {
    expect(() => instantOption(text)).toThrow("Expected an instant");
  },
);
