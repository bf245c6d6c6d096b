import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { NOW } from "../../test/db/night.ts";
import { tripBreaker } from "./breakers.ts";
import { releaseKill, standingKills, throwKill } from "./kill.ts";

const WHY = { mode: "paper", by: "test", reason: "over" } as const;

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase(12);
});
afterEach(() => emptyDatabase(cloned.db));
afterAll(() => cloned.drop());

const throwOne = (killId: string, mode: "paper" | "shadow" = "paper"): Promise<boolean> =>
  throwKill(cloned.db, { killId, mode, level: "cancel-all", reason: killId, by: "test" });
/** With the patience of a busy machine. */
const release = (seen: readonly string[], timeoutMs = 30_000) =>
  releaseKill(cloned.db, { ...WHY, seen }, timeoutMs);
const standing = async () =>
  (await standingKills(cloned.db, "paper")).map(({ kill_id: killId }) => killId);
const audited = async () => {
  const rows = cloned.db.selectFrom("audit_log").select("subject").where("kind", "=", "resume");
  return (await rows.execute()).map(({ subject }) => subject);
};

/** While a kill is thrown and not yet committed, as a breaker's is in the transaction of the fill that tripped it. */
async function whileThrown(
  use: (held: { readonly killId: string; commit(): Promise<unknown> }) => Promise<void>,
): Promise<void> {
  const tx = await cloned.db.startTransaction().execute();
  try {
    const breakerId = await tripBreaker(tx, {
      ...{ mode: "paper", breaker: "daily_loss", cause: "test", numbers: {} },
      ...{ level: "no-entries", runId: null, at: NOW },
    });
    await use({ killId: `breaker-${breakerId}`, commit: () => tx.commit().execute() });
  } finally {
    if (!tx.isCommitted) await tx.rollback().execute();
  }
}

it("releases none while one stands that was thrown after the look, and says which", async () => {
  await throwOne("seen");
  const seen = await standing();
  await throwOne("later");
  expect(await release(seen)).toMatchObject({
    kind: "unseen",
    kills: [{ kill_id: "later", level: "cancel-all", reason: "later" }],
  });
  expect(await standing()).toEqual(["seen", "later"]);
  expect(await audited()).toEqual([]);
  expect(await release(await standing())).toEqual({
    kind: "released",
    released: ["seen", "later"],
  });
  expect(await standing()).toEqual([]);
});

it("releases none of those thrown after a look at which none stood", async () => {
  await throwOne("later");
  expect(await release([])).toMatchObject({ kind: "unseen" });
  expect(await standing()).toEqual(["later"]);
});

it("goes by the kills of its mode alone, and by those that stand still", async () => {
  await throwOne("seen");
  await throwOne("of shadow", "shadow");
  await release(["seen"]);
  await throwOne("another");
  const outcome = await release(["seen", "another", "of shadow"]);
  expect(outcome).toEqual({ kind: "released", released: ["another"] });
  expect(await standingKills(cloned.db, "shadow")).toHaveLength(1);
});

it("waits for a kill that is thrown at the same time, and then releases none", async () => {
  await throwOne("seen");
  await whileThrown(async ({ killId, commit }) => {
    let isOver = false;
    const releasing = release(["seen"]).finally(() => {
      isOver = true;
    });
    await sleep(200);
    expect(isOver).toBe(false);
    await commit();
    expect(await releasing).toMatchObject({ kind: "unseen", kills: [{ kill_id: killId }] });
    expect((await standing()).sort()).toEqual([killId, "seen"]);
  });
});

it("waits no longer than its time, since kills thrown meanwhile wait behind it", async () => {
  await throwOne("seen");
  await whileThrown(async ({ killId, commit }) => {
    const releasing = release(["seen"], 100);
    const throwing = throwOne("meanwhile");
    expect(await releasing).toEqual({ kind: "busy" });
    expect(await throwing).toBe(true);
    await commit();
    expect((await standing()).sort()).toEqual([killId, "meanwhile", "seen"]);
  });
});

it("loses no kill among many that are thrown while it is lifted by several at once", async () => {
  const outcomes = new Set<string>();
  for (let round = 0; round < 15; round += 1) {
    const old = `old-${round}`;
    await throwOne(old);
    const anew = [0, 1, 2].map((index) => `new-${round}-${index}`);
    const pause = (): Promise<void> => sleep(Math.random() * 6);
    const [lifted] = await Promise.all([
      Promise.all([0, 1].map(() => pause().then(() => release([old])))),
      ...anew.map((killId) => pause().then(() => throwOne(killId))),
    ]);
    const left = await standing();
    expect(left).toEqual(expect.arrayContaining(anew));
    const released = lifted.flatMap((outcome) =>
      outcome.kind === "released" ? outcome.released : [],
    );
    expect(released).toEqual(left.includes(old) ? [] : [old]);
    for (const { kind } of lifted) outcomes.add(kind);
    await release(left);
  }
  expect([...outcomes].sort()).toEqual(["released", "unseen"]);
});
