import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Instant } from "../../core/domain/units.ts";
import type { FaultKind, FaultTarget } from "../faults/faults.ts";
import { espnInjuries, espnProbabilities, espnScoreboard, espnSummary } from "./espn.ts";
import { jsonAnswer, spoil } from "./faults.ts";
import { nbaBoxScore, nbaPlayByPlay, nbaScoreboard } from "./nba.ts";
import type { FeedState } from "./state.ts";

/** What the feeds are made of. */
export interface FeedsOptions {
  /** The night being played; null while none is loaded. */
  readonly state: () => FeedState | null;
  /** Now, in run time. */
  readonly now: () => Instant;
  /** What is wrong with a path of a feed now; null when all is well. */
  readonly fault?: (target: FaultTarget, path: string) => FaultKind | null;
}

/** An answer's payload; null when there is no such thing. */
type Payload = object | null;
type Build = (state: FeedState, request: FastifyRequest) => Payload;

const ESPN_SITE = "/espn/apis/site/v2/sports/basketball/nba";
const ESPN_CORE = "/espn/v2/sports/basketball/leagues/nba";
const NBA_DATA = "/nba/static/json/liveData";
/** ESPN's own default and largest page. */
const PAGE_DEFAULT = 25;
const PAGE_MAX = 1_000;

/** Serves look-alikes of ESPN's and the NBA's feeds, and the partners' probabilities. */
export async function feedsPlugin(app: FastifyInstance, options: FeedsOptions): Promise<void> {
  espnRoutes(app, options);
  nbaRoutes(app, options);
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
    return game && espnShows(state, game.espn) ? espnSummary(state, game) : null;
  });
  get(`${ESPN_SITE}/injuries`, (state) => espnInjuries(state, options.now()));
  get(`${ESPN_CORE}/events/:event/competitions/:competition/probabilities`, (state, request) => {
    const game = state.byEspnId(textOf(request.params, "event") ?? "");
    if (!game || !espnShows(state, game.espn)) return null;
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
    return game && nbaPlayByPlay(game, options.now());
  });
  get(`${NBA_DATA}/boxscore/boxscore_:game.json`, (state, request) => {
    const game = gameOf(state, request);
    return game && nbaBoxScore(state, game, options.now());
  });
}

async function answer(
  options: FeedsOptions,
  target: FaultTarget,
  request: FastifyRequest,
  reply: FastifyReply,
  build: Build,
): Promise<FastifyReply> {
  const state = options.state();
  const payload = state && build(state, request);
  if (payload === null) return reply.code(404).send({ code: 404, message: "Not Found" });
  const fault = options.fault?.(target, request.url) ?? null;
  const answered = fault === null ? jsonAnswer(payload) : spoil(payload, fault);
  if (answered === null) {
    // Fastify forgets the request; the caller waits until it, or the server, hangs up.
    reply.hijack();
    return reply;
  }
  return reply.code(answered.status).type(answered.contentType).send(answered.body);
}

/** A text of a query or of a path's parameters. */
function textOf(from: unknown, name: string): string | null {
  if (typeof from !== "object" || from === null) return null;
  const value = new Map<string, unknown>(Object.entries(from)).get(name);
  return typeof value === "string" && value !== "" ? value : null;
}

/** A count of 1 or more; null when there is none or it is not one. */
function countOf(from: unknown, name: string): number | null {
  const value = Number(textOf(from, name));
  return Number.isInteger(value) && value >= 1 ? value : null;
}
