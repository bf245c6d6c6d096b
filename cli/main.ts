import { runCommandLine } from "./program.ts";

// A reader such as `head` may close the pipe early: it has seen enough. What a command does goes on, into
// its files, and how it ends is told by its exit code: a night is not over because nobody looks.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2));
