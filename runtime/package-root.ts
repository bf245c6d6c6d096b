import { fileURLToPath } from "node:url";

/** Folder of this package: where `workers/`, `cli/` and `config/` lie, wherever it is run from. */
export const PACKAGE_ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Arguments that make Node run the package's TypeScript, from any working directory. */
export function nodeArguments(script: string, ...args: string[]): string[] {
  return ["--import", import.meta.resolve("tsx"), `${PACKAGE_ROOT}${script}`, ...args];
}
