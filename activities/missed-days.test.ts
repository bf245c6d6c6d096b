import fc from "fast-check";
import { expect, it } from "vitest";
import { easternDate, easternInstant } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import { SCHEDULE_CATCH_UP_MS } from "../temporal.config.ts";
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

it.each([
  // At 23:00 the six hours end at 05:00 of the next day, at 18:01 one minute after midnight.
  ["12-01", 23, 0, "12-01", 22, 59],
  ["12-01", 23, 0, "12-01", 23, 59],
  ["12-01", 23, 0, "12-02", 0, 0],
  ["12-01", 23, 0, "12-02", 4, 59],
  ["12-02", 23, 0, "12-02", 5, 0],
  ["12-01", 18, 1, "12-02", 0, 0],
  ["12-02", 18, 1, "12-02", 0, 1],
  ["12-02", 18, 0, "12-02", 0, 0],
  ["12-02", 0, 0, "12-02", 5, 59],
  ["12-03", 0, 0, "12-02", 6, 0],
])("holds %s open, of a schedule at %i:%i, on %s at %i:%i", (open, hour, minute, today, h, m) => {
  expect(firstOpenDay({ hour, minute }, easternInstant(`2026-${today}`, h, m))).toBe(
    `2026-${open}`,
  );
});

it("is the first day whose hour is less than six hours past, at any hour and across the clock's changes", () => {
  const minutesOf = (days: number): fc.Arbitrary<number> => fc.nat({ max: days * 1_440 });
  const begins = fc.constantFrom("2026-10-30", "2026-11-30", "2026-12-30", "2027-03-12");
  const anyAt = fc.record({ hour: fc.nat({ max: 23 }), minute: fc.nat({ max: 59 }) });
  fc.assert(
    fc.property(begins, anyAt, minutesOf(4), (begin, at, minutes) => {
      const now = instant(easternInstant(begin, 0, 0) + minutes * 60_000);
      const noonUtc = Date.parse(`${easternDate(now)}T12:00:00Z`);
      const dates = [-2, -1, 0, 1, 2].map((days) =>
        new Date(noonUtc + days * 86_400_000).toISOString().slice(0, 10),
      );
      const open = dates.filter(
        (date) => now < easternInstant(date, at.hour, at.minute) + SCHEDULE_CATCH_UP_MS,
      );
      expect(firstOpenDay(at, now)).toBe(open[0]);
    }),
  );
});

it("expects the day of its switching on when its hour is still to come, and not when it has passed", () => {
  expect(sinceOf(NOON, easternInstant("2026-11-20", 11, 59))).toBe("2026-11-19");
  expect(sinceOf(NOON, easternInstant("2026-11-20", 12, 0))).toBe("2026-11-20");
});
