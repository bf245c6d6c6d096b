import { mkdir } from "node:fs/promises";
import Fastify, { type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { FactSource } from "../facts.ts";
import { FaultBook, type FaultKind } from "../faults/faults.ts";
import { feedsPlugin } from "../feeds/plugin.ts";
import { type ArchiveLags, VENUE_LAGS } from "./http/archive.ts";
import type { ApiContext } from "./http/context.ts";
import { type ControlOptions, controlRoutes } from "./http/control-routes.ts";
import { groupRoutes } from "./http/group-routes.ts";
import { exchangeRoutes } from "./http/exchange-routes.ts";
import { errorAnswers, type HookOptions, venueHooks } from "./http/hooks.ts";
import { marketRoutes } from "./http/market-routes.ts";
import { orderRoutes } from "./http/order-routes.ts";
import { portfolioRoutes } from "./http/portfolio-routes.ts";
import { type TierName, TIERS, TokenBucket } from "./http/tokens.ts";
import { openKeys, type PaperKey } from "./keys.ts";
import { Nights } from "./nights.ts";
import { type LoadRequest, openSource } from "./sources.ts";
import { SpotSide } from "./spot-side.ts";
import { StreamServer } from "./stream/server.ts";

const API = "/trade-api/v2";

export interface ExchangeOptions {
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  /** Time passes without a lease. */
  readonly isFreeRunning: boolean;
  readonly latencyMs?: number;
  readonly tier?: TierName;
  /** When what is over moves to the `/historical` endpoints; as at the venue where it is not said. */
  readonly archive?: ArchiveLags;
  readonly log: Logger;
  readonly openSource?: (request: LoadRequest, dir: string) => Promise<FactSource>;
  /** Told once when the night can no longer be played; the process should end. */
  readonly onFailure?: (error: unknown) => void;
}

export interface ExchangeHandle {
  readonly url: string;
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Before `/products/...` and `/time` of the look-alike of Coinbase, whose stream is at `coinbaseWsUrl`. */
  readonly coinbaseUrl: string;
  readonly coinbaseWsUrl: string;
  readonly key: PaperKey;
  readonly nights: Nights;
  readonly faults: FaultBook;
  close(): Promise<void>;
}

/** Starts the exchange process: Kalshi's REST and stream, the feeds, and the control side. */
export async function startExchange(options: ExchangeOptions): Promise<ExchangeHandle> {
  await mkdir(options.dataDir, { recursive: true });
  const { log, dataDir } = options;
  const { ring, paper } = await openKeys(dataDir);
  const faults = new FaultBook();
  const now = (): Instant => nights.night?.playedTo ?? instant(0);
  const fault = (path: string): FaultKind | null => faults.find("kalshi", path, now());
  const stream = new StreamServer({ ring, night: () => nights.night, fault, wallNow: Date.now });
  const spot = new SpotSide({ stream, faults, now, feeds: () => nights.feeds });
  const budgets = new Budgets(options.tier ?? "basic", () => nights);
  const nights: Nights = new Nights({
    dataDir,
    isFreeRunning: options.isFreeRunning,
    latencyMs: options.latencyMs ?? 20,
    wall: () => performance.now(),
    openSource: options.openSource ?? openSource,
    listener: stream,
    onNewNight: () => {
      stream.reset();
      spot.reset();
      budgets.reset();
    },
    onFailure: (error) => {
      log.error({ error: String(error) }, "the night cannot be played on");
      options.onFailure?.(error);
    },
  });
  await nights.resume();

  const app = Fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 200 } });
  const context: ApiContext = {
    night: () => nights.night,
    tier: options.tier ?? "basic",
    archive: options.archive ?? VENUE_LAGS,
    buckets: () => budgets.current(),
    wallNow: Date.now,
  };
  errorAnswers(app, (error) => {
    log.error({ error: String(error) }, "a call failed");
  });
  await app.register(venuePlugin, { prefix: API, context, ring, fault });
  await app.register(controlPlugin, {
    prefix: "/sim/v1",
    nights,
    faults,
    connections: () => stream.connections,
  });
  await app.register(playedFeeds, { nights, faults, now });
  app.server.on("upgrade", (request, socket, head) => {
    spot.upgrade(request, socket, head);
  });
  const url = await app.listen({ port: options.port, host: options.host ?? "127.0.0.1" });
  log.info({ url, dataDir, night: nights.request?.source ?? null }, "paper exchange listens");
  return {
    url,
    restUrl: `${url}${API}`,
    wsUrl: `${url.replace("http", "ws")}/trade-api/ws/v2`,
    coinbaseUrl: `${url}/coinbase`,
    coinbaseWsUrl: `${url.replace("http", "ws")}/coinbase/ws`,
    key: paper,
    nights,
    faults,
    close: async () => {
      stream.close();
      spot.close();
      await app.close();
      await nights.close();
    },
  };
}

async function venuePlugin(api: FastifyInstance, options: HookOptions): Promise<void> {
  venueHooks(api, options);
  for (const routes of [exchangeRoutes, marketRoutes, portfolioRoutes, orderRoutes, groupRoutes]) {
    routes(api, options.context);
  }
  await Promise.resolve();
}

async function controlPlugin(api: FastifyInstance, options: ControlOptions): Promise<void> {
  controlRoutes(api, options);
  await Promise.resolve();
}

/** The feeds, which show everything up to now. */
async function playedFeeds(
  feeds: FastifyInstance,
  options: { nights: Nights; faults: FaultBook; now: () => Instant },
): Promise<void> {
  const { nights, faults, now } = options;
  feeds.addHook("onRequest", async () => {
    await nights.night?.catchUp();
  });
  await feedsPlugin(feeds, {
    state: () => nights.feeds,
    now,
    fault: (target, path) => faults.find(target, path, now()),
  });
}

/** The account's token buckets, which begin full with each night. */
class Budgets {
  readonly #tier: TierName;
  readonly #nights: () => Nights;
  #buckets: { read: TokenBucket; write: TokenBucket } | null = null;

  constructor(tier: TierName, nights: () => Nights) {
    this.#tier = tier;
    this.#nights = nights;
  }

  reset(): void {
    this.#buckets = null;
  }

  current(): { read: TokenBucket; write: TokenBucket } {
    if (this.#buckets !== null) return this.#buckets;
    const clock = this.#nights().night?.clock ?? { now: () => instant(Date.now()), speed: 1 };
    const { read, write } = TIERS[this.#tier];
    this.#buckets = { read: new TokenBucket(clock, read), write: new TokenBucket(clock, write) };
    return this.#buckets;
  }
}
