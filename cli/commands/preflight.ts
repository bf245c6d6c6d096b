import type { Command } from "commander";
import { runChecks } from "../../activities/checks/check.ts";
import { PREFLIGHT_CHECKS } from "../../activities/checks/preflight.ts";
import { chooseConfig } from "../choices.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { showFindings } from "../findings.ts";
import { action } from "../output.ts";
import { loadedDate, openVenueSide } from "../venue.ts";

interface PreflightOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff preflight`: whether tonight can be played. */
export function registerPreflight(program: Command): void {
  withHome(program.command("preflight"))
    .description("the quick check for tonight: games, markets, feeds, models, fees")
    .option("--json", "answer as JSON")
    .action(action(preflight));
}

async function preflight(options: PreflightOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const { config } = await chooseConfig(running, undefined);
  const side = await openVenueSide(running);
  const date = await loadedDate(side.control);
  const results = await withDatabase(running.databaseUrl, (db) =>
    runChecks(PREFLIGHT_CHECKS, {
      ...side,
      db,
      homePath: running.home.path,
      mode: running.mode,
      date,
      config,
    }),
  );
  return showFindings(results, options.json === true);
}
