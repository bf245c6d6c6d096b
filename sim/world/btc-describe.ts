import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import { type Instant, ONE_USD_MICROS } from "../../core/domain/units.ts";
import { ODDITY_RATES, type WorldEvent } from "./btc-events.ts";
import { STATED_BTC_EDGE } from "./btc-truth.ts";
import type { BitcoinWorld } from "./btc-world.ts";
import type { Edge } from "./fair.ts";

/** The Bitcoin of a world in numbers, before it is played. JSON-safe; prices in dollars. */
export interface BitcoinDescription {
  readonly series: readonly BtcSeries[];
  readonly hours: number;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly statedEdge: { readonly text: string; readonly numbers: object };
  /** Shares of contracts, and of events for `late`, that are odd by intention. */
  readonly oddityRates: object;
  readonly index: { readonly first: number; readonly last: number } & Record<
    "low" | "high",
    number
  >;
  readonly events: readonly EventDescription[];
}

/** One event, with what only the world knows of it. */
export interface EventDescription {
  readonly series: BtcSeries;
  readonly eventTicker: string;
  readonly openAt: Instant;
  readonly closeAt: Instant;
  readonly contracts: number;
  /** Of a quarter, its strike; null for a ladder. */
  readonly strike: number | null;
  /** The average that settles what closes in time. */
  readonly average: number;
  readonly yes: number;
  readonly no: number;
  readonly scalar: number;
  readonly closedEarly: number;
  readonly isLate: boolean;
}

/** Measures the Bitcoin of a world; reads none of its facts. */
export function describeBitcoin(bitcoin: BitcoinWorld, edge: Edge): BitcoinDescription {
  const { series, hours, startAt, endAt, index, events } = bitcoin;
  const dollars: number[] = [];
  for (let at: number = startAt; at < endAt; at += 1_000) dollars.push(index.cents(at) / 100);
  return {
    series,
    hours,
    startAt,
    endAt,
    statedEdge: { text: edgeText(edge), numbers: edge === "none" ? {} : STATED_BTC_EDGE },
    oddityRates: ODDITY_RATES,
    index: {
      first: index.cents(startAt) / 100,
      last: index.cents(endAt - 1) / 100,
      low: dollars.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY),
      high: dollars.reduce((most, one) => Math.max(most, one), 0),
    },
    events: events.map((event) =>
      describeEvent(event, index.settlement(event.closeAt) / ONE_USD_MICROS),
    ),
  };
}

function describeEvent(event: WorldEvent, average: number): EventDescription {
  const { series, eventTicker, openAt, closeAt, isLate, contracts } = event;
  const count = (result: string): number =>
    contracts.filter((contract) => contract.result === result).length;
  const bounds = contracts[0]?.bounds;
  const isQuarter = series === "KXBTC15M" && bounds !== undefined && bounds.kind !== "range";
  return {
    series,
    eventTicker,
    openAt,
    closeAt,
    contracts: contracts.length,
    strike: isQuarter && bounds.strike !== null ? bounds.strike / ONE_USD_MICROS : null,
    average,
    yes: count("yes"),
    no: count("no"),
    scalar: count("scalar"),
    closedEarly: contracts.filter((contract) => contract.early !== null).length,
    isLate,
  };
}

/** Density of the normal distribution at its middle: probability for each deviation. */
const DENSITY = 1 / Math.sqrt(2 * Math.PI);

function edgeText(edge: Edge): string {
  if (edge === "none") return "None: the market is the truth, to the tick.";
  const { shiftDeviation, widthDeviation, halfLifeSeconds } = STATED_BTC_EDGE;
  const cents = (100 * DENSITY * shiftDeviation).toFixed(1);
  return (
    `The market is off by about ${cents} cents at even odds, less towards 0 and 100, and takes ` +
    `what is to come for ${Math.round(100 * widthDeviation)} % wider or narrower than it is. ` +
    `Both errors halve every ${halfLifeSeconds} seconds.`
  );
}
