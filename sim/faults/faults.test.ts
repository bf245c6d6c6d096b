import { expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { FaultBook } from "./faults.ts";

const fault = { target: "espn", kind: "html", match: null, untilMs: null } as const;

it("strikes only its own host and paths", () => {
  const book = new FaultBook();
  book.add({ ...fault, match: "/summary" });
  expect(book.find("espn", "/espn/summary?event=1", instant(0))).toBe("html");
  expect(book.find("espn", "/espn/scoreboard", instant(0))).toBeNull();
  expect(book.find("nba", "/nba/summary", instant(0))).toBeNull();
});

it("ends by itself at its time", () => {
  const book = new FaultBook();
  book.add({ ...fault, untilMs: 1_000 });
  expect(book.find("espn", "/", instant(999))).toBe("html");
  expect(book.find("espn", "/", instant(1_000))).toBeNull();
  expect(book.list(instant(1_000))).toEqual([]);
});

it("is ended by its id, and all at once without one", () => {
  const book = new FaultBook();
  const first = book.add(fault);
  book.add({ ...fault, kind: "500" });
  expect(book.clear(first.id)).toBe(1);
  expect(book.find("espn", "/", instant(0))).toBe("500");
  book.add(fault);
  expect(book.clear()).toBe(2);
});
