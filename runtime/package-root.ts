import { fileURLToPath } from "node:url";

const TOP = new URL("..", import.meta.url);

/** Folder of this package: where `config/` and the sources lie, wherever it is run from. */
export const PACKAGE_ROOT = fileURLToPath(
  TOP.pathname.endsWith("/dist/") ? new URL("..", TOP) : TOP,
);

/** What a source of the package is built to by `npm run build`. */
export function builtFile(source: string): string {
  return `${PACKAGE_ROOT}dist/${source.replace(/\.ts$/, ".js")}`;
}

/** The one file that was made of a program and all it loads, for those in `WHOLE` of `bin/build.mjs`. */
export function wholeFile(source: string): string {
  return builtFile(source).replace(/\.js$/, ".cjs");
}

/** Arguments that make Node run a script of the package, from any working directory. */
export function nodeArguments(script: string, ...args: string[]): string[] {
  return [builtFile(script), ...args];
}
