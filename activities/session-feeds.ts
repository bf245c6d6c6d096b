import type { FeedFault, FeedGame, RawResponse } from "../core/domain/feeds.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { GameView } from "../core/strategies/view.ts";
import type { GameBreakers } from "./breaker-book.ts";
import type { FeedListener } from "./feed-poller.ts";
import type { SessionRecorder, SnapshotTrigger } from "./session-recorder.ts";

/** Alarms that end when the feed shows the game again. */
const FEED_ALARMS = ["feed_invalid", "feed_jumped", "teams_swapped"];

/** What a session hears feeds with. */
interface FeedSide {
  readonly game: GameRef;
  readonly view: GameView;
  readonly recorder: SessionRecorder;
  readonly breakers: GameBreakers;
  readonly clock: RunClock;
}

/**
 * What a session makes of the score feeds: into the view, and an alarm with the field of what cannot be
 * believed. `onSeen` is told of each change, with the game where a feed showed it.
 */
export function feedListenerOf(
  deps: FeedSide,
  onSeen: (trigger: SnapshotTrigger, seen: FeedGame | null) => void,
): FeedListener {
  const { game, view, recorder, breakers } = deps;
  const sourceOf = (feed: string): string => `${feed} ${game.eventTicker}`;
  return {
    home: game.home,
    away: game.away,
    espnEventId: game.espnEventId,
    nbaGameId: game.nbaGameId,
    date: game.tradingDate,
    onGame: (seen: FeedGame, raw: RawResponse) => {
      if (!view.observeFeedGame(seen)) {
        const shows = `${seen.feed} shows ${seen.away} at ${seen.home}`;
        recorder.alarm("teams_swapped", `${seen.feed}.home`, shows);
        breakers.sourceInvalid(sourceOf(seen.feed), "teams swapped");
        return;
      }
      tellOfDoubts(deps, seen);
      breakers.sourceValid(sourceOf(seen.feed));
      recorder.raw(seen.feed, raw);
      onSeen("clock", seen);
    },
    onWinProbability: (reading, raw) => {
      view.observeWinProbability(reading);
      recorder.raw("espn-probability", raw);
      onSeen("probability", null);
    },
    onFault: (fault: FeedFault) => {
      recorder.alarm("feed_invalid", `${fault.source}.${fault.field}`, fault.reason);
      // A feed that does not answer is late, not wrong: its age says so by itself.
      if (fault.field === "response") return;
      breakers.sourceInvalid(sourceOf(fault.source), `${fault.field} ${fault.reason}`);
    },
  };
}

/** Of a feed that shows the right game, but perhaps not as it can be. */
function tellOfDoubts({ view, recorder, clock }: FeedSide, { feed, isFinal }: FeedGame): void {
  const leapt = view.jumpOf(feed);
  const isOwn = (field: string): boolean => field.startsWith(`${feed}.`);
  if (leapt === null) recorder.recovered(FEED_ALARMS, isOwn);
  else recorder.alarm("feed_jumped", `${feed}.${leapt}`, "more than can be played");
  if (view.finalWord(clock.now()) !== "alone") recorder.recovered(["final_disputed"], () => true);
  else if (isFinal) {
    recorder.alarm("final_disputed", `${feed}.status`, "the other feed still plays");
  }
}
