import { copyFile, rm } from "node:fs/promises";
import { standingSchedule } from "../activities/missed-days.ts";
import { holdHome } from "../runtime/home.ts";
import { bringUp, type Stack } from "../runtime/stack.ts";
import type { ServiceStatus } from "../runtime/supervisor.ts";
import { migrate } from "../schema/migrate.ts";
import { lockedWindow } from "../schema/queries/locks.ts";
import { checkVenueSettings } from "../workers/venue.ts";
import { openAlerts, startAlerting } from "./alerting.ts";
import { type OpenedHome, withDatabase, withTemporal } from "./context.ts";
import { guardByKillFile } from "./kill-guard.ts";
import { isToGoOn, requireOneMode } from "./under-way.ts";

/** Services of a home that this process holds. */
export interface HeldServices {
  readonly stack: Stack;
  /** Ends the services in order and lets go of the home. */
  stop(): Promise<void>;
}

/** What the services are told. */
export interface ServiceChoices {
  readonly command: string;
  readonly mode: "shadow" | "paper";
  readonly configFile: string;
  readonly say: (line: string) => void;
  /** Where the terminal's alerts go. */
  readonly sayAlert: (line: string) => void;
  readonly onStatus: (status: ServiceStatus) => void;
}

/**
 * Takes the home and starts everything in it.
 *
 * @throws HomeHeldError when another process holds the home, TradingError when settings name a venue that
 *   the mode may not use, CommandError while something of the other mode is not over.
 */
export async function startServices(
  { home, environment }: OpenedHome,
  choices: ServiceChoices,
): Promise<HeldServices> {
  await checkVenueSettings(choices.mode, choices.configFile, environment);
  const alerts = openAlerts(environment, choices.sayAlert);
  const lock = await holdHome(home, choices.command);
  try {
    choices.say(`home       ${home.path}`);
    choices.say(`mode       ${choices.mode}`);
    choices.say(`settings   ${choices.configFile}`);
    const { mode, configFile } = choices;
    const stack = await bringUp({
      ...choices,
      home,
      environment,
      findConfigFile: async ({ databaseUrl, temporalAddress, exchangeUrl }) => {
        const isKept = await withTemporal(temporalAddress, async (temporal) => {
          await requireOneMode({ temporal, exchangeUrl }, mode);
          return (
            (await withDatabase(databaseUrl, (db) => lockedWindow(db, mode))) !== null ||
            (await standingSchedule(temporal, mode)) !== null ||
            (await isToGoOn({ temporal, exchangeUrl }, mode))
          );
        });
        const found = await settleSettings({ home, environment }, configFile, isKept);
        if (found.why !== null) choices.say(`settings   ${found.why}`);
        await checkVenueSettings(mode, found.file, environment);
        return found.file;
      },
      migrate: async (url) => {
        await migrate(url);
      },
    });
    const stopGuarding = guardByKillFile({ home, environment, mode, ...stack }, choices.say);
    const desk = startAlerting(alerts, { home, stack });
    return {
      stack,
      stop: async () => {
        await stopGuarding();
        await desk.stop();
        await stack.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * The settings of the worker. Others than the usual ones are copied into the home: what goes on has those that
 * it began with, and so have scheduled days and a locked test window. Once there is none of these, or the usual
 * ones were asked for, the copy goes.
 */
export async function settleSettings(
  { home, environment: { configFile: usual } }: OpenedHome,
  chosen: string,
  isToGoOn: boolean,
): Promise<{ readonly file: string; readonly why: string | null }> {
  const isKept = chosen === home.settingsFile;
  if (isKept && isToGoOn) {
    const why = `what began with them goes on, or is scheduled or locked; \`--strategy-config ${usual}\` takes the usual ones`;
    return { file: chosen, why };
  }
  if (isKept || chosen === usual) {
    await rm(home.settingsFile, { force: true });
    const why = isKept ? `${usual}: what began with those of the home is over` : null;
    return { file: usual, why };
  }
  await copyFile(chosen, home.settingsFile);
  return { file: home.settingsFile, why: null };
}

/** A line for a service that changed, or null when there is nothing a person must know. */
export function describeStatus(status: ServiceStatus): string | null {
  const { name, state, restarts, lastExit } = status;
  if (state === "restarting") return `${name} ended (${lastExit ?? "?"}); starting it again`;
  if (state === "stopped" && lastExit === "SIGKILL") {
    return `${name} did not end in its time: killed`;
  }
  if (state === "ready" && restarts > 0) return `${name} is back (restart ${restarts})`;
  return null;
}
