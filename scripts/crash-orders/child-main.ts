/**
 * Starts the bundle of `child.ts`; the first one whose play comes to its end keeps its code for all that follow.
 *
 *     node child-main.js BUNDLE
 */
import { runWhole } from "../../runtime/whole-program.ts";
import type * as Child from "./child.ts";

const [file = ""] = process.argv.slice(2);
const { exports, keepCode } = runWhole(file, "play");
(exports as typeof Child).serve(keepCode); // What the bundler made of that module.
