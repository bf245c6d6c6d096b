import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { easternDate, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { DatedResult } from "../../core/scoring/results.ts";
import { configInvalid } from "../../runtime/config-file.ts";
import { ReportSummary } from "../report/report-schema.ts";

/** What reports of nights, or of a backtest in their form, say that games brought. */
export interface NightResults {
  readonly folder: string;
  /** The folder's name. */
  readonly name: string;
  /** One result a game, clusters named by the game alone: a game is the same however it is played. */
  readonly results: readonly DatedResult[];
  /** Days of its games, whether they were traded or not. */
  readonly days: readonly TradingDate[];
}

/** Only what is needed: a report of a later version may say more. */
const Report = z.looseObject({
  games: z.array(
    z.looseObject({
      eventTicker: z.string(),
      tipAt: z.iso.datetime(),
      pnlUsd: ReportSummary.shape.totals.shape.pnlUsd,
      fills: z.number(),
    }),
  ),
});

/**
 * Reads every `report.json` of a night, or of a backtest, in a folder, its own and those of its
 * folders. Games without a fill are left out: they brought nothing of which a mean could be made.
 *
 * @throws TradingError CONFIG_INVALID naming file and field of a report that cannot be read.
 */
export async function readNightResults(folder: string): Promise<NightResults> {
  const files = (await readdir(folder, { recursive: true }))
    .filter((name) => name === "report.json" || name.endsWith("/report.json"))
    .sort();
  const results: DatedResult[] = [];
  const days = new Set<TradingDate>();
  for (const name of files) {
    const file = join(folder, name);
    const report = parse(file, await readFile(file, "utf8"));
    for (const { eventTicker, tipAt, fills, pnlUsd } of report.games) {
      // A backtest tells many nights in one report: each game says its own.
      const date = easternDate(instant(Date.parse(tipAt)));
      days.add(date);
      if (fills === 0) continue;
      const [gross, fees] = [micros(pnlUsd.gross), micros(pnlUsd.fees)];
      results.push({ cluster: eventTicker, date, gross, fees });
    }
  }
  if (files.length === 0) throw configInvalid(folder, ["there is no report.json of a night in it"]);
  return {
    folder,
    name: basename(resolve(folder)),
    results,
    days: [...days].sort(),
  };
}

function parse(file: string, text: string): z.infer<typeof Report> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw configInvalid(file, [String(error)]);
  }
  const parsed = Report.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw configInvalid(
    file,
    parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
  );
}

function micros(usd: string): number {
  return Math.round(Number(usd) * 1_000_000);
}
