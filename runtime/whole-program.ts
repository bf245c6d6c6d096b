import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, Script } from "node:vm";

type Body = (
  require: NodeJS.Require,
  module: { exports: unknown },
  exports: unknown,
  __filename: string,
) => void;

/** A program that runs. */
export interface WholeProgram {
  readonly exports: unknown;
  /** Keeps the code of all that has run so far, for processes to come. */
  readonly keepCode: () => void;
}

/**
 * Runs a program that one file was made of, with the code that V8 made of it for an earlier process: finding
 * hundreds of modules and compiling them takes most of a short life.
 *
 * @param use what this process is about to do, as different uses run different parts. May be in a file's name.
 */
export function runWhole(file: string, use: string): WholeProgram {
  // V8 knows a source by its length alone.
  const kept = `${file}.${Math.round(statSync(file).mtimeMs)}.${process.version}.${use}.code`;
  const known = readIfThere(kept);
  const source = `(function (require, module, exports, __filename) {${readFileSync(file, "latin1")}\n})`;
  const script = new Script(source, {
    filename: file,
    ...(known !== null && { cachedData: known }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  const body = script.runInThisContext() as Body; // The function above.
  body(createRequire(file), module, module.exports, file);
  let isKept = known !== null && script.cachedDataRejected !== true;
  return {
    exports: module.exports,
    keepCode: () => {
      if (!isKept) keep(kept, script);
      isKept = true;
    },
  };
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

function keep(path: string, script: Script): void {
  const whole = `${path}.${process.pid}`;
  try {
    writeFileSync(whole, script.createCachedData());
    renameSync(whole, path);
  } catch {
    // A package that may not be written to starts more slowly, and is no worse for it.
  }
}
