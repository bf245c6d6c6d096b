import { type Command, endChildren, ServiceError, waitUntil } from "./child.ts";
import { childEnvironment, type Environment } from "./config.ts";
import { prepareEmbeddedPostgres, waitForPostgres } from "./embedded/postgres.ts";
import { temporalCommand } from "./embedded/temporal.ts";
import { obtainTemporalBinary, type TemporalBinary } from "./embedded/temporal-binary.ts";
import { type Home, readServices, type Services, ServicesFile } from "./home.ts";
import { nodeArguments, PACKAGE_ROOT } from "./package-root.ts";
import { askLoopback } from "./loopback.ts";
import { choosePort } from "./ports.ts";
import { type ServiceSpec, type ServiceStatus, Supervisor } from "./supervisor.ts";
import {
  connectTemporal,
  findPoller,
  pingTemporal,
  type TemporalClient,
} from "./temporal-client.ts";
import { loadTipoffConfig, type TipoffConfig, type VenueSettings } from "./tipoff-config.ts";
import { LOCAL, type VenueAddresses, venueAddresses } from "./venue-addresses.ts";

/** The exchange reads what it kept of a live night before it answers, a week at most. Wall milliseconds. */
const REPLAY_PATIENCE_MS = 3_600_000;

/** What it takes to bring a home up. The caller holds the home. */
export interface StackOptions {
  readonly home: Home;
  readonly environment: Environment;
  readonly mode: "shadow" | "paper";
  /**
   * Says which strategy settings the worker reads. Asked when all but the worker runs, so that it can look
   * at what is under way; where it throws, no worker takes that up.
   */
  readonly findConfigFile: (
    at: Pick<Stack, "databaseUrl" | "temporalAddress" | "exchangeUrl">,
  ) => Promise<string>;
  /** Risk limits, when not those of the environment; for the bench. */
  readonly limitsFile?: string;
  /** Runs instead of `workers/main.ts`; for the bench. */
  readonly workerScript?: string;
  readonly migrate: (databaseUrl: string) => Promise<void>;
  /** One line for a person: what was found and chosen. */
  readonly say: (line: string) => void;
  readonly onStatus: (status: ServiceStatus) => void;
}

/** Everything that runs in a home. */
export interface Stack {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** Address of the Web UI; null for a server that is not ours. */
  readonly temporalUi: string | null;
  /** Control, feeds and, unless settings say otherwise, the venue. */
  readonly exchangeUrl: string;
  readonly venue: VenueAddresses;
  /** The settings that the worker was given. */
  readonly config: TipoffConfig;
  statuses(): readonly ServiceStatus[];
  /** Ends what was started: worker, exchange, Temporal, PostgreSQL. */
  stop(): Promise<void>;
}

/**
 * Ends what a dead supervisor left, then starts database, migrations, Temporal, exchange, worker.
 *
 * @throws Error of the first step that fails, after ending the ones before it.
 */
export async function bringUp(options: StackOptions): Promise<Stack> {
  const { home, environment, say } = options;
  const before = await readServices(home);
  await endChildren(before.processes);
  const file = new ServicesFile(home, { ...before, processes: [], urls: {} });
  const binary = environment.temporalAddress
    ? null
    : await obtainTemporalBinary({ environment, remembered: before.temporalBinary, say });
  await file.change({
    ports: await choosePorts(before.ports),
    ...(binary && { temporalBinary: binary.path }),
  });
  const supervisor = new Supervisor(home.logs, {
    onStatus: options.onStatus,
    onChildren: (processes) => file.change({ processes: [...processes] }),
  });
  try {
    const databaseUrl = environment.databaseUrl ?? (await launchPostgres(supervisor, home));
    const { port } = new URL(databaseUrl);
    const where = environment.databaseUrl ? "DATABASE_URL" : `embedded, ${home.postgres}`;
    say(`database   ${where}, port ${port || "5432"}`);
    await options.migrate(databaseUrl);
    const temporal = await launchTemporal(supervisor, options, file.services, binary);
    await file.change({ urls: { ...file.services.urls, database: databaseUrl, ...temporal } });
    const exchange = `http://127.0.0.1:${file.services.ports.exchange ?? 0}`;
    await supervisor.launch(exchangeSpec(home, exchange, environment));
    say(`exchange   ${exchange} (paper; Kalshi REST, WebSocket, ESPN and NBA feeds)`);
    const { temporalAddress, temporalUi = null } = temporal;
    const addresses = { databaseUrl, temporalAddress, exchangeUrl: exchange };
    const configFile = await options.findConfigFile(addresses);
    const { config } = loadTipoffConfig(configFile);
    const venue = venueAddresses(config.venue, exchange);
    // All at once: a kill in between must not take the last run's mode for this one's.
    await file.change({ venue, mode: options.mode, urls: { ...file.services.urls, exchange } });
    for (const line of describeVenue(config.venue)) say(line);
    await supervisor.launch(workerSpec(options, configFile, addresses));
    return {
      ...addresses,
      venue,
      config,
      temporalUi,
      statuses: () => supervisor.statuses(),
      stop: () => supervisor.stop(),
    };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** What of the venue is elsewhere, a line each. */
function describeVenue(settings: VenueSettings): readonly string[] {
  return Object.entries(settings).flatMap(([what, where]) =>
    where === LOCAL ? [] : [`venue      ${what} at ${String(where)}`],
  );
}

/** The home's own ports where they are free. */
async function choosePorts(before: Services["ports"]): Promise<Required<Services["ports"]>> {
  return {
    temporal: await choosePort(before.temporal),
    temporalUi: await choosePort(before.temporalUi),
    temporalMetrics: await choosePort(before.temporalMetrics),
    exchange: await choosePort(before.exchange),
  };
}

async function launchPostgres(supervisor: Supervisor, home: Home): Promise<string> {
  // The port is fixed by the first start: workers hold the address across restarts.
  let port: number | null = null;
  let url = "";
  await supervisor.launch({
    name: "postgres",
    stopSignal: "SIGINT", // Fast shutdown: transactions roll back, a checkpoint is written.
    graceMs: 10_000,
    prepare: async () => {
      const prepared = await prepareEmbeddedPostgres({
        dataDir: home.postgres,
        ...(port !== null && { port }),
      });
      ({ url, port } = prepared);
      return { ...prepared.process, cwd: "/" };
    },
    ready: () => waitForPostgres(url),
  });
  return url;
}

async function launchTemporal(
  supervisor: Supervisor,
  { environment, home, say }: StackOptions,
  { ports }: Services,
  binary: TemporalBinary | null,
): Promise<{ temporalAddress: string; temporalUi?: string }> {
  if (!binary) {
    const temporalAddress = environment.temporalAddress ?? "";
    await findTemporal(temporalAddress);
    say(`temporal   ${temporalAddress} (TEMPORAL_ADDRESS)`);
    return { temporalAddress };
  }
  const { temporal = 0, temporalUi = 0, temporalMetrics = 0 } = ports;
  const temporalAddress = `127.0.0.1:${temporal}`;
  await supervisor.launch({
    name: "temporal",
    stopSignal: "SIGTERM",
    graceMs: 10_000,
    prepare: () =>
      Promise.resolve(
        temporalCommand(binary, { temporal, temporalUi, temporalMetrics }, home.temporal),
      ),
    ready: ({ gone }) =>
      waitUntil("the Temporal dev server", 60_000, () => pingTemporal(temporalAddress), gone),
  });
  const ui = `http://127.0.0.1:${temporalUi}`;
  say(`temporal   ${temporalAddress}, ${binary.path} (${binary.how}, ${binary.version})`);
  say(`web ui     ${ui}`);
  return { temporalAddress, temporalUi: ui };
}

/** Waits for a server that somebody else runs. @throws ServiceError when it does not answer. */
async function findTemporal(address: string): Promise<void> {
  try {
    await waitUntil(`Temporal at ${address}`, 10_000, () => pingTemporal(address));
  } catch (cause) {
    throw new ServiceError(
      cause instanceof Error ? cause.message : String(cause),
      "start that server, or unset TEMPORAL_ADDRESS to have one started here",
      { cause },
    );
  }
}

function exchangeSpec(home: Home, url: string, environment: Environment): ServiceSpec {
  const { kalshiPrivateKeyPath: keyPath, liveSourceFile } = environment;
  return {
    name: "exchange",
    stopSignal: "SIGTERM",
    graceMs: 5_000,
    prepare: () =>
      Promise.resolve({
        command: process.execPath,
        args: nodeArguments(
          "cli/main.ts",
          ...["exchange", "--data", home.exchange, "--port", new URL(url).port],
        ),
        cwd: PACKAGE_ROOT,
        // Absolute, as it runs elsewhere: what a live source is heard with.
        env: childEnvironment({
          TIPOFF_LIVE_SOURCE: liveSourceFile,
          ...(keyPath !== null && { KALSHI_PRIVATE_KEY_PATH: keyPath }),
        }),
      }),
    ready: ({ gone }) =>
      waitUntil("the paper exchange", REPLAY_PATIENCE_MS, () => askClock(url), gone),
  };
}

async function askClock(url: string): Promise<void> {
  const { status } = await askLoopback(`${url}/sim/v1/clock`, { method: "GET", timeoutMs: 2_000 });
  if (status !== 200) throw new Error(`it answered ${status}`);
}

function workerSpec(
  { environment, home, mode, limitsFile, workerScript = "workers/main.ts" }: StackOptions,
  configFile: string,
  addresses: Pick<Stack, "databaseUrl" | "temporalAddress" | "exchangeUrl">,
): ServiceSpec {
  const command: Command = {
    command: process.execPath,
    // Its garbage is collected once it is half of what is alive; V8 would let it become three times that.
    args: ["--heap-growing-percent=50", ...nodeArguments(workerScript)],
    cwd: PACKAGE_ROOT,
    env: childEnvironment({
      DATABASE_URL: addresses.databaseUrl,
      TEMPORAL_ADDRESS: addresses.temporalAddress,
      TIPOFF_EXCHANGE_URL: addresses.exchangeUrl,
      TIPOFF_HOME: home.path,
      TIPOFF_MODE: mode,
      TIPOFF_CONFIG: configFile,
      TIPOFF_LIMITS: limitsFile ?? environment.limitsFile,
      TIPOFF_ALERTS: environment.alertsFile,
      LOG_LEVEL: environment.logLevel,
    }),
  };
  return {
    name: "worker",
    stopSignal: "SIGTERM",
    graceMs: 10_000,
    prepare: () => Promise.resolve(command),
    ready: ({ pid, gone }) => waitForWorker(addresses.temporalAddress, pid, gone),
  };
}

/** One connection for all the looks: a worker takes seconds to start, and a connection is dear. */
async function waitForWorker(address: string, pid: number, gone: AbortSignal): Promise<void> {
  let client: TemporalClient | null = null;
  try {
    await waitUntil(
      "the worker",
      60_000,
      async () => {
        client ??= await connectTemporal(address);
        await findPoller(client, pid);
      },
      gone,
    );
  } finally {
    // What is set within the closure the compiler does not see here.
    await (client as TemporalClient | null)?.connection.close();
  }
}
