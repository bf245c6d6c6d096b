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

const shown = (feed: FeedName, at: number, changes: Partial<FeedGame> = {}): FeedGame => ({
  feed,
  externalId: "1",
  date: "2026-11-20",
  home: "NYK",
  away: "BOS",
  tipAt: instant(0),
  state: "in",
  statusName: "STATUS_IN_PROGRESS",
  isFinal: false,
  period: 1,
  clockSeconds: 600,
  homeScore: 10,
  awayScore: 10,
  homePeriods: [],
  awayPeriods: [],
  sourceTime: null,
  fetchedAt: instant(at),
  receivedAt: instant(at),
  ...changes,
});

const arbiter = (...games: readonly FeedGame[]): ClockArbiter => {
  const made = new ClockArbiter(RULES, false);
  for (const game of games) made.observe(game);
  return made;
};

describe("ClockArbiter", () => {
  it("knows nothing before a feed has answered", () => {
    expect(arbiter().clock(instant(0))).toBeNull();
  });

  it("believes the feed that is further along", () => {
    const clock = arbiter(
      shown("espn", 1_000, { clockSeconds: 600 }),
      shown("nba", 1_000, { clockSeconds: 580, homeScore: 12 }),
    ).clock(instant(2_000));
    expect(clock).toMatchObject({ clockSeconds: 580, homeScore: 12, staleBecause: [] });
  });

  it("calls a clock stale that goes back, until it has caught up", () => {
    const one = arbiter(
      shown("espn", 1_000, { clockSeconds: 500 }),
      shown("espn", 2_000, { clockSeconds: 560 }),
    );
    expect(one.clock(instant(2_000))?.staleBecause).toEqual(["backwards"]);
    one.observe(shown("espn", 3_000, { clockSeconds: 495 }));
    expect(one.clock(instant(3_000))?.staleBecause).toEqual([]);
  });

  it("allows the few seconds that a review restores, and a corrected shot", () => {
    const one = arbiter(
      shown("espn", 1_000, { clockSeconds: 500, homeScore: 13 }),
      shown("espn", 2_000, { clockSeconds: 512, homeScore: 10 }),
    );
    expect(one.clock(instant(2_000))?.staleBecause).toEqual([]);
  });

  it("calls a score stale that loses more than a shot", () => {
    const one = arbiter(
      shown("espn", 1_000, { homeScore: 20 }),
      shown("espn", 2_000, { homeScore: 12 }),
    );
    expect(one.clock(instant(2_000))?.staleBecause).toEqual(["backwards"]);
  });

  it("calls a game stale that goes from live back to before tip", () => {
    const one = arbiter(
      shown("espn", 1_000, {}),
      shown("espn", 2_000, {
        state: "pre",
        period: 0,
        clockSeconds: 0,
        homeScore: 0,
        awayScore: 0,
      }),
    );
    expect(one.clock(instant(2_000))?.staleBecause).toContain("backwards");
  });

  it("trusts the sound feed when the other runs backwards", () => {
    const clock = arbiter(
      shown("espn", 1_000, { clockSeconds: 300 }),
      shown("espn", 2_000, { clockSeconds: 600 }),
      shown("nba", 2_000, { clockSeconds: 310 }),
    ).clock(instant(2_000));
    expect(clock).toMatchObject({ clockSeconds: 310, staleBecause: [] });
  });

  it("calls a clock frozen that stands while the other feed goes on, and not in a time-out", () => {
    const one = arbiter(shown("espn", 0, {}), shown("espn", 100_000, {}));
    expect(one.clock(instant(100_000))?.staleBecause).toEqual([]);
    // The feed that goes on is believed; once it falls silent itself, both are known to be bad.
    one.observe(shown("nba", 50_000, { clockSeconds: 540 }));
    expect(one.clock(instant(94_000))).toMatchObject({ clockSeconds: 540, staleBecause: [] });
    expect(one.disagreementSeconds(instant(94_000))).toBeNull();
  });

  it("says when two sound feeds disagree on time or on the lead", () => {
    const apart = arbiter(
      shown("espn", 0, { clockSeconds: 600 }),
      shown("nba", 0, { clockSeconds: 480 }),
    );
    expect(apart.clock(instant(0))?.staleBecause).toEqual(["disagree"]);
    const lead = arbiter(shown("espn", 0, { homeScore: 20 }), shown("nba", 0, { homeScore: 10 }));
    expect(lead.clock(instant(0))?.staleBecause).toEqual(["disagree"]);
  });

  it("calls a feed old in play, and never before tip", () => {
    const live = arbiter(shown("espn", 0, {}));
    expect(live.clock(instant(45_000))?.staleBecause).toEqual([]);
    expect(live.clock(instant(45_001))?.staleBecause).toEqual(["old"]);
    const before = arbiter(shown("espn", 0, { state: "pre", period: 0, clockSeconds: 0 }));
    expect(before.clock(instant(3_600_000))?.staleBecause).toEqual([]);
  });

  it("ignores an answer that was overtaken by a newer one", () => {
    const one = arbiter(
      shown("espn", 2_000, { clockSeconds: 500 }),
      shown("espn", 1_000, { clockSeconds: 560 }),
    );
    expect(one.clock(instant(2_000))).toMatchObject({ clockSeconds: 500, staleBecause: [] });
  });

  it("refuses a score that leaps, from both feeds at once too, and believes them again right after", () => {
    const one = arbiter(shown("espn", 0, { homeScore: 36 }), shown("nba", 0, { homeScore: 36 }));
    one.observe(shown("espn", 5_000, { homeScore: 136, clockSeconds: 596 }));
    one.observe(shown("nba", 5_000, { homeScore: 136, clockSeconds: 596 }));
    expect(one.clock(instant(5_000))?.staleBecause).toEqual(["jumped"]);
    expect(one.jumpOf("nba")).toBe("homeScore");
    one.observe(shown("espn", 10_000, { homeScore: 38, clockSeconds: 590 }));
    one.observe(shown("nba", 10_000, { homeScore: 38, clockSeconds: 590 }));
    expect(one.clock(instant(10_000))).toMatchObject({ homeScore: 38, staleBecause: [] });
    expect(one.jumpOf("nba")).toBeNull();
  });

  it("refuses a clock that outruns the wall, an early final too, but not one that a late feed catches up", () => {
    const late = arbiter(
      shown("espn", 0, { clockSeconds: 600 }),
      shown("espn", 60_000, { clockSeconds: 430, homeScore: 20 }),
    );
    expect(late.clock(instant(60_000))?.staleBecause).toEqual([]);
    const final = arbiter(shown("espn", 0), shown("espn", 5_000, { state: "post", isFinal: true }));
    expect(final.clock(instant(5_000))?.staleBecause).toEqual(["jumped"]);
    expect(final.jumpOf("espn")).toBe("clock");
  });

  it("lets a score that was reconstructed appear at once", () => {
    const one = new ClockArbiter(RULES, true);
    one.observe(shown("espn", 0, { clockSeconds: 720, homeScore: 0, awayScore: 0 }));
    one.observe(shown("espn", 5_000, { clockSeconds: 0, homeScore: 31, awayScore: 28 }));
    expect(one.clock(instant(5_000))?.staleBecause).toEqual([]);
  });

  it("believes a lower score once it has stood, and the higher one is forgotten", () => {
    const one = arbiter(shown("espn", 0, { homeScore: 20 }));
    for (let at = 5_000; at < 125_000; at += 5_000) {
      one.observe(shown("espn", at, { homeScore: 12 }));
      expect(one.clock(instant(at))?.staleBecause).toEqual(["backwards"]);
    }
    one.observe(shown("espn", 125_000, { homeScore: 12 }));
    expect(one.clock(instant(125_000))).toMatchObject({ homeScore: 12, staleBecause: [] });
  });

  it("believes a lower score at once that both feeds show, but never a game that is to come again", () => {
    const one = arbiter(
      shown("espn", 0, { homeScore: 20 }),
      shown("nba", 0, { homeScore: 20 }),
      shown("espn", 5_000, { homeScore: 12 }),
    );
    expect(one.clock(instant(5_000))).toMatchObject({ homeScore: 20, staleBecause: [] });
    one.observe(shown("nba", 5_000, { homeScore: 12 }));
    one.observe(shown("espn", 10_000, { homeScore: 12 }));
    expect(one.clock(instant(10_000))).toMatchObject({ homeScore: 12, staleBecause: [] });
    const start = { state: "pre", period: 0, clockSeconds: 0, homeScore: 0, awayScore: 0 } as const;
    for (let at = 15_000; at < 300_000; at += 5_000) {
      one.observe(shown("espn", at, start));
      one.observe(shown("nba", at, start));
    }
    expect(one.clock(instant(300_000))?.staleBecause).toContain("backwards");
  });
});
