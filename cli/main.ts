import { wholeFile } from "../runtime/package-root.ts";
import { runWhole } from "../runtime/whole-program.ts";
import type * as Program from "./program.ts";

// A reader such as `head` may close the pipe early: it has seen enough. What a command does goes on, into
// its files, and how it ends is told by its exit code: a night is not over because nobody looks.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** `EXIT.wrongUse`, which is a part of the program that is yet to be loaded. */
const WRONG_USE = 2;
const args = process.argv.slice(2);
const use = /^[a-z]+$/.exec(args[0] ?? "")?.[0] ?? "help";
const program = runWhole(wholeFile("cli/program.ts"), use);
// Of a command that does not exist nothing is worth keeping.
process.once("exit", (code) => {
  if (code !== WRONG_USE) program.keepCode();
});
const { runCommandLine } = program.exports as typeof Program; // What the build made of that module.
process.exitCode = await runCommandLine(args);
