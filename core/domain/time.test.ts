import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { easternDate, easternInstant, easternParts, isTradingDate } from "./time.ts";
import { instant } from "./units.ts";

const at = (iso: string): ReturnType<typeof instant> => instant(Date.parse(iso));

describe("Eastern time", () => {
  it("is what the calendar says, asked in any sequence", () => {
    const calendar = new Intl.DateTimeFormat("sv-SE", {
      ...{ timeZone: "America/New_York", dateStyle: "short", timeStyle: "medium" },
    });
    const first = Date.UTC(1884, 0, 1);
    const instants = fc.integer({ min: first, max: Date.UTC(2100, 0, 1) }).map(instant);
    const near = fc.tuple(instants, fc.integer({ min: -7_200_000, max: 7_200_000 }));
    fc.assert(
      fc.property(near, ([at, later]) => {
        for (const when of [at, instant(Math.max(first, at + later)), at]) {
          const { date, hour, minute, second } = easternParts(when);
          const clock = [hour, minute, second].map((part) => String(part).padStart(2, "0"));
          expect(`${date} ${clock.join(":")}`).toBe(calendar.format(when));
        }
      }),
    );
  });

  it("gives a late game to the day it began on, whatever UTC says", () => {
    expect(easternDate(at("2025-12-02T03:30:00Z"))).toBe("2025-12-01");
    expect(easternDate(at("2026-06-14T00:30:00Z"))).toBe("2026-06-13");
  });

  it("is five hours behind UTC in winter and four in summer", () => {
    expect(easternInstant("2025-12-01", 19, 0)).toBe(at("2025-12-02T00:00:00Z"));
    expect(easternInstant("2026-06-13", 20, 30)).toBe(at("2026-06-14T00:30:00Z"));
  });

  it("changes at two o'clock on the days the clocks change", () => {
    expect(easternInstant("2026-03-08", 1, 59)).toBe(at("2026-03-08T06:59:00Z"));
    expect(easternInstant("2026-03-08", 3, 0)).toBe(at("2026-03-08T07:00:00Z"));
    expect(easternInstant("2026-11-01", 0, 30)).toBe(at("2026-11-01T04:30:00Z"));
    expect(easternInstant("2026-11-01", 2, 0)).toBe(at("2026-11-01T07:00:00Z"));
  });

  it("means the first of the two hours that fall-back repeats", () => {
    expect(easternInstant("2026-11-01", 1, 30)).toBe(at("2026-11-01T05:30:00Z"));
  });

  it("takes the hour that spring-forward skips as the one after it", () => {
    expect(easternParts(easternInstant("2026-03-08", 2, 30))).toMatchObject({
      hour: 3,
      minute: 30,
    });
  });

  it("reads back what it wrote, outside the skipped hour", () => {
    const minutes = fc.integer({ min: 0, max: 20 * 365 * 24 * 60 });
    fc.assert(
      fc.property(minutes, (minute) => {
        const when = instant(Date.parse("2015-01-01T00:00:00Z") + minute * 60_000);
        const seen = easternParts(when);
        const back = easternInstant(seen.date, seen.hour, seen.minute);
        // In the repeated hour the first is meant: an hour earlier, and never more.
        expect([0, 3_600_000]).toContain(when - back);
        expect(easternParts(back)).toEqual(seen);
      }),
    );
  });

  it("knows real days from impossible ones", () => {
    expect(isTradingDate("2028-02-29")).toBe(true);
    for (const text of ["2026-02-29", "2026-13-01", "2026-1-01", "20260101", ""]) {
      expect(isTradingDate(text)).toBe(false);
    }
    expect(() => easternInstant("2026-02-30", 1, 0)).toThrow("trading date");
  });
});
