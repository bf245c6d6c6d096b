import { userInfo } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import {
  type Acknowledged,
  acknowledgeAlerts,
  unacknowledgedIds,
} from "../../schema/queries/alerts.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, print, printJson, wrongUse } from "../output.ts";

interface AckOptions extends HomeOption {
  readonly all?: boolean;
  readonly note?: string;
  readonly json?: boolean;
}

/** `tipoff ack`: somebody has seen it, and it is repeated no more. */
export function registerAck(program: Command): void {
  withHome(program.command("ack"))
    .description("acknowledge critical alerts: they are repeated and escalated no more")
    .argument(
      "[id...]",
      "numbers of alerts, as they are told and as `tipoff alerts` lists them",
      ids,
    )
    .option("--all", "every one that nobody has acknowledged")
    .option("--note <text>", "what is done about it; it is kept")
    .option("--json", "answer as JSON")
    .action(action(acknowledge));
}

async function acknowledge(
  given: readonly number[] | undefined,
  options: AckOptions,
): Promise<number> {
  const named = given ?? [];
  if (named.length > 0 === (options.all === true)) {
    throw wrongUse(
      "name alerts by their numbers, or all of them by --all",
      "`npx tipoff alerts` lists them",
    );
  }
  const running = await findRunning(openHome(options));
  const outcomes = await withDatabase(running.databaseUrl, async (database) => {
    const wanted = options.all === true ? await unacknowledgedIds(database) : named;
    const actor = userInfo().username;
    const { note = null } = options;
    return acknowledgeAlerts(database, wanted, {
      mode: running.mode,
      actor,
      note,
      at: new Date(),
    });
  });
  if (options.json) printJson(outcomes);
  else if (outcomes.length === 0) print("no alert waits to be acknowledged");
  else outcomes.forEach(show);
  return outcomes.some(({ outcome }) => outcome === "not-found") ? EXIT.failed : EXIT.done;
}

const SAID: Readonly<Record<Acknowledged["outcome"], string>> = {
  acknowledged: "acknowledged",
  "already-acknowledged": "was acknowledged before",
  "needs-none": "is not critical: nobody has to acknowledge it",
  "not-found": "is no alert of this home",
};

function show({ id, outcome }: Acknowledged): void {
  print(`#${id} ${SAID[outcome]}`);
}

/** Commander calls this for each word, with what was read before. */
function ids(word: string, before: readonly number[] | undefined): readonly number[] {
  const id = Number(word.replace(/^#/, ""));
  if (!Number.isSafeInteger(id) || id < 1) {
    throw new InvalidArgumentError("Expected the number of an alert, such as 12.");
  }
  return [...(before ?? []), id];
}
