import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { lift, type NightHome, until, untilTyped } from "./night-home.ts";

/** What the commands answer, as far as it is looked at. */
const StageAnswer = z.looseObject({
  stage: z.string(),
  tampered: z.null(),
  next: z.looseObject({
    to: z.string(),
    isOpen: z.boolean(),
    conditions: z.array(z.looseObject({ name: z.string(), answer: z.string(), query: z.string() })),
  }),
});
const Checks = z.object({
  isReady: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["ok", "not ok", "unknown"]),
      evidence: z.string(),
      next: z.string().nullable(),
    }),
  ),
});
const Locked = z.looseObject({ lockId: z.string() });
const LockStatus = z.looseObject({ locked: z.string().nullable(), changes: z.array(z.string()) });
const RolledBack = z.looseObject({ killId: z.string(), backup: z.string() });

/** Settings are compared with the window every so many minutes of run time. */
const FAST = 60;

/**
 * Tests of preflight, stage, readiness, and a locked window that is left. They want a home nobody has killed in,
 * with settings of its own and two games still to begin, and leave it as it was.
 *
 * @param speed of the night outside these tests.
 */
export function testStages(night: () => NightHome, speed: number): void {
  let settings: string;
  let lockId: string;

  async function ask<T>(schema: z.ZodType<T>, exitCode: number, ...args: string[]): Promise<T> {
    const answer = await night().answer(...args, "--json");
    expect(answer.exitCode, answer.said).toBe(exitCode);
    return schema.parse(JSON.parse(answer.out));
  }

  it("finds tonight's games matched, open and priced, and feeds that answer", async () => {
    const { isReady, checks } = await ask(Checks, 0, "preflight");
    expect(isReady).toBe(true);
    const names = ["disk", "kill", "night", "games", "markets", "feeds", "models"].concat([
      "own strategies",
      "fees",
    ]);
    expect(checks.map(({ name }) => name)).toEqual(names);
    expect(checks.find(({ name }) => name === "games")?.evidence).toBe("2 found, 2 matched");
  });

  it("stands at the bottom of the ladder, and promotes nobody by two words alone", async () => {
    const { stage, next } = await ask(StageAnswer, 0, "stage");
    expect(stage).toBe("shadow");
    expect(next).toMatchObject({ to: "paper", isOpen: false });
    expect(new Set(next.conditions.map(({ answer }) => answer))).toEqual(
      new Set(["not-enough-data"]),
    );
    const promoted = await night().answer(
      "stage",
      "promote",
      "--confirm",
      "paper",
      "--confirm",
      "1",
    );
    expect(promoted.exitCode).toBe(3);
    expect(promoted.said).toContain("the gate to paper is closed: runtime (not-enough-data)");
  });

  it("is not ready, says why, and takes what only a person can answer for once", async () => {
    const before = await ask(Checks, 3, "readiness");
    const state = ({ checks }: typeof before, name: string) =>
      checks.find((one) => one.name === name)?.state;
    const fine = ["artifacts", "thresholds", "database", "temporal", "schedules", "clock", "venue"];
    for (const name of fine) expect(state(before, name), name).toBe("ok");
    for (const name of ["settings", "alerts", "drills", "gate", "legal", "2fa"]) {
      expect(state(before, name), name).toBe("not ok");
    }
    const unticked = before.checks.filter((one) => one.state !== "ok");
    for (const { name, next } of unticked) expect(next, name).toBeTruthy();
    const tick = ["readiness", "tick", "legal", "--note", "asked a lawyer"];
    expect((await night().answer(...tick)).exitCode).toBe(0);
    expect((await night().answer(...tick)).exitCode).toBe(3);
    expect(state(await ask(Checks, 3, "readiness"), "legal")).toBe("ok");
  });

  it("locks a test window once, and stops entries when a parameter of it is changed", async () => {
    ({ lockId } = await ask(Locked, 0, "lock", "--reason", "the test says so"));
    expect((await night().answer("lock")).exitCode).toBe(3);
    expect(await ask(LockStatus, 0, "lock", "status")).toMatchObject({
      locked: lockId,
      changes: [],
    });

    settings = await readFile(night().home.settingsFile, "utf8");
    await writeFile(night().home.settingsFile, settings.replace("trust: 0.7 ", "trust: 0.9 "));
    const db = await night().database();
    const standing = () =>
      db
        .selectFrom("circuit_breakers")
        .selectAll()
        .where("breaker", "=", "config_changed")
        .execute();
    await night().setSpeed(FAST);
    await until("the breaker config_changed", 180_000, async () => (await standing()).length > 0);
    await night().setSpeed(speed);
    const change = "tipoff.yaml: strategies.pregameAnchored.trust 0.7 -> 0.9";
    expect((await standing())[0]).toMatchObject({ level: "no-entries", released_at: null });
    expect((await standing())[0]?.cause).toContain(change);
    const kills = await db
      .selectFrom("kill_switch")
      .select(["level", "reason"])
      .where("released_at", "is", null)
      .execute();
    expect(kills.map(({ level }) => level)).toContain("no-entries");
    expect((await ask(LockStatus, 0, "lock", "status")).changes).toEqual([change]);
  });

  it("rolls back to the window to the byte, keeps what it replaced, and leaves entries off", async () => {
    expect((await night().answer("rollback", "--to", "lock-of-nobody")).exitCode).toBe(1);
    const { killId, backup } = await ask(RolledBack, 0, "rollback", "--to", lockId);
    expect(await readFile(night().home.settingsFile, "utf8")).toBe(settings);
    expect(await readFile(join(backup, "tipoff.yaml"), "utf8")).toContain("trust: 0.9 ");
    expect(await ask(LockStatus, 0, "lock", "status")).toMatchObject({ changes: [] });
    const db = await night().database();
    const kill = await db
      .selectFrom("kill_switch")
      .selectAll()
      .where("kill_id", "=", killId)
      .executeTakeFirstOrThrow();
    expect(kill).toMatchObject({ level: "no-entries", released_at: null });
    const audited = await db.selectFrom("audit_log").select("kind").execute();
    const kinds = audited.map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(["lock", "breaker-tripped", "kill", "rollback", "manual-item"]),
    );
    expect((await night().answer("unlock", "--reason", "over")).exitCode).toBe(0);
  });

  it("trades again when the window is left, its breaker released and the kill lifted", async () => {
    const db = await night().database();
    const { breaker_id: id } = await db
      .selectFrom("circuit_breakers")
      .select("breaker_id")
      .where("released_at", "is", null)
      .executeTakeFirstOrThrow();
    // By what the last comparison found: one has to be made.
    await night().setSpeed(FAST);
    await untilTyped("a breaker that is released", async () => {
      const args = ["resume", "--breaker", String(id), "--reason", "it is over"];
      return (await night().answer(...args)).exitCode === 0;
    });
    await night().setSpeed(speed);
    await lift(night());
  });
}
