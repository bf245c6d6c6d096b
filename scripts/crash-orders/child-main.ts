/**
 * Starts the bundle of `child.ts` with the code that V8 made of it for the first one whose play came to its end:
 * compiling it anew takes a third of a short life.
 *
 *     node child-main.js BUNDLE
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";
import type { serve } from "./child.ts";

type Program = (require: NodeJS.Require, module: { exports: unknown }, __filename: string) => void;

const [file = ""] = process.argv.slice(2);
const kept = `${file}.code`;
const known = existsSync(kept) ? { cachedData: readFileSync(kept) } : {};
// In the way of Node's own modules of the older kind.
const source = `(function (require, module, __filename) {${readFileSync(file, "utf8")}\n})`;
const script = new Script(source, { filename: file, ...known });
const program = script.runInThisContext() as Program; // The source above.
const module = { exports: {} };
program(createRequire(file), module, file);
(module.exports as { serve: typeof serve }).serve(() => {
  if (existsSync(kept)) return;
  const whole = `${kept}.${process.pid}`;
  writeFileSync(whole, script.createCachedData());
  renameSync(whole, kept);
});
