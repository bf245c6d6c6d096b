import { userInfo } from "node:os";
import type { Command } from "commander";
import type { limitChanges, LimitChange } from "../../runtime/risk-limits.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { applyLimitsFile, compareLimits, type ComparedLimits } from "../limits.ts";
import { action, EXIT, failed, print, printJson, refused, table } from "../output.ts";

interface ShowOptions extends HomeOption {
  readonly json?: boolean;
}

interface ApplyOptions extends ShowOptions {
  readonly reason: string;
}

/** `tipoff limits`: what is in force, and the one way to change it. */
export function registerLimits(program: Command): void {
  const limits = program.command("limits").description("what may be lost: config/risk_limits.yaml");
  withHome(limits.command("show"))
    .description("the limits in force, and what an edited file would change")
    .option("--json", "answer as JSON")
    .action(action(show));
  withHome(limits.command("apply"))
    .description(
      "put the edited file in force; a loosening waits until nothing is open and no window is locked",
    )
    .requiredOption("--reason <text>", "why; it is kept")
    .option("--json", "answer as JSON")
    .action(action(apply));
}

async function show(options: ShowOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const compared = await withDatabase(running.databaseUrl, (database) =>
    compareLimits(database, running.mode, running.environment.limitsFile),
  );
  if (options.json) {
    printJson(compared);
    return EXIT.done;
  }
  const { inForce, file, changes, problem } = compared;
  print(`in force   ${inForce.hash.slice(0, 12)} since ${inForce.at}, by ${inForce.by}`);
  print(`           ${inForce.reason}`);
  print(`file       ${file.path}, ${file.hash.slice(0, 12)}`);
  if (problem !== null) print(`           ${problem}`);
  else if (changes.length === 0) print("           the same");
  else {
    print(changeTable(changes));
    print("not in force: `npx tipoff limits apply --reason TEXT` applies it");
  }
  print(
    table(
      ["key", running.mode],
      [...compared.values].map(([key, value]) => [key, String(value)]),
    ),
  );
  return EXIT.done;
}

async function apply(options: ApplyOptions): Promise<number> {
  const { reason } = options;
  if (reason.trim() === "") throw failed("a reason is not empty", "say why, it is kept");
  const { mode, environment, databaseUrl } = await findRunning(openHome(options));
  const path = environment.limitsFile;
  const act = { mode, path, by: userInfo().username, reason };
  const { compared, outcome } = await withDatabase(databaseUrl, (database) =>
    applyLimitsFile(database, act),
  );
  const { changes, problem, file } = compared;
  if (outcome.kind === "unchanged") {
    if (options.json) printJson({ outcome: "unchanged", changes });
    else print(`${path} is in force already`);
    return EXIT.done;
  }
  if (!options.json) print(problem ?? changeTable(changes));
  if (outcome.kind === "refused") throw notNow(compared, outcome.because);
  if (outcome.kind === "overtaken") {
    throw failed("other limits were put in force meanwhile", "look with `npx tipoff limits show`");
  }
  if (options.json) printJson({ outcome: "applied", hash: file.hash, changes });
  else print(`in force from the next order on: ${file.hash.slice(0, 12)}`);
  return EXIT.done;
}

function notNow({ changes }: ComparedLimits, because: readonly string[]): Error {
  const looser = changes.filter(({ direction }) => direction === "looser").map(({ key }) => key);
  return refused(
    `${because.join(", ")}: these are not loosened now: ${looser.join(", ") || "all of them"}`,
    "tighten only, or apply it when nothing is open and no window is locked",
  );
}

function changeTable(changes: ReturnType<typeof limitChanges>): string {
  const shown = (value: LimitChange["before"]): string => (value === null ? "-" : String(value));
  return table(
    ["key", "in force", "file", ""],
    changes.map(({ key, before, after, direction }) => [
      key,
      shown(before),
      shown(after),
      direction,
    ]),
  );
}
