import { describe, expect, it } from "vitest";
import type { FeedGame, FeedName } from "./feeds.ts";
import { FinalWord } from "./final-word.ts";
import { instant } from "./units.ts";

const shown = (feed: FeedName, at: number, isFinal: boolean): FeedGame => ({
  feed,
  externalId: "1",
  date: "2026-11-20",
  home: "NYK",
  away: "BOS",
  tipAt: instant(0),
  state: isFinal ? "post" : "in",
  statusName: isFinal ? "STATUS_FINAL" : "STATUS_IN_PROGRESS",
  isFinal,
  period: 4,
  clockSeconds: 0,
  homeScore: 100,
  awayScore: 98,
  homePeriods: [],
  awayPeriods: [],
  sourceTime: null,
  fetchedAt: instant(at),
  receivedAt: instant(at),
});

const MINUTE = 60_000;
const after = (...games: readonly FeedGame[]): FinalWord => {
  const word = new FinalWord(false);
  for (const game of games) word.observe(game);
  return word;
};

describe("FinalWord", () => {
  it("says nothing while no feed does", () => {
    expect(after().judge(instant(0))).toBeNull();
    expect(after(shown("espn", 0, false)).judge(instant(0))).toBeNull();
  });

  it("is proven when both feeds say it", () => {
    expect(after(shown("espn", 0, true), shown("nba", 0, true)).judge(instant(0))).toBe("proven");
  });

  it("is alone while the other feed shows the game, however long", () => {
    const word = after();
    for (let at = 0; at <= 60 * MINUTE; at += MINUTE) {
      word.observe(shown("espn", at, true));
      word.observe(shown("nba", at, false));
      expect(word.judge(instant(at))).toBe("alone");
    }
  });

  it("is taken back by the feed that said it", () => {
    expect(
      after(shown("espn", 0, true), shown("espn", 1_000, false)).judge(instant(1_000)),
    ).toBeNull();
  });

  it("stands by itself once the other feed has been silent for ten minutes, or was never heard", () => {
    const silent = after(shown("nba", 0, false), shown("espn", 2 * MINUTE, true));
    expect(silent.judge(instant(12 * MINUTE - 1))).toBe("alone");
    expect(silent.judge(instant(12 * MINUTE))).toBe("proven");
    const unheard = after(shown("espn", 0, true), shown("espn", 9 * MINUTE, true));
    expect(unheard.judge(instant(9 * MINUTE))).toBe("alone");
    expect(unheard.judge(instant(10 * MINUTE))).toBe("proven");
  });

  it("is enough of one feed where the source has no other", () => {
    const word = new FinalWord(true);
    word.observe(shown("nba", 0, true));
    expect(word.judge(instant(0))).toBe("proven");
  });
});
