import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { FeedName } from "../../core/domain/feeds.ts";
import { countOf, type FeedsOptions, send, textOf } from "./answers.ts";
import { coinbaseRoutes } from "./coinbase-routes.ts";
import { espnInjuries, espnProbabilities, espnScoreboard, espnSummary } from "./espn.ts";
import { nbaBoxScore, nbaPlayByPlay, nbaScoreboard } from "./nba.ts";
import type { FeedState } from "./state.ts";

/** An answer's payload; null when there is no such thing, `away` when it cannot be known now. */
type Payload = object | null | "away";
type Build = (state: FeedState, request: FastifyRequest) => Payload;

const ESPN_SITE = "/espn/apis/site/v2/sports/basketball/nba";
const ESPN_CORE = "/espn/v2/sports/basketball/leagues/nba";
const NBA_DATA = "/nba/static/json/liveData";
/** ESPN's own default and largest page. */
const PAGE_DEFAULT = 25;
const PAGE_MAX = 1_000;

/** Serves look-alikes of ESPN's, the NBA's and Coinbase's feeds, and the partners' probabilities. */
export async function feedsPlugin(app: FastifyInstance, options: FeedsOptions): Promise<void> {
  espnRoutes(app, options);
  nbaRoutes(app, options);
  coinbaseRoutes(app, options);
  app.get("/sim/v1/partners", () => options.state()?.partners ?? []);
  await Promise.resolve();
}

function espnRoutes(app: FastifyInstance, options: FeedsOptions): void {
  const get = (path: string, build: Build): void => {
    app.get(path, (request, reply) => answer(options, "espn", request, reply, build));
  };
  get(`${ESPN_SITE}/scoreboard`, (state, request) =>
    espnScoreboard(state, textOf(request.query, "dates"), options.now()),
  );
  get(`${ESPN_SITE}/summary`, (state, request) => {
    const game = state.byEspnId(textOf(request.query, "event") ?? "");
    if (!game || !espnShows(state, game.espn)) return null;
    return state.isAway("espn", game) ? "away" : espnSummary(state, game);
  });
  get(`${ESPN_SITE}/injuries`, (state) =>
    state.isPageAway() ? "away" : espnInjuries(state, options.now()),
  );
  get(`${ESPN_CORE}/events/:event/competitions/:competition/probabilities`, (state, request) => {
    const game = state.byEspnId(textOf(request.params, "event") ?? "");
    if (!game || !espnShows(state, game.espn)) return null;
    if (state.isAway("espn", game) || state.isPageAway(game)) return "away";
    const limit = Math.min(PAGE_MAX, countOf(request.query, "limit") ?? PAGE_DEFAULT);
    return espnProbabilities(game, limit, countOf(request.query, "page") ?? 1);
  });
}

function espnShows(state: FeedState, shown: unknown): boolean {
  return state.hasEspn || shown !== null;
}

function nbaRoutes(app: FastifyInstance, options: FeedsOptions): void {
  const get = (path: string, build: Build): void => {
    app.get(path, async (request, reply) => {
      // The CDN has refused every other caller since May 2026.
      if (request.headers.referer === "https://www.nba.com/") {
        return answer(options, "nba", request, reply, build);
      }
      return reply
        .code(403)
        .type("application/xml")
        .send("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
    });
  };
  const gameOf = (state: FeedState, request: FastifyRequest): ReturnType<FeedState["byNbaId"]> =>
    state.byNbaId(textOf(request.params, "game") ?? "");
  get(`${NBA_DATA}/scoreboard/todaysScoreboard_00.json`, (state) =>
    nbaScoreboard(state, options.now()),
  );
  get(`${NBA_DATA}/playbyplay/playbyplay_:game.json`, (state, request) => {
    const game = gameOf(state, request);
    if (game && state.isAway("nba", game)) return "away";
    return game && nbaPlayByPlay(game, options.now());
  });
  get(`${NBA_DATA}/boxscore/boxscore_:game.json`, (state, request) => {
    const game = gameOf(state, request);
    if (game && state.isAway("nba", game)) return "away";
    return game && nbaBoxScore(state, game, options.now());
  });
}

async function answer(
  options: FeedsOptions,
  target: FeedName,
  request: FastifyRequest,
  reply: FastifyReply,
  build: Build,
): Promise<FastifyReply> {
  const state = options.state();
  const payload = state && (state.isAway(target) ? "away" : build(state, request));
  if (payload === null) return reply.code(404).send({ code: 404, message: "Not Found" });
  // What was shown before the feed was lost would look new again with each answer.
  if (payload === "away") return reply.code(503).send({ code: 503, message: "Away" });
  return send(reply, payload, options.fault?.(target, request.url) ?? null);
}
