import { required } from "../../core/domain/assert.ts";
import {
  btcEventTicker,
  btcMarketTicker,
  type BtcSeries,
  type ContractBounds,
  contractBounds,
  outcomeAt,
} from "../../core/domain/btc-contract.ts";
import type { MarketResult } from "../../core/domain/market.ts";
import type { PriceGridName } from "../../core/domain/price-grid.ts";
import { type Instant, instant, ONE_USD_MICROS, usdMicros } from "../../core/domain/units.ts";
import type { UsdMicros } from "../../core/domain/units.ts";
import type { StrikeType } from "../facts.ts";
import { CENT_MICROS, type IndexPath } from "./btc-index.ts";
import { contractTruth } from "./btc-truth.ts";
import { Random } from "./random.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const QUARTER_MS = 15 * MINUTE_MS;
/** Dollars between the borders of a ladder, and the borders on each side of the middle one. */
const STEP_USD = 100;
const BORDERS_ASIDE = 53;
/** The index is played for so long after the last close: a late settlement takes 20 minutes at most. */
export const TAIL_MS = 30 * MINUTE_MS;

/** How often what is odd happens. */
export const ODDITY_RATES = {
  /** A contract that settles at a fair price instead of by the index: one of `KXBTC15M`, of a ladder. */
  scalar: { quarter: 0.01, ladder: 0.001 },
  /** A contract whose close is moved two to five minutes ahead. */
  early: { quarter: 0.02, ladder: 0.001 },
  /** An event, not the last of its series, that settles after the next one. */
  late: 0.03,
} as const;

/** What the venue says of a market's strikes; null while it does not. */
interface Strikes {
  readonly strikeType: StrikeType;
  readonly floorStrike: UsdMicros | null;
  readonly capStrike: UsdMicros | null;
}

/** A contract of the world with everything only its maker knows. */
export interface WorldContract extends Strikes {
  readonly marketTicker: string;
  /** With the strike that `KXBTC15M` gets at its open. */
  readonly bounds: ContractBounds;
  /** When the venue tells the strike; null where the listing does. */
  readonly strikeAt: Instant | null;
  /** When a close ahead of the event's is announced, and that close. */
  readonly early: { readonly announcedAt: Instant; readonly closeAt: Instant } | null;
  readonly closedAt: Instant;
  readonly determinedAt: Instant;
  readonly finalizedAt: Instant;
  /** Of the minute before it closed, whole cents. */
  readonly average: UsdMicros;
  readonly result: MarketResult;
  /** What YES pays. */
  readonly payout: UsdMicros;
}

/** The contracts of a series that are listed together, lowest strike first. */
export interface WorldEvent {
  readonly series: BtcSeries;
  readonly eventTicker: string;
  readonly listAt: Instant;
  readonly openAt: Instant;
  readonly closeAt: Instant;
  readonly priceGrid: PriceGridName;
  readonly isLate: boolean;
  readonly contracts: readonly WorldContract[];
}

interface EventTimes {
  readonly listAt: Instant;
  readonly openAt: Instant;
  readonly closeAt: Instant;
}

/**
 * Plans all events of a series that close within some hours. Those of `KXBTC15M` are listed about
 * half an hour ahead of their close without a strike; a ladder is listed, around the index of that
 * moment, when the one before it opens. A ticker names the hour of the clock, so that the hour which
 * fall-back repeats has no events of its own: the next ladder then opens when the last one closes.
 */
export function planEvents(
  series: BtcSeries,
  index: IndexPath,
  span: { readonly seed: number; readonly startAt: Instant; readonly hours: number },
): WorldEvent[] {
  const times = series === "KXBTC15M" ? quarterTimes(span) : ladderTimes(span);
  return times.map((when, position) => {
    const eventTicker = btcEventTicker(series, when.closeAt);
    const random = new Random(span.seed, `btc/${eventTicker}`);
    const next = times[position + 1];
    const isLate = next !== undefined && random.chance(ODDITY_RATES.late);
    const isQuarter = series === "KXBTC15M";
    const late = Math.round(random.between(...LATE_MINUTES) * MINUTE_MS);
    const decidedAt = isLate ? instant(next.closeAt + late) : null;
    const plan = { series, when, index, decidedAt, random };
    const listAt =
      when.listAt === span.startAt
        ? when.listAt
        : instant(when.listAt + random.integer(500, 3_000));
    return {
      series,
      eventTicker,
      ...when,
      listAt,
      priceGrid: isQuarter ? "tapered_deci_cent" : "linear_cent",
      isLate,
      contracts: strikesOf(series, when, index).map((strikes) => playContract(strikes, plan)),
    };
  });
}

/** Minutes from the close of the next event to the decision of a late one. */
const LATE_MINUTES = [2, 20] as const;

type Span = Parameters<typeof planEvents>[2];

function quarterTimes({ startAt, hours }: Span): EventTimes[] {
  return distinct(startAt, QUARTER_MS, 4 * hours).map((closeAt) => ({
    listAt: instant(Math.max(startAt, closeAt - 2 * QUARTER_MS - 10_000)),
    openAt: instant(closeAt - QUARTER_MS),
    closeAt,
  }));
}

function ladderTimes({ startAt, hours }: Span): EventTimes[] {
  const closes = distinct(startAt, HOUR_MS, hours);
  return closes.map((closeAt, position) => ({
    listAt: closes[position - 2] ?? startAt,
    openAt: closes[position - 1] ?? startAt,
    closeAt,
  }));
}

/** Closes after `startAt`, one for each reading of the clock of New York. */
function distinct(startAt: Instant, everyMs: number, count: number): Instant[] {
  const seen = new Set<string>();
  return Array.from({ length: count }, (_, step) => instant(startAt + (step + 1) * everyMs)).filter(
    (closeAt) => {
      const reading = btcEventTicker("KXBTC15M", closeAt);
      const isNew = !seen.has(reading);
      seen.add(reading);
      return isNew;
    },
  );
}

function strikesOf(series: BtcSeries, when: EventTimes, index: IndexPath): Strikes[] {
  if (series === "KXBTC15M") {
    const strike = index.settlement(when.openAt);
    return [{ strikeType: "greater_or_equal", floorStrike: strike, capStrike: null }];
  }
  const middle = Math.round(index.cents(when.listAt) / 100 / STEP_USD) * STEP_USD;
  const borders = Array.from({ length: 2 * BORDERS_ASIDE + 1 }, (_, position) =>
    usdMicros((middle + (position - BORDERS_ASIDE) * STEP_USD) * ONE_USD_MICROS),
  );
  if (series === "KXBTCD") return borders.map((border) => above(border));
  const [lowest, ...caps] = borders;
  const bands = caps.map(
    (cap, position): Strikes => ({
      strikeType: "between",
      floorStrike: required(borders[position], "a floor"),
      capStrike: lastCentBefore(cap),
    }),
  );
  const capStrike = required(lowest, "a border");
  const below: Strikes = { strikeType: "less", floorStrike: null, capStrike };
  return [below, ...bands, above(required(caps.at(-1), "a border"))];
}

function above(border: UsdMicros): Strikes {
  return { strikeType: "greater", floorStrike: lastCentBefore(border), capStrike: null };
}

function lastCentBefore(border: UsdMicros): UsdMicros {
  return usdMicros(border - CENT_MICROS);
}

interface ContractPlan {
  readonly series: BtcSeries;
  readonly when: EventTimes;
  readonly index: IndexPath;
  /** Null for an event that is decided after its own close. */
  readonly decidedAt: Instant | null;
  readonly random: Random;
}

function playContract(strikes: Strikes, plan: ContractPlan): WorldContract {
  const { series, when, index, random } = plan;
  const kind = series === "KXBTC15M" ? "quarter" : "ladder";
  const bounds = required(contractBounds(strikes), "bounds of a market");
  const early = random.chance(ODDITY_RATES.early[kind]) ? drawEarly(when, random) : null;
  const closedAt = early?.closeAt ?? when.closeAt;
  const average = index.settlement(closedAt);
  const settled = outcomeAt(bounds, average);
  const isScalar = random.chance(ODDITY_RATES.scalar[kind]);
  const dueAt = plan.decidedAt ?? closedAt;
  const determinedAt = instant(dueAt + random.integer(1_000, 3_000));
  const told = {
    bounds,
    early,
    closedAt,
    determinedAt,
    finalizedAt: instant(determinedAt + random.integer(3_000, 5_000)),
    average,
  };
  // What the last minute would have said is unknown where the venue has no index for it.
  const fair = contractTruth(index, bounds, instant(closedAt - MINUTE_MS), closedAt);
  const paid = settled === "yes" ? ONE_USD_MICROS : 0;
  return {
    ...strikes,
    marketTicker: btcMarketTicker(series, when.closeAt, bounds),
    strikeAt: kind === "quarter" ? instant(when.openAt + random.integer(500, 5_000)) : null,
    ...told,
    result: isScalar ? "scalar" : settled,
    payout: usdMicros(isScalar ? Math.round(100 * fair) * CENT_MICROS : paid),
  };
}

function drawEarly(when: EventTimes, random: Random): WorldContract["early"] {
  const closeAt = instant(when.closeAt - random.integer(2, 5) * MINUTE_MS);
  return { announcedAt: instant(closeAt - random.integer(30_000, 90_000)), closeAt };
}
