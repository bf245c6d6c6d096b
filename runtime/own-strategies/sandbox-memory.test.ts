import { describe, expect, it } from "vitest";
import { boxWith } from "./testing/box-with.ts";
import type { StrategyBox } from "./sandbox.ts";

/** What came of asking so often: an answer, or the words of what was thrown. */
function asked(box: StrategyBox, times = 3): readonly unknown[] {
  return Array.from({ length: times }, () => {
    try {
      return box.ask("entry", {}, {});
    } catch (error) {
      return String(error);
    }
  });
}

/** Counts its calls in a property of what this is. */
const keptIn = (what: string): string =>
  `const place = ${what}; place.kept = (place.kept ?? 0) + 1; return { refusal: String(place.kept) };`;
/** Counts its calls in what is read here, by something that makes it one more. */
const counting = (read: string, write: string): string =>
  `const calls = Number(${read}) + 1; ${write}; return { refusal: String(calls) };`;

describe("a box remembers no call", () => {
  it.each([
    ["what asks", keptIn("ask")],
    ["what loads", keptIn("load")],
    ["another in the place of what asks", "ask = () => 7; return { refusal: 'set' };"],
    ["another in the place of what loads", "load = () => 7; return { refusal: 'set' };"],
    ["the question", counting("question.kept ?? 0", "question = { kept: calls }")],
    ["the global object", keptIn("globalThis")],
    ["the name of a built-in", counting("Math.kept ?? 0", "Math = { kept: calls }")],
    ["the name of a function", counting("parseInt.kept ?? 0", "parseInt = { kept: calls }")],
    ["what the box froze", "frozen.add({}); return { refusal: String(frozen.size) };"],
    ["what freezes", keptIn("freezeAll")],
    ["what seals", keptIn("seal")],
    ["iterators of arrays", keptIn("Object.getPrototypeOf([].values())")],
    ["iterators of maps", keptIn("Object.getPrototypeOf(new Map().keys())")],
    ["iterators of sets", keptIn("Object.getPrototypeOf(new Set().keys())")],
    ["iterators of texts", keptIn("Object.getPrototypeOf(''[Symbol.iterator]())")],
    ["iterators of matches", keptIn("Object.getPrototypeOf('a'.matchAll(/a/g))")],
    ["all iterators", keptIn("Object.getPrototypeOf(Object.getPrototypeOf([].values()))")],
    ["generators", keptIn("Object.getPrototypeOf(Object.getPrototypeOf((function* () {})()))")],
    ["generator functions", keptIn("Object.getPrototypeOf(function* () {})")],
    ["asynchronous functions", keptIn("Object.getPrototypeOf(async () => {})")],
    ["asynchronous generators", keptIn("Object.getPrototypeOf(async function* () {})")],
    ["promises", keptIn("Object.getPrototypeOf((async () => {})())")],
    ["functions", keptIn("Object.getPrototypeOf(() => {})")],
    ["typed arrays", keptIn("Object.getPrototypeOf(Uint8Array)")],
    ["maths", keptIn("Math")],
    ["the class of errors", keptIn("Error")],
    [
      "how much of a stack is kept",
      "Error.stackTraceLimit += 1; return { refusal: String(Error.stackTraceLimit) };",
    ],
    ["how stacks are made", "Error.prepareStackTrace ??= () => 1; return { refusal: 'set' };"],
    ["a stack that is captured", "Error.captureStackTrace(Math); return { refusal: Math.stack };"],
    ["a template", keptIn("((text) => text)`a`")],
    ["a symbol of all", keptIn("Object(Symbol.for('kept'))")],
    [
      "an expression that is compiled anew",
      "RegExp.prototype.compile('a'); return { refusal: 'set' };",
    ],
  ])("in %s", (_what, body) => {
    const [first, ...others] = asked(boxWith(body));
    expect(others).toEqual([first, first]);
  });

  // Each with what the match left there as a number.
  it.each(["$1", "$_", "input", "lastMatch", "$&", "lastParen", "$+"])(
    "in the last match of the realm, RegExp.%s",
    (name) => {
      const read = `RegExp[${JSON.stringify(name)}] || 0`;
      expect(asked(boxWith(counting(read, "/(\\d+)/.exec(String(calls))")))).toEqual([
        ...Array.from({ length: 3 }, () => ({ refusal: "1" })),
      ]);
    },
  );

  it.each(["leftContext", "$`", "rightContext", "$'"])(
    "in what stood beside the last match of the realm, RegExp.%s",
    (name) => {
      const read = `RegExp[${JSON.stringify(name)}] || 0`;
      expect(asked(boxWith(counting(read, "/x/.exec(`${calls}x${calls}`)")))).toEqual([
        ...Array.from({ length: 3 }, () => ({ refusal: "1" })),
      ]);
    },
  );

  it.each([
    ["a number", "let kept = 0;", "kept += 1; return { refusal: String(kept) };"],
    [
      "a map",
      "const kept = new Map();",
      "kept.set(kept.size, 1); return { refusal: String(kept.size) };",
    ],
    ["an array", "const kept = [];", "return { refusal: String(kept.push(1)) };"],
    [
      "a weak map",
      "const key = {}; const kept = new WeakMap();",
      "kept.set(key, (kept.get(key) ?? 0) + 1); return { refusal: String(kept.get(key)) };",
    ],
    [
      "a weak map, by what is there in each call",
      "const kept = new WeakMap();",
      "kept.set(Math, (kept.get(Math) ?? 0) + 1); return { refusal: String(kept.get(Math)) };",
    ],
    [
      "where an expression matched last",
      "const found = /a/g;",
      "found.exec('aaaa'); return { refusal: String(found.lastIndex) };",
    ],
    [
      "a generator",
      "const next = (function* () { for (let n = 1; ; n += 1) yield n; })();",
      "return { refusal: String(next.next().value) };",
    ],
    [
      "a closure",
      "const next = ((n) => () => (n += 1))(0);",
      "return { refusal: String(next()) };",
    ],
    [
      "a class",
      "class Kept { static calls = 0; }",
      "Kept.calls += 1; return { refusal: String(Kept.calls) };",
    ],
    [
      "a private field of a template",
      "const text = ((one) => one)`a`; class Mark extends function (one) { return one; } { #calls = 1; static has(one) { return #calls in one; } }",
      "const has = Mark.has(text); if (!has) new Mark(text); return { refusal: has ? '2' : '1' };",
    ],
    [
      "a function's own field",
      "function kept() {}",
      "kept.calls = (kept.calls ?? 0) + 1; return { refusal: String(kept.calls) };",
    ],
    [
      "the strategy itself",
      "",
      "this.calls = (this.calls ?? 0) + 1; return { refusal: String(this.calls) };",
    ],
  ])("in %s at the top of its file", (_what, top, body) => {
    const answers = asked(boxWith(body, top));
    const [first] = answers;
    expect(answers).toEqual([first, first, first]);
    expect(first).toEqual({ refusal: "1" });
  });

  it("nor what a call did that was cut off, when it is made again", () => {
    const hang =
      "if (question.kept) return { refusal: 'remembered' }; question = { kept: 1 }; for (;;) {}";
    expect(asked(boxWith(hang), 1)).toEqual([expect.stringMatching(/timed out/)]);
  });

  it("and gives what rules are made of", () => {
    const body = `
      const all = [...new Map([["a", 1]]).entries(), ...new Set([2]), ...[3, 4].map((one) => one * 2)];
      const found = [..."a1b22".matchAll(/\\d+/g)].map(([text]) => Number(text));
      function* counted() { yield Math.max(...found); }
      class Held { #n = 5; get n() { return this.#n; } }
      const { a, ...rest } = { a: 1, b: [2] };
      const text = "x-1".replace(/(\\w)-(\\d)/, "$2$1").split("").sort((x, y) => (x < y ? -1 : 1)).join("");
      return { refusal: JSON.stringify([all, [...counted()], new Held().n, a, rest, text, parseFloat("1.5")]) };`;
    expect(asked(boxWith(body), 1)).toEqual([
      { refusal: '[[["a",1],2,6,8],[22],5,1,{"b":[2]},"1x",1.5]' },
    ]);
  });
});
