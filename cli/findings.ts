import { type CheckResult, isAllOk } from "../activities/checks/check.ts";
import { EXIT, print, printJson } from "./output.ts";

const MARKS: Readonly<Record<CheckResult["state"], string>> = {
  ok: "ok     ",
  "not ok": "NOT OK ",
  unknown: "UNKNOWN",
};

/** Shows checks, each with its evidence and next step. @returns the exit code: 3 unless all are ok. */
export function showFindings(results: readonly CheckResult[], asJson: boolean): number {
  const isReady = isAllOk(results);
  if (asJson) printJson({ isReady, checks: results });
  else {
    for (const { name, state, evidence, next } of results) {
      print(`${MARKS[state]}  ${name.padEnd(14)} ${evidence}`);
      if (next !== null) print(`         ${" ".repeat(14)} next: ${next}`);
    }
    const open = results.filter(({ state }) => state !== "ok").length;
    print(isReady ? "ready" : `not ready: ${open} of ${results.length}`);
  }
  return isReady ? EXIT.done : EXIT.refused;
}
