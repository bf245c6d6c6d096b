import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { buildReport } from "../../activities/report/build.ts";
import { json, writeReport, writeWhole } from "../../activities/report/write.ts";
import type { NightOutcome } from "../../backtest/job.ts";
import type { BacktestSummary } from "../../backtest/summary.ts";
import { failed } from "../output.ts";
import { reportRowsOf, type RunWords } from "./rows.ts";

/** Files of a backtest's folder, beside the four of a night's report. */
const BACKTEST_FILE = "backtest.json";
const ENTRIES_FILE = "entries.jsonl";
const VERDICTS_FILE = "verdicts.jsonl";
const DECISIONS_FILE = "decisions.jsonl";

/** `backtest.json`: what was played, with what, and what it came to. */
export interface BacktestRecord {
  readonly schemaVersion: 1;
  readonly commit: string;
  readonly configHash: string;
  readonly limitsHash: string;
  /** Nights with the hashes of the files that they were made of. */
  readonly nights: readonly {
    readonly name: string;
    readonly date: string;
    readonly games: number;
    readonly isDerivedBook: boolean;
    readonly origins: readonly { readonly file: string; readonly sha256: string }[];
  }[];
  /** How it was played: spread of derived books in cents, run milliseconds for the rest. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** What the settings name and do not hash: hash of the artifact of trees, version of the ratings' folder. */
  readonly loaded: { readonly trees: string | null; readonly ratings: string | null };
  readonly summary: BacktestSummary;
}

/** A filled or unfilled intent to enter, as `tipoff compare` reads it. */
const EntryLine = z.object({
  night: z.string(),
  eventTicker: z.string(),
  strategy: z.string(),
  marketTicker: z.string(),
  side: z.enum(["bid", "ask"]),
  at: z.int(),
  limitPrice: z.int(),
  price: z.int(),
  count: z.int(),
  edge: z.number(),
  fairValue: z.number(),
  refusalCode: z.string().nullable(),
  filled: z.int(),
  firstFillAt: z.int().nullable(),
  averagePrice: z.number().nullable(),
});
/** One entry. Prices in micros, counts in hundredths, instants in epoch milliseconds of run time. */
export type EntryLine = z.infer<typeof EntryLine>;

const VerdictLine = z.object({
  night: z.string(),
  eventTicker: z.string(),
  strategy: z.string(),
  at: z.int(),
  code: z.string(),
  detail: z.string().nullable(),
  edge: z.number().nullable(),
  mid: z.number().nullable(),
  model: z.number().nullable(),
});
/** A verdict that a strategy gave from `at` on. */
export type VerdictLine = z.infer<typeof VerdictLine>;

/** Writes a backtest's folder: a report in the form of a night's, and what a comparison reads. */
export async function writeBacktest(
  dir: string,
  record: BacktestRecord,
  outcomes: readonly NightOutcome[],
  words: RunWords,
): Promise<readonly string[]> {
  await mkdir(dir, { recursive: true });
  const report = buildReport({
    rows: reportRowsOf(outcomes, words),
    router: `${words.isRouted ? "on" : "off"}: \`tipoff router judge\` judges it`,
    ...{ isStopped: false, venue: null, workflows: [], spreadPnl: [], logs: null },
  });
  await writeReport(dir, report);
  await writeWhole(join(dir, BACKTEST_FILE), json(record));
  await writeWhole(join(dir, ENTRIES_FILE), lines(entriesOf(outcomes)));
  await writeWhole(join(dir, VERDICTS_FILE), lines(verdictsOf(outcomes)));
  await writeWhole(join(dir, DECISIONS_FILE), lines(decisionsOf(outcomes)));
  const names = ["report.html", "report.md", "report.json", "analysis.json", BACKTEST_FILE];
  return [...names, ENTRIES_FILE, VERDICTS_FILE, DECISIONS_FILE].map((name) => join(dir, name));
}

/** Every entry that was proposed, its replacements summed into it. */
function entriesOf(outcomes: readonly NightOutcome[]): readonly EntryLine[] {
  return outcomes.flatMap(({ manifest, result }) =>
    result.games.flatMap(({ eventTicker, intents, fills }) =>
      intents
        .filter(({ intent, parentId }) => intent.purpose === "entry" && parentId === null)
        .map(({ intent, rootId, proposedAt, refusalCode }): EntryLine => {
          const own = fills.filter(({ orderId }) => orderId.split("/r")[0] === rootId);
          const filled = own.reduce((sum, { count }) => sum + count, 0);
          const paid = own.reduce((sum, { price, count }) => sum + price * count, 0);
          const { strategy, marketTicker, side, limitPrice, plan, count } = intent;
          return {
            ...{ night: manifest.name, eventTicker, strategy, marketTicker, side },
            ...{ at: proposedAt, limitPrice, price: plan.price, count },
            ...{ edge: intent.edgeMicros, fairValue: intent.fairValue, refusalCode, filled },
            firstFillAt: own[0]?.at ?? null,
            averagePrice: filled === 0 ? null : paid / filled,
          };
        }),
    ),
  );
}

function verdictsOf(outcomes: readonly NightOutcome[]): readonly VerdictLine[] {
  return outcomes.flatMap(({ manifest, result }) =>
    result.games.flatMap(({ eventTicker, log }) =>
      (log?.verdicts ?? []).map((one) => ({ night: manifest.name, eventTicker, ...one })),
    ),
  );
}

/** Input and output as text within: they replay to the byte. */
function decisionsOf(outcomes: readonly NightOutcome[]): readonly object[] {
  return outcomes.flatMap(({ manifest, result }) =>
    result.games.flatMap(({ log }) =>
      (log?.decisions ?? []).map((one) => ({ night: manifest.name, ...one })),
    ),
  );
}

/** What a comparison reads of a backtest's folder. @throws CommandError when it holds none. */
export async function readBacktest(dir: string): Promise<{
  readonly entries: readonly EntryLine[];
  readonly verdicts: readonly VerdictLine[];
}> {
  return {
    entries: await readLines(join(dir, ENTRIES_FILE), EntryLine),
    verdicts: await readLines(join(dir, VERDICTS_FILE), VerdictLine),
  };
}

async function readLines<T>(file: string, schema: z.ZodType<T>): Promise<readonly T[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw failed(`${file} is not there`, "make it with `npx tipoff backtest ... --out DIR`");
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      const parsed = schema.safeParse(JSON.parse(line));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      throw failed(
        `${file}, line ${String(index + 1)}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
        "make the backtest again",
      );
    });
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
