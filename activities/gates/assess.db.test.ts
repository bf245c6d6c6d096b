import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Mode } from "../../core/domain/decision.ts";
import { instant } from "../../core/domain/units.ts";
import { raiseAlarm } from "../../schema/queries/alarms.ts";
import { openAlarmsOf } from "../../schema/queries/alerts.ts";
import { tripBreaker } from "../../schema/queries/breakers.ts";
import { recordDrill } from "../../schema/queries/drills.ts";
import { throwKill } from "../../schema/queries/kill.ts";
import { liftKills } from "../../test/db/lift-kills.ts";
import { type IncidentRow, openIncident } from "../../schema/queries/incidents.ts";
import { NONE_LEFT_OUT } from "../../schema/queries/gate-facts.ts";
import type { Ladder } from "../../schema/queries/stages.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { assessAt, conditionOf, standingAt } from "../../test/db/gate.ts";
import { datesFrom, insertNight, insertNights } from "../../test/db/stage-nights.ts";
import { tellQueued } from "../alerts/facts.ts";
import type { Assessment } from "./assess.ts";

const NOW = instant(Date.parse("2026-11-21T01:00:00Z"));

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);
afterEach(async () => {
  await emptyDatabase(cloned.db);
});

const assess = (ladder: Ladder): Promise<Assessment> => assessAt(cloned.db, ladder);

/** Three games a night: thirty are what an interval of the calibration needs. */
const play = (mode: Mode, days: number): Promise<void> =>
  insertNights(cloned.db, days, { mode, scoredGames: 2 });

/** A drill as the command makes it: its kill is thrown and told of before the drill is recorded. */
async function drill(passed = true): Promise<void> {
  const killId = `drill-${randomUUID()}`;
  const kill = { mode: "shadow", level: "cancel-all", reason: "drill", by: "test" } as const;
  await throwKill(cloned.db, { killId, ...kill });
  await tellQueued(cloned.db);
  await recordDrill(cloned.db, { ...kill, kind: "kill", runId: null, killId, passed, report: {} });
  await liftKills(cloned.db, kill);
  await tellQueued(cloned.db);
}

/** @returns the alarm's id. */
async function raise(severity: "critical" | "warning"): Promise<string> {
  const key = { runId: null, gameId: null, code: severity, field: null };
  await raiseAlarm(cloned.db, { ...key, severity, message: "x", details: {}, at: NOW });
  const [alarm] = await openAlarmsOf(cloned.db, severity);
  return String(alarm?.alarm_id);
}

function open(source: IncidentRow["source"], sourceId: string | null): Promise<number> {
  const window = { from: new Date(NOW - 60_000), to: new Date(NOW) };
  const about = { mode: "shadow", source, sourceId, what: "x", openedBy: "test" } as const;
  return openIncident(cloned.db, { ...about, ...window });
}

const UNENDED = { mode: "shadow", date: "2026-11-22", isWon: false, isEnded: false } as const;

it("has nothing to say of an empty ledger: no condition fails, none passes", async () => {
  const { conditions, isOpen } = await assess(standingAt("paper"));
  expect(isOpen).toBe(false);
  expect(new Set(conditions.map(({ answer }) => answer))).toEqual(new Set(["not-enough-data"]));
});

it("opens the gate of shadow on two good weeks, a drill and what it would have traded", async () => {
  await play("shadow", 21);
  await drill();
  const assessed = await assess(standingAt("shadow"));
  expect(assessed.conditions.filter(({ answer }) => answer !== "pass")).toEqual([]);
  expect(assessed).toMatchObject({ from: "shadow", to: "paper", isOpen: true });
  // Weeks of 7 nights: 5 won and 2 lost, 4 and 3, 5 and 2. In all 14 won, 7 lost.
  const net = 14 * 48.25 - 7 * 51.75;
  expect(conditionOf(assessed, "weekly_return")?.value).toBeCloseTo(net / 1_000, 9);
  expect(conditionOf(assessed, "weekly_return")?.query).toContain("from intents");
});

it.each<[string, () => Promise<unknown>, string, string]>([
  [
    "a breaker tripped",
    () =>
      tripBreaker(cloned.db, {
        mode: "shadow",
        breaker: "daily_loss",
        cause: "lost",
        numbers: {},
        level: "reduce-only",
        runId: null,
        at: NOW,
      }),
    "limit_breaches",
    "fail",
  ],
  ["a critical alarm was raised", () => raise("critical"), "incidents", "fail"],
  [
    "a kill was thrown that no drill names",
    async () => {
      const kill = { mode: "shadow", level: "cancel-all", reason: "lost", by: "test" } as const;
      await throwKill(cloned.db, { killId: "in-earnest", ...kill });
      await tellQueued(cloned.db);
    },
    "incidents",
    "fail",
  ],
  [
    "a critical alarm stands that opened before the first night",
    async () => {
      await raise("critical");
      await sql`update alarms set recorded_at = now() - interval '60 days'`.execute(cloned.db);
    },
    "incidents",
    "fail",
  ],
  ["a person opened an incident", () => open("window", null), "incidents", "fail"],
  [
    "a person opened an incident on a warning",
    async () => {
      await open("alarm", await raise("warning"));
    },
    "incidents",
    "fail",
  ],
  [
    "a night failed",
    () =>
      insertNight(cloned.db, {
        mode: "shadow",
        date: "2026-11-22",
        isWon: true,
        verdict: "failed",
      }),
    "incidents",
    "fail",
  ],
  [
    "a night failed that is no evidence",
    () =>
      insertNight(cloned.db, {
        mode: "shadow",
        date: "2026-11-22",
        isWon: true,
        verdict: "failed",
        source: "world:7",
      }),
    "incidents",
    "fail",
  ],
  [
    "a night never ended and a later one has begun",
    () => insertNight(cloned.db, { ...UNENDED, daysAgo: 1.5 }),
    "incidents",
    "fail",
  ],
  [
    "the last night never ended and began more than two days ago",
    async () => {
      await sql`update runs set recorded_at = recorded_at - interval '2 days'`.execute(cloned.db);
      await insertNight(cloned.db, { ...UNENDED, daysAgo: 2.1 });
    },
    "incidents",
    "fail",
  ],
  [
    "the drill is eight days old",
    async () => {
      await sql`truncate drills`.execute(cloned.db);
      await sql`insert into drills (mode, kind, passed, report, by, at)
        values ('shadow', 'kill', true, '{}', 'test', now() - interval '8 days')`.execute(
        cloned.db,
      );
    },
    "kill_drill",
    "fail",
  ],
  [
    "the only drill was not passed",
    async () => {
      await sql`truncate drills`.execute(cloned.db);
      await drill(false);
    },
    "kill_drill",
    "not-enough-data",
  ],
  [
    "the last night is eight days old",
    () => sql`update runs set recorded_at = now() - interval '8 days'`.execute(cloned.db),
    "data_age",
    "fail",
  ],
])("closes the gate of shadow when %s", async (_, spoil, name, answer) => {
  await play("shadow", 21);
  await drill();
  await spoil();
  const assessed = await assess(standingAt("shadow"));
  expect(assessed.isOpen).toBe(false);
  expect(conditionOf(assessed, name)?.answer).toBe(answer);
});

it("says which nights never ended, and takes none for such that goes on or is of a seeded world", async () => {
  await play("shadow", 21);
  await drill();
  await insertNight(cloned.db, { ...UNENDED, source: "world:7", daysAgo: 2.5 });
  await insertNight(cloned.db, { ...UNENDED, date: "2026-11-23", daysAgo: 0.5 });
  const goingOn = await assess(standingAt("shadow"));
  expect(goingOn).toMatchObject({ isOpen: true, leftOut: NONE_LEFT_OUT });
  await insertNight(cloned.db, { ...UNENDED, date: "2026-11-24", daysAgo: 0.1 });
  const { isOpen, leftOut } = await assess(standingAt("shadow"));
  expect(isOpen).toBe(false);
  expect(leftOut).toEqual({ ...NONE_LEFT_OUT, unended: 1 });
});

it("counts an incident once, and no alarm that was over before the first night", async () => {
  await play("shadow", 21);
  await raise("critical");
  await sql`update alarms set recorded_at = now() - interval '60 days', cleared_at = now()`.execute(
    cloned.db,
  );
  expect(conditionOf(await assess(standingAt("shadow")), "incidents")?.value).toBe(0);
  const kill = { mode: "shadow", level: "cancel-all", reason: "lost", by: "test" } as const;
  await throwKill(cloned.db, { killId: "in-earnest", ...kill });
  await tellQueued(cloned.db);
  const trip = { mode: "shadow", breaker: "daily_loss", cause: "lost", numbers: {} } as const;
  const breakerId = await tripBreaker(cloned.db, {
    ...trip,
    level: "no-entries",
    runId: null,
    at: NOW,
  });
  const counted = conditionOf(await assess(standingAt("shadow")), "incidents")?.value;
  const [alarm] = await openAlarmsOf(cloned.db, "kill");
  await open("kill", "in-earnest");
  await open("breaker", String(breakerId));
  await open("alarm", String(alarm?.alarm_id));
  expect(conditionOf(await assess(standingAt("shadow")), "incidents")?.value).toBe(counted);
  await open("breaker", "99");
  await open("window", null);
  expect(conditionOf(await assess(standingAt("shadow")), "incidents")?.value).toBe(
    (counted ?? 0) + 2,
  );
});

it("reckons what paper traded: returns, win rate, profit factor, fees, drawdown, worst trade", async () => {
  await play("paper", 21);
  const assessed = await assess(standingAt("paper"));
  const value = (name: string) => conditionOf(assessed, name)?.value;
  expect(value("runtime")).toBe(21);
  expect(value("completed_trades")).toBe(21);
  expect(value("total_return")).toBeCloseTo((14 * 48.25 - 7 * 51.75) / 1_000, 9);
  expect(value("win_rate")).toBeCloseTo(14 / 21, 9);
  expect(value("profit_factor")).toBeCloseTo((14 * 48.25) / (7 * 51.75), 9);
  expect(value("fee_drag")).toBeCloseTo((21 * 1.75) / (7 * 50), 9);
  expect(value("worst_trade")).toBeCloseTo(-51.75 / 1_000, 9);
  // The first loss comes after two wins: from 1000 + 2 * 48.25.
  expect(value("drawdown")).toBeCloseTo(51.75 / (1_000 + 2 * 48.25), 9);
  // 0.7 against 0.5 when right: 0.09 - 0.25.
  expect(value("calibration")).toBeCloseTo(0.09 - 0.25, 9);
  expect(value("fill_rate")).toBeCloseTo(0.05, 9);
  expect(value("slippage")).toBe(0);
  expect(conditionOf(assessed, "worst_trade")?.answer).toBe("fail");
  expect(conditionOf(assessed, "completed_trades")?.answer).toBe("not-enough-data");
  expect(conditionOf(assessed, "restore_drill")?.answer).toBe("not-enough-data");
  // Twenty-one days with a result: more than the gate asks for, and no interval of them is to be trusted.
  expect(conditionOf(assessed, "sharpe")).toMatchObject({
    ...{ sample: 21, interval: null, answer: "not-enough-data" },
  });
  for (const { query } of assessed.conditions) expect(query).toMatch(/^select .* -- \[/);
});

it("closes the gate of shadow on a catastrophic week that is not over yet", async () => {
  await cloned.db.transaction().execute(async (tx) => {
    for (const [index, date] of datesFrom("2026-11-01", 20).entries()) {
      await insertNight(tx, { mode: "shadow", date, isWon: index < 14 });
    }
  });
  await drill();
  const weeks = conditionOf(await assess(standingAt("shadow")), "weekly_return");
  // Two weeks of 7 * 48.25, then six days of -51.75: -31 %, where -5 % is a catastrophe.
  expect(weeks).toMatchObject({ answer: "fail", sample: 2 });
  expect(weeks?.value).toBeCloseTo((14 * 48.25 - 6 * 51.75) / 1_000, 9);
});

it("can say nothing of a stage of real money", async () => {
  await play("paper", 21);
  const assessed = await assess(standingAt("micro"));
  expect(assessed).toMatchObject({ to: "small", isOpen: false });
  expect(new Set(assessed.conditions.map(({ answer }) => answer))).toEqual(
    new Set(["not-enough-data"]),
  );
});
