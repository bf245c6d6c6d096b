import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { buildReport } from "../../activities/report/build.ts";
import { json, writeReport, writeWhole } from "../../activities/report/write.ts";
import type { ComparedRun } from "../../backtest/compared.ts";
import type { NightOutcome } from "../../backtest/job.ts";
import type { NightLack } from "../../backtest/loads.ts";
import type { SanityReport } from "../../backtest/sanity.ts";
import type { BacktestSummary } from "../../backtest/summary.ts";
import { required } from "../../core/domain/assert.ts";
import type { DecisionInput, DecisionOutput } from "../../core/domain/decision.ts";
import { failed } from "../output.ts";
import { reportRowsOf, type RunWords } from "./rows.ts";

/** Files of a backtest's folder, beside the four of a night's report. */
const BACKTEST_FILE = "backtest.json";
const SANITY_FILE = "sanity.json";
const ORDERS_FILE = "orders.jsonl";
const VERDICTS_FILE = "verdicts.jsonl";
const SIGHTS_FILE = "sights.jsonl";
const DECISIONS_FILE = "decisions.jsonl";

/** With what nights were played. */
export interface PlayRecord {
  readonly schemaVersion: 1;
  readonly commit: string;
  readonly configHash: string;
  readonly limitsHash: string;
  /** How they were played: spread of derived books in cents, run milliseconds for the rest. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** What the settings name and do not hash: hash of the artifact of trees, version of the ratings' folder. */
  readonly loaded: { readonly trees: string | null; readonly ratings: string | null };
}

/** `sanity.json`: whether a backtest of these nights can be believed. */
export interface SanityRecord extends PlayRecord {
  readonly nights: readonly string[];
  readonly sanity: SanityReport;
}

/** `backtest.json`: what was played, with what, and what it came to. */
export interface BacktestRecord extends PlayRecord {
  /** Nights with the hashes of the files that they were made of. */
  readonly nights: readonly {
    readonly name: string;
    readonly date: string;
    readonly games: number;
    readonly isDerivedBook: boolean;
    readonly origins: readonly { readonly file: string; readonly sha256: string }[];
    /** What of `loaded` it was decided by; null of trees where it had none. */
    readonly trees: string | null;
    /** Of ratings the version, or why it had none; null where they were made of its own past results. */
    readonly ratings: string | null;
  }[];
  readonly summary: BacktestSummary;
}

/** What `tipoff compare` reads of `backtest.json`. */
const PlayedWith = z.object({
  schemaVersion: z.literal(1),
  configHash: z.string(),
  limitsHash: z.string(),
  nights: z.array(
    z.object({
      name: z.string(),
      date: z.string(),
      games: z.int(),
      isDerivedBook: z.boolean(),
      trees: z.string().nullable(),
      ratings: z.string().nullable(),
    }),
  ),
  settings: z.object({
    ...{ spreadCents: z.int(), latencyMs: z.int(), tickMs: z.int() },
    edge: z.enum(["default", "none"]),
  }),
});
/** With what a backtest was played, and which nights. */
export type PlayedWith = z.infer<typeof PlayedWith>;

/** A proposal to enter or to leave, as `tipoff compare` reads it. */
const OrderLine = z.object({
  ...{ night: z.string(), eventTicker: z.string(), strategy: z.string() },
  ...{ purpose: z.enum(["entry", "exit"]), exitType: z.string().nullable() },
  ...{ marketTicker: z.string(), side: z.enum(["bid", "ask"]) },
  ...{ at: z.int(), proposedAt: z.int(), limitPrice: z.int(), price: z.int(), count: z.int() },
  ...{ edge: z.number(), fairValue: z.number() },
  ...{ bid: z.int().nullable(), ask: z.int().nullable(), model: z.number().nullable() },
  ...{ refusalCode: z.string().nullable(), filled: z.int(), firstFillAt: z.int().nullable() },
  averagePrice: z.number().nullable(),
});
/** One proposal. Prices in micros, counts in hundredths, instants in epoch milliseconds of run time. */
type OrderLine = z.infer<typeof OrderLine>;

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
type VerdictLine = z.infer<typeof VerdictLine>;

const SightLine = z.object({
  night: z.string(),
  marketTicker: z.string(),
  at: z.int(),
  bid: z.int().nullable(),
  ask: z.int().nullable(),
  model: z.number().nullable(),
});
/** What decisions saw of a market from `at` on. */
type SightLine = z.infer<typeof SightLine>;

/** A night as the record names it. */
export function nightRecord(
  { manifest, without }: NightOutcome,
  { trees, ratings }: PlayRecord["loaded"],
): BacktestRecord["nights"][number] {
  const { name, date, games, isDerivedBook, origins } = manifest;
  const lack = (what: NightLack["what"]): NightLack | undefined =>
    without.find((one) => one.what === what);
  return {
    ...{ name, date, games: games.length, isDerivedBook, origins },
    trees: lack("model-trees") === undefined ? trees : null,
    ratings: lack("ratings")?.code ?? ratings,
  };
}

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
    ...{ isStopped: false, venue: "none", workflows: [], spreadPnl: [], logs: "none" },
  });
  await writeReport(dir, report);
  await writeWhole(join(dir, BACKTEST_FILE), json(record));
  await writeWhole(join(dir, ORDERS_FILE), lines(outcomes.flatMap(ordersOf)));
  await writeWhole(join(dir, VERDICTS_FILE), lines(verdictsOf(outcomes)));
  await writeWhole(join(dir, SIGHTS_FILE), lines(sightsOf(outcomes)));
  await writeWhole(join(dir, DECISIONS_FILE), lines(decisionsOf(outcomes)));
  const names = ["report.html", "report.md", "report.json", "analysis.json", BACKTEST_FILE];
  return [...names, ORDERS_FILE, VERDICTS_FILE, SIGHTS_FILE, DECISIONS_FILE].map((name) =>
    join(dir, name),
  );
}

/** Writes what the proof found beside whatever the folder holds. */
export async function writeSanity(dir: string, record: SanityRecord): Promise<string> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, SANITY_FILE);
  await writeWhole(file, json(record));
  return file;
}

/** Every proposal of a night, its replacements summed into it, with what its decision saw. */
function ordersOf({ manifest, result }: NightOutcome): readonly OrderLine[] {
  return result.games.flatMap(({ eventTicker, intents, fills, log }) => {
    const decisions = new Map((log?.decisions ?? []).map((one) => [one.decisionId, one]));
    return intents
      .filter(({ parentId }) => parentId === null)
      .map(({ intent, rootId, decisionId, proposedAt, refusalCode }): OrderLine => {
        const own = fills.filter(({ orderId }) => orderId.split("/r")[0] === rootId);
        const filled = own.reduce((sum, { count }) => sum + count, 0);
        const paid = own.reduce((sum, { price, count }) => sum + price * count, 0);
        const { strategy, purpose, exitType, marketTicker, side, limitPrice, plan } = intent;
        return {
          ...{ night: manifest.name, eventTicker, strategy, purpose, exitType, marketTicker, side },
          ...{ at: proposedAt, proposedAt, limitPrice, price: plan.price, count: intent.count },
          ...{ edge: intent.edgeMicros, fairValue: intent.fairValue },
          ...seenOf(required(decisions.get(decisionId), `decision ${decisionId}`), marketTicker),
          ...{ refusalCode, filled, firstFillAt: own[0]?.at ?? null },
          averagePrice: filled === 0 ? null : paid / filled,
        };
      });
  });
}

/** What a decision saw of a market, and made of the game. */
export function seenOf(
  decision: { readonly input: string; readonly output: string },
  marketTicker: string,
): { readonly bid: number | null; readonly ask: number | null; readonly model: number | null } {
  // Boundary: both were written by us, from these types.
  const { markets } = JSON.parse(decision.input) as DecisionInput;
  const { forecast } = JSON.parse(decision.output) as DecisionOutput;
  const quote = markets.find(({ ticker }) => ticker === marketTicker)?.quote;
  return { bid: quote?.bid ?? null, ask: quote?.ask ?? null, model: forecast.homeProbability };
}

function verdictsOf(outcomes: readonly NightOutcome[]): readonly VerdictLine[] {
  return outcomes.flatMap(({ manifest, result }) =>
    result.games.flatMap(({ eventTicker, log }) =>
      (log?.verdicts ?? []).map((one) => ({ night: manifest.name, eventTicker, ...one })),
    ),
  );
}

function sightsOf(outcomes: readonly NightOutcome[]): readonly SightLine[] {
  return outcomes.flatMap(({ manifest, result }) =>
    result.games.flatMap(({ log }) =>
      (log?.sights ?? []).map((one) => ({ night: manifest.name, ...one })),
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

/** A backtest's folder, as a comparison reads it. */
export interface ReadBacktest {
  readonly playedWith: PlayedWith;
  /** What one of its nights did, by its name. */
  runOf(night: string): ComparedRun;
}

/** Reads what a comparison needs of a backtest's folder. @throws CommandError when it holds none, by file and line. */
export async function readBacktest(dir: string): Promise<ReadBacktest> {
  const orders = await readLines(join(dir, ORDERS_FILE), OrderLine);
  const verdicts = await readLines(join(dir, VERDICTS_FILE), VerdictLine);
  const sights = await readLines(join(dir, SIGHTS_FILE), SightLine);
  const [playedWith] = await readLines(join(dir, BACKTEST_FILE), PlayedWith, (text) => [text]);
  return {
    playedWith: required(playedWith, BACKTEST_FILE),
    runOf: (name) => {
      const isOf = ({ night }: { readonly night: string }): boolean => night === name;
      const byTime = <One extends { readonly at: number; readonly night: string }>(
        all: readonly One[],
      ): readonly One[] => all.filter(isOf).sort((a, b) => a.at - b.at);
      return { orders: byTime(orders), verdicts: byTime(verdicts), sights: byTime(sights) };
    },
  };
}

async function readLines<T>(
  file: string,
  schema: z.ZodType<T>,
  split = (text: string): readonly string[] => text.split("\n").filter((line) => line !== ""),
): Promise<readonly T[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw failed(`${file} is not there`, "make it with `npx tipoff backtest ... --out DIR`");
  }
  return split(text).map((line, index) => {
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
