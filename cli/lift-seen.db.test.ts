import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { activeKill, standingKills, throwKill } from "../schema/queries/kill.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { emptyDatabase } from "../test/db/empty.ts";
import { type Lifting, liftSeen } from "./lift-seen.ts";
import { CommandError, EXIT } from "./output.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterEach(() => emptyDatabase(cloned.db));
afterAll(() => cloned.drop());

const thrown = (killId: string, level: "no-entries" | "flatten", reason: string) =>
  throwKill(cloned.db, { killId, mode: "paper", level, reason, by: "another" });
const standing = async (): Promise<number> => (await standingKills(cloned.db, "paper")).length;

/** What was done, in its order; nobody answers at the address of Temporal, so that days are told by an error. */
async function lift(
  change: Partial<Lifting> = {},
): Promise<{ readonly did: readonly string[]; readonly error: unknown }> {
  const did: string[] = [];
  const lifting: Lifting = {
    ...{ by: "test", reason: "over", seen: ["first"] },
    resetGroups: async () => {
      did.push(`reset, ${await standing()} kills standing`);
    },
    tellDays: () => {
      did.push("told");
      return Promise.resolve([]);
    },
    ...change,
  };
  const running = { databaseUrl: cloned.url, mode: "paper" } as const;
  const error = await liftSeen(running, lifting).then(
    () => null,
    (cause: unknown) => cause,
  );
  return { did, error };
}

it("refuses, names the kill that was thrown since the look, resets no group and tells no day", async () => {
  await thrown("first", "no-entries", "looked at");
  await thrown("second", "flatten", "a bad feeling");
  const { did, error } = await lift();
  expect(error).toBeInstanceOf(CommandError);
  expect(error).toMatchObject({ exitCode: EXIT.refused });
  expect(String(error)).toMatch(
    /not lifted: .*: second {2}flatten {2}thrown \d{4}-\d\d-\d\dT[\d:.]+Z by another: a bad feeling$/,
  );
  expect(did).toEqual([]);
  expect(await activeKill(cloned.db, "paper")).toEqual({ killId: "second", level: "flatten" });
});

it("resets the venue's groups once the kills are lifted, and before days are told", async () => {
  await thrown("first", "no-entries", "looked at");
  expect(await lift()).toEqual({ did: ["reset, 0 kills standing", "told"], error: null });
});

it("says to type it again where a group is not reset, and doing so resets it and tells the days", async () => {
  await thrown("first", "no-entries", "looked at");
  const resetGroups = (): Promise<void> => Promise.reject(new Error("the venue is away"));
  const { did, error } = await lift({ resetGroups });
  expect(did).toEqual([]);
  expect(error).toMatchObject({
    exitCode: EXIT.failed,
    message: expect.stringMatching(
      /^lifted 1: first; but .* not reset \(the venue is away\).* no day was told$/,
    ) as string,
    next: expect.stringContaining("type the same again") as string,
  });
  expect(await lift({ seen: [] })).toEqual({
    did: ["reset, 0 kills standing", "told"],
    error: null,
  });
});

it("says in plain words that the kills are being written, and what to do", async () => {
  await thrown("first", "no-entries", "looked at");
  const tx = await cloned.db.startTransaction().execute();
  try {
    await tx.updateTable("kill_switch").set({ report: "{}" }).execute();
    const { did, error } = await lift();
    expect(did).toEqual([]);
    expect(error).toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringContaining("not lifted: ") as string,
      next: expect.stringContaining("type the same again") as string,
    });
    expect(String(error)).not.toContain("lock timeout");
  } finally {
    await tx.rollback().execute();
  }
  expect(await standing()).toBe(1);
});
