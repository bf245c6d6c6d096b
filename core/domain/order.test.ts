import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTerminal, type OrderState, type OrderUpdate, stepOrder } from "./order.ts";
import { countCenti } from "./units.ts";

const COUNT = countCenti(1_000);
const intended: OrderState = {
  status: "intended",
  count: COUNT,
  filled: countCenti(0),
  venueOrderId: null,
  isKnownSent: false,
};

const updates = fc.oneof(
  fc.constant<OrderUpdate>({ kind: "submitted" }),
  fc.constant<OrderUpdate>({ kind: "acknowledged", venueOrderId: "v1" }),
  fc.constant<OrderUpdate>({ kind: "rejected", code: "invalid_order" }),
  fc.constant<OrderUpdate>({ kind: "lost" }),
  fc.constant<OrderUpdate>({ kind: "duplicate" }),
  fc.constant<OrderUpdate>({ kind: "absent" }),
  fc.constantFrom<OrderUpdate>(
    { kind: "closed", reason: "canceled" },
    { kind: "closed", reason: "expired" },
  ),
  fc.integer({ min: 1, max: COUNT }).map((total): OrderUpdate => {
    return { kind: "filled", total: countCenti(total) };
  }),
);

/** What a venue really did with one order, told in any order, any number of times. */
const stories = fc
  .record({
    fills: fc.uniqueArray(fc.integer({ min: 1, max: COUNT }), { maxLength: 5 }),
    end: fc.constantFrom("canceled", "expired", null),
  })
  .chain(({ fills, end }) => {
    const facts: OrderUpdate[] = [
      { kind: "submitted" },
      { kind: "acknowledged", venueOrderId: "v1" },
      ...fills.map((total): OrderUpdate => ({ kind: "filled", total: countCenti(total) })),
      ...(end === null ? [] : [{ kind: "closed", reason: end } as const]),
    ];
    return fc.record({
      filled: fc.constant(Math.max(0, ...fills)),
      end: fc.constant(end),
      told: fc.array(fc.constantFrom(...facts), { maxLength: 20 }).chain((repeats) =>
        fc.shuffledSubarray([...facts, ...repeats], {
          minLength: facts.length + repeats.length,
        }),
      ),
    });
  });

function run(state: OrderState, list: readonly OrderUpdate[]): OrderState {
  return list.reduce(stepOrder, state);
}

describe("stepOrder", () => {
  it("comes to the same end whatever the sequence and the repeats of what the venue did", () => {
    fc.assert(
      fc.property(stories, ({ filled, end, told }) => {
        const state = run(intended, told);
        expect(state.filled).toBe(filled);
        expect(state.venueOrderId).toBe("v1");
        expect(state.status).toBe(filled === COUNT ? "filled" : (end ?? "working"));
      }),
    );
  });

  it("never loses a fill, reopens a closed order or changes its count", () => {
    fc.assert(
      fc.property(fc.array(updates, { maxLength: 30 }), (list) => {
        let state = intended;
        for (const update of list) {
          const next = stepOrder(state, update);
          expect(next.filled).toBeGreaterThanOrEqual(state.filled);
          if (update.kind === "filled") expect(next.filled).toBeGreaterThanOrEqual(update.total);
          if (isTerminal(state.status)) expect(isTerminal(next.status)).toBe(true);
          if (next.filled === COUNT) expect(next.status).toBe("filled");
          expect(next.count).toBe(COUNT);
          expect(stepOrder(next, update)).toEqual(next);
          state = next;
        }
      }),
    );
  });

  it("keeps a fill that arrives after the cancel", () => {
    const canceled = run(intended, [{ kind: "submitted" }, { kind: "closed", reason: "canceled" }]);
    const late = stepOrder(canceled, { kind: "filled", total: countCenti(400) });
    expect(late).toMatchObject({ status: "canceled", filled: 400 });
  });

  it("calls an order unknown when its answer is lost, until something proves it either way", () => {
    const lost = run(intended, [{ kind: "submitted" }, { kind: "lost" }]);
    expect(lost.status).toBe("unknown");
    expect(stepOrder(lost, { kind: "acknowledged", venueOrderId: "v1" }).status).toBe("working");
    expect(stepOrder(lost, { kind: "filled", total: countCenti(1) }).status).toBe("working");
    expect(stepOrder(lost, { kind: "absent" }).status).toBe("rejected");
  });

  it("does not call an order lost, absent or rejected once the venue has it", () => {
    const working = run(intended, [{ kind: "acknowledged", venueOrderId: "v1" }]);
    expect(stepOrder(working, { kind: "lost" })).toEqual(working);
    expect(stepOrder(working, { kind: "absent" })).toEqual(working);
    const partly = stepOrder(working, { kind: "filled", total: countCenti(1) });
    expect(stepOrder(partly, { kind: "rejected", code: "late" })).toEqual(partly);
  });

  it("refuses more fills than the order has", () => {
    expect(() => stepOrder(intended, { kind: "filled", total: countCenti(1_001) })).toThrow(
      "filled <= order.count",
    );
  });
});
