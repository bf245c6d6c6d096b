import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import { easternDate, easternParts } from "../../core/domain/time.ts";
import type { Fact } from "../facts.ts";
import { FEED_LAG_MS } from "./feed-facts.ts";
import { createWorld, edgeOf, type World, worldTruth } from "./world.ts";

const world = createWorld({ seed: 7 });
const FACTS: readonly Fact[] = [...world.facts()];

function digest(source: World): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([source.manifest, source.pastGames]));
  for (const fact of source.facts()) hash.update(JSON.stringify(fact));
  return hash.digest("hex");
}

type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;
function factsOf<Kind extends Fact["kind"]>(kind: Kind, facts = FACTS): FactOf<Kind>[] {
  return facts.filter((fact): fact is FactOf<Kind> => fact.kind === kind);
}

describe("a world", () => {
  it("is the same bytes for the same seed, and others for another seed, edge or size", () => {
    const of = digest(createWorld({ seed: 21, games: 2 }));
    expect(digest(createWorld({ seed: 21, games: 2 }))).toBe(of);
    const others = [
      createWorld({ seed: 22, games: 2 }),
      createWorld({ seed: 21, games: 3 }),
      createWorld({ seed: 21, games: 2, edge: "none" }),
    ];
    expect(new Set([of, ...others.map(digest)]).size).toBe(4);
  });

  it("can be read twice, and by two readers at once, with the same facts", () => {
    const source = createWorld({ seed: 4, games: 1 });
    const [one, other] = [source.facts()[Symbol.iterator](), source.facts()[Symbol.iterator]()];
    for (let read = 0; read < 5_000; read++) expect(one.next()).toEqual(other.next());
  });

  it("has the same games whatever the market thinks of them", () => {
    const finals = (source: World): unknown =>
      source.games.map((game) => required(game.script.moments.at(-1), "an end"));
    expect(finals(createWorld({ seed: 9, edge: "none" }))).toEqual(
      finals(createWorld({ seed: 9 })),
    );
  });

  it("tells facts in order of receipt, none received before it happened, all within the night", () => {
    let last = 0;
    const late: Fact[] = [];
    for (const fact of FACTS) {
      if (fact.receivedAt < last || fact.sourceTime > fact.receivedAt) late.push(fact);
      last = fact.receivedAt;
    }
    expect(late).toEqual([]);
    expect(required(FACTS[0], "a fact").receivedAt).toBe(world.manifest.startAt);
    expect(last).toBeLessThan(world.manifest.endAt);
  });

  it("is a night of its date, with tips in the evening and 35 minutes before the first", () => {
    for (let seed = 0; seed < 10; seed++) {
      const { manifest } = createWorld({ seed, games: seed % 2 === 0 ? 6 : 15 });
      const tips = manifest.games.map((game) => game.tipAt);
      expect(Math.min(...tips) - manifest.startAt).toBe(35 * 60_000);
      for (const tip of tips) {
        const { date, hour, minute } = easternParts(tip);
        expect(date).toBe(manifest.date);
        expect(60 * hour + minute).toBeGreaterThanOrEqual(19 * 60);
        expect(60 * hour + minute).toBeLessThanOrEqual(22 * 60 + 30);
      }
      if (seed % 2 === 0) expect(Math.max(...tips) - Math.min(...tips)).toBe(90 * 60_000);
      const teams = manifest.games.flatMap((game) => [game.home, game.away]);
      expect(new Set(teams).size).toBe(teams.length);
    }
  });

  it("plays on the date asked for, and only knows results before it", () => {
    const source = createWorld({ seed: 1, games: 1, date: "2026-03-08" });
    expect(source.manifest.date).toBe("2026-03-08");
    expect(easternDate(source.manifest.startAt)).toBe("2026-03-08");
    for (const game of source.pastGames) expect(game.date < "2026-03-08").toBe(true);
    expect(source.pastGames.at(-1)?.date).toBe("2026-03-07");
    // Three whole seasons of about 1,230 games, and most of this one.
    expect(source.pastGames.length).toBeGreaterThan(4_300);
    expect(new Set(source.pastGames.map((game) => game.season))).toEqual(
      new Set([2023, 2024, 2025, 2026]),
    );
  });

  it("says by its manifest whether its market errs, and of a recording nobody knows", () => {
    for (const edge of ["default", "none"] as const) {
      const { manifest } = createWorld({ seed: 3, games: 1, edge });
      expect(edgeOf(manifest)).toBe(edge);
      expect(edgeOf({ ...manifest, kind: "recording" })).toBeNull();
    }
    expect(edgeOf({ kind: "world", description: "made by hand" })).toBeNull();
  });

  it("refuses options out of range", () => {
    expect(() => createWorld({ seed: -1 })).toThrow(/seed/);
    expect(() => createWorld({ seed: 1, games: 16 })).toThrow(/1 to 15/);
    expect(() => createWorld({ seed: 1, date: "2026-02-30" })).toThrow(/YYYY-MM-DD/);
  });
});

describe("the league's past", () => {
  it("tells the strong from the weak: who is truly better has won more", () => {
    const won = new Map<string, number>();
    for (const game of world.pastGames.filter((past) => past.season >= 2026)) {
      const winner = game.homePoints > game.awayPoints ? game.home : game.away;
      won.set(winner, (won.get(winner) ?? 0) + 1);
    }
    const ranked = [...world.league.strengths].sort((one, other) => other[1] - one[1]);
    const wins = (teams: typeof ranked): number =>
      teams.reduce((sum, [code]) => sum + (won.get(code) ?? 0), 0);
    expect(wins(ranked.slice(0, 10))).toBeGreaterThan(1.25 * wins(ranked.slice(20)));
  });

  it("has no draws, and home winning a little more than half", () => {
    const homeWins = world.pastGames.filter((game) => game.homePoints > game.awayPoints).length;
    expect(world.pastGames.every((game) => game.homePoints !== game.awayPoints)).toBe(true);
    expect(homeWins / world.pastGames.length).toBeGreaterThan(0.55);
    expect(homeWins / world.pastGames.length).toBeLessThan(0.63);
  });
});

describe("a game", () => {
  it("has scores that never fall, and a clock that only runs down within a period", () => {
    for (const { script } of world.games) {
      script.moments.slice(1).forEach((moment, index) => {
        const before = required(script.moments[index], "the moment before");
        expect(moment.at).toBeGreaterThanOrEqual(before.at);
        expect(moment.homeScore).toBeGreaterThanOrEqual(before.homeScore);
        expect(moment.awayScore).toBeGreaterThanOrEqual(before.awayScore);
        if (moment.period === before.period) {
          expect(moment.clockSeconds).toBeLessThanOrEqual(before.clockSeconds);
        } else {
          expect(moment.period).toBe(before.period + 1);
          expect(before.clockSeconds).toBe(0);
        }
        for (const play of moment.plays) {
          expect(play.homeScore).toBeLessThanOrEqual(moment.homeScore);
          expect(play.awayScore).toBeLessThanOrEqual(moment.awayScore);
        }
        const last = moment.plays.at(-1) ?? moment;
        expect([last.homeScore, last.awayScore]).toEqual([moment.homeScore, moment.awayScore]);
      });
    }
  });

  it("pays the winner's market and not the loser's", () => {
    for (const game of world.games) {
      const last = required(game.script.moments.at(-1), "an end");
      const winner = last.homeScore > last.awayScore ? game.home.code : game.away.code;
      for (const ticker of game.slate.marketTickers) {
        const life = factsOf("market-status").filter((fact) => fact.marketTicker === ticker);
        const statuses = life.map((fact) => fact.status);
        expect(statuses).toEqual(["active", "closed", "determined", "finalized"]);
        const isWinner = parseMarketTicker(ticker)?.team === winner;
        const final = required(life.at(-1), "the final status");
        expect(final).toMatchObject(
          isWinner
            ? { result: "yes", settlementValue: 1_000_000 }
            : { result: "no", settlementValue: 0 },
        );
        expect(life[1]?.result).toBeNull();
        expect(required(life[1], "closed").receivedAt).toBeGreaterThan(last.at);
      }
    }
  });

  it("takes 2 h to 2 h 35 of the wall without overtime, and sometimes has one", () => {
    const games = Array.from(
      { length: 12 },
      (_, seed) => createWorld({ seed, games: 15 }).games,
    ).flat();
    const overtimes = games.filter(({ script }) => (script.moments.at(-1)?.period ?? 0) > 4);
    // About 1 game in 40 is tied after 48 minutes.
    expect(overtimes.length).toBeGreaterThan(0);
    expect(overtimes.length).toBeLessThan(12);
    for (const game of games.filter((one) => !overtimes.includes(one))) {
      const minutes = (game.script.endAt - game.startAt) / 60_000;
      expect(minutes).toBeGreaterThan(120);
      expect(minutes).toBeLessThan(155);
    }
  });

  it("settles both markets at a fair price, adding up to one dollar, when it is called off", () => {
    const source = createWorld({ seed: 3, games: 2, scalarGame: 1 });
    const facts = [...source.facts()];
    const off = required(source.games[1], "the game called off");
    const paid = off.slate.marketTickers.map((ticker) =>
      required(
        factsOf("market-status", facts).findLast((fact) => fact.marketTicker === ticker),
        "a final status",
      ),
    );
    expect(paid.map((fact) => fact.result)).toEqual(["scalar", "scalar"]);
    const values = paid.map((fact) => required(fact.settlementValue, "a value"));
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(1_000_000);
    expect(Math.abs((values[0] ?? 0) / 1_000_000 - off.script.pregameTruth)).toBeLessThan(0.01);
    const states = factsOf("game-state", facts).filter(
      (fact) => fact.eventTicker === off.slate.eventTicker,
    );
    expect(new Set(states.map((fact) => fact.statusName))).toEqual(
      new Set(["STATUS_SCHEDULED", "STATUS_POSTPONED"]),
    );
  });
});

describe("the feeds of a world", () => {
  it("trail the arena, ESPN by 8 to 20 seconds and the NBA by 5 to 12", () => {
    for (const feed of ["espn", "nba"] as const) {
      const lags = factsOf("game-state")
        .filter((fact) => fact.feed === feed && fact.state !== "pre")
        .map((fact) => fact.receivedAt - fact.sourceTime);
      const [low, high] = FEED_LAG_MS[feed];
      // A state waits for the one before it, so that a feed never runs backwards.
      expect(Math.min(...lags)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...lags)).toBeLessThanOrEqual(high);
      expect(Math.max(...lags) - Math.min(...lags)).toBeGreaterThan(5_000);
    }
  });

  it("show points by period that add up to the score", () => {
    const sum = (points: readonly number[]): number =>
      points.reduce((total, one) => total + one, 0);
    for (const fact of factsOf("game-state")) {
      expect(sum(fact.homePeriods)).toBe(fact.homeScore);
      expect(sum(fact.awayPeriods)).toBe(fact.awayScore);
      expect(fact.homePeriods).toHaveLength(fact.period);
      for (const points of fact.homePeriods) expect(points).toBeGreaterThanOrEqual(0);
    }
  });

  it("pass through the breaks and end with the final", () => {
    for (const game of world.games) {
      const names = factsOf("game-state")
        .filter((fact) => fact.feed === "espn" && fact.eventTicker === game.slate.eventTicker)
        .map((fact) => fact.statusName);
      expect(names[0]).toBe("STATUS_SCHEDULED");
      expect(names).toContain("STATUS_HALFTIME");
      expect(names.filter((name) => name === "STATUS_END_PERIOD").length).toBeGreaterThanOrEqual(3);
      expect(names.at(-1)).toBe("STATUS_FINAL");
    }
  });

  it("say of a win probability what is near the truth of its moment, and only when a play posts", () => {
    const playTimes = new Set(
      factsOf("play").map((play) => `${play.eventTicker}/${play.sourceTime}`),
    );
    const errors = factsOf("win-probability").map((fact) => {
      expect(playTimes.has(`${fact.eventTicker}/${fact.sourceTime}`)).toBe(true);
      return fact.homeProbability - worldTruth(world, fact.eventTicker, fact.sourceTime);
    });
    const size = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(size).toBeGreaterThan(0.004);
    expect(size).toBeLessThan(0.02);
  });

  it("decide every injury before tip, and let the partner speak before it", () => {
    for (const game of world.games) {
      for (const injury of game.injuries) {
        const words = factsOf("injury").filter((fact) => fact.player === injury.player);
        const last = required(words.at(-1), "a last word");
        expect(last.status).toBe(injury.decided);
        expect(last.receivedAt).toBeLessThan(game.slate.tipAt);
      }
      const partner = factsOf("partner").filter(
        (fact) => fact.eventTicker === game.slate.eventTicker,
      );
      expect(partner).toHaveLength(1);
      const said = required(partner[0], "a partner's word");
      expect(said.receivedAt).toBeLessThan(game.slate.tipAt - 20 * 60_000);
      expect(Math.abs(said.homeProbability - game.script.pregameTruth)).toBeLessThan(0.1);
    }
  });
});
