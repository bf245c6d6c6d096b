import { expect, it } from "vitest";
import { checkRisk } from "./check.ts";
import { clear, limits } from "./testing/fixtures.ts";

const left = { ...clear, tally: { ...clear.tally, hasExited: true } };
const isHeld = (isReentryAllowed: boolean, domain: "nba" | "btc" = "nba") =>
  checkRisk(
    { ...left, subject: { ...left.subject, domain } },
    { ...limits, isReentryAllowed },
  ).find(({ rule }) => rule === "no_reentry")?.isHeld;

it("lets a game be entered again where the limits allow it, and a contract never", () => {
  expect(isHeld(false)).toBe(false);
  expect(isHeld(true)).toBe(true);
  expect(isHeld(true, "btc")).toBe(false);
});
