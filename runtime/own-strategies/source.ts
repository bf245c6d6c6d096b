import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type * as Esbuild from "esbuild";

/** Loaded where a strategy is compiled: every command reads the settings, and next to none of them names one. */
const esbuild = (): typeof Esbuild => createRequire(import.meta.url)("esbuild") as typeof Esbuild; // What the package says of itself.

/** A file of a strategy, compiled. */
export interface StrategySource {
  readonly text: string;
  /** Sha256 of the text: what the settings name, and what a record is of. */
  readonly hash: string;
  /** JavaScript that assigns to `module.exports`. */
  readonly script: string;
}

/** Words that lead to a clock, to chance, out of the process, or past the end of a call. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  Date: "the clock; use `sight.at`",
  performance: "the clock; use `sight.at`",
  random: "chance",
  crypto: "chance",
  require: "imports",
  process: "the process",
  globalThis: "the global object",
  eval: "code made at run time",
  Function: "code made at run time",
  fetch: "the network",
  setTimeout: "time",
  setInterval: "time",
  setImmediate: "time",
  queueMicrotask: "time",
  async: "what answers later",
  await: "what answers later",
  Promise: "what answers later",
  WeakRef: "garbage collection",
  FinalizationRegistry: "garbage collection",
  SharedArrayBuffer: "other threads",
  Atomics: "other threads",
  WebAssembly: "code made at run time",
  Intl: "the machine's language",
  toLocaleString: "the machine's language",
  localeCompare: "the machine's language",
  constructor: "the way out of the box",
  __proto__: "the way out of the box",
};

const FORBIDDEN_WORD = new RegExp(
  `(?<![\\w$])(${Object.keys(FORBIDDEN).join("|")})(?![\\w$])`,
  "g",
);
/** The one import there is: types, which are gone when the file is compiled. */
const TYPE_IMPORT = /^\s*import\s+type\b.*$/;
const IMPORT = /^\s*import\b|\bimport\s*\(|^\s*export\b.*\bfrom\b/;

/**
 * Compiles the text of a strategy.
 *
 * @returns the reasons why it cannot run, each with its line, where there are any.
 */
export function compileStrategy(
  text: string,
): { readonly source: StrategySource } | { readonly faults: readonly string[] } {
  const faults = forbidden(text);
  if (faults.length > 0) return { faults };
  try {
    const { code } = esbuild().transformSync(text, {
      loader: "ts",
      format: "cjs",
      target: "node20",
    });
    const hash = createHash("sha256").update(text).digest("hex");
    return { source: { text, hash, script: code } };
  } catch (error) {
    return { faults: syntaxFaults(error) };
  }
}

/** What a strategy may not have, by line: the box would not let it either, but here it has a reason. */
function forbidden(text: string): readonly string[] {
  return withoutComments(text)
    .split("\n")
    .flatMap((line, index): string[] => {
      const at = `line ${index + 1}`;
      if (TYPE_IMPORT.test(line)) return [];
      if (IMPORT.test(line)) return [`${at}: import: a strategy imports nothing but types`];
      const words = new Set(line.match(FORBIDDEN_WORD));
      return [...words].map(
        (word) => `${at}: ${word}: ${FORBIDDEN[word] ?? "forbidden"} is out of reach`,
      );
    });
}

/** Comments and plain strings blanked, lines kept. What a template holds stays: it may be code. */
function withoutComments(text: string): string {
  const part = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  return text.replace(part, (found) => found.replace(/[^\n]/g, " "));
}

function syntaxFaults(error: unknown): readonly string[] {
  if (!isTransformFailure(error)) return [String(error)];
  return error.errors.map(({ location, text }) => `line ${location?.line ?? "?"}: ${text}`);
}

function isTransformFailure(error: unknown): error is Esbuild.TransformFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
