import type { Client } from "@temporalio/client";
import { Option, type Command } from "commander";
import { readEnvironment, type Environment } from "../runtime/config.ts";
import { type Home, homeAt, homeHolder, readServices } from "../runtime/home.ts";
import { ALL_LOCAL, type VenueAddresses, venueAddresses } from "../runtime/venue-addresses.ts";
import { type Db, openDatabase } from "../schema/database.ts";
import { failed } from "./output.ts";

/** What every command that looks into a home takes. */
export interface HomeOption {
  readonly home?: string;
}

/** Adds `--home`. */
export function withHome(command: Command): Command {
  return command.addOption(
    new Option("--home <dir>", "data directory (default: TIPOFF_HOME, else .tipoff)"),
  );
}

/** A home and the environment it is looked at with. Nothing is started or taken. */
export interface OpenedHome {
  readonly home: Home;
  readonly environment: Environment;
}

/** Opens a home for reading its layout. */
export function openHome(options: HomeOption): OpenedHome {
  const environment = readEnvironment();
  const { databasePath: postgres, logPath: logs } = environment;
  return { home: homeAt(options.home ?? environment.home, { postgres, logs }), environment };
}

/** A home whose services run, as `services.json` tells. */
export interface RunningHome extends OpenedHome {
  readonly mode: "shadow" | "paper";
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly exchangeUrl: string;
  readonly venue: VenueAddresses;
  /** Web UI of the embedded server; null for a server that is not ours. */
  readonly temporalUi: string | null;
}

/** Reads where the home's services answer. @throws CommandError when none run. */
export async function findRunning(opened: OpenedHome): Promise<RunningHome> {
  const known = await findKnown(opened);
  if (known === null || (await homeHolder(opened.home)) === null) throw nothingRuns(opened);
  return known;
}

/**
 * Reads where the home's services answered last, also while nobody holds the home: for what must
 * work when everything else is down.
 *
 * @returns `null` when it is not known of all: none ever ran, they come up, or the last start failed.
 */
export async function findKnown(opened: OpenedHome): Promise<RunningHome | null> {
  const { urls, mode, venue: known } = await readServices(opened.home);
  const { database: databaseUrl, temporalAddress, temporalUi = null, exchange: exchangeUrl } = urls;
  if (!mode || !databaseUrl || !temporalAddress || !exchangeUrl) return null;
  const venue = known ?? venueAddresses(ALL_LOCAL, exchangeUrl);
  return { ...opened, mode, databaseUrl, temporalAddress, temporalUi, exchangeUrl, venue };
}

/** What is said of a home in which nothing answers. */
export function nothingRuns({ home }: OpenedHome): Error {
  return failed(
    `nothing runs in ${home.path}`,
    "start the services with `npx tipoff up`, or name another data directory with --home",
  );
}

/** Opens the database, uses it, and closes it. */
export async function withDatabase<T>(url: string, use: (database: Db) => Promise<T>): Promise<T> {
  // A command asks a few questions and ends: a lost connection shows in the next question.
  const onConnectionLost = (): void => undefined;
  const database = openDatabase({ url, poolSize: 3, name: "tipoff-cli", onConnectionLost });
  try {
    return await use(database);
  } finally {
    await database.destroy();
  }
}

/** Opens database and Temporal, uses them, and closes them. */
export async function withConnections<T>(
  addresses: Pick<RunningHome, "databaseUrl" | "temporalAddress">,
  use: (connections: { readonly database: Db; readonly temporal: Client }) => Promise<T>,
): Promise<T> {
  return withDatabase(addresses.databaseUrl, (database) =>
    withTemporal(addresses.temporalAddress, (temporal) => use({ database, temporal })),
  );
}

/** Connects to Temporal, uses the client, and closes it. */
export async function withTemporal<T>(
  address: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  // Loaded only where it is needed: it takes longer than all the rest of a command that is not.
  const { connectTemporal } = await import("../runtime/temporal-client.ts");
  const client = await connectTemporal(address);
  try {
    return await use(client);
  } finally {
    await client.connection.close();
  }
}
