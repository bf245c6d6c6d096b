import { onTestFinished } from "vitest";
import { createEspnClient } from "../../clients/espn/client.ts";
import { createNbaClient } from "../../clients/nba/client.ts";
import type { FeedName } from "../../core/domain/feeds.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { SlateGame } from "../../sim/facts.ts";
import { PATIENT_MS, SILENT } from "../../test/support/kalshi.ts";
import { startWireServer } from "../../test/support/wire-server.ts";
import { followGames, type GamesOptions } from "../games.ts";
import type { Told } from "../port.ts";

/** A game by hand, of LAC at POR. */
export const TIP = instant(Date.parse("2026-11-21T03:30:00Z"));
export const byHand: SlateGame = {
  eventTicker: "KXNBAGAME-26NOV20LACPOR",
  date: "2026-11-20",
  home: "POR",
  away: "LAC",
  tipAt: TIP,
  espnEventId: "",
  nbaGameId: "",
  marketTickers: [],
  reconstructed: [],
};

interface Answers {
  events: object[];
  injuries: object[];
  scoreboard: { games: object[] };
  readonly game: { readonly gameId: string; readonly actions: object[] };
  /** Of ESPN's probabilities. */
  count: number;
  items: object[];
}

interface Outside {
  readonly answers: Answers;
  /** Feeds, and pages by a part of their path, that refuse to answer. */
  readonly refusing: Set<FeedName | "/injuries" | "/probabilities">;
}

/** Feeds whose answers a test decides; without it they know of nothing. What is told of pages is told apart. */
export async function followByHand(
  options: Partial<GamesOptions> & { readonly now: () => number },
  prepare: (outside: Outside) => void = () => undefined,
) {
  const server = await startWireServer();
  onTestFinished(() => server.close());
  const answers: Answers = {
    events: [],
    injuries: [],
    scoreboard: { games: [] },
    game: { gameId: "0022600001", actions: [] },
    count: 0,
    items: [],
  };
  const refusing: Outside["refusing"] = new Set();
  server.answer = ({ path }) =>
    refusing.has(path.startsWith("/static") ? "nba" : "espn") ||
    [...refusing].some((part) => part.startsWith("/") && path.endsWith(part))
      ? { status: 403, json: {} }
      : { status: 200, json: answers };
  prepare({ answers, refusing });
  const clock: RunClock = { now: () => instant(options.now()), speed: 1 };
  const shared = { clock, timeoutMs: PATIENT_MS };
  const told: Told[] = [];
  const pages: string[] = [];
  const part = followGames({
    games: [byHand],
    espn: createEspnClient({ siteUrl: server.url, coreUrl: server.url, ...shared }),
    nba: createNbaClient({ baseUrl: server.url, ...shared }),
    tell: (fact) => {
      if (fact.kind !== "page-away") told.push(fact);
      else pages.push(`${fact.page} ${fact.isAway ? "away" : "back"}`);
    },
    clock,
    log: SILENT,
    ...options,
  });
  onTestFinished(() => part.close());
  const asked = (path: string): number =>
    server.seen.filter((seen) => seen.path.includes(path)).length;
  return { answers, refusing, told, pages, part, asked };
}

/** A line of ESPN's report. */
export const hurt = (displayName: string, status = "Out"): object => ({
  athlete: { displayName },
  status,
  date: "2026-11-20T20:00Z",
});

const FINAL = { name: "STATUS_FINAL", state: "post", completed: true };
export const IN_PLAY = { name: "STATUS_IN_PROGRESS", state: "in", completed: false };

/** The game on ESPN's scoreboard. */
export const onEspn = (id: string, type: object): object => ({
  id,
  date: "2026-11-21T03:30Z",
  status: { clock: 0, period: 4, type },
  competitions: [
    {
      competitors: [
        { homeAway: "home", score: "101", team: { abbreviation: "POR" } },
        { homeAway: "away", score: "99", team: { abbreviation: "LAC" } },
      ],
    },
  ],
});
export const final = (id: string): object => onEspn(id, FINAL);

const side = (teamTricode: string, score: number): object => ({ teamTricode, score, periods: [] });
/** The game on the NBA's scoreboard: 2 is in play, 3 final. */
export const onNba = (gameStatus: 2 | 3): object => ({
  gameId: "0022600001",
  gameCode: "20261120/LACPOR",
  gameStatus,
  gameStatusText: gameStatus === 3 ? "Final" : "Q4",
  period: 4,
  gameClock: gameStatus === 3 ? "" : "PT02M00.00S",
  gameTimeUTC: "2026-11-21T03:30:00Z",
  homeTeam: side("POR", 101),
  awayTeam: side("LAC", 99),
});
