import { type Command, Option } from "commander";
import { easternParts, isTradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Edge } from "../../sim/world/fair.ts";
import {
  describeWorld,
  type GameDescription,
  type WorldDescription,
} from "../../sim/world/describe.ts";
import { createWorld, GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import { action, EXIT, integerOption, print, printJson, table, wrongUse } from "../output.ts";

interface WorldCommandOptions {
  readonly seed: number;
  readonly games: number;
  readonly date?: string;
  readonly scalarGame?: number;
  readonly edge: Edge;
  readonly json?: boolean;
}

/** `tipoff world`: what a seed holds, with the truth that no feed shows. */
export function registerWorld(program: Command): void {
  program
    .command("world")
    .description("describe the night that a seed makes: slate, strengths, true odds, stated edge")
    .option("--seed <s>", "seed of the world", integerOption(0, 1e15), 7)
    .option("--games <n>", "games of the night", integerOption(1, GAMES_MAX), GAMES_DEFAULT)
    .option("--date <day>", "date of the night, YYYY-MM-DD (default: drawn from the seed)")
    .option(
      "--scalar-game <index>",
      "game, from 0, that is called off and settles at a fair price",
      integerOption(0, GAMES_MAX - 1),
    )
    .addOption(
      new Option("--edge <kind>", "whether the market errs")
        .choices(["default", "none"])
        .default("default"),
    )
    .option("--json", "answer as JSON")
    .action(action(showWorld));
}

function showWorld(options: WorldCommandOptions): Promise<number> {
  const { seed, games, date, edge, scalarGame } = options;
  if (date !== undefined && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-11-20");
  }
  if (scalarGame !== undefined && scalarGame >= games) {
    throw wrongUse(
      `the night has no game ${scalarGame}`,
      `choose one of 0 to ${games - 1}, or more --games`,
    );
  }
  const world = createWorld({
    seed,
    games,
    edge,
    ...(date === undefined ? {} : { date }),
    ...(scalarGame === undefined ? {} : { scalarGame }),
  });
  const description = describeWorld(world);
  if (options.json === true) printJson(description);
  else printDescription(description);
  return Promise.resolve(EXIT.done);
}

function printDescription(world: WorldDescription): void {
  print(`${world.name}: ${world.games.length} games on ${world.date} (times are US Eastern)`);
  print(`played from ${eastern(world.startAt)} to ${eastern(world.endAt)}`);
  print(`past results: ${world.pastGames} games over four seasons`);
  print(`edge: ${world.statedEdge.text}`);
  print(
    table(
      ["event", "tip", "true Elo", "home wins", "result", "minutes", "players out (Elo)"],
      world.games.map(gameRow),
    ),
  );
  const counts = Object.entries(world.facts).map(([kind, count]) => `${count} ${kind}`);
  print(`facts: ${counts.join(", ")}`);
}

function gameRow(game: GameDescription): string[] {
  const overtime = game.overtimes === 0 ? "" : ` (${game.overtimes} OT)`;
  const result = game.isScalar ? "postponed" : `${game.homeScore}-${game.awayScore}${overtime}`;
  return [
    game.eventTicker,
    eastern(game.tipAt),
    `${game.homeElo} v ${game.awayElo}`,
    `${(100 * game.homeProbability).toFixed(1)} %`,
    result,
    String(game.minutes),
    game.playersOut.join("\n"),
  ];
}

function eastern(at: Instant): string {
  const { hour, minute } = easternParts(at);
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}
