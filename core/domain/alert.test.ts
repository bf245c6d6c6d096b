import { expect, it } from "vitest";
import { nextRoundInMs, retryInMs, SINK_FAILING, type SinkRule, sinksOfRound } from "./alert.ts";

const SINKS: readonly SinkRule[] = [
  { name: "terminal", least: "warning", joinsAtRepeat: 0 },
  { name: "chat", least: "critical", joinsAtRepeat: 0 },
  { name: "mail", least: "warning", joinsAtRepeat: 1 },
  { name: "phone", least: "critical", joinsAtRepeat: 2 },
];
const critical = { severity: "critical", code: "kill", field: "k1" } as const;
const warning = { severity: "warning", code: "fill", field: null } as const;

it("escalates a critical alert to the next sink with each repeat", () => {
  expect(sinksOfRound(critical, 0, SINKS)).toEqual(["terminal", "chat"]);
  expect(sinksOfRound(critical, 1, SINKS)).toEqual(["terminal", "chat", "mail"]);
  expect(sinksOfRound(critical, 2, SINKS)).toEqual(["terminal", "chat", "mail", "phone"]);
  expect(sinksOfRound(critical, 9, SINKS)).toEqual(["terminal", "chat", "mail", "phone"]);
});

it("tells a warning once, to those who want warnings, however late they join critical ones", () => {
  expect(sinksOfRound(warning, 0, SINKS)).toEqual(["terminal", "mail"]);
  expect(sinksOfRound(warning, 1, SINKS)).toEqual([]);
});

it("tells nobody of info", () => {
  expect(sinksOfRound({ ...critical, severity: "info" }, 0, SINKS)).toEqual([]);
});

it("tells of a broken sink on the others only", () => {
  const broken = { severity: "critical", code: SINK_FAILING, field: "chat" } as const;
  expect(sinksOfRound(broken, 0, SINKS)).toEqual(["terminal"]);
  expect(sinksOfRound(broken, 5, SINKS)).toEqual(["terminal", "mail", "phone"]);
  expect(sinksOfRound({ ...broken, field: "terminal" }, 0, SINKS.slice(0, 1))).toEqual([]);
});

it("goes to the next sinks at once when the first cannot be told", () => {
  const broken = { severity: "critical", code: SINK_FAILING, field: "terminal" } as const;
  expect(
    sinksOfRound(
      broken,
      0,
      [SINKS[0], SINKS[3]].flatMap((one) => one ?? []),
    ),
  ).toEqual(["phone"]);
});

it("repeats only what is critical and not acknowledged", () => {
  expect(nextRoundInMs({ ...critical, isAcknowledged: false }, 300_000)).toBe(300_000);
  expect(nextRoundInMs({ ...critical, isAcknowledged: true }, 300_000)).toBeNull();
  expect(nextRoundInMs({ ...warning, isAcknowledged: false }, 300_000)).toBeNull();
});

it("waits ever longer before it tries a sink again, and at most half a minute", () => {
  expect([1, 2, 3, 4, 5, 9].map(retryInMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
});
