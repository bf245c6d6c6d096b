import { createHash, randomUUID } from "node:crypto";
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
  const known = readIfWhole(kept);
  const source = `(function (require, module, exports, __filename) {${readFileSync(file, "utf8")}\n})`;
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

/** The code behind its hash: V8 does not look, and dies of code that is damaged. */
function readIfWhole(path: string): Buffer | null {
  try {
    const kept = readFileSync(path);
    const code = kept.subarray(HASH_BYTES);
    return hashOf(code).equals(kept.subarray(0, HASH_BYTES)) ? code : null;
  } catch {
    return null;
  }
}

function keep(path: string, script: Script): void {
  // Of processes in other containers the ids may be the same.
  const whole = `${path}.${randomUUID()}`;
  try {
    const code = script.createCachedData();
    writeFileSync(whole, Buffer.concat([hashOf(code), code]));
    renameSync(whole, path);
  } catch {
    // A package that may not be written to starts more slowly, and is no worse for it.
  }
}

const HASH_BYTES = 32;

function hashOf(code: Buffer): Buffer {
  return createHash("sha256").update(code).digest();
}
