import type { Client } from "@temporalio/client";
import type pg from "pg";
import { createAlarmBook, type AlarmBook } from "../activities/alarm-book.ts";
import { createFeeBook } from "../activities/fee-book.ts";
import { FeedPoller } from "../activities/feed-poller.ts";
import { createMarketBook } from "../activities/market-book.ts";
import { MarketHub } from "../activities/market-hub.ts";
import { createObservationStore, type ObservationStore } from "../activities/observation-store.ts";
import type { NightSource, ScoreFeeds } from "../activities/ports.ts";
import { createReadings } from "../activities/readings.ts";
import { createEspnClient } from "../clients/espn/client.ts";
import { createRateBudget } from "../clients/http/token-bucket.ts";
import { createKalshiStream } from "../clients/kalshi/stream.ts";
import { createKalshiVenue } from "../clients/kalshi/venue.ts";
import { createNbaClient } from "../clients/nba/client.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Environment } from "../runtime/config.ts";
import { createExchangeControl, type ExchangeControl } from "../runtime/exchange-control.ts";
import { homeAt } from "../runtime/home.ts";
import type { Logger } from "../runtime/log.ts";
import { followPlayerClock } from "../runtime/run-clock.ts";
import { connectTemporal } from "../runtime/temporal-client.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { type Db, openDatabase, openPool } from "../schema/database.ts";
import { type Health, watchHealth } from "./health.ts";
import { readPaperKey } from "./paper-key.ts";

/** Connections for queries, and for senders that each hold the kill's lock while they wait. */
const QUERY_CONNECTIONS = 10;
const SENDER_CONNECTIONS = 8;

/** Everything the activities of this process are made of. */
export type Services = Awaited<ReturnType<typeof openServices>>;

/** Opens database, Temporal, venue, feeds and clock, by the environment. */
export async function openServices(environment: Environment, log: Logger) {
  const { databaseUrl, temporalAddress, exchangeUrl } = requiredAddresses(environment);
  const home = homeAt(environment.home, {
    postgres: environment.databasePath,
    logs: environment.logPath,
  });
  const { config, hash } = loadTipoffConfig(environment.configFile);
  const { db, senders } = openPools(databaseUrl, log);
  const client = await connectTemporal(temporalAddress);
  const health = watchHealth(db, client);
  const control = createExchangeControl(exchangeUrl);
  const clock = await followPlayerClock({
    control,
    holder: `worker-${process.pid}`,
    isHealthy: () => health.isHealthy(),
    log,
  });
  const alarms = createAlarmBook({ db, log });
  const store = createObservationStore({ db, spoolDir: home.spool, log, clock });
  const venueSide = await openVenue(environment, exchangeUrl, home.exchange, clock, log);
  const feeds = openFeeds(exchangeUrl, clock);
  const hub = new MarketHub({ stream: venueSide.stream, clock, log });
  return {
    environment,
    home,
    config,
    configHash: hash,
    db,
    senders,
    client,
    health,
    control,
    clock,
    alarms,
    store,
    ...venueSide,
    feeds,
    source: nightSource(control),
    hub,
    books: createMarketBook(hub),
    fees: createFeeBook(venueSide.venue),
    poller: new FeedPoller({ feeds, clock, settings: config.watch.feeds, log }),
    readings: createReadings({
      db,
      source: nightSource(control),
      feeds,
      clock,
      config: config.decision.forecast,
      log,
    }),
    log,
  };
}

/** Ends what `openServices` opened, losing nothing that was seen. */
export async function closeServices(services: {
  readonly store: ObservationStore;
  readonly alarms: AlarmBook;
  readonly health: Health;
  readonly db: Db;
  readonly senders: pg.Pool;
  readonly client: Client;
}): Promise<void> {
  services.health.stop();
  await services.store.close();
  await services.alarms.flush();
  await services.senders.end();
  await services.db.destroy();
  await services.client.connection.close();
}

function openPools(databaseUrl: string, log: Logger): { db: Db; senders: pg.Pool } {
  const onConnectionLost = (error: Error): void => {
    log.warn({ error: error.message }, "database connection lost");
  };
  const options = { url: databaseUrl, onConnectionLost };
  return {
    db: openDatabase({ ...options, poolSize: QUERY_CONNECTIONS, name: "tipoff worker" }),
    senders: openPool({ ...options, poolSize: SENDER_CONNECTIONS, name: "tipoff sender" }),
  };
}

async function openVenue(
  { mode }: Environment,
  exchangeUrl: string,
  exchangeDir: string,
  clock: RunClock,
  log: Logger,
) {
  const { keyId, privateKeyPem } = await readPaperKey(exchangeDir);
  const restUrl = `${exchangeUrl}/trade-api/v2`;
  const wsUrl = `${exchangeUrl.replace(/^http/, "ws")}/trade-api/ws/v2`;
  const bucket = createRateBudget(clock);
  return {
    venue: createKalshiVenue({ mode, restUrl, keyId, privateKeyPem, bucket, clock, log }),
    stream: createKalshiStream({ mode, wsUrl, keyId, privateKeyPem, clock, log }),
  };
}

function openFeeds(exchangeUrl: string, clock: RunClock): ScoreFeeds {
  const espn = createEspnClient({
    siteUrl: `${exchangeUrl}/espn`,
    coreUrl: `${exchangeUrl}/espn`,
    clock,
  });
  const nba = createNbaClient({ baseUrl: `${exchangeUrl}/nba`, clock });
  return {
    espnScoreboard: (date) => espn.scoreboard(date),
    nbaScoreboard: () => nba.scoreboard(),
    winProbability: (id) => espn.winProbability(id),
    injuries: () => espn.injuries(),
  };
}

function nightSource(control: ExchangeControl): NightSource {
  return {
    pastGames: () => control.pastGames(),
    partners: () => control.partners(),
    manifest: () => control.manifest(),
  };
}

function requiredAddresses(environment: Environment): {
  databaseUrl: string;
  temporalAddress: string;
  exchangeUrl: string;
} {
  const { databaseUrl, temporalAddress, exchangeUrl } = environment;
  if (databaseUrl === null || temporalAddress === null || exchangeUrl === null) {
    throw new Error(
      "the worker needs DATABASE_URL, TEMPORAL_ADDRESS and TIPOFF_EXCHANGE_URL; `tipoff up` sets them",
    );
  }
  return { databaseUrl, temporalAddress, exchangeUrl };
}
