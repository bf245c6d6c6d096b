import type { Client } from "@temporalio/client";
import { Option, type Command } from "commander";
import { readEnvironment, type Environment } from "../runtime/config.ts";
import { type Home, homeAt, homeHolder, readServices } from "../runtime/home.ts";
import { connectTemporal } from "../runtime/temporal-client.ts";
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

/** A home whose services run, with connections to them. */
export interface RunningHome extends OpenedHome {
  readonly database: Db;
  readonly temporal: Client;
  readonly exchangeUrl: string;
  /** Web UI of the embedded server; null for a server that is not ours. */
  readonly temporalUi: string | null;
}

/** Opens connections to a running home, runs the action, and closes them. */
export async function withRunningHome<T>(
  options: HomeOption,
  use: (running: RunningHome) => Promise<T>,
): Promise<T> {
  const opened = openHome(options);
  const running = await connect(opened);
  try {
    return await use(running);
  } finally {
    await running.temporal.connection.close();
    await running.database.destroy();
  }
}

/** Connects to the services noted in `services.json`. @throws CommandError when none run. */
export async function connect(opened: OpenedHome): Promise<RunningHome> {
  const { urls } = await readServices(opened.home);
  const { database: url, temporalAddress, exchange: exchangeUrl } = urls;
  const holder = await homeHolder(opened.home);
  if (!holder || !url || !temporalAddress || !exchangeUrl) {
    throw failed(
      `nothing runs in ${opened.home.path}`,
      "start the services with `npx tipoff up`, or name another data directory with --home",
    );
  }
  const temporal = await connectTemporal(temporalAddress);
  // A command asks a few questions and ends: a lost connection shows in the next question.
  const database = openDatabase({
    url,
    poolSize: 3,
    name: "tipoff-cli",
    onConnectionLost: () => undefined,
  });
  return { ...opened, database, temporal, exchangeUrl, temporalUi: urls.temporalUi ?? null };
}
