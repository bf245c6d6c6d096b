import { expect, it } from "vitest";
import { easternInstant } from "../core/domain/time.ts";
import { firstOpenDay, missedDays, sinceOf } from "./missed-days.ts";

const NOON = { hour: 12, minute: 0 };

it("names every day between two, and neither of them", () => {
  expect(missedDays("2026-11-20", "2026-01-01", "2026-11-23")).toEqual([
    "2026-11-21",
    "2026-11-22",
  ]);
  expect(missedDays("2026-12-30", "2026-01-01", "2027-01-02")).toEqual([
    "2026-12-31",
    "2027-01-01",
  ]);
});

it("keeps its count across the days that daylight saving changes", () => {
  expect(missedDays("2026-10-31", "2026-01-01", "2026-11-03")).toEqual([
    "2026-11-01",
    "2026-11-02",
  ]);
  expect(missedDays("2027-03-13", "2026-01-01", "2027-03-15")).toEqual(["2027-03-14"]);
});

it("names none when no day was left out", () => {
  expect(missedDays("2026-11-20", "2026-01-01", "2026-11-21")).toEqual([]);
  expect(missedDays("2026-11-20", "2026-01-01", "2026-11-20")).toEqual([]);
});

it("calls no day missed on which the schedule was off, or was switched on", () => {
  expect(missedDays("2026-11-02", "2026-11-20", "2026-11-23")).toEqual([
    "2026-11-21",
    "2026-11-22",
  ]);
  expect(missedDays(undefined, "2026-11-20", "2026-11-21")).toEqual([]);
});

it("sees missed days before the schedule ever ran", () => {
  expect(missedDays(undefined, "2026-11-20", "2026-11-22")).toEqual(["2026-11-21"]);
});

it("counts today once the server would no longer catch up, six hours after its time", () => {
  const until = (hour: number, minute: number) =>
    firstOpenDay(NOON, easternInstant("2026-11-20", hour, minute));
  const missed = (hour: number, minute: number) =>
    missedDays("2026-11-18", "2026-11-01", until(hour, minute));
  expect(missed(11, 0)).toEqual(["2026-11-19"]);
  expect(missed(17, 59)).toEqual(["2026-11-19"]);
  expect(missed(18, 0)).toEqual(["2026-11-19", "2026-11-20"]);
  expect(firstOpenDay(null, easternInstant("2026-11-20", 23, 0))).toBe("2026-11-20");
});

it("expects the day of its switching on when its hour is still to come, and not when it has passed", () => {
  expect(sinceOf(NOON, easternInstant("2026-11-20", 11, 59))).toBe("2026-11-19");
  expect(sinceOf(NOON, easternInstant("2026-11-20", 12, 0))).toBe("2026-11-20");
});
