import { copyFile } from "node:fs/promises";
import { type Home, holdHome } from "../runtime/home.ts";
import { bringUp, type Stack } from "../runtime/stack.ts";
import type { ServiceStatus } from "../runtime/supervisor.ts";
import { migrate } from "../schema/migrate.ts";
import { checkVenueSettings } from "../workers/venue.ts";
import { openAlerts, startAlerting } from "./alerting.ts";
import { type OpenedHome, withTemporal } from "./context.ts";
import { guardByKillFile } from "./kill-guard.ts";
import { requireOneMode } from "./under-way.ts";

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
      findConfigFile: async ({ temporalAddress, exchangeUrl }) => {
        await withTemporal(temporalAddress, (temporal) =>
          requireOneMode({ temporal, exchangeUrl }, mode),
        );
        return keepSettings(home, configFile, environment.configFile);
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

/** Settings other than the usual ones are copied into the home: a night resumes with its own. */
async function keepSettings(home: Home, chosen: string, usual: string): Promise<string> {
  if (chosen === usual) return usual;
  if (chosen !== home.settingsFile) await copyFile(chosen, home.settingsFile);
  return home.settingsFile;
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
