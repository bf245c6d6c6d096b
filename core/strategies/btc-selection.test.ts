import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BtcContract, ContractBounds } from "../domain/btc-contract.ts";
import type { Quote } from "../domain/market.ts";
import { countCenti, type Instant, instant, priceMicros, usdMicros } from "../domain/units.ts";
import type { SettlementForecast } from "../models/digital-option.ts";
import {
  distanceTo,
  EXCLUSIONS,
  MAX_PER_EVENT,
  type SelectionCandidate,
  type SelectionConfig,
  selectContracts,
} from "./btc-selection.ts";

const NOW = instant(1_000_000_000);
const CLOSE = instant(NOW + 1_800_000);
/** 80,000 expected, 30 basis points (240 USD) one deviation. */
const FORECAST: SettlementForecast = {
  mean: 80_000,
  deviation: 3e-3,
  jumpProbability: 0,
  jumpDeviation: 3e-3,
};
const CONFIG: SelectionConfig = {
  maxPerEvent: MAX_PER_EVENT,
  maxDeviations: 4,
  minSecondsToClose: 60,
  maxSecondsToClose: 3_600,
  opensWithinMs: 60_000,
  maxSpreadMicros: 50_000,
  minSize: countCenti(100),
  maxQuoteAgeMs: 5_000,
};
const usd = (dollars: number) => usdMicros(Math.round(dollars * 1e6));
const above = (dollars: number): ContractBounds => ({ kind: "above", strike: usd(dollars) });
const PENDING: ContractBounds = { kind: "at-or-above", strike: null };

const contractOf = (bounds: ContractBounds, changes: Partial<BtcContract> = {}): BtcContract => ({
  series: "KXBTCD",
  eventTicker: "KXBTCD-26MAY1109",
  marketTicker: `KXBTCD-26MAY1109-T${bounds.kind === "range" ? "" : String(bounds.strike)}`,
  bounds,
  openAt: instant(NOW - 1_800_000),
  closeAt: CLOSE,
  ...changes,
});
const QUOTE: Quote = {
  marketTicker: "",
  bid: priceMicros(480_000),
  bidSize: countCenti(1_000),
  ask: priceMicros(500_000),
  askSize: countCenti(1_000),
  quotedAt: NOW,
  receivedAt: NOW,
};
const candidate = (
  changes: Partial<SelectionCandidate> = {},
  quote: Partial<Quote> = {},
): SelectionCandidate => ({
  contract: contractOf(above(80_099.99)),
  status: "active",
  quote: { ...QUOTE, ...quote },
  staleBecause: null,
  ...changes,
});
const select = (
  candidates: readonly SelectionCandidate[],
  forecasts: readonly (readonly [Instant, SettlementForecast])[] = [[CLOSE, FORECAST]],
) => selectContracts(candidates, new Map(forecasts), NOW, CONFIG);
const reasonFor = (one: SelectionCandidate): string | undefined =>
  select([one]).excluded[0]?.reason;

describe("selection of contracts", () => {
  it("lets in what is near, traded and quoted", () => {
    const { selected, excluded } = select([candidate()]);
    expect(selected).toEqual([contractOf(above(80_099.99))]);
    expect(excluded).toEqual([]);
  });

  it.each<[string, SelectionCandidate]>([
    ["not_tradable", candidate({ status: "inactive" })],
    ["not_tradable", candidate({ status: "initialized" })],
    [
      "not_open",
      candidate({
        status: "initialized",
        contract: contractOf(above(80_000), { openAt: instant(NOW + 60_001) }),
      }),
    ],
    ["closing", candidate({ contract: contractOf(above(1), { closeAt: instant(NOW + 59_999) }) })],
    [
      "too_early",
      candidate({ contract: contractOf(above(1), { closeAt: instant(NOW + 3_600_001) }) }),
    ],
    ["strike_unknown", candidate({ contract: contractOf({ kind: "above", strike: null }) })],
    [
      "no_forecast",
      candidate({ contract: contractOf(above(80_000), { closeAt: instant(CLOSE + 1) }) }),
    ],
    // 4 deviations are 1.2 %: up to 80,965.77.
    ["far_from_spot", candidate({ contract: contractOf(above(80_966)) })],
    ["no_quote", candidate({ quote: null })],
    ["no_quote", candidate({}, { bid: null, ask: null })],
    ["quote_stale", candidate({ staleBecause: "sequence_gap" })],
    ["quote_old", candidate({}, { receivedAt: instant(NOW - 5_001) })],
    ["one_sided", candidate({}, { bid: null, bidSize: null })],
    ["crossed", candidate({}, { bid: priceMicros(500_000) })],
    ["spread_wide", candidate({}, { bid: priceMicros(449_000) })],
    ["size_small", candidate({}, { askSize: countCenti(99) })],
  ])("counts %s", (reason, one) => {
    expect(reasonFor(one)).toBe(reason);
    expect(select([one]).counts).toMatchObject({ [reason]: 1 });
  });

  it("stops at the bound of the distance, and takes sizes that are not known", () => {
    expect(reasonFor(candidate({ contract: contractOf(above(80_965)) }))).toBeUndefined();
    expect(reasonFor(candidate({}, { bidSize: null, askSize: null }))).toBeUndefined();
  });

  it("lets in a quarter-hour before it opens: it will be struck at the index", () => {
    const waiting = contractOf(PENDING, {
      series: "KXBTC15M",
      openAt: instant(NOW + 30_000),
    });
    const one = candidate({ contract: waiting, status: "initialized", quote: null });
    expect(select([one]).selected).toEqual([waiting]);
    // Once it is open it needs a book like any other.
    const open = contractOf(PENDING, { series: "KXBTC15M" });
    expect(reasonFor(candidate({ contract: open, quote: null }))).toBe("no_quote");
  });

  it("measures to the nearest bound, and from inside a range nothing", () => {
    const range = (floor: number, cap: number): BtcContract =>
      contractOf({ kind: "range", floor: usd(floor), cap: usd(cap) });
    expect(distanceTo(range(79_900, 80_100), FORECAST)).toBe(0);
    // To the floor, half a cent below it: ln(80,099.995 / 80,000).
    expect(distanceTo(range(80_100, 80_200), FORECAST)).toBeCloseTo(1.2492e-3, 6);
    expect(distanceTo(contractOf(above(79_899.99)), FORECAST)).toBeCloseTo(1.2508e-3, 6);
    expect(distanceTo(contractOf({ kind: "below", strike: null }), FORECAST)).toBe(Infinity);
  });

  it("keeps of each event the nearest, and counts the rest", () => {
    const ladder = (event: string): readonly SelectionCandidate[] =>
      Array.from({ length: 40 }, (_, index) =>
        candidate({
          contract: contractOf(above(79_000 + 50 * index), {
            eventTicker: event,
            marketTicker: `${event}-${index}`,
          }),
        }),
      );
    const { selected, counts } = select([...ladder("A"), ...ladder("B")]);
    expect(selected.filter(({ eventTicker }) => eventTicker === "A")).toHaveLength(24);
    expect(selected).toHaveLength(48);
    // Steps of 50 from 79,000: the strike of 80,000 is number 20.
    expect(selected[0]?.marketTicker).toBe("A-20");
    // Of 40 the strike of 79,000 is too far, and 24 have their place.
    expect(counts).toMatchObject({ far_from_spot: 2, beyond_nearest: 30 });
  });

  it("loses nothing and lets nothing in twice, whatever it is shown", () => {
    const drawn = fc.array(
      fc.record({
        dollars: fc.integer({ min: 70_000, max: 90_000 }),
        event: fc.constantFrom("A", "B", "C"),
        status: fc.constantFrom("active" as const, "inactive" as const, "finalized" as const),
        isStale: fc.boolean(),
        bid: fc.integer({ min: 1, max: 99 }),
        size: fc.integer({ min: 0, max: 500 }),
      }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(drawn, fc.integer({ min: 0, max: 30 }), (rows, maxPerEvent) => {
        const candidates = rows.map(({ dollars, event, status, isStale, bid, size }, index) =>
          candidate(
            {
              status,
              staleBecause: isStale ? "old" : null,
              contract: contractOf(above(dollars), {
                eventTicker: event,
                marketTicker: `${event}-${index}`,
              }),
            },
            { bid: priceMicros(bid * 10_000), bidSize: countCenti(size) },
          ),
        );
        const config = { ...CONFIG, maxPerEvent };
        const { selected, excluded, counts } = selectContracts(
          candidates,
          new Map([[CLOSE, FORECAST]]),
          NOW,
          config,
        );
        const told = [...selected, ...excluded].map(({ marketTicker }) => marketTicker);
        expect(told.toSorted()).toEqual(
          candidates.map(({ contract }) => contract.marketTicker).toSorted(),
        );
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(excluded.length);
        expect(Object.keys(counts)).toEqual(Object.keys(EXCLUSIONS));
        for (const event of ["A", "B", "C"]) {
          const kept = selected.filter(({ eventTicker }) => eventTicker === event);
          expect(kept.length).toBeLessThanOrEqual(maxPerEvent);
        }
        const distances = selected.map((one) => distanceTo(one, FORECAST));
        for (const distance of distances) expect(distance).toBeLessThanOrEqual(0.012);
      }),
    );
  });
});
