import type { ScoreFeeds } from "../../activities/ports.ts";

const away = (): Promise<never> => Promise.reject(new Error("no score feed in this test"));

/** Feeds of which none answers. */
export const NO_FEEDS: ScoreFeeds = {
  espnScoreboard: away,
  nbaScoreboard: away,
  winProbability: away,
  injuries: away,
};
