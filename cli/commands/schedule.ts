import { userInfo } from "node:os";
import { SPEED_RANGE } from "../../sim/exchange/clock.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  firstOpenDay,
  missedDays,
  sinceOf,
  type StandingSchedule,
  standingSchedule,
  type TimeOfDay,
} from "../../activities/missed-days.ts";
import { EASTERN_ZONE, easternParts, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { appendAudit } from "../../schema/queries/audit.ts";
import { scheduleDays as recordedDays } from "../../schema/queries/schedule-days.ts";
import { GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import type { ScheduledDayInput } from "../../workflows/contracts.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  type RunningHome,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { removeSchedule, scheduleDays, scheduleIdOf } from "../day-schedule.ts";
import {
  action,
  EXIT,
  integerOption,
  numberOption,
  print,
  printJson,
  table,
  wrongUse,
} from "../output.ts";
import { openSource, requireSpeed } from "../source.ts";

interface OnOptions extends HomeOption {
  readonly at: TimeOfDay;
  readonly source: string;
  readonly games?: number;
  readonly speed: number;
  readonly json?: boolean;
}

interface PlainOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff schedule on|off|status`: trading days that start by themselves. */
export function registerSchedule(program: Command): void {
  const schedule = program.command("schedule").description("trading days that start by themselves");
  withHome(schedule.command("on"))
    .description(
      "each day look whether a day can start, and start it; replaces an earlier schedule",
    )
    .addOption(
      new Option("--at <hh:mm>", "time of day, US Eastern")
        .argParser(parseTimeOfDay)
        .default({ hour: 12, minute: 0 }, "12:00"),
    )
    .option(
      "--source <source>",
      "world:SEED, of which each date plays one of its own, or live: each date's games",
      "world:7",
    )
    .option(
      "--games <n>",
      `games of a world's night (default: ${GAMES_DEFAULT})`,
      integerOption(1, GAMES_MAX),
    )
    .option(
      "--speed <x>",
      "run time per wall time",
      numberOption(SPEED_RANGE.min, SPEED_RANGE.max),
      1,
    )
    .option("--json", "answer as JSON")
    .action(action(switchOn));
  withHome(schedule.command("off"))
    .description("start no more days; a day that runs goes on")
    .option("--json", "answer as JSON")
    .action(action(switchOff));
  withHome(schedule.command("status"))
    .description("whether it is on, when it starts next, and what it did, missed days included")
    .option("--json", "answer as JSON")
    .action(action(showStatus));
}

function parseTimeOfDay(text: string): TimeOfDay {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!match) throw new InvalidArgumentError("Expected a time of day such as 12:00.");
  return { hour: Number(match[1]), minute: Number(match[2]) };
}

async function switchOn(options: OnOptions): Promise<number> {
  const opened = openHome(options);
  const { source, speed, at } = options;
  const playable = await openSource(
    { source, games: options.games ?? null, date: null },
    opened.environment,
  );
  const { kind, seed } = playable.manifest;
  if (kind === "recording") {
    throw wrongUse("a recording is of one date", "let the schedule play world:SEED or live");
  }
  requireSpeed(playable, speed);
  const running = await findRunning(opened);
  // Which games a date has live is known on that day.
  const games = playable.games ?? 0;
  const since = sinceOf(at, instant(Date.now()));
  const input: ScheduledDayInput = { mode: running.mode, seed, games, speed, since };
  await auditSwitch(running, { isOn: true, at: timeOfDay(at), ...input });
  await withTemporal(running.temporalAddress, (temporal) => scheduleDays(temporal, input, at));
  const time = timeOfDay(at);
  const scheduleId = scheduleIdOf(running.mode);
  if (options.json) printJson({ scheduleId, at: time, timezone: EASTERN_ZONE, ...input });
  else {
    const what =
      seed === null ? "the games of the date, live" : `${games} games, at speed ${speed}`;
    print(`on: each day at ${time} US Eastern, ${what}`);
  }
  return EXIT.done;
}

async function switchOff(options: PlainOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  await auditSwitch(running, { isOn: false });
  const wasOn = await withTemporal(running.temporalAddress, (temporal) =>
    removeSchedule(temporal, running.mode),
  );
  if (options.json) printJson({ isOn: false, wasOn });
  else print(wasOn ? "off: no more days are started" : "it was off already");
  return EXIT.done;
}

/** Before the act, which is Temporal's and in no transaction of ours: there is none without its record. */
async function auditSwitch({ mode, databaseUrl }: RunningHome, details: object): Promise<void> {
  const actor = userInfo().username;
  const entry = { mode, kind: "schedule", actor, subject: scheduleIdOf(mode), details } as const;
  await withDatabase(databaseUrl, (database) =>
    appendAudit(database, { ...entry, at: new Date() }),
  );
}

async function showStatus(options: PlainOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const found = await withTemporal(running.temporalAddress, (temporal) =>
    standingSchedule(temporal, running.mode),
  );
  const days = await withDatabase(running.databaseUrl, (database) =>
    recordedDays(database, running.mode),
  );
  const missed = found === null ? [] : missedSince(found, days[0]?.trading_date);
  const next = found?.next ?? null;
  if (options.json) {
    printJson({ isOn: found !== null, next, days, missed });
    return EXIT.done;
  }
  print(found === null ? "off" : `on; next start ${next ? eastern(next) : "not known"}`);
  for (const date of missed) print(`MISSED ${date}: the services were not running at its hour`);
  if (days.length > 0) {
    const rows = days.map((day) => [day.trading_date, day.status, day.details]);
    print(table(["day", "what", "details"], rows));
  }
  return EXIT.done;
}

function eastern(at: Date): string {
  const { date, hour, minute } = easternParts(instant(at.getTime()));
  return `${date} ${timeOfDay({ hour, minute })} US Eastern`;
}

function timeOfDay({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** Those that the services have not written down yet. */
function missedSince(
  { at, since, fired }: StandingSchedule,
  last: TradingDate | undefined,
): readonly TradingDate[] {
  const until = firstOpenDay(at, instant(Date.now()));
  return missedDays(last, since, until).filter((date) => !fired.includes(date));
}
