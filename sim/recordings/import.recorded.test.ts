import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { instant } from "../../core/domain/units.ts";
import { dataPath } from "../../test/recorded/data.ts";
import type { Fact, FactSource } from "../facts.ts";
import { importRecording } from "./import.ts";
import { openRecording } from "./reader.ts";
import { readStates } from "./states-file.ts";
import { quarterEnds } from "./wall-times.ts";

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
  const files = readdirSync(folder).filter((name) => name.startsWith("game_state"));

  it.each(files)("%s ended each quarter before a reconstruction would tell it", async (name) => {
    const { story, tipAt } = await readStates(join(folder, name));
    const states = story.facts.filter((fact) => fact.kind === "game-state");
    const hasOvertime = states.some(({ period }) => period > 4);
    // As a night with this game's markets would estimate it: real tip, prices to the end.
    const estimated = quarterEnds(tipAt, story.endAt, hasOvertime);
    for (const [index, estimate] of estimated.entries()) {
      const inQuarter = states.filter(
        ({ period, state }) => period === index + 1 && state === "in",
      );
      const endedAt = required(inQuarter.at(-1), "a quarter's last state").receivedAt;
      expect(instant(estimate)).toBeGreaterThanOrEqual(endedAt);
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
