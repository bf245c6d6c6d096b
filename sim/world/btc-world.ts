import { assert, required } from "../../core/domain/assert.ts";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { eventFacts } from "./btc-event-facts.ts";
import { planEvents, TAIL_MS, type WorldContract, type WorldEvent } from "./btc-events.ts";
import { IndexPath } from "./btc-index.ts";
import { indexFacts, spotFacts } from "./btc-spot-facts.ts";
import { contractTruth } from "./btc-truth.ts";
import type { Edge } from "./fair.ts";
import { type DueStream, mergeAsDue } from "./merge.ts";
import { Random } from "./random.ts";

/** Hours of Bitcoin that a world has by default, and at most. */
export const BITCOIN_HOURS_DEFAULT = 24;
export const BITCOIN_HOURS_MAX = 24 * 31;
/** The first strike is the average of the minute before the world's first second. */
const LEAD_SECONDS = 120;

/** What makes the Bitcoin of a world. */
export interface BitcoinOptions {
  /** At least one; all of them by default. */
  readonly series?: readonly BtcSeries[];
  /** Whole hours, 1 to 744; 24 by default. Listed is what closes within them. */
  readonly hours?: number;
}

/** The Bitcoin of a world, and the truth behind it, which no feed shows. */
export interface BitcoinWorld {
  readonly series: readonly BtcSeries[];
  readonly hours: number;
  readonly startAt: Instant;
  /** When all that closed is finalized, and a minute more. */
  readonly endAt: Instant;
  readonly index: IndexPath;
  readonly events: readonly WorldEvent[];
  /** In order of `receivedAt`, made as they are read. */
  facts(): Generator<Fact>;
}

/**
 * Makes the Bitcoin of a seed. The index is one for all series: which of them are played changes
 * nothing about the others.
 *
 * @throws InvariantError when an option is out of its range.
 */
export function createBitcoin(
  { series = BTC_SERIES, hours = BITCOIN_HOURS_DEFAULT }: BitcoinOptions,
  { seed, edge, startAt }: { seed: number; edge: Edge; startAt: Instant },
): BitcoinWorld {
  const isInRange = Number.isInteger(hours) && hours >= 1 && hours <= BITCOIN_HOURS_MAX;
  assert(isInRange, `Bitcoin is played for 1 to ${BITCOIN_HOURS_MAX} whole hours`);
  assert(series.length > 0, "at least one Bitcoin series is played");
  const played = BTC_SERIES.filter((one) => series.includes(one));
  const seconds = hours * 3_600 + TAIL_MS / 1_000;
  const index = new IndexPath(startAt, seconds, LEAD_SECONDS, new Random(seed, "btc/index"));
  const events = played.flatMap((one) => planEvents(one, index, { seed, startAt, hours }));
  const paid = events.flatMap((event) => event.contracts.map((contract) => contract.finalizedAt));
  const lastAt = paid.reduce((latest, at) => Math.max(latest, at), startAt + hours * 3_600_000);
  const feedsEndAt = instant(Math.ceil(lastAt / 60_000 + 1) * 60_000);
  const told = { startAt, endAt: feedsEndAt };
  const streams = (): DueStream[] => [
    { at: startAt, facts: indexFacts(index, told, new Random(seed, "btc/feed")) },
    { at: startAt, facts: spotFacts(index, told, new Random(seed, "btc/spot")) },
    ...events
      .map((event) => ({ at: event.listAt, facts: eventFacts(event, { seed, edge, index }) }))
      .sort((one, other) => one.at - other.at),
  ];
  return {
    series: played,
    hours,
    startAt,
    // The candle of the last minute comes at its end.
    endAt: instant(feedsEndAt + 1_000),
    index,
    events,
    facts: () => mergeAsDue(streams()),
  };
}

/**
 * The probability that a contract pays, given the index up to `at` and the close announced by then.
 *
 * @throws InvariantError when the world has no such contract.
 */
export function bitcoinTruth(
  { events, index }: BitcoinWorld,
  marketTicker: string,
  at: Instant,
): number {
  const event = required(
    events.find(({ eventTicker }) => marketTicker.startsWith(`${eventTicker}-`)),
    `market ${marketTicker} of this world`,
  );
  const found = event.contracts.find((one) => one.marketTicker === marketTicker);
  const contract = required(found, marketTicker);
  return contractTruth(index, contract.bounds, at, closeKnownAt(event, contract, at));
}

function closeKnownAt(event: WorldEvent, { early }: WorldContract, at: Instant): Instant {
  return early !== null && at >= early.announcedAt ? early.closeAt : event.closeAt;
}
