import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventTicker, marketTicker, parseEventTicker, parseMarketTicker } from "./ids.ts";
import { TEAMS } from "./teams.ts";

const keys = fc
  .record({
    date: fc
      .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    teams: fc.shuffledSubarray([...TEAMS], { minLength: 2, maxLength: 2 }),
  })
  .map(({ date, teams: [away, home] }) => ({
    date,
    away: away?.code ?? "",
    home: home?.code ?? "",
  }));

describe("tickers", () => {
  it("are read back as they were built", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const event = eventTicker(key);
        expect(parseEventTicker(event)).toEqual(key);
        const market = marketTicker(event, key.away);
        expect(parseMarketTicker(market)).toEqual({ event, key, team: key.away });
      }),
    );
  });

  it("name away first and home second, on the Eastern date", () => {
    const key = { date: "2026-06-13", away: "NYK", home: "SAS" };
    expect(eventTicker(key)).toBe("KXNBAGAME-26JUN13NYKSAS");
    expect(parseMarketTicker("KXNBAGAME-26JUN13NYKSAS-SAS")?.team).toBe("SAS");
  });

  it("are refused when they name another series, an unknown team, one team twice or a third one", () => {
    for (const ticker of [
      "KXNBASPREAD-26JUN13NYKSAS",
      "KXNBAGAME-26JUN13NYKZZZ",
      "KXNBAGAME-26JUN13NYKNYK",
      "KXNBAGAME-26JUX13NYKSAS",
      "KXNBAGAME-26JUN13NYKSAS-SAS",
      "",
    ]) {
      expect(parseEventTicker(ticker)).toBeNull();
    }
    expect(parseMarketTicker("KXNBAGAME-26JUN13NYKSAS-BOS")).toBeNull();
    expect(parseMarketTicker("KXNBAGAME-26JUN13NYKSAS")).toBeNull();
  });
});
