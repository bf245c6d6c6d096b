import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hashOf } from "./config-file.ts";
import type { Home } from "./home.ts";
import { nightKind } from "./models/admission.ts";
import type { TipoffConfig } from "./tipoff-config.ts";

const RouterRecord = z.strictObject({
  schemaVersion: z.literal(1),
  /** Of the rules that were judged. */
  rulesHash: z.string(),
  /** Of the settings and limits that the nights were played under, and what the nights were; older records lack them. */
  settingsHash: z.string().optional(),
  limitsHash: z.string().optional(),
  source: z.enum(["worlds", "recordings"]).optional(),
  nights: z.number().int(),
  /** Of these, nights on which the router changed a result: what the verdict rests on. Older records lack it. */
  differing: z.number().int().optional(),
  games: z.number().int(),
  /** Net per game, routed less unrouted, USD. */
  differenceUsd: z.number().nullable(),
  lowUsd: z.number().nullable(),
  highUsd: z.number().nullable(),
  verdict: z.enum(["earned", "not-earned", "not-enough-data"]),
  judgedAt: z.string(),
});
/** What the last judgement of a router found. */
export type RouterRecord = z.infer<typeof RouterRecord>;

function recordFile({ path }: Pick<Home, "path">): string {
  return join(path, "strategies", "router.json");
}

/** What a judgement is of: under another of these it says nothing. */
export interface JudgedUnder {
  readonly rulesHash: string;
  readonly settingsHash: string;
  readonly limitsHash: string;
}

/**
 * What a router is judged under. That it is switched on is no part of it: both were played.
 *
 * @returns `null` where there are no rules.
 */
export function judgedUnder(config: TipoffConfig, limitsHash: string): JudgedUnder | null {
  const { decision, routerRules, ratings, limits, breakers, view, watch, paper } = config;
  if (routerRules === undefined) return null;
  const { forecast, strategies, execution } = decision;
  const played = { forecast, strategies, execution, ratings, limits, breakers, view, watch, paper };
  return { rulesHash: hashOf(routerRules), settingsHash: hashOf(played), limitsHash };
}

/** Keeps a judgement. @returns the file. */
export async function keepRouterRecord(
  home: Pick<Home, "path">,
  record: RouterRecord,
): Promise<string> {
  const file = recordFile(home);
  await mkdir(join(home.path, "strategies"), { recursive: true });
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
  return file;
}

/** A night whose report is written. */
interface RouterAsked {
  readonly isOn: boolean;
  /** What it was played from, as its manifest names it. */
  readonly night: string;
  /** What it was played under; null without rules. */
  readonly under: JudgedUnder | null;
}

/**
 * What a report says of the router: whether it is on, and whether it has earned that on nights of this kind.
 *
 * @throws Error naming the file when the record cannot be read.
 */
export async function routerWord(
  home: Pick<Home, "path">,
  { isOn, night, under }: RouterAsked,
): Promise<string> {
  const state = isOn ? "on" : "off";
  if (under === null) return `${state}: it has no rules`;
  const record = await readRecord(home);
  if (record?.source === undefined || record.differing === undefined || !isOf(record, under)) {
    return `${state}: it was never judged under these rules, settings and limits`;
  }
  const { nights, differing, games, verdict, source } = record;
  const on = source === "worlds" ? "seeded worlds" : "recorded nights";
  const over = `${foundBy(record)} over ${String(nights)} nights (${String(differing)} differ), ${String(games)} games, routed less unrouted`;
  if (source === "worlds" && nightKind(night) !== "world") {
    return `${state}: judged on seeded worlds alone, which is no evidence for this night: ${over}`;
  }
  const word = {
    earned: `it has earned its place on ${on}`,
    "not-earned": `it has not earned its place on ${on}`,
    "not-enough-data": `not enough data of ${on}`,
  }[verdict];
  return `${state}: ${word}: ${over}`;
}

function isOf(record: RouterRecord, under: JudgedUnder): boolean {
  return (
    record.rulesHash === under.rulesHash &&
    record.settingsHash === under.settingsHash &&
    record.limitsHash === under.limitsHash
  );
}

function foundBy({ differenceUsd, lowUsd, highUsd }: RouterRecord): string {
  const range =
    lowUsd === null || highUsd === null ? "no interval" : `${usd(lowUsd)} to ${usd(highUsd)}`;
  return differenceUsd === null ? "no figure" : `${usd(differenceUsd)} USD a game (${range})`;
}

async function readRecord(home: Pick<Home, "path">): Promise<RouterRecord | null> {
  const file = recordFile(home);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const parsed = RouterRecord.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function usd(value: number): string {
  return value.toFixed(2);
}
