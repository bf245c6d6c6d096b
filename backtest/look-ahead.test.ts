import { describe, expect, it } from "vitest";
import type { DecisionInput, PositionInput } from "../core/domain/decision.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../core/domain/units.ts";
import type { Fact } from "../sim/facts.ts";
import { InputGuard, LookAheadError, sealedFact } from "./look-ahead.ts";
import { playNight } from "./night.ts";
import { smallConfig, smallNight, sourceOf } from "./testing/small-night.ts";

const config = smallConfig();
const night = smallNight();

async function inputsOf(): Promise<readonly DecisionInput[]> {
  const inputs: DecisionInput[] = [];
  await playNight(sourceOf(night), config, { onDecision: (input) => inputs.push(input) });
  return inputs;
}

describe("the look-ahead guard", () => {
  it("lets every decision of an honest night through, and none with something of the future", async () => {
    const inputs = await inputsOf();
    const input = inputs.find(({ clock }) => clock !== null);
    if (!input) throw new Error("a night with a clock");
    const late = instant(input.at + 1);
    const held: PositionInput = {
      marketTicker: "X",
      team: "home",
      count: countCenti(100),
      averagePrice: priceMicros(500_000),
      feesPaid: usdMicros(0),
      openedAt: late,
    };
    const leaks: readonly DecisionInput[] = [
      ...(["receivedAt", "quotedAt"] as const).map((field) => ({
        ...input,
        markets: input.markets.map((one) => ({ ...one, quote: { ...one.quote, [field]: late } })),
      })),
      { ...input, clock: input.clock && { ...input.clock, receivedAt: late } },
      { ...input, clock: input.clock && { ...input.clock, sourceTime: late } },
      { ...input, readings: input.readings.map((one) => ({ ...one, knownAt: late })) },
      { ...input, strategies: input.strategies.map((one) => ({ ...one, positions: [held] })) },
    ];
    const features = (knownAt: typeof late): DecisionInput => ({
      ...input,
      trees: {
        ...{ featureSet: "f", entryModel: "m", exitModel: null, absentBecause: null },
        markets: [
          { marketTicker: "A", values: [], knownAt: null },
          { marketTicker: "B", values: [1], knownAt },
        ],
      },
    });
    const guard = new InputGuard();
    const checking = (input: DecisionInput) => (): void => {
      guard.check(input);
    };
    for (const one of inputs) expect(checking(one)).not.toThrow();
    // Also by one that has found the same game's lists known before.
    guard.check(input);
    expect(checking(features(input.at))).not.toThrow();
    expect(checking(features(late))).toThrow("features of B was read 1 ms before it was known");
    for (const leak of leaks) expect(checking(leak)).toThrow(LookAheadError);
  });

  it("catches a night whose decisions are given facts a minute early", async () => {
    const foresight = { aheadMs: 60_000, isDisguised: false };
    const leaking = playNight(sourceOf(night), config, { foresight });
    await expect(leaking).rejects.toThrow("was read 60000 ms before it was known");
  });

  it("catches the reading of any field of a fact before its instant, but not of that instant", () => {
    const fact = night.facts.find(({ kind }) => kind === "quote");
    if (!fact) throw new Error("a quote");
    let now = instant(fact.receivedAt - 1);
    const sealed = sealedFact(fact, () => now);
    expect(sealed.receivedAt).toBe(fact.receivedAt);
    const peeks: ((peeked: Fact) => unknown)[] = [
      (peeked) => peeked.kind,
      (peeked) => peeked.sourceTime,
      (peeked) => ({ ...peeked }),
      (peeked) => JSON.stringify(peeked),
    ];
    for (const peek of peeks) expect(() => peek(sealed)).toThrow(LookAheadError);
    now = fact.receivedAt;
    for (const peek of peeks) expect(() => peek(sealed)).not.toThrow();
  });

  it("plays the same night when every read is checked", async () => {
    const plain = await playNight(sourceOf(night), config, { isLogged: true });
    const sealed = await playNight(sourceOf(night), config, { isLogged: true, isSealed: true });
    expect(JSON.stringify(sealed)).toBe(JSON.stringify(plain));
  });
});
