import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECI_CENT, isOnGrid, LINEAR_CENT, snap, stepAt, TAPERED_DECI_CENT } from "./price-grid.ts";
import { priceMicros } from "./units.ts";

const grids = fc.constantFrom(LINEAR_CENT, TAPERED_DECI_CENT, DECI_CENT);
const anyPrice = fc.oneof(
  fc.integer({ min: -10_000, max: 1_010_000 }),
  fc.double({ min: -1, max: 1_000_001, noNaN: true }),
);
const directions = fc.constantFrom("down", "up");

describe("price grids", () => {
  it("holds whole cents on every grid, and 0 and 1 USD on none", () => {
    for (const grid of [LINEAR_CENT, TAPERED_DECI_CENT, DECI_CENT]) {
      for (let cent = 1; cent < 100; cent += 1) expect(isOnGrid(cent * 10_000, grid)).toBe(true);
      expect(isOnGrid(0, grid)).toBe(false);
      expect(isOnGrid(1_000_000, grid)).toBe(false);
    }
  });

  it("takes tenths of a cent only below 10 cents and above 90 on the tapered grid", () => {
    expect(isOnGrid(99_000, TAPERED_DECI_CENT)).toBe(true);
    expect(isOnGrid(101_000, TAPERED_DECI_CENT)).toBe(false);
    expect(isOnGrid(899_000, TAPERED_DECI_CENT)).toBe(false);
    expect(isOnGrid(901_000, TAPERED_DECI_CENT)).toBe(true);
    expect(isOnGrid(901_000, LINEAR_CENT)).toBe(false);
  });

  it("steps by the band a price moves up into", () => {
    expect(stepAt(priceMicros(99_000), TAPERED_DECI_CENT)).toBe(1_000);
    expect(stepAt(priceMicros(100_000), TAPERED_DECI_CENT)).toBe(10_000);
    expect(stepAt(priceMicros(900_000), TAPERED_DECI_CENT)).toBe(1_000);
  });

  it("has no price below the lowest nor above the highest", () => {
    expect(snap(9_999, LINEAR_CENT, "down")).toBeNull();
    expect(snap(990_001, LINEAR_CENT, "up")).toBeNull();
    expect(snap(1_000_000, LINEAR_CENT, "down")).toBe(990_000);
    expect(snap(0, DECI_CENT, "up")).toBe(1_000);
  });

  it("snaps to the nearest grid price on the asked side, as a search of all prices finds it", () => {
    fc.assert(
      fc.property(anyPrice, grids, directions, (price, grid, direction) => {
        const all = Array.from({ length: 999 }, (_, k) => (k + 1) * 1_000).filter((candidate) =>
          isOnGrid(candidate, grid),
        );
        const expected =
          direction === "down"
            ? all.findLast((candidate) => candidate <= price)
            : all.find((candidate) => candidate >= price);
        expect(snap(price, grid, direction)).toBe(expected ?? null);
      }),
    );
  });

  it("snaps idempotently and monotonically", () => {
    fc.assert(
      fc.property(anyPrice, anyPrice, grids, directions, (a, b, grid, direction) => {
        const low = snap(Math.min(a, b), grid, direction);
        const high = snap(Math.max(a, b), grid, direction);
        if (low !== null) expect(snap(low, grid, direction)).toBe(low);
        if (low !== null && high !== null) expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });
});
