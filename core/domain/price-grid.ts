import { required } from "./assert.ts";
import type { PriceBand } from "./market.ts";
import { ONE_USD_MICROS, type PriceMicros, priceMicros } from "./units.ts";

const CENT = 10_000;
const DECI_CENT_STEP = 1_000;
const TENTH_USD = 100_000;

/** Whole cents everywhere: `linear_cent`, seen on game markets. Source: Kalshi's fixed point page. */
export const LINEAR_CENT: readonly PriceBand[] = [
  { startMicros: 0, endMicros: ONE_USD_MICROS, stepMicros: CENT },
];

/** Tenths of a cent below 10 cents and above 90, whole cents between: `tapered_deci_cent`. */
export const TAPERED_DECI_CENT: readonly PriceBand[] = [
  { startMicros: 0, endMicros: TENTH_USD, stepMicros: DECI_CENT_STEP },
  { startMicros: TENTH_USD, endMicros: ONE_USD_MICROS - TENTH_USD, stepMicros: CENT },
  {
    startMicros: ONE_USD_MICROS - TENTH_USD,
    endMicros: ONE_USD_MICROS,
    stepMicros: DECI_CENT_STEP,
  },
];

/** Tenths of a cent everywhere: `deci_cent`. */
export const DECI_CENT: readonly PriceBand[] = [
  { startMicros: 0, endMicros: ONE_USD_MICROS, stepMicros: DECI_CENT_STEP },
];

/** What the venue calls its grids: `price_level_structure`. */
export const PRICE_GRID_NAMES = ["linear_cent", "tapered_deci_cent", "deci_cent"] as const;
/** Name of a price grid. */
export type PriceGridName = (typeof PRICE_GRID_NAMES)[number];

/** The grids by their names. */
export const PRICE_GRIDS: Readonly<Record<PriceGridName, readonly PriceBand[]>> = {
  linear_cent: LINEAR_CENT,
  tapered_deci_cent: TAPERED_DECI_CENT,
  deci_cent: DECI_CENT,
};

/** The name of a grid, told by the venue band by band; `null` for one that no name stands for. */
export function gridNameOf(grid: readonly PriceBand[]): PriceGridName | null {
  const said = JSON.stringify(grid.map(bandOf));
  return (
    PRICE_GRID_NAMES.find((name) => JSON.stringify(PRICE_GRIDS[name].map(bandOf)) === said) ?? null
  );
}

function bandOf({ startMicros, endMicros, stepMicros }: PriceBand): readonly number[] {
  return [startMicros, endMicros, stepMicros];
}

/** Whether a number of micros is a price of the grid, strictly between 0 and 1 USD. */
export function isOnGrid(price: number, grid: readonly PriceBand[]): boolean {
  if (!isInside(price)) return false;
  for (const { startMicros, endMicros, stepMicros } of grid) {
    const isOfBand = price >= startMicros && price <= endMicros;
    if (isOfBand && (price - startMicros) % stepMicros === 0) return true;
  }
  return false;
}

/**
 * The grid price nearest to `price` in one direction: the highest not above it (`down`), or the
 * lowest not below it (`up`). Fractions of a micro and values outside 0 to 1 USD are taken as they are.
 *
 * @returns `null` when the grid has no price on that side.
 */
export function snap(
  price: number,
  grid: readonly PriceBand[],
  direction: "down" | "up",
): PriceMicros | null {
  let best: number | null = null;
  for (const band of grid) {
    const candidate = snapInBand(price, band, direction);
    if (candidate === null) continue;
    const isBetter = best === null || (direction === "down" ? candidate > best : candidate < best);
    if (isBetter) best = candidate;
  }
  return best === null ? null : priceMicros(best);
}

/**
 * The distance in micros from `price` up to the next price of its band.
 *
 * @throws InvariantError when no band holds the price.
 */
export function stepAt(price: PriceMicros, grid: readonly PriceBand[]): number {
  const band = grid.find(({ startMicros, endMicros }) => price >= startMicros && price < endMicros);
  return required(band, `a price band at ${price}`).stepMicros;
}

function isInside(price: number): boolean {
  return price > 0 && price < ONE_USD_MICROS;
}

/** The lowest and highest valid price of a band bound the answer; 0 and 1 USD are never prices. */
function snapInBand(price: number, band: PriceBand, direction: "down" | "up"): number | null {
  const { startMicros, endMicros, stepMicros } = band;
  const lowest = startMicros > 0 ? startMicros : stepMicros;
  const steps = Math.floor((Math.min(endMicros, ONE_USD_MICROS - 1) - startMicros) / stepMicros);
  const highest = startMicros + steps * stepMicros;
  if (highest < lowest) return null;
  if (direction === "down") {
    if (price < lowest) return null;
    if (price >= highest) return highest;
    return startMicros + Math.floor((price - startMicros) / stepMicros) * stepMicros;
  }
  if (price > highest) return null;
  if (price <= lowest) return lowest;
  return startMicros + Math.ceil((price - startMicros) / stepMicros) * stepMicros;
}
