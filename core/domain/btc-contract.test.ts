import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  averageInterval,
  BTC_SERIES,
  btcEventTicker,
  btcMarketTicker,
  type ContractBounds,
  contractBounds,
  hasStrike,
  openBeforeClose,
  outcomeAt,
  parseBtcEventTicker,
  parseBtcMarketTicker,
} from "./btc-contract.ts";
import { type Instant, instant, type UsdMicros, usdMicros } from "./units.ts";

const at = (iso: string): Instant => instant(Date.parse(iso));
const usd = (dollars: number): UsdMicros => usdMicros(Math.round(dollars * 1_000_000));
const threshold = fc.constantFrom("above", "at-or-above", "below", "at-or-below");

describe("tickers of the Bitcoin series", () => {
  it.each([
    ["KXBTC15M-26MAY110530", "KXBTC15M", "2026-05-11T09:30:00Z"],
    ["KXBTC15M-26FEB012145", "KXBTC15M", "2026-02-02T02:45:00Z"],
    ["KXBTC15M-26SEP261900", "KXBTC15M", "2026-09-26T23:00:00Z"],
    ["KXBTCD-26AUG1717", "KXBTCD", "2026-08-17T21:00:00Z"],
    ["KXBTC-26SEP2000", "KXBTC", "2026-09-20T04:00:00Z"],
  ])("read %s as the close on the clock of New York", (ticker, series, close) => {
    expect(parseBtcEventTicker(ticker)).toEqual({ series, closes: [at(close)] });
    expect(btcEventTicker(series as "KXBTC", at(close))).toBe(ticker);
  });

  it("know both instants of the hour that fall-back repeats, and no others that night", () => {
    expect(parseBtcEventTicker("KXBTC15M-26NOV010130")?.closes).toEqual([
      at("2026-11-01T05:30:00Z"),
      at("2026-11-01T06:30:00Z"),
    ]);
    expect(parseBtcEventTicker("KXBTC15M-26NOV010045")?.closes).toEqual([
      at("2026-11-01T04:45:00Z"),
    ]);
    expect(parseBtcEventTicker("KXBTCD-26NOV0102")?.closes).toEqual([at("2026-11-01T07:00:00Z")]);
  });

  it("refuse the hour that spring-forward skips, and go on after it", () => {
    expect(parseBtcEventTicker("KXBTC15M-26MAR080215")).toBeNull();
    expect(parseBtcEventTicker("KXBTC15M-26MAR080145")?.closes).toEqual([
      at("2026-03-08T06:45:00Z"),
    ]);
    expect(parseBtcEventTicker("KXBTC-26MAR0803")?.closes).toEqual([at("2026-03-08T07:00:00Z")]);
  });

  it.each([
    "KXBTC15M-26MAY1105",
    "KXBTC15M-26MAY110531",
    "KXBTCD-26MAY110500",
    "KXBTC-26MAY1124",
    "KXBTC-26MAI1105",
    "KXBTC-26FEB3005",
    "KXETH-26MAY1105",
    "",
  ])("refuse %s", (ticker) => {
    expect(parseBtcEventTicker(ticker)).toBeNull();
  });

  it("read the market's end, and refuse one that is not its series'", () => {
    expect(parseBtcMarketTicker("KXBTC15M-26SEP261900-00")).toMatchObject({
      event: "KXBTC15M-26SEP261900",
      market: { kind: "minute" },
    });
    expect(parseBtcMarketTicker("KXBTCD-26AUG1717-T72749.99")?.market).toEqual({
      kind: "threshold",
      strike: 72_749_990_000,
    });
    expect(parseBtcMarketTicker("KXBTC-26SEP2000-B80450")?.market).toEqual({
      kind: "band",
      middle: 80_450_000_000,
    });
    expect(parseBtcMarketTicker("KXBTC-26SEP2000-T90000")?.market.kind).toBe("threshold");
    for (const ticker of [
      "KXBTC15M-26SEP261900-15",
      "KXBTC15M-26SEP261900",
      "KXBTCD-26AUG1717-B72750",
      "KXBTCD-26AUG1717-T",
      "KXBTC-26SEP2000-B-5",
      "KXBTC-26SEP2000-X80450",
      "KXNBAGAME-26NOV20BOSNYK-NYK",
    ]) {
      expect(parseBtcMarketTicker(ticker)).toBeNull();
    }
  });

  it("read back what they wrote, daylight saving included", () => {
    const quarters = fc.integer({ min: 0, max: 20 * 365 * 96 });
    fc.assert(
      fc.property(quarters, fc.constantFrom(...BTC_SERIES), (quarter, series) => {
        const step = series === "KXBTC15M" ? quarter : Math.floor(quarter / 4) * 4;
        const closeAt = instant(Date.parse("2020-01-01T00:00:00Z") + step * 900_000);
        const bounds: ContractBounds =
          series === "KXBTC"
            ? { kind: "range", floor: usd(80_400), cap: usd(80_500) }
            : { kind: "above", strike: usd(72_749.99) };
        const read = parseBtcMarketTicker(btcMarketTicker(series, closeAt, bounds));
        expect(read?.key.series).toBe(series);
        expect(read?.key.closes).toContain(closeAt);
        expect(read?.key.closes.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("open a quarter of an hour before they close, where the close says it", () => {
    const closeAt = at("2026-05-11T09:30:00Z");
    expect(openBeforeClose("KXBTC15M", closeAt)).toBe(at("2026-05-11T09:15:00Z"));
    expect(openBeforeClose("KXBTCD", closeAt)).toBeNull();
  });
});

describe("bounds of a contract", () => {
  it("are read from the venue's strike type", () => {
    const read = (strikeType: string, floor: number | null, cap: number | null) =>
      contractBounds({
        strikeType,
        floorStrike: floor === null ? null : usd(floor),
        capStrike: cap === null ? null : usd(cap),
      });
    expect(read("greater_or_equal", 80_818.21, null)).toEqual({
      kind: "at-or-above",
      strike: 80_818_210_000,
    });
    expect(read("greater", 80_399.99, null)?.kind).toBe("above");
    expect(read("less", null, 74_000)).toEqual({ kind: "below", strike: 74_000_000_000 });
    expect(read("less_or_equal", null, 74_000)?.kind).toBe("at-or-below");
    const band = { kind: "range", floor: 80_400_000_000, cap: 80_500_000_000 };
    expect(read("between", 80_400, 80_499.99)).toEqual(band);
    expect(read("between", 80_400, 80_500)).toEqual(band);
    expect(read("between", 80_400, null)).toBeNull();
    expect(read("between", 80_400, 80_399)).toBeNull();
    expect(read("structured", 80_400, null)).toBeNull();
  });

  it("have no strike before the open, and cannot be resolved without it", () => {
    const waiting = contractBounds({
      strikeType: "greater_or_equal",
      floorStrike: null,
      capStrike: null,
    });
    expect(waiting).toEqual({ kind: "at-or-above", strike: null });
    expect(waiting !== null && hasStrike(waiting)).toBe(false);
    expect(() => outcomeAt({ kind: "above", strike: null }, usd(1))).toThrow("strike is known");
    expect(() => averageInterval({ kind: "below", strike: null })).toThrow("strike is known");
  });

  it("resolve a tie as each series rules", () => {
    const strike = usd(80_818.21);
    expect(outcomeAt({ kind: "at-or-above", strike }, strike)).toBe("yes");
    expect(outcomeAt({ kind: "above", strike }, strike)).toBe("no");
    expect(outcomeAt({ kind: "below", strike }, strike)).toBe("no");
    expect(outcomeAt({ kind: "at-or-below", strike }, strike)).toBe("yes");
    const band: ContractBounds = { kind: "range", floor: usd(80_400), cap: usd(80_500) };
    expect(outcomeAt(band, usd(80_400))).toBe("yes");
    expect(outcomeAt(band, usd(80_499.99))).toBe("yes");
    expect(outcomeAt(band, usd(80_500))).toBe("no");
    expect(outcomeAt(band, usd(80_399.99))).toBe("no");
  });

  it("agree, in cents and for the average before it is rounded", () => {
    const micros = fc.integer({ min: 79_999_000_000, max: 80_001_000_000 });
    fc.assert(
      fc.property(threshold, micros, micros, (kind, strike, value) => {
        const bounds: ContractBounds = { kind, strike: usdMicros(strike) };
        const { low, high } = averageInterval(bounds);
        const isInside = value / 1_000_000 >= low && value / 1_000_000 < high;
        expect(outcomeAt(bounds, usdMicros(value))).toBe(isInside ? "yes" : "no");
      }),
    );
  });

  it("leave nothing out of a ladder and count nothing twice", () => {
    const cents = fc.integer({ min: 7_000_000, max: 9_000_000 });
    const ladder: ContractBounds[] = [
      { kind: "below", strike: usd(74_000) },
      ...Array.from({ length: 100 }, (_, index): ContractBounds => {
        return { kind: "range", floor: usd(74_000 + 100 * index), cap: usd(74_100 + 100 * index) };
      }),
      { kind: "above", strike: usd(83_999.99) },
    ];
    fc.assert(
      fc.property(cents, (value) => {
        const paying = ladder.filter((one) => outcomeAt(one, usdMicros(value * 10_000)) === "yes");
        expect(paying).toHaveLength(1);
      }),
    );
    const intervals = ladder.map((bounds) => averageInterval(bounds));
    expect(intervals.slice(1).map(({ low }) => low)).toEqual(
      intervals.slice(0, -1).map(({ high }) => high),
    );
  });

  it("are each other's opposite with the tie on one side", () => {
    const micros = fc.integer({ min: 0, max: 2_000_000 }).map(usdMicros);
    fc.assert(
      fc.property(micros, micros, (strike, value) => {
        expect(outcomeAt({ kind: "above", strike }, value)).not.toBe(
          outcomeAt({ kind: "at-or-below", strike }, value),
        );
        expect(outcomeAt({ kind: "at-or-above", strike }, value)).not.toBe(
          outcomeAt({ kind: "below", strike }, value),
        );
      }),
    );
  });
});
