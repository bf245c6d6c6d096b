import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { RouterConfig } from "../core/strategies/router.ts";
import { hashOf } from "./config-file.ts";
import type { Home } from "./home.ts";

const RouterRecord = z.strictObject({
  schemaVersion: z.literal(1),
  /** Of the rules that were judged. */
  rulesHash: z.string(),
  nights: z.number().int(),
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

/** Hash of a router's rules: a judgement is of these alone. */
export function rulesHash(rules: RouterConfig): string {
  return hashOf(rules);
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

/**
 * What a report says of the router: whether it is on, and whether it has earned that.
 *
 * @throws Error naming the file when the record cannot be read.
 */
export async function routerWord(
  home: Pick<Home, "path">,
  rules: RouterConfig | undefined,
  isOn: boolean,
): Promise<string> {
  const state = isOn ? "on" : "off";
  if (rules === undefined) return `${state}: it has no rules`;
  const record = await readRecord(home);
  if (record === null || record.rulesHash !== rulesHash(rules)) {
    return `${state}: these rules were never judged against the same nights without them`;
  }
  const { games, differenceUsd, lowUsd, highUsd, verdict } = record;
  const range =
    lowUsd === null || highUsd === null ? "no interval" : `${usd(lowUsd)} to ${usd(highUsd)}`;
  const found =
    differenceUsd === null ? "no figure" : `${usd(differenceUsd)} USD a game (${range})`;
  const word = {
    earned: "it has earned its place",
    "not-earned": "it has not earned its place",
    "not-enough-data": "not enough data",
  }[verdict];
  return `${state}: ${word}: ${found} over ${String(games)} games, routed less unrouted`;
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
