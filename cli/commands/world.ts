import { type Command, Option } from "commander";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import { easternParts, isTradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Edge } from "../../sim/world/fair.ts";
import type { BitcoinDescription, EventDescription } from "../../sim/world/btc-describe.ts";
import { BITCOIN_HOURS_DEFAULT, BITCOIN_HOURS_MAX } from "../../sim/world/btc-world.ts";
import {
  describeWorld,
  type GameDescription,
  type WorldDescription,
} from "../../sim/world/describe.ts";
import { createWorld, GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import { seriesOption } from "../btc-options.ts";
import { action, EXIT, integerOption, print, printJson, table, wrongUse } from "../output.ts";
import { SEED_MAX } from "../source.ts";

interface WorldCommandOptions {
  readonly seed: number;
  readonly games?: number;
  readonly series?: readonly BtcSeries[];
  readonly hours?: number;
  readonly date?: string;
  readonly scalarGame?: number;
  readonly edge: Edge;
  readonly json?: boolean;
}

/** `tipoff world`: what a seed holds, with the truth that no feed shows. */
export function registerWorld(program: Command): void {
  program
    .command("world")
    .description("describe what a seed makes: games, Bitcoin, true odds and results, stated edge")
    .option("--seed <s>", "seed of the world", integerOption(0, SEED_MAX), 7)
    .option(
      "--games <n>",
      `games of the night (default: ${GAMES_DEFAULT}, or none beside Bitcoin)`,
      integerOption(1, GAMES_MAX),
    )
    .option("--series <list>", `Bitcoin series, of ${BTC_SERIES.join(",")}`, seriesOption)
    .option(
      "--hours <n>",
      `hours of Bitcoin (default: ${BITCOIN_HOURS_DEFAULT})`,
      integerOption(1, BITCOIN_HOURS_MAX),
    )
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
  const { seed, date, edge, scalarGame, series, hours } = options;
  const hasBitcoin = series !== undefined || hours !== undefined;
  const games = options.games ?? (hasBitcoin ? 0 : GAMES_DEFAULT);
  if (date !== undefined && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-11-20");
  }
  if (scalarGame !== undefined && scalarGame >= games) {
    throw wrongUse(
      `the night has no game ${scalarGame}`,
      games === 0 ? "ask for --games" : `choose one of 0 to ${games - 1}, or more --games`,
    );
  }
  const bitcoin = { ...(series && { series }), ...(hours !== undefined && { hours }) };
  const world = createWorld({
    seed,
    games,
    edge,
    ...(hasBitcoin && { bitcoin }),
    ...(date === undefined ? {} : { date }),
    ...(scalarGame === undefined ? {} : { scalarGame }),
  });
  const description = describeWorld(world);
  if (options.json === true) printJson(description);
  else printDescription(description);
  return Promise.resolve(EXIT.done);
}

function printDescription(world: WorldDescription): void {
  const what = [
    ...(world.games.length > 0 ? [`${world.games.length} games`] : []),
    ...(world.bitcoin === null ? [] : [`${world.bitcoin.hours} hours of Bitcoin`]),
  ];
  print(`${world.name}: ${what.join(" and ")} on ${world.date} (times are US Eastern)`);
  print(`played from ${eastern(world.startAt)} to ${eastern(world.endAt)}`);
  if (world.games.length > 0) printGames(world);
  if (world.bitcoin !== null) printBitcoin(world.bitcoin);
  const counts = Object.entries(world.facts).map(([kind, count]) => `${count} ${kind}`);
  print(`facts: ${counts.join(", ")}`);
}

function printGames(world: WorldDescription): void {
  print(`past results: ${world.pastGames} games over four seasons`);
  print(`edge: ${world.statedEdge.text}`);
  print(
    table(
      ["event", "tip", "true Elo", "home wins", "result", "minutes", "players out (Elo)"],
      world.games.map(gameRow),
    ),
  );
}

function printBitcoin({ statedEdge, index, events }: BitcoinDescription): void {
  const { first, last, low, high } = index;
  print(
    `index: ${usd(first)} at first, ${usd(last)} at last, between ${usd(low)} and ${usd(high)}`,
  );
  print(`edge on Bitcoin: ${statedEdge.text}`);
  print(
    table(
      ["event", "open", "close", "contracts", "strike", "average", "YES", "NO", "odd"],
      events.map(eventRow),
    ),
  );
}

function eventRow(event: EventDescription): string[] {
  const odd = [
    ...(event.scalar > 0 ? [`${event.scalar} scalar`] : []),
    ...(event.closedEarly > 0 ? [`${event.closedEarly} closed early`] : []),
    ...(event.isLate ? ["settled after the next"] : []),
  ];
  return [
    event.eventTicker,
    eastern(event.openAt),
    eastern(event.closeAt),
    String(event.contracts),
    event.strike === null ? "" : usd(event.strike),
    usd(event.average),
    String(event.yes),
    String(event.no),
    odd.join(", "),
  ];
}

function usd(dollars: number): string {
  return dollars.toFixed(2);
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
