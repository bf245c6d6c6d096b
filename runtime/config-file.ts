import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { TradingError } from "../core/domain/errors.ts";

/** A number within a range; the message is the same whatever is wrong, so that it always names the range. */
export function bounded(min: number, max: number): z.ZodNumber {
  const error = `expected a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** A whole number within a range. */
export function whole(min: number, max: number): z.ZodNumber {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** The text of a settings file. @throws TradingError CONFIG_INVALID when it cannot be read. */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw configInvalid(file, [error instanceof Error ? error.message : String(error)]);
  }
}

/**
 * Reads the text of a settings file.
 *
 * @throws TradingError CONFIG_INVALID naming file, key, value and allowed range of every fault.
 */
export function parseConfigText<T>(file: string, text: string, schema: z.ZodType<T>): T {
  let raw: unknown;
  try {
    raw = yamlOf(text);
  } catch (error) {
    throw configInvalid(file, [error instanceof Error ? error.message : String(error)]);
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw configInvalid(
    file,
    parsed.error.issues.map((issue) => describe(issue, raw)),
  );
}

/** The same few files are read again and again, by what starts and by what looks after them. */
const TEXTS_KEPT = 8;
const read = new Map<string, unknown>();

/** @returns what a text says; nobody may change it. */
function yamlOf(text: string): unknown {
  if (read.has(text)) return read.get(text);
  const [oldest] = read.keys();
  if (oldest !== undefined && read.size >= TEXTS_KEPT) read.delete(oldest);
  const said: unknown = parseYaml(text);
  read.set(text, said);
  return said;
}

/** What is wrong with a settings file. */
export function configInvalid(file: string, faults: readonly string[]): TradingError {
  return new TradingError("CONFIG_INVALID", { file, faults });
}

/** JSON with keys in sorted sequence, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** The sha256 of a value's canonical JSON: equal settings have equal hashes. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

function describe(issue: z.core.$ZodIssue, raw: unknown): string {
  const at = issue.path.map(String).join(".") || "(the whole file)";
  if (issue.code === "unrecognized_keys") {
    return `${at}: unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
  }
  const value = issue.path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (Object.entries(inner).find(([name]) => name === String(key))?.[1] as unknown)
        : undefined,
    raw,
  );
  // NaN has no JSON, and an absent value has no text at all.
  const shown =
    value === undefined
      ? "nothing"
      : typeof value === "number"
        ? String(value)
        : JSON.stringify(value);
  return `${at}: ${issue.message}, found ${shown}`;
}
