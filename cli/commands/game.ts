import type { Command } from "commander";
import { buildGamePage, type PageLine, renderGamePage } from "../../activities/report/game-page.ts";
import { callDeadline } from "../../runtime/wall.ts";
import { loadGamePage } from "../../schema/queries/game-page.ts";
import { workflowIds } from "../../temporal.config.ts";
import type { TimelineEntry } from "../../workflows/contracts.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  type RunningHome,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { action, EXIT, failed, print, printJson } from "../output.ts";

interface GameOptions extends HomeOption {
  readonly json?: boolean;
}

const QUERY_TIMEOUT_MS = 3_000;

/** `tipoff game EVENT`: everything about one game. */
export function registerGame(program: Command): void {
  withHome(program.command("game"))
    .description("one game: state, timeline, every decision with its reasons, orders, fills")
    .argument("<event>", "event ticker, such as KXNBAGAME-26NOV20BOSNYK")
    .option("--json", "answer as JSON")
    .action(action(game));
}

async function game(event: string, options: GameOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const gameId = workflowIds.game(running.mode, event.toUpperCase());
  const rows = await withDatabase(running.databaseUrl, (database) =>
    loadGamePage(database, gameId),
  );
  if (!rows) {
    throw failed(`there is no game ${event} in this home`, "`npx tipoff games` lists them");
  }
  const page = buildGamePage(rows, await workflowTimeline(running, gameId));
  if (options.json) printJson(page);
  else print(renderGamePage(page));
  return EXIT.done;
}

/** What the workflow itself remembers; only a worker can answer, and the page stands without it. */
async function workflowTimeline(
  running: RunningHome,
  gameId: string,
): Promise<readonly PageLine[]> {
  const asked = withTemporal(running.temporalAddress, async (temporal) => {
    const handle = temporal.workflow.getHandle(gameId);
    return temporal.withDeadline(callDeadline(QUERY_TIMEOUT_MS), () =>
      handle.query<readonly TimelineEntry[]>("timeline"),
    );
  });
  const entries = await asked.catch(() => []);
  return entries.flatMap(({ at, what }) =>
    at === null ? [] : [{ at: new Date(at).toISOString(), what }],
  );
}
