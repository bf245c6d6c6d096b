import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContractBounds } from "./btc-contract.ts";
import {
  type ContractFact,
  type ContractPhase,
  type ContractState,
  duePhase,
  entryBar,
  isContractOver,
  newContract,
  shownContractPhase,
  stepContract,
} from "./contract.ts";
import { KILL_LEVELS } from "./kill.ts";
import { type Instant, instant, usdMicros } from "./units.ts";

const CLOSE = instant(900_000);
const NOW = instant(600_000);
const LATER = instant(700_000);
const PENDING: ContractBounds = { kind: "at-or-above", strike: null };
const KNOWN: ContractBounds = { kind: "at-or-above", strike: usdMicros(80_818_210_000) };

const play = (
  facts: readonly ContractFact[],
  start: ContractState = newContract(KNOWN, CLOSE),
): ContractState => facts.reduce(stepContract, start);
const settled = (result: "yes" | "no"): ContractFact => {
  return { kind: "settled", result, scalarValue: null, average: usdMicros(80_900_000_000) };
};
const entered = (phase: "open" | "entry-window" | "closing"): ContractFact => {
  return { kind: "entered", phase };
};
const placed: ContractFact = { kind: "placed", clientOrderId: "a", purpose: "entry" };
const orderClosed = (hasFilled: boolean): ContractFact => {
  return { kind: "order-closed", clientOrderId: "a", hasFilled, retryAt: LATER };
};
/** The facts that bring a contract to a phase. */
const WAY: Readonly<Record<ContractPhase, readonly ContractFact[]>> = {
  waiting: [],
  open: [entered("open")],
  "entry-window": [entered("entry-window")],
  closing: [entered("closing")],
  determined: [entered("closing"), { kind: "determined" }],
  settled: [settled("yes")],
  scored: [settled("yes"), { kind: "scored" }],
  void: [{ kind: "voided" }],
};
const PHASES = Object.keys(WAY) as readonly ContractPhase[];

describe("life of a contract", () => {
  it("goes from waiting to its score", () => {
    const seen = [
      entered("open"),
      entered("entry-window"),
      entered("closing"),
      { kind: "determined" } as const,
      settled("yes"),
      { kind: "scored" } as const,
    ].reduce(
      (states, fact) => [...states, stepContract(states.at(-1) ?? newContract(KNOWN, CLOSE), fact)],
      [newContract(KNOWN, CLOSE)],
    );
    expect(seen.map(({ phase }) => phase)).toEqual([
      "waiting",
      "open",
      "entry-window",
      "closing",
      "determined",
      "settled",
      "scored",
    ]);
    expect(seen.map(isContractOver)).toEqual([false, false, false, false, false, false, true]);
  });

  it("stays out of the entry window until its strike is known, and enters when it comes late", () => {
    const open = play([entered("entry-window")], newContract(PENDING, CLOSE));
    expect(open.phase).toBe("open");
    expect(entryBar(open, NOW)).toBe("strike_unknown");
    const told = play([{ kind: "bounds-read", bounds: KNOWN }], open);
    expect(entryBar(told, NOW)).toBe("before_window");
    const inside = play([entered("entry-window")], told);
    expect(inside.phase).toBe("entry-window");
    expect(entryBar(inside, NOW)).toBeNull();
  });

  it("keeps a strike that a lagging catalogue shows as unknown", () => {
    const state = play([{ kind: "bounds-read", bounds: PENDING }]);
    expect(state.bounds).toEqual(KNOWN);
  });

  it("closes early by the venue's word: the clock then gives it no entry", () => {
    const state = play([entered("entry-window"), { kind: "close-moved", closeAt: NOW }]);
    expect(entryBar(state, NOW)).toBe("closed");
    expect(play([{ kind: "determined" }, settled("no"), { kind: "scored" }], state).phase).toBe(
      "scored",
    );
    // After the end the close is history.
    const over = play([settled("no"), { kind: "close-moved", closeAt: NOW }]);
    expect(over.closeAt).toBe(CLOSE);
  });

  it("takes facts out of sequence: the settlement before the close, the close after it", () => {
    const state = play([settled("no"), { kind: "determined" }, entered("closing")]);
    expect(state.phase).toBe("settled");
    expect(state.result?.payout).toBe(0);
    expect(play([{ kind: "scored" }, entered("open")], state).phase).toBe("scored");
  });

  it("settles a scalar at the value that the venue states, and refuses one without", () => {
    const scalar = (value: number | null): ContractFact => ({
      kind: "settled",
      result: "scalar",
      scalarValue: value === null ? null : usdMicros(value),
      average: null,
    });
    expect(play([scalar(370_000)]).result).toEqual({
      result: "scalar",
      payout: 370_000,
      average: null,
    });
    expect(() => play([scalar(null)])).toThrow("scalar");
  });

  it("settles once: the same again changes nothing, another result is scored anew", () => {
    const scored = play([settled("yes"), { kind: "scored" }]);
    expect(play([settled("yes")], scored)).toEqual(scored);
    const corrected = play([settled("no")], scored);
    expect(corrected).toMatchObject({ phase: "settled", corrections: 1, result: { payout: 0 } });
    expect(play([{ kind: "scored" }], corrected).phase).toBe("scored");
    // A scalar of a whole dollar pays like yes, and is no forecast's outcome.
    const dollar = { ...settled("yes"), result: "scalar", scalarValue: usdMicros(1_000_000) };
    expect(play([dollar as ContractFact], scored).corrections).toBe(1);
  });

  it("learns the average that is published after the result, without settling anew", () => {
    const first = play([{ kind: "settled", result: "yes", scalarValue: null, average: null }]);
    const scored = play([{ kind: "scored" }], first);
    expect(play([settled("yes")], scored)).toMatchObject({
      phase: "scored",
      corrections: 0,
      result: { average: 80_900_000_000 },
    });
  });

  it("stays void, and is void only while it has no result", () => {
    expect(play([{ kind: "voided" }, settled("yes"), { kind: "scored" }])).toMatchObject({
      phase: "void",
      result: null,
    });
    expect(play([settled("yes"), { kind: "voided" }]).phase).toBe("settled");
  });

  it("is not scored before it has settled", () => {
    expect(() => play([entered("closing"), { kind: "scored" }])).toThrow("has settled");
  });
});

describe("stopping a contract", () => {
  it.each(PHASES)("is killed and canceled in phase %s", (phase) => {
    for (const level of KILL_LEVELS) {
      const state = play([{ kind: "killed", level }], play(WAY[phase]));
      expect(state.killLevel).toBe(level);
      expect(state.phase).toBe(phase);
      expect(entryBar(state, NOW)).toBe("killed");
      const mayTrade = ["waiting", "open", "entry-window", "closing"].includes(phase);
      expect(shownContractPhase(state)).toBe(mayTrade ? "halted" : phase);
    }
    const canceled = play([{ kind: "canceled", reason: "stopped" }], play(WAY[phase]));
    expect(entryBar(canceled, NOW)).toBe("canceled");
    // What is held is settled all the same.
    if (phase !== "void") expect(play([settled("yes")], canceled).result?.payout).toBe(1_000_000);
  });

  it("keeps the strictest kill, and is given back by a resume; a cancel is not", () => {
    const killed = play([
      entered("entry-window"),
      { kind: "killed", level: "flatten" },
      { kind: "killed", level: "no-entries" },
    ]);
    expect(killed.killLevel).toBe("flatten");
    expect(entryBar(play([{ kind: "resumed" }], killed), NOW)).toBeNull();
    const canceled = play([{ kind: "canceled", reason: "stopped" }, { kind: "resumed" }], killed);
    expect(entryBar(canceled, NOW)).toBe("canceled");
  });

  it("waits for the venue's pause to end, and shows it", () => {
    const paused = play([entered("entry-window"), { kind: "venue-paused" }]);
    expect(entryBar(paused, NOW)).toBe("venue_paused");
    expect(shownContractPhase(paused)).toBe("halted");
    expect(entryBar(play([{ kind: "venue-resumed" }], paused), NOW)).toBeNull();
  });
});

describe("one position a contract", () => {
  const inside = play([entered("entry-window")]);

  it("bars a second entry while an order works, and for ever once it filled", () => {
    const working = play([{ kind: "proposed", purpose: "entry" }, placed], inside);
    expect(entryBar(working, NOW)).toBe("order_working");
    const filled = play([orderClosed(true)], working);
    expect(entryBar(filled, LATER)).toBe("position_open");
    expect(filled.retryAt).toBeNull();
    expect(() => play([{ kind: "proposed", purpose: "entry" }], filled)).toThrow("one position");
    expect(entryBar(play([{ kind: "flat" }], filled), LATER)).toBe("no_reentry");
  });

  it("allows another try after one that did not fill, once it has cooled down", () => {
    const unfilled = play([placed, orderClosed(false)], inside);
    expect(entryBar(unfilled, NOW)).toBe("cooling_down");
    expect(entryBar(unfilled, LATER)).toBeNull();
    const refused = play([{ kind: "refused", code: "spread", retryAt: LATER }], inside);
    expect(entryBar(refused, NOW)).toBe("cooling_down");
    expect(refused.counts.refusals).toBe(1);
  });
});

describe("phase by the clock", () => {
  const window = { opensBeforeCloseMs: 600_000, closesBeforeCloseMs: 120_000 };
  const contract = { openAt: instant(0), closeAt: CLOSE };
  const due = (at: number, closeAt: Instant = CLOSE) =>
    duePhase({ ...contract, closeAt }, instant(at), window);

  it("changes at the open, and at both ends of the window", () => {
    expect(due(-1)).toEqual({ phase: "waiting", until: 0 });
    expect(due(0)).toEqual({ phase: "open", until: 300_000 });
    expect(due(300_000)).toEqual({ phase: "entry-window", until: 780_000 });
    expect(due(780_000)).toEqual({ phase: "closing", until: null });
  });

  it("never opens a window that would begin after its end, as when a contract closes early", () => {
    const early = instant(60_000);
    expect(due(-60_001, early)).toEqual({ phase: "waiting", until: -60_000 });
    expect(due(-60_000, early)).toEqual({ phase: "closing", until: null });
  });

  it("says when it changes: the next phase begins at `until`, never earlier", () => {
    const ms = fc.integer({ min: -2_000_000, max: 2_000_000 });
    const span = fc.nat(1_000_000);
    fc.assert(
      fc.property(ms, ms, ms, span, span, (openAt, closeAt, at, width, end) => {
        const life = { openAt: instant(openAt), closeAt: instant(closeAt) };
        const when = { opensBeforeCloseMs: end + width, closesBeforeCloseMs: end };
        const now = duePhase(life, instant(at), when);
        if (now.until === null) return;
        expect(now.until).toBeGreaterThan(at);
        const before = duePhase(life, instant(now.until - 1), when).phase;
        expect(before).toBe(now.phase);
        expect(duePhase(life, now.until, when).phase).not.toBe(now.phase);
      }),
    );
  });

  it("refuses a window that closes before it opens", () => {
    const turned = { opensBeforeCloseMs: 1, closesBeforeCloseMs: 2 };
    expect(() => duePhase(contract, NOW, turned)).toThrow("opens before it closes");
  });
});
