import { type Command, Option } from "commander";
import { easternParts, isTradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import {
  type ImportOptions,
  type ImportSummary,
  importRecording,
} from "../../sim/recordings/import.ts";
import { openRecording } from "../../sim/recordings/reader.ts";
import type { RecordingManifest } from "../../sim/recordings/format.ts";
import { action, EXIT, print, printJson, table, wrongUse } from "../output.ts";

const FORMATS = ["kalshi-ticks", "kalshi-candles", "nba-live-state"] as const;

interface ImportArguments {
  readonly format: (typeof FORMATS)[number];
  readonly ticks?: string;
  readonly candles?: string;
  readonly games?: string;
  readonly quarters?: string;
  readonly states?: string[];
  readonly results?: string[];
  readonly date?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** `tipoff recording import|info`: recorded data as a night that can be played. */
export function registerRecording(program: Command): void {
  const recording = program
    .command("recording")
    .description("turn recorded data into nights that can be played, and look at them");
  recording
    .command("import")
    .description("import recorded prices and scores; inconsistent input is refused by line")
    .addOption(
      new Option("--format <format>", "what the files hold").choices(FORMATS).makeOptionMandatory(),
    )
    .option("--ticks <file>", "kalshi-ticks: captured quotes of both markets")
    .option("--candles <file>", "kalshi-candles: one-minute trade candles")
    .option("--games <file>", "games, scheduled tips and results, for ticks and candles")
    .option("--quarters <file>", "quarter scores, where there is no play-by-play")
    .option("--states <file...>", "score and clock by play, one game a file")
    .option("--results <file...>", "past results: ratings are built from those before the date")
    .option("--date <date>", "kalshi-candles: the Eastern date of the slate, YYYY-MM-DD")
    .requiredOption("--out <dir>", "folder to write")
    .option("--json", "answer as JSON")
    .action(action(importFiles));
  recording
    .command("info")
    .description("what a recording holds, lacks and reconstructs; reads and checks every fact")
    .argument("<dir>", "folder of a recording")
    .option("--json", "answer as JSON")
    .action(action(info));
}

async function importFiles(options: ImportArguments): Promise<number> {
  const summary = await importRecording(importOptions(options));
  if (options.json) printJson(summary);
  else printSummary(summary);
  return EXIT.done;
}

async function info(dir: string, options: { readonly json?: boolean }): Promise<number> {
  const recording = await openRecording(dir);
  let facts = 0;
  const kinds: Record<string, number> = {};
  for await (const { kind } of recording.facts()) {
    facts += 1;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  const { manifest, pastGames } = recording;
  if (options.json) printJson({ dir, manifest, facts, kinds, pastGames: pastGames.length });
  else {
    printManifest(manifest);
    const list = Object.entries(kinds).map(([kind, count]) => `${String(count)} ${kind}`);
    print(`facts      ${String(facts)}: ${list.join(", ")}`);
    print(`ratings    from ${String(pastGames.length)} past games`);
  }
  return EXIT.done;
}

function importOptions(options: ImportArguments): ImportOptions {
  const { format, out, date } = options;
  if (date !== undefined && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2025-12-01");
  }
  const need = (value: string | undefined, name: string): string => {
    if (value !== undefined) return value;
    throw wrongUse(`--format ${format} needs --${name}`, "see `tipoff recording import --help`");
  };
  refuseUnused(options);
  const common = { out, states: options.states ?? [], results: options.results ?? [] };
  const quarters = options.quarters ?? null;
  if (format === "kalshi-ticks") {
    const ticks = need(options.ticks, "ticks");
    return { ...common, format, ticks, games: need(options.games, "games"), quarters };
  }
  if (format === "kalshi-candles") {
    const candles = need(options.candles, "candles");
    const games = need(options.games, "games");
    return { ...common, format, candles, games, quarters, date: need(date, "date") };
  }
  if (common.states.length === 0) need(undefined, "states");
  return { ...common, format, date: date ?? null };
}

/** An option that its format would not read is a mistake, and silence would hide it. */
function refuseUnused(options: ImportArguments): void {
  const unread = {
    "kalshi-ticks": ["candles", "date"],
    "kalshi-candles": ["ticks"],
    "nba-live-state": ["ticks", "candles", "games", "quarters"],
  } as const;
  for (const name of unread[options.format]) {
    if (options[name] === undefined) continue;
    throw wrongUse(`--format ${options.format} does not read --${name}`, `leave --${name} out`);
  }
}

function printSummary({ dir, manifest, facts, pastGames, skipped }: ImportSummary): void {
  print(`wrote      ${dir}: ${String(facts)} facts, ${String(pastGames)} past games`);
  printManifest(manifest);
  for (const { what, reason } of skipped) print(`left out   ${what}: ${reason}`);
  print(`next       npm start -- --recording ${dir}`);
}

function printManifest(manifest: RecordingManifest): void {
  print(
    `date       ${manifest.date}, ${clock(manifest.startAt)} to ${clock(manifest.endAt)} Eastern`,
  );
  print(`holds      ${manifest.description}`);
  print(`lacks      ${manifest.lacks.join(", ") || "nothing"}`);
  const rows = manifest.games.map((game) => [
    `${game.away} at ${game.home}`,
    clock(game.tipAt),
    String(game.marketTickers.length),
    game.reconstructed.join("; ") || "nothing",
    game.lacks?.join(", ") ?? "nothing more",
  ]);
  print(table(["game", "tip", "markets", "reconstructed", "lacks"], rows));
}

function clock(at: Instant): string {
  const { hour, minute } = easternParts(at);
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}
