import type { Command } from "commander";
import { checkEverything, type Finding } from "../doctor.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import { action, EXIT, print, printJson } from "../output.ts";

interface DoctorOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff doctor`: what is there, what is missing, what to do. */
export function registerDoctor(program: Command): void {
  withHome(program.command("doctor"))
    .description("what is there, what is missing, and what to do about it")
    .option("--json", "answer as JSON")
    .action(action(doctor));
}

async function doctor(options: DoctorOptions): Promise<number> {
  const findings = await checkEverything(openHome(options));
  if (options.json) printJson(findings);
  else findings.forEach(show);
  return findings.some(({ state }) => state === "missing") ? EXIT.failed : EXIT.done;
}

const MARKS: Readonly<Record<Finding["state"], string>> = {
  there: "ok     ",
  optional: "absent ",
  missing: "MISSING",
};

function show({ what, state, found, todo }: Finding): void {
  print(`${MARKS[state]}  ${what.padEnd(12)} ${found}`);
  if (todo) print(`         ${" ".repeat(12)} ${todo}`);
}
