import { describe, expect, it } from "vitest";
import type { ClientOrderId } from "../domain/order.ts";
import type { RiskSubject } from "../domain/risk.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../domain/units.ts";
import {
  type ApprovedOrder,
  entriesSince,
  type GroupFacts,
  type OwnFacts,
  type SentEntry,
  snapshotOf,
  withApproved,
  withHighWater,
} from "./fold.ts";
import { AT, clear, entry, sale, SLATE } from "./testing/fixtures.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const { killLevel, openBreakers, holdings, openOrders, foreign, account, ...rest } = clear;
const { activity: none, ...alone } = rest;
const group: GroupFacts = {
  shared: { killLevel, openBreakers, holdings, openOrders, foreign, account },
  entries: [],
};

function own(change: Partial<OwnFacts> = {}, at = AT): OwnFacts {
  return { facts: { ...alone, at }, rootId: null, sameDecision: 0, ...change };
}

function approved(subject: RiskSubject, change: Partial<ApprovedOrder> = {}): ApprovedOrder {
  return { clientOrderId: idOf("a"), at: AT, subject, isFirst: true, ...change };
}

function sent(name: string, at: number, notional: number): SentEntry {
  return { clientOrderId: idOf(name), at: instant(at), notional: usdMicros(notional) };
}

const idOf = (name: string) => name as ClientOrderId; // Test boundary: any text will do.
const activityIn = (facts: GroupFacts, of = own()) => snapshotOf(facts, of).activity;

describe("what an approved order leaves to the next of its group", () => {
  it("is its reservation among the open orders", () => {
    const after = withApproved(group, approved(entry));
    expect(snapshotOf(after, own()).openOrders).toEqual([
      {
        ...{ clientOrderId: "a", occasionId: "game/paper/G", slate: SLATE, strategy: "model-edge" },
        ...{ marketTicker: "G-NYK", purpose: "entry", side: "bid", exchangeIndex: 3 },
        ...{ remaining: 1_000, reserved: 5_175_000 },
      },
    ]);
  });

  it("is one more entry of the day, the hour and the cycle, its notional rounded up", () => {
    const odd = { ...entry, price: priceMicros(333_333), count: countCenti(101) };
    // 333333 * 101 / 100 = 336666.33 micros.
    expect(activityIn(withApproved(group, approved(odd)))).toEqual({
      ...{ entriesToday: 1, entriesThisHour: 1, cycleNotional: 336_667, lastEntryAt: AT },
      sameDecision: 0,
    });
  });

  it("is no entry when it replaces one, or sells", () => {
    const replaced = withApproved(group, approved(entry, { isFirst: false }));
    const sold = withApproved(replaced, approved(sale));
    expect(activityIn(sold)).toEqual(none);
    expect(snapshotOf(sold, own()).openOrders).toHaveLength(2);
  });

  it("changes nothing in the facts that it was judged by", () => {
    withApproved(group, approved(entry));
    expect(snapshotOf(group, own()).openOrders).toEqual([]);
    expect(activityIn(group)).toEqual(none);
  });
});

describe("the activity of an order", () => {
  it("counts an hour and a cycle back from its own instant, neither end included", () => {
    const entries = [
      sent("a", AT - HOUR, 1),
      sent("b", AT - HOUR + 1, 2),
      sent("c", AT - MINUTE, 4),
      sent("d", AT - MINUTE + 1, 8),
    ];
    expect(activityIn({ ...group, entries })).toMatchObject({
      ...{ entriesToday: 4, entriesThisHour: 3, cycleNotional: 8, lastEntryAt: AT - MINUTE + 1 },
    });
    // A millisecond later, one of each has left.
    expect(activityIn({ ...group, entries }, own({}, instant(AT + 1)))).toMatchObject({
      ...{ entriesToday: 4, entriesThisHour: 2, cycleNotional: 0 },
    });
  });

  it("counts the day from Eastern midnight, and the hour beyond it", () => {
    const midnight = Date.parse("2026-11-21T05:00:00Z");
    const soonAfter = instant(midnight + 10 * MINUTE);
    const night = { ...account, dayBeganAt: instant(midnight) };
    const entries = [sent("a", midnight - 1, 1), sent("b", midnight, 1)];
    const facts = { shared: { ...group.shared, account: night }, entries };
    expect(activityIn(facts, own({}, soonAfter))).toMatchObject({
      ...{ entriesToday: 1, entriesThisHour: 2 },
    });
  });

  it("leaves out the order that its own chain began with", () => {
    const entries = [sent("a", AT - 2, 1), sent("root", AT - 1, 2)];
    expect(activityIn({ ...group, entries }, own({ rootId: idOf("root") }))).toMatchObject({
      ...{ entriesToday: 1, cycleNotional: 1, lastEntryAt: AT - 2 },
    });
  });

  it("reaches back to midnight, or to an hour before the first of the group", () => {
    // 20:00 Eastern: the day began 20 hours ago.
    expect(entriesSince([{ at: AT }, { at: instant(AT - 5) }])).toBe(AT - 20 * HOUR);
    const early = instant(Date.parse("2026-11-21T05:10:00Z"));
    expect(entriesSince([{ at: early }, { at: instant(early - 5) }])).toBe(early - 5 - HOUR);
  });
});

describe("a raised highest result", () => {
  const raised = { result: usdMicros(7), at: AT };

  it("is what the next of the group falls from", () => {
    expect(snapshotOf(withHighWater(group, raised), own()).account.highWater).toBe(7);
  });

  it("stays unknown while a released drawdown had tripped no earlier", () => {
    const released = { drawdown: AT };
    const shared = { ...group.shared, account: { ...account, released } };
    const after = withHighWater({ ...group, shared }, raised);
    expect(snapshotOf(after, own()).account.highWater).toBeNull();
  });
});
