import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClockArbiter } from "./clock-arbiter.ts";
import type { FeedGame, FeedName } from "./feeds.ts";
import { instant } from "./units.ts";

const RULES = {
  backwardsSeconds: 15,
  backwardsPoints: 3,
  disagreeSeconds: 90,
  disagreePoints: 8,
  frozenMs: 90_000,
  maxAgeMs: 45_000,
};
const FEEDS: readonly FeedName[] = ["espn", "nba"];

/** A possession: what it takes of the game clock, how long the clock rests after it, and what it brings. */
const possession = fc.record({
  playedSeconds: fc.integer({ min: 4, max: 24 }),
  restSeconds: fc.integer({ min: 0, max: 40 }),
  points: fc.constantFrom(0, 0, 1, 2, 2, 3, 3, 4),
});
type Possession = typeof possession extends fc.Arbitrary<infer Value> ? Value : never;

/** Where a game stands, and when. */
interface Stand {
  readonly at: number;
  readonly elapsed: number;
  readonly home: number;
  readonly away: number;
}

/** A game of possessions in turn, 200 at most: no overtime. */
function gameOf(possessions: readonly Possession[]): readonly Stand[] {
  let [at, elapsed, home, away] = [0, 0, 0, 0];
  const stands: Stand[] = [{ at, elapsed, home, away }];
  for (const [index, { playedSeconds, restSeconds, points }] of possessions.entries()) {
    if (elapsed + playedSeconds >= 2_880) break;
    elapsed += playedSeconds;
    at += (playedSeconds + restSeconds) * 1_000;
    if (index % 2 === 0) home += points;
    else away += points;
    stands.push({ at, elapsed, home, away });
  }
  return stands;
}

const shown = (feed: FeedName, stand: Stand, receivedAt: number): FeedGame => ({
  feed,
  externalId: "1",
  date: "2026-11-20",
  home: "NYK",
  away: "BOS",
  tipAt: instant(0),
  state: "in",
  statusName: "STATUS_IN_PROGRESS",
  isFinal: false,
  period: 1 + Math.floor(stand.elapsed / 720),
  clockSeconds: 720 - (stand.elapsed % 720),
  homeScore: stand.home,
  awayScore: stand.away,
  homePeriods: [],
  awayPeriods: [],
  sourceTime: null,
  fetchedAt: instant(receivedAt),
  receivedAt: instant(receivedAt),
});

const standAt = (game: readonly Stand[], at: number): Stand | undefined =>
  game.findLast((stand) => stand.at <= at);

/** Polls of both feeds, each late by its own lag; `change` may spoil a poll. */
function poll(
  game: readonly Stand[],
  { periodMs, lagsMs }: { readonly periodMs: number; readonly lagsMs: readonly number[] },
  see: (arbiter: ClockArbiter, at: number, number: number) => void,
  change: (stand: Stand, number: number) => Stand = (stand) => stand,
): void {
  const arbiter = new ClockArbiter(RULES, false);
  const end = game.at(-1)?.at ?? 0;
  for (let at = 0, number = 0; at <= end; at += periodMs, number += 1) {
    for (const [index, feed] of FEEDS.entries()) {
      const stand = standAt(game, at - (lagsMs[index] ?? 0));
      if (stand) arbiter.observe(shown(feed, change(stand, number), at));
    }
    see(arbiter, at, number);
  }
}

const games = fc.array(possession, { minLength: 40, maxLength: 200 }).map(gameOf);
const polling = fc.record({
  periodMs: fc.integer({ min: 3_000, max: 40_000 }),
  lagsMs: fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 60_000 })),
});

describe("ClockArbiter, over random games", () => {
  it("calls nothing that is played a leap or a way back, however late and seldom it is told", () => {
    fc.assert(
      fc.property(games, polling, (game, polls) => {
        poll(game, polls, (arbiter, at) => {
          const reasons = arbiter.clock(instant(at))?.staleBecause ?? [];
          expect(reasons).not.toContain("jumped");
          expect(reasons).not.toContain("backwards");
        });
      }),
    );
  });

  it("believes no score that leapt by 50 and more, and the next right one at once", () => {
    const leap = fc.record({
      side: fc.constantFrom<"home" | "away">("home", "away"),
      points: fc.integer({ min: 50, max: 250 }),
      number: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(games, polling, leap, (game, polls, { side, points, number: wrong }) => {
        let isShown = false;
        poll(
          game,
          polls,
          (arbiter, at, number) => {
            const reasons = arbiter.clock(instant(at))?.staleBecause ?? [];
            // Without a state before it, there is nothing to leap from.
            if (number === wrong && isShown) expect(reasons).toContain("jumped");
            else if (number !== wrong) expect(reasons).not.toContain("jumped");
            if (number > wrong && isShown) expect(reasons).not.toContain("backwards");
            isShown ||= number < wrong && polls.lagsMs.every((lag) => lag <= at);
          },
          (stand, number) =>
            number === wrong ? { ...stand, [side]: stand[side] + points } : stand,
        );
      }),
    );
  });
});
