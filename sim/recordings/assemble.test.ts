import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { countCenti, instant, priceMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { assembleNight } from "./assemble.ts";
import type { MarketTape, PeriodPoints, RecordedGame } from "./game.ts";
import { storyFromFinal, storyFromQuarters } from "./reconstruct.ts";
import { TIP_DELAY_MS } from "./wall-times.ts";

const MINUTE_MS = 60_000;
const TIP = Date.parse("2025-12-02T00:00:00Z");
const EVENT = "KXNBAGAME-25DEC01BOSNYK";

const sum = (points: readonly number[]): number => points.reduce((all, one) => all + one, 0);

/** Quarter points of a real game: overtime exactly when regulation is drawn. */
const periods: fc.Arbitrary<PeriodPoints> = fc
  .record({
    home: fc.array(fc.integer({ min: 10, max: 45 }), { minLength: 4, maxLength: 4 }),
    away: fc.array(fc.integer({ min: 10, max: 45 }), { minLength: 4, maxLength: 4 }),
    overtime: fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: 40 })),
  })
  .map(({ home, away, overtime: [low, high] }) =>
    sum(home) === sum(away) ? { home: [...home, low], away: [...away, high] } : { home, away },
  );

/** Minutes after the scheduled tip at which a market was priced. */
const pricedMinutes = fc
  .uniqueArray(fc.integer({ min: -300, max: 240 }), { maxLength: 40 })
  .map((minutes) => minutes.sort((a, b) => a - b));

function gameOf(points: PeriodPoints): RecordedGame {
  return {
    eventTicker: EVENT,
    date: "2025-12-01",
    home: "NYK",
    away: "BOS",
    tipAt: instant(TIP),
    nbaGameId: "1",
    finalScore: { home: sum(points.home), away: sum(points.away) },
    origin: { file: "games.csv", line: 2 },
  };
}

function tapeOf(team: string, minutes: readonly number[]): MarketTape {
  const facts = minutes.flatMap((minute): Fact[] => {
    const at = instant(TIP + minute * MINUTE_MS);
    const market = { marketTicker: `${EVENT}-${team}`, sourceTime: at, receivedAt: at };
    const price = priceMicros(500_000);
    const sizes = { bidSize: null, askSize: null };
    return [
      { ...market, kind: "volume", count: countCenti(100) },
      { ...market, kind: "quote", bid: price, ask: price, ...sizes, isDerived: true },
    ];
  });
  return { marketTicker: `${EVENT}-${team}`, facts };
}

function night(points: PeriodPoints, minutes: readonly number[], hasQuarters: boolean) {
  const game = gameOf(points);
  const tapes = [tapeOf("NYK", minutes), tapeOf("BOS", minutes)];
  const last = minutes.at(-1);
  const lastPricedAt = last === undefined ? null : instant(TIP + last * MINUTE_MS);
  const story = hasQuarters
    ? storyFromQuarters(game, points, lastPricedAt)
    : storyFromFinal(game, lastPricedAt);
  const content = assembleNight({
    games: [{ game, story, tapes, injuries: [], lacks: [] }],
    pastGames: [],
    lacks: [],
    isDerivedBook: true,
    description: "",
    origins: [],
    dir: "/night",
  });
  return { ...content, game, lastPricedAt };
}

const states = (facts: readonly Fact[]) => facts.filter((fact) => fact.kind === "game-state");
const statuses = (facts: readonly Fact[]) => facts.filter((fact) => fact.kind === "market-status");

describe("a recorded night", () => {
  it("knows nothing before it happened", () => {
    fc.assert(
      fc.property(periods, pricedMinutes, fc.boolean(), (points, minutes, hasQuarters) => {
        const { facts, game, lastPricedAt } = night(points, minutes, hasQuarters);
        const realTip = TIP + TIP_DELAY_MS;
        const final = required(states(facts).at(-1), "final");
        for (const fact of facts) expect(fact.receivedAt).toBeGreaterThanOrEqual(fact.sourceTime);
        for (const state of states(facts)) {
          const hasScore = state.homeScore + state.awayScore > 0;
          if (!hasScore || state === final) continue;
          // A score is that of whole quarters, told at their end, late in the game's real length.
          expect(state.clockSeconds).toBe(0);
          expect(state.homeScore).toBe(sum(points.home.slice(0, state.period)));
          expect(state.awayScore).toBe(sum(points.away.slice(0, state.period)));
          const share = [0.23, 0.46, 0.82, 1][state.period - 1] ?? NaN;
          const length = (final.receivedAt - realTip) / (points.home.length > 4 ? 1.12 : 1);
          expect(state.receivedAt).toBeGreaterThanOrEqual(realTip + share * length - 1e-3);
        }
        expect(final).toMatchObject({
          state: "post",
          statusName: "STATUS_FINAL",
          isReconstructed: true,
        });
        expect([final.homeScore, final.awayScore]).toEqual([
          game.finalScore.home,
          game.finalScore.away,
        ]);
        expect(final.receivedAt).toBeGreaterThanOrEqual(realTip + 170 * MINUTE_MS);
        if (lastPricedAt !== null) expect(final.receivedAt).toBeGreaterThanOrEqual(lastPricedAt);
        for (const status of statuses(facts)) {
          if (status.result !== null) expect(status.receivedAt).toBeGreaterThan(final.receivedAt);
        }
      }),
    );
  });

  it("ends a game whose markets stopped printing early as late as a long one", () => {
    const blowout = { home: [40, 40, 30, 20], away: [15, 15, 20, 20] };
    const endOf = (minutes: readonly number[], points: PeriodPoints, hasQuarters: boolean) => {
      const { facts } = night(points, minutes, hasQuarters);
      return (required(states(facts).at(-1), "final").receivedAt - TIP) / MINUTE_MS;
    };
    for (const hasQuarters of [true, false]) {
      // 12 minutes to the tip and 170 of play, though nothing was printed after 120.
      expect(endOf([-10, 120], blowout, hasQuarters)).toBe(182);
      expect(endOf([-10, 190], blowout, hasQuarters)).toBe(190);
    }
    const drawn = { home: [20, 20, 20, 20, 9], away: [20, 20, 20, 20, 7] };
    expect(endOf([-10, 120], drawn, true)).toBe(222);
  });

  it("marks every reconstructed state, and says what was reconstructed", () => {
    fc.assert(
      fc.property(periods, pricedMinutes, fc.boolean(), (points, minutes, hasQuarters) => {
        const { facts, manifest } = night(points, minutes, hasQuarters);
        for (const state of states(facts)) {
          expect(state.isReconstructed).toBe(state.state !== "pre");
        }
        expect(manifest.games[0]?.reconstructed.join()).toContain(
          hasQuarters ? "quarter scores" : "final score alone",
        );
      }),
    );
  });

  it("is one sequence in which each market opens, closes, is determined and paid by the winner", () => {
    fc.assert(
      fc.property(periods, pricedMinutes, fc.boolean(), (points, minutes, hasQuarters) => {
        const { facts, manifest, game } = night(points, minutes, hasQuarters);
        const times = facts.map(({ receivedAt }) => receivedAt);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(manifest.endAt).toBeGreaterThan(times.at(-1) ?? 0);
        expect(manifest.startAt).toBe(TIP - 40 * MINUTE_MS);
        const isHomeWin = game.finalScore.home > game.finalScore.away;
        for (const [team, hasWon] of [
          ["NYK", isHomeWin],
          ["BOS", !isHomeWin],
        ] as const) {
          const own = facts.filter(
            (fact) => "marketTicker" in fact && fact.marketTicker === `${EVENT}-${team}`,
          );
          const life = statuses(own);
          const names = life.map(({ status }) => status);
          expect(names).toEqual(["active", "closed", "determined", "finalized"]);
          expect(life.at(-1)).toMatchObject({
            result: hasWon ? "yes" : "no",
            settlementValue: hasWon ? 1_000_000 : 0,
          });
          const closedAt = required(life[1], "closed").receivedAt;
          const openAt = required(life[0], "active").receivedAt;
          for (const fact of own) {
            if (fact.kind !== "quote") continue;
            expect(fact.receivedAt).toBeGreaterThanOrEqual(openAt);
            expect(fact.receivedAt).toBeLessThan(closedAt);
          }
        }
      }),
    );
  });

  it("keeps of the prices before its warm-up only the last quote", () => {
    const { facts } = night(
      { home: [30, 20, 20, 20], away: [20, 20, 20, 20] },
      [-300, -200, -90],
      true,
    );
    const quotes = facts.filter((fact) => fact.kind === "quote");
    // Start is 40 minutes before tip, warm-up an hour more: -200 stands, -90 is in it.
    expect(quotes.map(({ receivedAt }) => (receivedAt - TIP) / MINUTE_MS)).toEqual([
      -200, -200, -90, -90,
    ]);
  });
});
