import { expect, it } from "vitest";
import { instant } from "../../../core/domain/units.ts";
import { dateOfClose, lastDate, spanOf } from "./window.ts";

const at = (text: string): ReturnType<typeof instant> => instant(Date.parse(text));

it("ends a date with its midnight, which belongs to it", () => {
  const { from, to } = spanOf("2026-05-11", "nightly");
  const isIn = (text: string): boolean => at(text) >= from && at(text) < to;
  expect(isIn("2026-05-11T04:00:00Z")).toBe(false); // 00:00 Eastern: of the day before.
  expect(isIn("2026-05-11T04:15:00Z")).toBe(true);
  expect(isIn("2026-05-12T04:00:00Z")).toBe(true);
  expect(isIn("2026-05-12T04:15:00Z")).toBe(false);
  expect(dateOfClose(at("2026-05-12T04:00:00Z"))).toBe("2026-05-11");
  expect(dateOfClose(at("2026-05-12T04:15:00Z"))).toBe("2026-05-12");
});

it("has 25 hours on the day that clocks fall back, and 23 when they spring", () => {
  const hours = (date: string): number => {
    const { from, to } = spanOf(date, "nightly");
    return (to - from) / 3_600_000;
  };
  expect(hours("2026-11-01")).toBe(25);
  expect(hours("2026-03-08")).toBe(23);
  expect(hours("2026-05-11")).toBe(24);
});

it("takes seven dates that end with the week's own", () => {
  const week = spanOf("2026-05-13", "weekly");
  expect(week.from).toBe(spanOf("2026-05-07", "nightly").from);
  expect(week.to).toBe(spanOf("2026-05-13", "nightly").to);
});

it("reports the day before at any time of a day", () => {
  expect(lastDate(at("2026-05-12T05:00:00Z"))).toBe("2026-05-11"); // 01:00 Eastern.
  expect(lastDate(at("2026-05-12T03:59:00Z"))).toBe("2026-05-10"); // 23:59 of the 11th.
});
