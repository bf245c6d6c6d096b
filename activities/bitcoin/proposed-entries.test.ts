import { beforeEach, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { ProposedEntries } from "./proposed-entries.ts";

const AT = instant(1_000_000);
const RETRY_MS = 300_000;
const after = (ms: number) => instant(AT + ms);

let entries: ProposedEntries;
beforeEach(() => {
  entries = new ProposedEntries(RETRY_MS);
  const reserved = usdMicros(7_000_000);
  entries.add("ONE", { decisionId: "one#1", proposedAt: AT, proposedWallMs: 0, reserved });
});

it("takes a contract and its capital at once, and no other's", () => {
  expect(entries.barOf("ONE", AT, 0)).toBe("order_working");
  expect(entries.barOf("OTHER", AT, 0)).toBeNull();
  expect(entries.reserved(AT, 0)).toBe(7_000_000);
  expect(entries.pending()).toEqual(["one#1"]);
});

it("leaves the word to the books once they hold it, and cools down from then on", () => {
  entries.booked(new Set(["other#1"]), after(1_000));
  expect(entries.pending()).toEqual(["one#1"]);
  entries.booked(new Set(["one#1"]), after(20_000));
  expect(entries.pending()).toEqual([]);
  expect(entries.reserved(after(20_000), 1)).toBe(0);
  // Hearing it again is no news.
  entries.booked(new Set(["one#1"]), after(50_000));
  expect(entries.barOf("ONE", after(20_000 + RETRY_MS - 1), 1)).toBe("cooling_down");
  expect(entries.barOf("ONE", after(20_000 + RETRY_MS), 1)).toBeNull();
});

it("gives one up that no books hold after the pause and half a minute of wall time, not after one of them", () => {
  expect(entries.barOf("ONE", after(RETRY_MS), 29_999)).toBe("order_working");
  expect(entries.barOf("ONE", after(RETRY_MS - 1), 30_000)).toBe("order_working");
  expect(entries.reserved(after(RETRY_MS), 29_999)).toBe(7_000_000);
  expect(entries.barOf("ONE", after(RETRY_MS), 30_000)).toBeNull();
  expect(entries.reserved(after(RETRY_MS), 30_000)).toBe(0);
});

it("keeps nothing of a contract that is gone", () => {
  entries.forget((ticker) => ticker !== "ONE");
  expect(entries.pending()).toEqual([]);
  expect(entries.barOf("ONE", AT, 0)).toBeNull();
});
