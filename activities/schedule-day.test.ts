import { expect, it } from "vitest";
import { missedDays } from "./schedule-day.ts";

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
