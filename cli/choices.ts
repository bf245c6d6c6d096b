import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { loadGameStrategies } from "../runtime/game-strategies.ts";
import { liveRefused } from "../runtime/config.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig, type TipoffConfig } from "../runtime/tipoff-config.ts";
import type { OpenedHome } from "./context.ts";
import { refused } from "./output.ts";

/** Modes a person may name; only the first two exist. */
export const MODES = ["shadow", "paper", "live"] as const;

/** The mode that was asked for, or the environment's. @throws TradingError for live: it does not exist. */
export function chooseMode(
  asked: (typeof MODES)[number] | undefined,
  otherwise: "shadow" | "paper",
): "shadow" | "paper" {
  if (asked !== "live") return asked ?? otherwise;
  throw liveRefused();
}

/** Refuses another mode than that of the home's worker. @throws CommandError when another was asked for. */
export function requireMode(
  asked: (typeof MODES)[number] | undefined,
  running: "shadow" | "paper",
): void {
  const mode = chooseMode(asked, running);
  if (mode === running) return;
  throw refused(
    `the worker of this home runs in mode ${running}, not ${mode}`,
    `end it and start it with \`npx tipoff up --mode ${mode}\``,
  );
}

/** Settings that were read and found valid. */
interface ChosenConfig {
  readonly configFile: string;
  readonly config: TipoffConfig;
}

/**
 * The settings file: the one that was asked for, else the one the home's night began with, else
 * the package's.
 *
 * @throws TradingError CONFIG_INVALID naming file, key and allowed range.
 */
export async function chooseConfig(
  { home, environment }: OpenedHome,
  asked: string | undefined,
): Promise<ChosenConfig> {
  const kept = await keptConfigFile({ home, environment });
  const configFile = asked === undefined ? kept : resolve(asked);
  // Read again by the worker; here so that a bad file is refused before anything is started.
  loadRiskLimits(environment.limitsFile);
  const { config } = loadTipoffConfig(configFile);
  const { strategies } = config.decision;
  // A strategy without a passed check is refused here as well.
  if (strategies.own !== undefined) await loadGameStrategies(strategies, { home });
  return { configFile, config };
}

/** The settings file where none is asked for: while services run it is the one in force. */
export async function keptConfigFile({ home, environment }: OpenedHome): Promise<string> {
  return (await isFile(home.settingsFile)) ? home.settingsFile : environment.configFile;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
