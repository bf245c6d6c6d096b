import { expect, it } from "vitest";
import { instant } from "../core/domain/units.ts";
import type { Fact, FactBody } from "../sim/facts.ts";
import { Memory } from "./memory.ts";

const START = Date.parse("2026-12-01T01:00:00Z");
const TICKER = "KXBTC15M-26NOV302015-15";

function remember(...bodies: readonly FactBody[]): Memory {
  const memory = new Memory();
  bodies.forEach((body, index) => {
    const at = instant(START + index);
    const fact: Fact = { ...body, sourceTime: at, receivedAt: at };
    memory.note(fact);
  });
  return memory;
}

const listing: FactBody = {
  kind: "listing",
  marketTicker: TICKER,
  eventTicker: "KXBTC15M-26NOV302015",
  series: "KXBTC15M",
  strikeType: "greater_or_equal",
  floorStrike: null,
  capStrike: null,
  openAt: instant(START),
  closeAt: instant(START + 900_000),
  priceGrid: "tapered_deci_cent",
};
const final = (result: "yes" | null): FactBody => ({
  ...{ kind: "market-status", marketTicker: TICKER, status: "finalized" },
  ...{ result, settlementValue: null },
});

it("knows which markets still wait for a word, one that is final without a result among them", () => {
  expect(remember().lastAt).toBeNull();
  const listed = remember(listing);
  expect([listed.unfinished, listed.lastAt]).toEqual([[TICKER], START]);
  expect(remember(listing, final(null)).unfinished).toEqual([TICKER]);
  expect(remember(listing, final("yes")).unfinished).toEqual([]);
});

it("knows which shards were told not to trade, whether the line was lost, and which plays were told", () => {
  const pause: FactBody = { kind: "shard", exchangeIndex: 2, isTrading: false };
  expect(remember(pause).paused).toEqual([2]);
  expect(remember(pause, { ...pause, isTrading: true }).paused).toEqual([]);
  expect(remember({ kind: "outage", isOut: true }).isOut).toBe(true);
  const play: FactBody = {
    ...{ kind: "play", eventTicker: "KXNBAGAME-26NOV30INDNYK", actionNumber: 7, period: 1 },
    ...{ clockSeconds: 700, actionType: "2pt", teamCode: "NYK", homeScore: 2, awayScore: 0 },
    description: "",
  };
  const memory = remember(play);
  expect(memory.games.hasPlay("KXNBAGAME-26NOV30INDNYK", 7)).toBe(true);
  expect(memory.games.hasPlay("KXNBAGAME-26NOV30INDNYK", 8)).toBe(false);
});
