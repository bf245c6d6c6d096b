import { afterAll, beforeAll, expect, it } from "vitest";
import { activeKill, throwKill } from "../schema/queries/kill.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { liftSeen } from "./lift-seen.ts";
import { CommandError } from "./output.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

const thrown = (killId: string, level: "no-entries" | "flatten", reason: string) =>
  throwKill(cloned.db, { killId, mode: "paper", level, reason, by: "another" });

it("refuses, names the kill that was thrown since the look, and tells no day", async () => {
  await thrown("first", "no-entries", "looked at");
  await thrown("second", "flatten", "a bad feeling");
  // Nobody answers at the address of Temporal: to tell a day would fail by that.
  const error = await liftSeen(
    { databaseUrl: cloned.url, temporalAddress: "127.0.0.1:1", mode: "paper" },
    { by: "test", reason: "over", seen: ["first"] },
  ).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(CommandError);
  expect(error).toMatchObject({ exitCode: 3 });
  expect(String(error)).toMatch(
    /not lifted: .*: second {2}flatten {2}thrown \d{4}-\d\d-\d\dT[\d:.]+Z by another: a bad feeling$/,
  );
  expect(await activeKill(cloned.db, "paper")).toEqual({ killId: "second", level: "flatten" });
});
