import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { feePerContract } from "../core/domain/fees.ts";
import type { FeeSchedule } from "../core/domain/market.ts";
import { type Instant, instant, priceMicros, usdMicros } from "../core/domain/units.ts";
import { ExitLabels } from "./exit-labels.ts";

const FEES: FeeSchedule = { kind: "quadratic", multiplierMilli: 1_000 };
const HOLD_MS = 1_000;
const cents = (price: number) => priceMicros(price * 10_000);
const fee = (price: number): number => feePerContract(FEES, "taker", cents(price)) / 10_000;
const at = (ms: number): Instant => instant(ms);

const steps = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 700 }),
    bid: fc.option(fc.integer({ min: 1, max: 98 }), { freq: 8 }),
    width: fc.integer({ min: 1, max: 9 }),
    isRow: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60, size: "max" },
);

describe("the best exit of a hold", () => {
  it("is by hand the highest bid of the horizon less its fee, less the ask and its fee", () => {
    const labels = new ExitLabels<string>(HOLD_MS, FEES);
    labels.observeBid(at(0), cents(40));
    labels.add("row", at(100), cents(42));
    labels.observeBid(at(600), cents(55));
    labels.observeBid(at(700), cents(41));
    expect(labels.observeBid(at(1_100), cents(50))).toEqual([]);
    // Fees of 55 and 42 cents: 7 * 0.55 * 0.45 = 1.7325 and 7 * 0.42 * 0.58 = 1.7052.
    const [ended] = labels.observeBid(at(1_101), cents(90));
    expect(ended).toEqual({
      row: "row",
      exitValueCents: expect.closeTo(55 - 1.7325 - 42 - 1.7052, 9) as number,
    });
  });

  it("equals a walk over all bids of each horizon, settled or broken off", () => {
    fc.assert(
      fc.property(steps, fc.boolean(), fc.constantFrom(0, 100), (drawn, isSettled, paid) => {
        const labels = new ExitLabels<{ at: number; ask: number }>(HOLD_MS, FEES);
        const bids: { at: number; value: number }[] = [];
        const rows: { at: number; ask: number }[] = [];
        const found: { row: { at: number; ask: number }; exitValueCents: number | null }[] = [];
        let now = 0;
        for (const { waitMs, bid, width, isRow } of drawn) {
          now += waitMs;
          found.push(...labels.observeBid(at(now), bid === null ? null : cents(bid)));
          bids.push({ at: now, value: bid === null ? 0 : bid - fee(bid) });
          const row = { at: now, ask: Math.min(99, (bid ?? 40) + width) };
          if (isRow) {
            labels.add(row, at(now), cents(row.ask));
            rows.push(row);
          }
        }
        const end = now + 300;
        if (isSettled) {
          found.push(...labels.settle(at(end), usdMicros(paid * 10_000)));
          bids.push({ at: end, value: paid });
        } else found.push(...labels.stop(at(end)));
        expect(found.map(({ row }) => row)).toEqual(rows);
        for (const { row, exitValueCents } of found) {
          const until = row.at + HOLD_MS;
          const standing = bids.findLast((bid) => bid.at <= row.at)?.value ?? 0;
          // Changes of the row's own instant that came before it were over when it was made.
          const later = bids
            .filter((bid) => bid.at > row.at && bid.at <= until)
            .map(({ value }) => value);
          const instantly = bids.filter((bid) => bid.at === row.at).map(({ value }) => value);
          const best = Math.max(standing, ...later);
          if (!isSettled && until >= end) expect(exitValueCents).toBeNull();
          else {
            const least = best - row.ask - fee(row.ask);
            expect(exitValueCents).toBeGreaterThanOrEqual(least - 1e-9);
            const most = Math.max(best, ...instantly) - row.ask - fee(row.ask);
            expect(exitValueCents).toBeLessThanOrEqual(most + 1e-9);
          }
        }
      }),
    );
  });

  it("is null where nothing was offered, and where no bid was ever seen", () => {
    const labels = new ExitLabels<string>(HOLD_MS, FEES);
    labels.add("unseen", at(0), cents(50));
    labels.observeBid(at(2_000), cents(50));
    labels.add("no ask", at(2_100), null);
    const ended = labels.settle(at(2_200), usdMicros(1_000_000));
    expect(ended).toEqual([{ row: "no ask", exitValueCents: null }]);
  });
});
