import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { outcomeAt, parseBtcEventTicker } from "../../core/domain/btc-contract.ts";
import { easternInstant, easternParts } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { eventFacts } from "./btc-event-facts.ts";
import { ODDITY_RATES, type WorldContract, type WorldEvent } from "./btc-events.ts";
import { type BitcoinOptions, type BitcoinWorld } from "./btc-world.ts";
import { createWorld } from "./world.ts";

function bitcoinOf(seed: number, bitcoin: BitcoinOptions, date?: string): BitcoinWorld {
  const world = createWorld({ seed, bitcoin, ...(date !== undefined && { date }) });
  return required(world.bitcoin, "Bitcoin");
}

/** A month of quarters and ten days of thresholds, planned and not played. */
const MONTH = bitcoinOf(5, { series: ["KXBTC15M"], hours: 744 });
const LADDERS = bitcoinOf(5, { series: ["KXBTCD"], hours: 240 });

function contractsOf({ events }: BitcoinWorld): readonly WorldContract[] {
  return events.flatMap((event) => event.contracts);
}

/** That a count lies within four standard deviations of its rate. */
function expectRate(count: number, of: number, rate: number): void {
  expect(Math.abs(count - rate * of)).toBeLessThan(4 * Math.sqrt(rate * of) + 1);
  expect(count).toBeGreaterThan(0);
}

describe("the oddities of a Bitcoin world", () => {
  it("come at their stated rates", () => {
    for (const [world, kind] of [
      [MONTH, "quarter"],
      [LADDERS, "ladder"],
    ] as const) {
      const contracts = contractsOf(world);
      const scalar = contracts.filter(({ result }) => result === "scalar").length;
      expectRate(scalar, contracts.length, ODDITY_RATES.scalar[kind]);
      const early = contracts.filter((contract) => contract.early !== null).length;
      expectRate(early, contracts.length, ODDITY_RATES.early[kind]);
      const late = world.events.filter((event) => event.isLate).length;
      expectRate(late, world.events.length, ODDITY_RATES.late);
    }
  });

  it("settle a late event after the next one has settled, but never the last of a series", () => {
    for (const { events } of [MONTH, LADDERS]) {
      for (const [at, event] of events.entries()) {
        if (!event.isLate) continue;
        const next = required(events[at + 1], "an event after a late one");
        if (next.isLate) continue;
        const first = Math.min(...event.contracts.map((contract) => contract.determinedAt));
        const last = Math.max(...next.contracts.map((contract) => contract.finalizedAt));
        expect(first).toBeGreaterThan(last);
      }
    }
  });

  it("announce an early close before it comes, and settle by the minute before it", () => {
    const found = MONTH.events.find((event) => event.contracts[0]?.early);
    const event: WorldEvent = required(found, "an event that closes early");
    const contract = required(event.contracts[0], "its contract");
    const facts = [...eventFacts(event, { seed: 5, edge: "default", index: MONTH.index })];
    const moved = required(
      facts.find((fact) => fact.kind === "close-moved"),
      "the announcement",
    );
    expect(moved).toMatchObject({ closeAt: contract.closedAt });
    expect(moved.receivedAt).toBeLessThan(contract.closedAt);
    expect(moved.receivedAt).toBeGreaterThan(event.openAt);
    expect(contract.closedAt).toBeLessThan(event.closeAt);
    const traded = facts.filter((fact) => fact.kind === "level" || fact.kind === "trade");
    expect(required(traded.at(-1), "a last change").receivedAt).toBeLessThan(contract.closedAt);
    expect(contract.average).toBe(MONTH.index.settlement(contract.closedAt));
    if (contract.result === "scalar") return;
    expect(contract.result).toBe(outcomeAt(contract.bounds, contract.average));
  });

  it("pay a scalar its fair price in whole cents", () => {
    const scalars = contractsOf(MONTH).filter(({ result }) => result === "scalar");
    expect(scalars.every(({ payout }) => payout % 10_000 === 0)).toBe(true);
    expect(scalars.some(({ payout }) => payout > 0 && payout < 1_000_000)).toBe(true);
  });
});

describe("a Bitcoin world in a night of the clock change", () => {
  it("names no market twice in the autumn, and lists nothing for the hour that is repeated", () => {
    const night = bitcoinOf(5, { hours: 25 }, "2026-11-01");
    const tickers = contractsOf(night).map(({ marketTicker }) => marketTicker);
    expect(new Set(tickers).size).toBe(tickers.length);
    for (const { eventTicker, closeAt } of night.events) {
      const first = required(parseBtcEventTicker(eventTicker), eventTicker).closes[0];
      expect(first).toBe(closeAt);
    }
    // 25 hours have 25 * 4 quarters, of which 01:00, 01:15, 01:30 and 01:45 come twice.
    expect(night.events.filter(({ series }) => series === "KXBTC15M")).toHaveLength(96);
    const ladder = night.events.filter(({ series }) => series === "KXBTCD");
    expect(ladder).toHaveLength(24);
    const second = required(ladder[1], "the ladder of 02:00");
    expect(second.openAt).toBe(easternInstant("2026-11-01", 1, 0));
    expect(second.closeAt - second.openAt).toBe(2 * 3_600_000);
    expect(easternParts(second.closeAt)).toMatchObject({ hour: 2, minute: 0 });
  });

  it("closes nothing in the hour that spring leaves out", () => {
    const night = bitcoinOf(5, { hours: 23 }, "2027-03-14");
    const hours = night.events.map(({ closeAt }) => easternParts(closeAt).hour);
    expect(hours).not.toContain(2);
    expect(night.events.filter(({ series }) => series === "KXBTC")).toHaveLength(23);
    expect(easternParts(instant(night.startAt + 23 * 3_600_000))).toMatchObject({ hour: 0 });
  });
});
