import type { Client } from "@temporalio/client";
import type pg from "pg";
import { tellOpenOrders } from "../activities/account.ts";
import { type AlarmBook, createAlarmBook, PROCESS_BOUND_ALARMS } from "../activities/alarm-book.ts";
import { auditedVenue } from "../activities/audited-venue.ts";
import { createBreakerBook, type BreakerBook } from "../activities/breaker-book.ts";
import { createFeeBook } from "../activities/fee-book.ts";
import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import { FeedPoller } from "../activities/feed-poller.ts";
import { createIntentQueue } from "../activities/intent-queue.ts";
import { createLimitsBook, type LimitsBook } from "../activities/limits-book.ts";
import { createMarketBook } from "../activities/market-book.ts";
import { MarketHub } from "../activities/market-hub.ts";
import { createObservationStore, type ObservationStore } from "../activities/observation-store.ts";
import type { NightSource, ScoreFeeds } from "../activities/ports.ts";
import { createReadings } from "../activities/readings.ts";
import { countCalls } from "../activities/counted-venue.ts";
import { createRiskInputs } from "../activities/risk-inputs.ts";
import { watchVenue, type VenueWatch } from "../activities/venue-watch.ts";
import { createEspnClient } from "../clients/espn/client.ts";
import { createNbaClient } from "../clients/nba/client.ts";
import { createVenueBrakes } from "../activities/venue-brakes.ts";
import { orderGroupLimit } from "../core/risk/order-group.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Venue } from "../core/domain/venue.ts";
import type { LossFacts } from "../core/risk/losses.ts";
import { loadGameStrategies } from "../runtime/game-strategies.ts";
import type { Environment } from "../runtime/config.ts";
import { createExchangeControl, type ExchangeControl } from "../runtime/exchange-control.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import { canonicalJson } from "../runtime/config-file.ts";
import { takeSnapshot } from "../runtime/config-snapshot.ts";
import { loadGates } from "../runtime/gates-config.ts";
import { type Home, homeAt } from "../runtime/home.ts";
import type { Logger } from "../runtime/log.ts";
import { followPlayerClock, type LeasedClock } from "../runtime/run-clock.ts";
import { openSigner } from "../runtime/signing-key.ts";
import { connectTemporal } from "../runtime/temporal-client.ts";
import { loadTipoffConfig, type TipoffConfig } from "../runtime/tipoff-config.ts";
import { venueAddresses } from "../runtime/venue-addresses.ts";
import { type Db, openDatabase, openPool } from "../schema/database.ts";
import { clearAlarms } from "../schema/queries/alarms.ts";
import { keepConfig } from "../schema/queries/configs.ts";
import { lastMarks } from "../schema/queries/observations.ts";
import { createBitcoinSide } from "./bitcoin.ts";
import { type Health, watchHealth } from "./health.ts";
import { takeLimitsIntoForce } from "./limits.ts";
import { openVenue } from "./venue.ts";

/** Connections for queries, and for senders that each hold the kill's lock while they wait. */
const QUERY_CONNECTIONS = 10;
const SENDER_CONNECTIONS = 8;

/** Everything the activities of this process are made of. */
export type Services = Awaited<ReturnType<typeof openServices>>;

/** Opens database, Temporal, venue, feeds and clock, by the environment. */
export async function openServices(environment: Environment, log: Logger) {
  const base = await openBase(environment, log);
  const { exchangeUrl, mode, home, config, db, control, clock, alarms, limits } = base;
  // What a dead predecessor saw has ended with it; what still holds is raised anew, from the opening of these on.
  await clearAlarms(db, PROCESS_BOUND_ALARMS, clock.now());
  // Before anything is decided under them: a night that is resumed may go on with other settings.
  await keepConfig(db, { configHash: base.configHash, config: canonicalJson(config) });
  // Losses change only once activities run, and by then there is a hub.
  const marks = (): LossFacts["marks"] => hub.marks();
  const breakers = openBreakers({ db, mode, config, limits, clock, log }, marks);
  const onRefused = breakers.observationsRefused;
  const store = createObservationStore({ db, spoolDir: home.spool, log, clock, onRefused });
  const stallMs = config.watch.bookStaleWallMs;
  const addresses = venueAddresses(config.venue, exchangeUrl);
  const places = { venue: addresses, exchangeDir: home.exchange, environment };
  const opened = await openVenue({ mode, places, stallMs, clock, log });
  const counted = (venue: Venue): Venue => countCalls(venue, breakers.venueCalled);
  const venueSide = { ...opened, venue: counted(opened.venue) };
  const feeds = openFeeds(exchangeUrl, clock);
  const file = environment.limitsFile;
  const leaveLimits = await takeLimitsIntoForce({ db, mode, file, alarms, clock, log });
  const hub = new MarketHub({ ...venueSide, clock, log });
  const audit = { db, clock, mode, alarms, log, actor: "worker" };
  for (const [ticker, mark] of Object.entries(await lastMarks(db, mode))) {
    hub.restoreMark(ticker, mark);
  }
  await tellOpenOrders(db, mode, hub);
  const source = nightSource(control);
  const readings = createReadings({
    ...{ db, source, feeds, clock, alarms, log },
    config: config.decision.forecast,
    ratings: config.ratings,
  });
  const venueWatch = watchVenue({ venue: venueSide.venue, clock, log });
  const { stream, venue } = venueSide;
  const ofBitcoin = { config: config.bitcoin, source, store, stream, venue };
  const bitcoin = createBitcoinSide({ ...base, ...ofBitcoin });
  return {
    ...base,
    bitcoin,
    breakers,
    store,
    ...venueSide,
    venue: auditedVenue(venueSide.venue, audit),
    urgentVenue: auditedVenue(counted(opened.urgentVenue), audit),
    feeds,
    source,
    hub,
    books: createMarketBook(hub),
    brakes: createVenueBrakes({
      db,
      venue: venueSide.venue,
      groupLimit: async (runId) => orderGroupLimit((await limits.ofRun(runId)).limits),
      expiresAfterMs: config.decision.execution.restingExpiryMs,
      killFilePath: home.killFile,
    }),
    fees: createFeeBook(venueSide.venue),
    intents: createIntentQueue(db, limits.find),
    poller: new FeedPoller({ feeds, clock, settings: config.watch.feeds, log }),
    readings,
    venueWatch,
    leaveLimits,
    readInputs: createRiskInputs({
      ...{ hub, readings, venueWatch },
      decisions: store,
    }),
  };
}

/** What the rest is made of: settings, connections, run time, alarms and limits. */
async function openBase(environment: Environment, log: Logger) {
  const { databaseUrl, temporalAddress, exchangeUrl } = requiredAddresses(environment);
  const home = homeAt(environment.home, {
    postgres: environment.databasePath,
    logs: environment.logPath,
  });
  const { config, hash: configHash } = loadTipoffConfig(environment.configFile);
  const { mode } = environment;
  const stage = await openStage(home, environment);
  const strategies = await loadGameStrategies(config.decision.strategies, {
    home,
    signer: stage.signer,
  });
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
  return {
    environment,
    exchangeUrl,
    mode,
    home,
    config,
    configHash,
    stage,
    strategies,
    db,
    senders,
    client,
    health,
    control,
    clock,
    alarms: createAlarmBook({ db, log }),
    limits: createLimitsBook({ db, mode, gameLimits: config.limits }),
    log,
  };
}

/** Ends what `openServices` opened, losing nothing that was seen. */
export async function closeServices(services: {
  readonly store: ObservationStore;
  readonly alarms: AlarmBook;
  readonly breakers: BreakerBook;
  readonly health: Health;
  readonly venueWatch: VenueWatch;
  readonly leaveLimits: () => void;
  readonly bitcoin: { readonly close: () => Promise<void> };
  readonly poller: FeedPoller;
  readonly stream: KalshiStream;
  readonly clock: LeasedClock;
  readonly db: Db;
  readonly senders: pg.Pool;
  readonly client: Client;
}): Promise<void> {
  await services.health.stop();
  await services.venueWatch.stop();
  services.leaveLimits();
  await services.bitcoin.close();
  services.poller.stop();
  services.stream.close();
  await services.store.close();
  services.breakers.stop();
  await services.alarms.flush();
  services.clock.stop();
  await services.senders.end();
  await services.db.destroy();
  await services.client.connection.close();
}

function openBreakers(
  of: {
    readonly db: Db;
    readonly mode: Mode;
    readonly config: TipoffConfig;
    readonly limits: LimitsBook;
    readonly clock: RunClock;
    readonly log: Logger;
  },
  marks: () => LossFacts["marks"],
): BreakerBook {
  const { config, limits, ...rest } = of;
  const limitsOf = async (runId: string): Promise<RiskLimits> => (await limits.ofRun(runId)).limits;
  return createBreakerBook({ ...rest, thresholds: config.breakers, losses: { marks, limitsOf } });
}

/** What keeps test windows and stages; the snapshot is of the settings that this process has just read. */
async function openStage(home: Home, { configFile, limitsFile, alertsFile }: Environment) {
  const places = { home, configFile, limitsFile, alertsFile, commit: codeCommit() };
  return {
    signer: await openSigner(home),
    gates: loadGates().gates,
    places,
    loaded: await takeSnapshot(places),
  };
}

function openPools(databaseUrl: string, log: Logger): { db: Db; senders: pg.Pool } {
  const onConnectionLost = (error: Error): void => {
    log.warn({ error: error.message }, "database connection lost");
  };
  const options = { url: databaseUrl, onConnectionLost };
  return {
    db: openDatabase({ ...options, poolSize: QUERY_CONNECTIONS, name: "tipoff worker" }),
    // Their one write is the stamp before the wire: lost with the database, it is taken for granted.
    senders: openPool({
      ...options,
      poolSize: SENDER_CONNECTIONS,
      name: "tipoff sender",
      isDurable: false,
    }),
  };
}

/** The score feeds of a stack, by their ports. */
export function openFeeds(exchangeUrl: string, clock: RunClock): ScoreFeeds {
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

/** What is known of the night beside the feeds. */
export function nightSource(control: ExchangeControl): NightSource {
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
