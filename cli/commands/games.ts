import type { Command } from "commander";
import { slateView } from "../../schema/queries/slate-view.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { readLive, slateTable } from "../live-view.ts";
import { action, EXIT, print, printJson } from "../output.ts";
import { currentRun } from "../run.ts";

interface GamesOptions extends HomeOption {
  readonly date?: string;
  readonly json?: boolean;
}

/** `tipoff games`: the slate as it stands. */
export function registerGames(program: Command): void {
  withHome(program.command("games"))
    .description("the games of a day: phase, clock, score, bid and ask, position, profit")
    .option("--date <day>", "date, YYYY-MM-DD (default: the latest)")
    .option("--json", "answer as JSON")
    .action(action(games));
}

async function games(options: GamesOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const view = await withDatabase(running.databaseUrl, async (database) =>
    slateView(database, await currentRun(running, database, options.date)),
  );
  if (options.json) printJson(view.games.map((game) => ({ ...game, liveState: readLive(game) })));
  else print(slateTable(view));
  return EXIT.done;
}
