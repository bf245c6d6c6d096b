import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { required } from "../../domain/assert.ts";
import { type Instant, instant } from "../../domain/units.ts";
import type { FeatureVector } from "./engine.ts";
import { FEATURE_NAMES } from "./list.ts";
import { AWAY, engineOf, HOME, histories, newEngine, observe, shifted } from "./testing/history.ts";
import { naiveFeatures } from "./testing/naive.ts";

const ticker = fc.constantFrom(HOME, AWAY);
const after = fc.integer({ min: 0, max: 400_000 });
const lastAt = (history: readonly { readonly at: Instant }[]): Instant =>
  required(history.at(-1), "an observation").at;

/** The first feature that is not as expected, to nine digits; null when all are. */
function difference(
  { values }: FeatureVector,
  expected: Readonly<Record<string, number>>,
): string | null {
  for (const [index, name] of FEATURE_NAMES.entries()) {
    const [found, wanted] = [values[index] ?? NaN, expected[name] ?? NaN];
    const isSame = Number.isNaN(wanted)
      ? Number.isNaN(found)
      : Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
    if (!isSame) return `${name}: ${found}, not ${wanted}`;
  }
  return null;
}

describe("streaming", () => {
  it("gives what a walk over the whole history gives, at every step and after it", () => {
    fc.assert(
      fc.property(histories, ticker, after, (history, own, laterMs) => {
        const engine = newEngine();
        const check = (at: Instant): void => {
          expect(difference(engine.vector(own, at), naiveFeatures(history, own, at))).toBeNull();
        };
        for (const [index, one] of history.entries()) {
          observe(engine, one);
          const isLastOfInstant = history[index + 1]?.at !== one.at;
          if (isLastOfInstant && index % 13 === 0) check(one.at);
        }
        check(instant(lastAt(history) + laterMs));
      }),
      { numRuns: 100 },
    );
  });

  it("was compared on histories in which each feature is present, and each may be missing", () => {
    const counts = FEATURE_NAMES.map(() => ({ present: 0, missing: 0 }));
    for (const history of fc.sample(histories, { numRuns: 400, seed: 7 })) {
      const { values } = engineOf(history).vector(HOME, lastAt(history));
      for (const [index, value] of values.entries()) {
        const count = required(counts[index], "a feature");
        if (Number.isNaN(value)) count.missing += 1;
        else count.present += 1;
      }
    }
    const never = (what: "present" | "missing"): readonly string[] =>
      FEATURE_NAMES.filter((_, index) => counts[index]?.[what] === 0);
    expect(never("present")).toEqual([]);
    expect(never("missing")).toEqual(["game_seconds_to_tip"]);
  });

  it("depends on nothing but what was observed, not on when it was asked", () => {
    fc.assert(
      fc.property(histories, ticker, (history, own) => {
        const asked = newEngine();
        for (const one of history) {
          observe(asked, one);
          asked.vector(own, one.at);
        }
        const at = lastAt(history);
        expect(asked.vector(own, at)).toEqual(engineOf(history).vector(own, at));
      }),
    );
  });
});

describe("no look-ahead", () => {
  it("says of an instant the same, whatever comes after it", () => {
    fc.assert(
      fc.property(histories, ticker, fc.nat(), (history, own, cut) => {
        const at = required(history[cut % history.length], "an observation").at;
        const past = history.filter((one) => one.at <= at);
        const engine = newEngine();
        const next = history.findIndex((one) => one.at > at);
        const upTo = next === -1 ? history.length : next;
        for (const one of history.slice(0, upTo)) observe(engine, one);
        const then = engine.vector(own, at);
        for (const one of history.slice(upTo)) observe(engine, one);
        expect(then).toEqual(engineOf(past).vector(own, at));
        if (upTo < history.length) expect(() => engine.vector(own, at)).toThrow("nothing later");
      }),
    );
  });

  it("has used nothing later than the instant, and names the last of what it used", () => {
    fc.assert(
      fc.property(histories, ticker, after, (history, own, laterMs) => {
        const at = instant(lastAt(history) + laterMs);
        const { values, knownAt, latest } = engineOf(history).vector(own, at);
        expect([...knownAt].map(Number.isNaN)).toEqual([...values].map(Number.isNaN));
        const known = [...knownAt].filter((one) => !Number.isNaN(one));
        expect(known.every((one) => one <= at)).toBe(true);
        expect(latest).toBe(known.length === 0 ? null : Math.max(...known));
      }),
    );
  });

  it("does not change when what came after its known instant is taken away", () => {
    fc.assert(
      fc.property(histories, ticker, (history, own) => {
        const at = lastAt(history);
        const whole = engineOf(history).vector(own, at);
        for (const [index, name] of FEATURE_NAMES.entries()) {
          const known = whole.knownAt[index] ?? NaN;
          if (Number.isNaN(known)) continue;
          const upTo = engineOf(history.filter((one) => one.at <= known)).vector(own, at);
          expect(upTo.values[index], name).toBe(whole.values[index]);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("moves with its times: all of them later by an hour, and so is every known instant", () => {
    fc.assert(
      fc.property(histories, ticker, fc.integer({ min: 1, max: 7_200_000 }), (history, own, ms) => {
        const at = lastAt(history);
        const now = engineOf(history).vector(own, at);
        const later = engineOf(shifted(history, ms), ms).vector(own, instant(at + ms));
        expect(later.values).toEqual(now.values);
        expect(later.knownAt).toEqual(now.knownAt.map((known) => known + ms));
      }),
    );
  });
});
