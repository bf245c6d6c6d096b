import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowsOrder, KILL_LEVELS, readKill, readKillText, stricter } from "./kill.ts";

describe("readKill", () => {
  it("never throws, and stops everything when the payload cannot be read", () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        const kill = readKill(payload);
        expect(KILL_LEVELS).toContain(kill.level);
        expect(kill.reason).not.toBe("");
      }),
    );
    expect(readKill("rubbish")).toEqual({
      killId: null,
      tellingId: null,
      level: "cancel-all",
      reason: "no reason given",
      by: "signal",
    });
  });
  it("reads what is there", () => {
    expect(readKill({ level: "reduce-only", reason: "feed", by: "me", killId: "k" })).toEqual({
      killId: "k",
      tellingId: null,
      level: "reduce-only",
      reason: "feed",
      by: "me",
    });
  });
});

describe("readKillText", () => {
  it.each([
    ["", "cancel-all", "a file named KILL"],
    ["  \n", "cancel-all", "a file named KILL"],
    ["flatten", "flatten", "a file named KILL"],
    ["reduce-only the feed is wrong\n", "reduce-only", "the feed is wrong"],
    ["the feed is wrong", "cancel-all", "the feed is wrong"],
    ["level: no-entries\nreason: a bad night\n", "no-entries", "a bad night"],
    ["reason: a bad night", "cancel-all", "a bad night"],
    ["level: flaten", "cancel-all", "a file named KILL"],
    ['{"level": "flatten", "reason": "why"}', "flatten", "why"],
    ['{"level": "flatten"', "cancel-all", '{"level": "flatten"'],
  ])("reads %j", (text, level, reason) => {
    const none = { killId: null, tellingId: null };
    expect(readKillText(text)).toEqual({ ...none, level, reason, by: "KILL file" });
  });

  it("never throws, and always kills", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const kill = readKillText(text);
        expect(KILL_LEVELS).toContain(kill.level);
        expect(kill.reason).not.toBe("");
        expect(kill.killId).toBeNull();
      }),
    );
  });
});

describe("allowsOrder", () => {
  const entry = { purpose: "entry", isReduceOnly: false, exitType: null } as const;
  const exit = { purpose: "exit", isReduceOnly: true, exitType: "stop-loss" } as const;
  const lock = { purpose: "exit", isReduceOnly: false, exitType: "lock" } as const;
  it("lets no order through that increases exposure, at any level", () => {
    const opened = { ...exit, isReduceOnly: false };
    for (const level of KILL_LEVELS) {
      expect(allowsOrder(level, entry)).toBe(false);
      expect(allowsOrder(level, opened)).toBe(false);
    }
    expect(allowsOrder(null, entry)).toBe(true);
  });
  it("lets a lock through under no-entries only: the venue does not take it as a reduction", () => {
    expect(KILL_LEVELS.map((level) => allowsOrder(level, lock))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
  it("lets strategies leave under no-entries and reduce-only", () => {
    expect(KILL_LEVELS.map((level) => allowsOrder(level, exit))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
  it("lets only the kill's own reductions through when flattening", () => {
    expect(allowsOrder("flatten", { ...exit, exitType: "kill" })).toBe(true);
    expect(allowsOrder("cancel-all", { ...exit, exitType: "kill" })).toBe(false);
  });
});

describe("stricter", () => {
  it("is commutative, and null is the mildest", () => {
    const level = fc.option(fc.constantFrom(...KILL_LEVELS));
    fc.assert(
      fc.property(level, level, (a, b) => {
        expect(stricter(a, b)).toBe(stricter(b, a));
        expect(stricter(a, null)).toBe(a);
      }),
    );
  });
});
