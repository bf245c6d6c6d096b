import { expect, it } from "vitest";
import { homeAt } from "../../runtime/home.ts";
import { FAULT_KINDS, KILLED, planTroubles } from "./trouble.ts";

const MINUTE_MS = 60_000;
const running = { home: homeAt("/nowhere"), exchangeUrl: "http://127.0.0.1:1" };

function planned(hours: number, wish = { kills: true, faults: true }) {
  const span = { startAt: 0, endAt: hours * 60 * MINUTE_MS };
  return planTroubles(running, span, wish).map(({ atMs, what }) => [atMs / MINUTE_MS, what]);
}

it("does every kind of trouble to an hour, one after the other", () => {
  expect(planned(1)).toEqual([
    [4, "kalshi stream-drop"],
    [16, "coinbase stream-gap"],
    [24, KILLED],
    [28, "coinbase stream-drop"],
    [40, "exchange paused"],
    [43, "exchange goes on"],
    [52, "kalshi stream-drop"],
  ]);
});

it("does to a day one fault an hour, in turn, and a kill every two hours", () => {
  const day = planned(24);
  const of = (kind: string): number => day.filter(([, what]) => what === kind).length;
  expect(FAULT_KINDS.map(of)).toEqual([6, 6, 6, 6]);
  expect(of(KILLED)).toBe(12);
  expect(day.slice(0, 2)).toEqual([
    [20, "kalshi stream-drop"],
    [80, KILLED],
  ]);
});

it("strikes at whole milliseconds, whatever the length: the exchange takes no others", () => {
  for (const endAt of [3_600_001, 3_599_999, 1_000_003]) {
    const troubles = planTroubles(running, { startAt: 7, endAt }, { kills: true, faults: true });
    expect(troubles.filter(({ atMs }) => !Number.isInteger(atMs))).toEqual([]);
  }
});

it("does nothing that was not wished for", () => {
  expect(planned(1, { kills: false, faults: false })).toEqual([]);
  expect(planned(1, { kills: true, faults: false })).toEqual([[24, KILLED]]);
});
