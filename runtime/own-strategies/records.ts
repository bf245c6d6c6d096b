import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import { isOwnStrategy, type OwnStrategy } from "../../core/domain/order.ts";
import type { Signer } from "../../core/domain/signed.ts";
import type { Home } from "../home.ts";
import { nightKind } from "../models/admission.ts";
import { compileStrategy, type StrategySource } from "./source.ts";

/** One rule of a check, and whether it held. */
const Finding = z.strictObject({ rule: z.string(), isHeld: z.boolean(), detail: z.string() });

const Checked = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  hash: z.string(),
  /** The code itself: what runs is what was checked, whatever became of the file. */
  text: z.string(),
  /** What it was played on: `world:SEED` or the name of a recording. */
  sources: z.array(z.string()),
  decisions: z.number().int(),
  proposals: z.number().int(),
  findings: z.array(Finding),
  isPassed: z.boolean(),
  checkedAt: z.string(),
});
/** What a check found. */
export type Checked = z.infer<typeof Checked>;
const Record = z.strictObject({ checked: Checked, keyId: z.string(), signature: z.string() });

type Place = Pick<Home, "path">;

/** Where a strategy of this name lives. */
export function strategyFolder({ path }: Place, name: string): string {
  return join(path, "strategies", name);
}

function recordFile(home: Place, name: string, hash: string): string {
  return join(strategyFolder(home, name), "checked", `${hash}.json`);
}

/** Names of the strategies in a home, by the alphabet. */
export async function strategyNames(home: Place): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(home.path, "strategies"), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && isOwnStrategy(`own-${entry.name}`))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The file of a strategy as it stands. @throws TradingError CONFIG_INVALID when there is none. */
export async function readStrategyFile(
  home: Place,
  name: string,
): Promise<{ readonly file: string; readonly text: string }> {
  for (const ending of ["ts", "js"]) {
    const file = join(strategyFolder(home, name), `strategy.${ending}`);
    try {
      return { file, text: await readFile(file, "utf8") };
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  throw invalid(
    `${strategyFolder(home, name)} holds neither strategy.ts nor strategy.js`,
    `\`npx tipoff strategy new ${name}\` writes one`,
  );
}

/** Signs and keeps what a check found. @returns the file. */
export async function keepRecord(home: Place, signer: Signer, checked: Checked): Promise<string> {
  const file = recordFile(home, checked.name, checked.hash);
  await mkdir(join(strategyFolder(home, checked.name), "checked"), { recursive: true });
  const record = { checked, keyId: signer.keyId, signature: signer.sign(checked) };
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
  return file;
}

/** What the last check of this very code found. @returns `null` when it was never checked. */
export async function findRecord(
  home: Place,
  signer: Signer,
  name: string,
  hash: string,
): Promise<Checked | null> {
  const file = recordFile(home, name, hash);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  const parsed = Record.safeParse(parseJson(text));
  const next = `\`npx tipoff strategy check ${name}\` makes it anew`;
  if (!parsed.success) throw invalid(`${file}: ${z.prettifyError(parsed.error)}`, next);
  const { checked, signature } = parsed.data;
  const isOurs = checked.name === name && checked.hash === hash;
  if (!isOurs || !signer.verifies(checked, signature)) {
    throw invalid(`${file} was changed after it was signed, or by another home`, next);
  }
  return checked;
}

/**
 * The code that a day may run: of the hash that the settings name, and checked.
 *
 * @throws TradingError CONFIG_INVALID when it was not checked, did not pass, or was changed since.
 */
export async function checkedSource(
  home: Place,
  signer: Signer,
  strategy: OwnStrategy,
  hash: string,
): Promise<StrategySource> {
  const name = strategy.slice("own-".length);
  const checked = await findRecord(home, signer, name, hash);
  const next = `\`npx tipoff strategy check ${name}\` checks it and prints the hash for the settings`;
  if (checked === null) {
    throw invalid(`${strategy} of hash ${hash} has no check in this home`, next);
  }
  if (!checked.isPassed) throw invalid(`${strategy} of hash ${hash} did not pass its check`, next);
  const compiled = compileStrategy(checked.text);
  if ("faults" in compiled) throw invalid(`${strategy}: ${compiled.faults.join("; ")}`, next);
  if (compiled.source.hash !== hash) {
    throw invalid(`${strategy}: its record holds other code`, next);
  }
  return compiled.source;
}

/** Whether recorded data was among what it was checked on: a seeded world is invented, and proves itself alone. */
export function isCheckedOnRecording({ sources }: Pick<Checked, "sources">): boolean {
  return sources.some((name) => nightKind(name) === "recording");
}

/**
 * Lets code that may run also play a night that is no seeded world.
 *
 * @throws TradingError CONFIG_INVALID when its check saw no recording.
 */
export async function requireRecordedCheck(
  home: Place,
  signer: Signer,
  strategy: OwnStrategy,
  hash: string,
): Promise<void> {
  const name = strategy.slice("own-".length);
  const checked = await findRecord(home, signer, name, hash);
  if (checked !== null && isCheckedOnRecording(checked)) return;
  const on = checked === null ? "nothing" : checked.sources.join(", ");
  const command = `strategy check ${name} --recording DIR`;
  // The schedule tells the reason alone: it names the command too.
  throw invalid(
    `${strategy} of hash ${hash} was checked on ${on}: recorded and live nights ask for a check on a recording (${command})`,
    `\`npx tipoff ${command}\``,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function invalid(reason: string, nextStep: string): TradingError {
  return new TradingError("CONFIG_INVALID", { reason, nextStep });
}
