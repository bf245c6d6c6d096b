import { userInfo } from "node:os";
import type { Command } from "commander";
import { TradingError } from "../../core/domain/errors.ts";
import { liveOrderGroups } from "../../schema/queries/order-groups.ts";
import { openAccount } from "../account.ts";
import { confirm } from "../confirm.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  type RunningHome,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { describeReleased, liftSeen } from "../lift-seen.ts";
import { action, EXIT, integerOption, print, printJson, refused } from "../output.ts";
import { releaseByHand } from "../release-breaker.ts";
import { type Condition, resumeConditions } from "../resume-conditions.ts";
import { resumeDays } from "../resume-days.ts";

interface ResumeOptions extends HomeOption {
  readonly reason?: string;
  readonly breaker?: number;
  readonly confirm?: string;
  readonly json?: boolean;
}

/** `tipoff resume`: lift every kill and pause, once what must be true is; or release one breaker. */
export function registerResume(program: Command): void {
  withHome(program.command("resume"))
    .description("show what must be true before trading goes on; lift every kill and pause")
    .option("--reason <text>", "why it is safe again; it is kept (default: resumed by hand)")
    .option(
      "--breaker <id>",
      "release this breaker alone, once its cause has ended; needs --reason",
      integerOption(1, Number.MAX_SAFE_INTEGER),
    )
    .option("--confirm <mode>", "the name of the mode, for when nobody is there to type it")
    .option("--json", "answer as JSON")
    .action(action(resume));
}

async function resume(options: ResumeOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  if (options.breaker !== undefined) {
    return await releaseByHand(running, { ...options, breaker: options.breaker });
  }
  const { conditions, kills } = await resumeConditions(running);
  if (!options.json) for (const condition of conditions) print(describe(condition));
  const open = conditions.filter(({ isHeld }) => !isHeld);
  if (open.length > 0) {
    if (options.json) printJson({ conditions, released: [], told: [] });
    throw refused(
      `not lifted: ${open.map(({ name, detail }) => `not true that ${name} (${detail})`).join("; ")}`,
      "put it right and type the same again; docs/runbooks/kill.md says how",
    );
  }
  const word = { word: running.mode, what: `the name of the mode, ${running.mode}` };
  await confirm([word], options.confirm === undefined ? [] : [options.confirm]);
  const why = { by: userInfo().username, reason: options.reason ?? "resumed by hand" };
  const { released, told } = await liftSeen(running, {
    ...{ ...why, seen: kills },
    resetGroups: () => resetOrderGroups(running),
    tellDays: () =>
      withTemporal(running.temporalAddress, (temporal) => resumeDays(temporal, running.mode, why)),
  });
  if (options.json) printJson({ conditions, released, told });
  else {
    print(describeReleased(released));
    print(told.length === 0 ? "no day is running" : `told ${told.join(", ")}`);
  }
  return EXIT.done;
}

function describe({ name, isHeld, detail }: Condition): string {
  return `${isHeld ? "ok  " : "NOT "} ${name}: ${detail}`;
}

/** A group whose limit was hit takes no order until it is reset. */
async function resetOrderGroups(running: RunningHome): Promise<void> {
  if (running.mode === "shadow") return;
  const groups = await withDatabase(running.databaseUrl, liveOrderGroups);
  const venue = await openAccount(running);
  for (const group of groups) {
    await venue.resetOrderGroup(group).catch((error: unknown) => {
      // One that the venue does not know any more stops nothing.
      if (!(error instanceof TradingError && error.code === "VENUE_REFUSED")) throw error;
    });
  }
}
