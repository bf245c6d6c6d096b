import { Script } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import type { OwnSight } from "../../core/strategies/own-api.ts";
import { runTests } from "./example-tests.ts";
import { boxed } from "./sandbox.ts";
import { compileStrategy } from "./source.ts";
import { EXAMPLE_STRATEGY, EXAMPLE_TESTS } from "./template.ts";
import { boxWith, strategyFile, unread } from "./testing/box-with.ts";

const SIGHT: OwnSight = {
  at: 1_790_000_000_000,
  phase: "live",
  home: "NYK",
  away: "BOS",
  secondsToTip: -60,
  clock: null,
  homeProbability: 0.6,
  markets: [],
  position: null,
};

function ask(body: string, before = ""): unknown {
  return boxWith(body, before).ask("entry", SIGHT, {});
}

describe("the box", () => {
  it.each([
    ["the clock", "return { refusal: String(new Date()) };"],
    ["chance", "return { refusal: String(Math.random()) };"],
    ["the process", "return { refusal: process.cwd() };"],
    ["modules", 'return { refusal: require("node:fs").constants };'],
    ["timers", "setTimeout(() => 0); return { refusal: 'set' };"],
    ["the network", "fetch('http://localhost'); return { refusal: 'sent' };"],
    ["the machine's language", "return { refusal: (1234.5).toLocaleString() };"],
    ["code from text", "return { refusal: (() => {}).constructor('return 1')() + '' };"],
    [
      "the realm outside",
      "return { refusal: sight.constructor.constructor('return process')().pid + '' };",
    ],
    ["a changed sight", "sight.homeProbability = 1; return { refusal: 'changed' };"],
    ["changed built-ins", "Array.prototype.at = () => 1; return { refusal: 'changed' };"],
    ["globals", "kept = 1; return { refusal: 'kept' };"],
  ])("withholds %s", (_what, body) => {
    expect(() => ask(body)).toThrow();
  });

  it("ends a call that does not end by itself, which may only be cut off three times", () => {
    const calls = vi.spyOn(Script.prototype, "runInContext");
    try {
      const box = boxWith("for (;;) {}");
      calls.mockClear();
      expect(() => box.ask("entry", SIGHT, {})).toThrow(/timed out/);
      expect(calls).toHaveBeenCalledTimes(3);
    } finally {
      calls.mockRestore();
    }
  });

  it("asks again what was cut off because the machine was busy", () => {
    const hang = new Script("for (;;) {}");
    const box = boxWith("return { refusal: 'quiet' };");
    const calls = vi.spyOn(Script.prototype, "runInContext");
    // As it is thrown when the time is over: it comes from the box's realm.
    calls.mockImplementationOnce((context) => {
      const answer: unknown = hang.runInContext(context, { timeout: 10 });
      return answer;
    });
    try {
      expect(box.ask("entry", SIGHT, {})).toEqual({ refusal: "quiet" });
      expect(calls).toHaveBeenCalledTimes(3);
    } finally {
      calls.mockRestore();
    }
  });

  it("forgets what a file keeps between two calls", () => {
    const box = boxWith("calls += 1; return { refusal: String(calls) };", "let calls = 0;");
    const answers = [1, 2, 3].map(() => box.ask("entry", SIGHT, {}));
    expect(answers).toEqual([{ refusal: "1" }, { refusal: "1" }, { refusal: "1" }]);
  });

  it("gives the words of what was thrown, and of odd things that they are none", () => {
    expect(() => ask("throw new Error('no idea');")).toThrow("no idea");
    expect(() => ask("throw 7;")).toThrow("no error");
  });
});

describe("boxed", () => {
  it("refuses answers that cannot be used", () => {
    for (const answer of [
      "{ team: 'home', fairValue: 1 }",
      "{ team: 'both', fairValue: 0.5 }",
      "null",
      "7",
    ]) {
      const code = boxed(unread(strategyFile(`return ${answer};`)));
      expect(() => code.entry(SIGHT, {})).toThrow("may not");
    }
  });

  it("names the field of a description that is wrong", () => {
    const text = strategyFile("return { refusal: 'x' };").replace('version: "1"', "version: 1");
    expect(() => boxed(unread(text))).toThrow(/version/);
  });
});

describe("compileStrategy", () => {
  it.each([
    ["const now = Date.now();", "line 1: Date"],
    ["\nconst x = Math.random();", "line 2: random"],
    ['import fs from "node:fs";', "line 1: import"],
    ['const fs = require("fs");', "line 1: require"],
    ["export default { async entry() {} };", "line 1: async"],
    ["const f = x => x[\n", "line"],
  ])("refuses %j with its line", (text, fault) => {
    const compiled = compileStrategy(text);
    expect("faults" in compiled && compiled.faults.join("\n")).toContain(fault);
  });

  it("lets comments and words in quotes be, and imports of types", () => {
    const text = `import type { Strategy } from "./tipoff-strategy.ts";\n// no Date here\n${strategyFile("return { refusal: 'a Date' };")}`;
    expect("source" in compileStrategy(text)).toBe(true);
  });
});

describe("the example of `strategy new`", () => {
  const compiled = compileStrategy(EXAMPLE_STRATEGY);
  if (!("source" in compiled)) throw new Error(compiled.faults.join());

  it("passes its own tests", () => {
    const defaults = { minGap: 0.03, lastMinutes: 18 };
    const { count, failures } = runTests(compiled.source, EXAMPLE_TESTS, defaults);
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(4);
  });

  it("fails a test whose answer is another", () => {
    const wrong = EXAMPLE_TESTS.replace("fairValue: 0.9", "fairValue: 0.8");
    const { failures } = runTests(compiled.source, wrong, { minGap: 0.03, lastMinutes: 18 });
    expect(failures).toHaveLength(1);
  });
});
