import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { dataPath } from "../../test/recorded/data.ts";
import type { Fact, FactSource } from "../facts.ts";
import { readCsv } from "./csv.ts";
import { importRecording } from "./import.ts";
import { openRecording } from "./reader.ts";
import { storyFromFinal, storyFromQuarters } from "./reconstruct.ts";
import { readPastGames } from "./results-file.ts";
import { readStates } from "./states-file.ts";
import { estimatedEnd, TIP_DELAY_MS } from "./wall-times.ts";

const CANDLES = dataPath("kalshi-nba", "candles_1m.public.csv.gz");
const GAMES = dataPath("kalshi-nba", "games.public.csv");
const TICKS = dataPath("kalshi-nba", "lac_at_cha_2025-11-22_ticks.public.csv.gz");
const FINALS = dataPath("kalshi-nba", "finals2026_g2_scoring_events.public.csv");
const QUARTERS = dataPath("nba-results", "nba_quarter_scores_2020-12_to_2026-03.public.csv.gz");
const RESULTS = dataPath("nba-results", "nba_results_2022-23_to_2025-26.public.csv.gz");

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "recorded-"));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function factsOf(source: FactSource): Promise<readonly Fact[]> {
  const facts: Fact[] = [];
  for await (const fact of source.facts()) facts.push(fact);
  return facts;
}

/** What holds of every recorded night. */
function expectHonest(source: FactSource, facts: readonly Fact[]): void {
  const { manifest, pastGames } = source;
  expect(pastGames.length).toBeGreaterThan(1_000);
  for (const { date } of pastGames) expect(date < manifest.date).toBe(true);
  expect(facts.every((fact) => fact.receivedAt >= fact.sourceTime)).toBe(true);
  expect(facts.every((fact) => fact.receivedAt <= manifest.endAt)).toBe(true);
  for (const game of manifest.games) {
    const states = facts.filter(
      (fact) => fact.kind === "game-state" && fact.eventTicker === game.eventTicker,
    );
    const final = required(states.at(-1), "a final");
    expect(final).toMatchObject({ state: "post" });
    for (const ticker of game.marketTickers) {
      const market = facts.filter((fact) => "marketTicker" in fact && fact.marketTicker === ticker);
      const prices = market.filter((fact) => fact.kind === "quote" || fact.kind === "trade");
      const end = required(market.at(-1), "a settlement");
      expect(end).toMatchObject({ kind: "market-status", status: "finalized" });
      // A result and a final come after the last price: nobody could trade on them.
      expect(final.receivedAt).toBeGreaterThanOrEqual(
        required(prices.at(-1), "a price").receivedAt,
      );
      expect(end.receivedAt).toBeGreaterThan(final.receivedAt);
    }
  }
}

/** Whether home won, by market: what the recording settles. */
function settled(facts: readonly Fact[]): ReadonlyMap<string, string | null> {
  return new Map(
    facts.flatMap((fact) =>
      fact.kind === "market-status" && fact.status === "finalized"
        ? [[fact.marketTicker, fact.result] as const]
        : [],
    ),
  );
}

describe("the night of 2025-12-01", () => {
  it("has nine games, told by quarters, settled as the games file says", async () => {
    const out = join(dir, "night");
    const summary = await importRecording({
      format: "kalshi-candles",
      candles: CANDLES,
      games: GAMES,
      quarters: QUARTERS,
      date: "2025-12-01",
      states: [],
      results: [RESULTS],
      out,
    });
    expect(summary.skipped).toEqual([]);
    const source = await openRecording(out);
    const facts = await factsOf(source);
    expect(facts).toHaveLength(summary.facts);
    expectHonest(source, facts);
    // From the games file: the market's side, and whether it won.
    expect(Object.fromEntries(settled(facts))).toEqual({
      "KXNBAGAME-25DEC01ATLDET-DET": "yes",
      "KXNBAGAME-25DEC01CLEIND-IND": "no",
      "KXNBAGAME-25DEC01MILWAS-WAS": "yes",
      "KXNBAGAME-25DEC01CHABKN-CHA": "no",
      "KXNBAGAME-25DEC01LACMIA-MIA": "yes",
      "KXNBAGAME-25DEC01CHIORL-ORL": "yes",
      "KXNBAGAME-25DEC01DALDEN-DEN": "no",
      "KXNBAGAME-25DEC01HOUUTA-UTA": "yes",
      "KXNBAGAME-25DEC01PHXLAL-PHX": "yes",
    });
    for (const { eventTicker } of source.manifest.games) {
      const scored = facts.filter(
        (fact) => fact.kind === "game-state" && fact.eventTicker === eventTicker,
      );
      // Before, tip, four quarters, final.
      expect(scored).toHaveLength(7);
    }
    const last = new Map(
      facts.flatMap((fact) => (fact.kind === "quote" ? [[fact.marketTicker, fact] as const] : [])),
    );
    for (const [ticker, result] of settled(facts)) {
      const quote = required(last.get(ticker), "a last quote");
      if (result === "yes") expect(quote.bid).toBeGreaterThanOrEqual(970_000);
      else expect(quote.ask).toBeLessThanOrEqual(30_000);
    }
  });

  it("opens its derived books to 1, 2 and 3 cents around the same trades", async () => {
    for (const spreadCents of [1, 2, 3] as const) {
      const source = await openRecording(join(dir, "night"), { spreadCents });
      let whole = 0;
      for await (const fact of source.facts()) {
        if (fact.kind !== "quote" || fact.bid === null || fact.ask === null) continue;
        whole += 1;
        expect(fact.ask - fact.bid).toBe(spreadCents * 10_000);
      }
      expect(whole).toBeGreaterThan(2_000);
    }
  });
});

describe("LAC at CHA on 2025-11-22", () => {
  it("has both markets by the second and the final score alone", async () => {
    const out = join(dir, "ticks");
    await importRecording({
      format: "kalshi-ticks",
      ticks: TICKS,
      games: GAMES,
      quarters: null,
      states: [],
      results: [RESULTS],
      out,
    });
    const source = await openRecording(out);
    const facts = await factsOf(source);
    expectHonest(source, facts);
    expect(source.manifest.lacks).not.toContain("second-market");
    expect(Object.fromEntries(settled(facts))).toEqual({
      "KXNBAGAME-25NOV22LACCHA-CHA": "no",
      "KXNBAGAME-25NOV22LACCHA-LAC": "yes",
    });
    const quotes = facts.filter((fact) => fact.kind === "quote");
    expect(quotes.length).toBeGreaterThan(11_000);
    expect(quotes.at(-1)).toMatchObject({ bid: null, ask: null });
    const scores = facts.filter((fact) => fact.kind === "game-state");
    expect(scores.map(({ state, homeScore, awayScore }) => [state, homeScore, awayScore])).toEqual([
      ["pre", 0, 0],
      ["in", 0, 0],
      ["post", 116, 131],
    ]);
  });

  it("is refused with the line of a rubbish row", async () => {
    const rows = gunzipSync(readFileSync(TICKS)).toString("utf8").split("\n");
    rows[4_999] = "1763836000,KXNBAGAME-25NOV22LACCHA-LAC,<html>,0.5,0.5,1,1";
    const ticks = join(dir, "rubbish.csv");
    writeFileSync(ticks, rows.join("\n"));
    const refusal = importRecording({
      format: "kalshi-ticks",
      ticks,
      games: GAMES,
      quarters: null,
      states: [],
      results: [],
      out: join(dir, "rubbish"),
    });
    await expect(refusal).rejects.toThrow("rubbish.csv line 5000: yes_bid");
  });
});

describe("recorded play-by-play", () => {
  const folder = dataPath("fixtures", "nba-live-state");
  const games = readdirSync(folder).filter((name) => name.startsWith("game_state"));
  const MINUTE_MS = 60_000;
  /** The Finals were scheduled at 8:30 pm Eastern and began 13 minutes later. */
  const FINALS_SCHEDULED_AT = instant(Date.parse("2026-06-06T00:30:00Z"));

  /** What a night of prices that stop `pricedMinutes` after the schedule makes of a game with play-by-play. */
  async function compare(file: string, scheduledAt: Instant | null, pricedMinutes: number | null) {
    const { story, ...played } = await readStates(file);
    const real = story.facts.filter((fact) => fact.kind === "game-state");
    // The latest that a tip comes after its schedule is the least that a reconstruction waits.
    const tipAt = scheduledAt ?? instant(played.tipAt - TIP_DELAY_MS);
    const game = { ...played, tipAt };
    const last = required(real.at(-1), "a final");
    const points = { home: last.homePeriods, away: last.awayPeriods };
    const lastPricedAt = pricedMinutes === null ? null : instant(tipAt + pricedMinutes * MINUTE_MS);
    const told = [
      ...storyFromQuarters(game, points, lastPricedAt).facts,
      ...storyFromFinal(game, lastPricedAt).facts,
    ].filter((fact) => fact.kind === "game-state");
    return { real, told };
  }

  it.each([
    ...games.map((name) => [name, join(folder, name), null] as const),
    ["of the Finals", FINALS, FINALS_SCHEDULED_AT] as const,
  ])("%s came to each score before a reconstruction tells it", async (_name, file, scheduledAt) => {
    for (const pricedMinutes of [null, 60, 100, 117, 127, 134]) {
      const { real, told } = await compare(file, scheduledAt, pricedMinutes);
      const scored = told.filter(({ homeScore, awayScore }) => homeScore + awayScore > 0);
      expect(scored.length).toBeGreaterThanOrEqual(6);
      for (const { state, period, homeScore, awayScore, receivedAt } of scored) {
        const isPlay = (fact: (typeof real)[number]) =>
          fact.state === "in" && (state === "post" || fact.period <= period);
        const last = required(real.findLast(isPlay), "a play");
        expect([homeScore, awayScore]).toEqual([last.homeScore, last.awayScore]);
        expect(receivedAt).toBeGreaterThanOrEqual(last.receivedAt);
      }
    }
  });

  it("of the Finals names its game, score and end", async () => {
    const game = await readStates(FINALS);
    expect(game).toMatchObject({
      eventTicker: "KXNBAGAME-26JUN05NYKSAS",
      finalScore: { home: 104, away: 105 },
    });
    expect(game.story.facts.at(-1)).toMatchObject({ state: "post", isReconstructed: true });
  });
});

it("the games file alone gives a night its ratings, from nothing of its date or later", async () => {
  const past = await readPastGames([], GAMES, "2025-12-01");
  expect(past.length).toBeGreaterThan(200);
  expect(past.every(({ date }) => date < "2025-12-01")).toBe(true);
  // Every game of it is told the same by the league's results.
  expect((await readPastGames([RESULTS], GAMES, "2025-12-01")).length).toBeGreaterThan(2_000);
});

it("at least nine of ten recorded games printed no longer than a reconstructed one lasts", async () => {
  const minutes: number[] = [];
  for await (const { values } of readCsv(GAMES)) {
    const tipAt = Date.parse(values["scheduled_tip_utc"] ?? "");
    const lastPricedAt = Date.parse(values["last_priced_ts_utc"] ?? "");
    if (Number.isNaN(tipAt)) continue;
    minutes.push(estimatedEnd(instant(tipAt + TIP_DELAY_MS), null, false) - lastPricedAt);
  }
  expect(minutes.length).toBeGreaterThan(300);
  const share = minutes.filter((spare) => spare >= 0).length / minutes.length;
  expect(share).toBeGreaterThan(0.9);
});
