import { runCommandLine } from "./program.ts";

// A reader such as `head` may close the pipe early: it has seen enough, and nothing is wrong.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

process.exitCode = await runCommandLine(process.argv.slice(2));
