import { type Command, Option } from "commander";
import { easternDate, easternParts, isTradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type BtcImportSummary, importBtc } from "../../sim/recordings/btc-import.ts";
import { BtcSummary } from "../../sim/recordings/btc-summary.ts";
import {
  type ImportOptions,
  type ImportSummary,
  importNights,
  importRecording,
} from "../../sim/recordings/import.ts";
import { openRecording } from "../../sim/recordings/reader.ts";
import type { RecordingManifest } from "../../sim/recordings/format.ts";
import { action, EXIT, print, printJson, table, wrongUse } from "../output.ts";

const FORMATS = ["kalshi-ticks", "kalshi-candles", "nba-live-state", "btc15m"] as const;

/** Gaps that are printed one by one. */
const GAPS_SHOWN = 12;

interface ImportArguments {
  readonly format: (typeof FORMATS)[number];
  readonly ticks?: string;
  readonly candles?: string;
  readonly games?: string;
  readonly quarters?: string;
  readonly states?: string[];
  readonly results?: string[];
  readonly injuries?: string;
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
  readonly all?: boolean;
  readonly estimateTips?: boolean;
  readonly dir?: string;
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
    .option("--injuries <file>", "official injury reports, edition by edition")
    .option("--date <date>", "kalshi-candles: the Eastern date of the slate, YYYY-MM-DD")
    .option("--from <date>", "kalshi-candles: every night from this date on, a folder each")
    .option("--to <date>", "kalshi-candles: and to this one")
    .option("--all", "kalshi-candles: every night there is")
    .option(
      "--estimate-tips",
      "with several nights: tips the schedule lacks, from the end of trading",
    )
    .option("--dir <dir>", "btc15m: folder of the recorded markets, books, tickers and spot")
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
  if (options.format === "btc15m") return importBtcFiles(options);
  if (isRange(options)) return importManyNights(options);
  const summary = await importRecording(importOptions(options, options.format));
  if (options.json) printJson(summary);
  else printSummary(summary);
  return EXIT.done;
}

function isRange({ from, to, all, estimateTips }: ImportArguments): boolean {
  return from !== undefined || to !== undefined || all === true || estimateTips === true;
}

async function importManyNights(options: ImportArguments): Promise<number> {
  const { format, from, to, all, date, out, results = [] } = options;
  if (format !== "kalshi-candles") {
    throw wrongUse(
      `--format ${format} is one night`,
      "leave --from, --to, --all and --estimate-tips out",
    );
  }
  if (date !== undefined || (all === true && (from ?? to) !== undefined)) {
    throw wrongUse("several ways of choosing nights", "name --date, or --from and --to, or --all");
  }
  if (!all && from === undefined && to === undefined) {
    throw wrongUse("--estimate-tips is for several nights", "add --from, --to or --all");
  }
  for (const day of [from, to]) if (day !== undefined) readDate(day);
  refuseUnused(options);
  const nights = await importNights(
    {
      ...{ candles: needed(options, "candles"), games: needed(options, "games"), results, out },
      quarters: options.quarters ?? null,
      ...{ from: from ?? null, to: to ?? null },
      estimatesTips: options.estimateTips === true,
    },
    ({ dir, manifest, facts }) => {
      if (options.json !== true) {
        print(`wrote      ${dir}: ${String(manifest.games.length)} games, ${String(facts)} facts`);
      }
    },
  );
  if (options.json) {
    printJson(nights);
    return EXIT.done;
  }
  for (const { skipped, manifest } of nights) {
    for (const { what, reason } of skipped) print(`left out   ${manifest.date} ${what}: ${reason}`);
  }
  const games = nights.reduce((sum, { manifest }) => sum + manifest.games.length, 0);
  print(`nights     ${String(nights.length)}, ${String(games)} games`);
  print(`next       npx tipoff backtest --recording ${out}`);
  return EXIT.done;
}

async function importBtcFiles(options: ImportArguments): Promise<number> {
  refuseUnused(options);
  const summary = await importBtc({ dir: needed(options, "dir"), out: options.out });
  if (options.json) printJson(summary);
  else printBtcSummary(summary);
  return EXIT.done;
}

async function info(dir: string, options: { readonly json?: boolean }): Promise<number> {
  const recording = await openRecording(dir);
  let facts = 0;
  const kinds: Record<string, number> = {};
  const summary = new BtcSummary();
  for await (const fact of recording.facts()) {
    facts += 1;
    kinds[fact.kind] = (kinds[fact.kind] ?? 0) + 1;
    summary.add(fact);
  }
  const { manifest, pastGames } = recording;
  const { markets, settled, horizons } = summary;
  const bitcoin = manifest.bitcoin && { ...manifest.bitcoin, markets, settled, horizons };
  if (options.json) {
    const held = { dir, manifest, facts, kinds, pastGames: pastGames.length };
    printJson({ ...held, ...(bitcoin && { bitcoin }) });
  } else {
    printManifest(manifest);
    if (bitcoin) printBitcoin(bitcoin, manifest);
    const list = Object.entries(kinds).map(([kind, count]) => `${String(count)} ${kind}`);
    print(`facts      ${String(facts)}: ${list.join(", ")}`);
    if (manifest.games.length > 0) {
      print(`ratings    from ${String(pastGames.length)} past games`);
    }
  }
  return EXIT.done;
}

function importOptions(options: ImportArguments, format: ImportOptions["format"]): ImportOptions {
  const { out, date } = options;
  if (date !== undefined) readDate(date);
  refuseUnused(options);
  const { states = [], results = [], injuries } = options;
  const common = { out, states, results, injuries };
  const quarters = options.quarters ?? null;
  if (format === "kalshi-ticks") {
    const ticks = needed(options, "ticks");
    return { ...common, format, ticks, games: needed(options, "games"), quarters };
  }
  if (format === "kalshi-candles") {
    const candles = needed(options, "candles");
    const games = needed(options, "games");
    return { ...common, format, candles, games, quarters, date: needed(options, "date") };
  }
  if (common.states.length === 0) throw lacking(format, "states");
  return { ...common, format, date: date ?? null };
}

function readDate(text: string): void {
  if (isTradingDate(text)) return;
  throw wrongUse(`${text} is not a date`, "write it as YYYY-MM-DD, such as 2025-12-01");
}

type FileOption = "ticks" | "candles" | "games" | "date" | "dir";

function needed(options: ImportArguments, name: FileOption): string {
  const value = options[name];
  if (value !== undefined) return value;
  throw lacking(options.format, name);
}

function lacking(format: string, name: string): ReturnType<typeof wrongUse> {
  return wrongUse(`--format ${format} needs --${name}`, "see `tipoff recording import --help`");
}

/** An option that its format would not read is a mistake, and silence would hide it. */
function refuseUnused(options: ImportArguments): void {
  const unread = {
    "kalshi-ticks": ["candles", "date", "dir"],
    "kalshi-candles": ["ticks", "dir"],
    "nba-live-state": ["ticks", "candles", "games", "quarters", "dir"],
    btc15m: ["ticks", "candles", "games", "quarters", "states", "results", "injuries", "date"],
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

function printBtcSummary(summary: BtcImportSummary): void {
  const { dir, manifest, facts, markets, unsettled, sources, skipped } = summary;
  print(`wrote      ${dir}: ${String(facts)} facts`);
  printManifest(manifest);
  print(`markets    ${String(markets)}, of which ${String(unsettled)} without a result`);
  const books = Object.entries(sources).map(([source, n]) => `${String(n)} ${source}`);
  print(`books      best source of a market: ${books.join(", ")}`);
  for (const { what, reason } of skipped) print(`left out   ${what}: ${reason}`);
  print(`next       npx tipoff recording info ${dir}`);
}

function printBitcoin(
  held: Pick<BtcSummary, "markets" | "settled" | "horizons">,
  { bitcoin, gaps = [] }: RecordingManifest,
): void {
  const series = bitcoin?.series.join(", ") ?? "";
  print(`bitcoin    ${series}: ${String(held.markets)} markets, ${String(held.settled)} settled`);
  const rows = held.horizons.map(({ minutesToClose, quoted, twoSided, withSpot }) => [
    `T-${String(minutesToClose)}`,
    String(quoted),
    String(twoSided),
    String(withSpot),
  ]);
  print(table(["minutes", "quoted", "bid and ask", "and a spot price"], rows));
  const skippedMs = gaps.reduce((sum, { from, to }) => sum + (to - from), 0);
  print(`gaps       ${String(gaps.length)}, ${duration(skippedMs)} that are leapt over`);
  const longest = [...gaps].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, GAPS_SHOWN);
  const lines = longest.map(({ from, to }) => [
    new Date(from).toISOString(),
    new Date(to).toISOString(),
    duration(to - from),
  ]);
  if (lines.length > 0) print(table(["longest from", "to", "lasts"], lines));
  if (lines.length < gaps.length) print("all of them: --json");
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  const rest = `${String(minutes).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  return `${String(hours)}:${rest}`;
}

function printManifest(manifest: RecordingManifest): void {
  const until = easternDate(manifest.endAt);
  const endDay = until === easternDate(manifest.startAt) ? "" : `${until} `;
  const times = `${clock(manifest.startAt)} to ${endDay}${clock(manifest.endAt)} Eastern`;
  print(`date       ${manifest.date}, ${times}`);
  print(`holds      ${manifest.description}`);
  print(`lacks      ${manifest.lacks.join(", ") || "nothing"}`);
  if (manifest.games.length === 0) return;
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
