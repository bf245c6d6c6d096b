import { afterAll, beforeAll, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { NOW } from "../../test/db/night.ts";
import { openingOf } from "./account.ts";
import { book, deposit } from "./ledger.ts";
import { accountRun, endRun, type NewRun, playedOfAny, startRun } from "./runs.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase(4);
});
afterAll(() => cloned.drop());

async function begin(run: Partial<NewRun> & Pick<NewRun, "runId">): Promise<void> {
  await startRun(cloned.db, {
    mode: "paper",
    tradingDate: "2026-11-20",
    source: "world:7",
    seed: 7,
    speed: 60,
    codeCommit: "test",
    configHash: "hash",
    config: "{}",
    manifest: '{"name":"world:7"}',
    startedAt: NOW,
    ...run,
  });
}

async function fill(runId: string, amount: number): Promise<void> {
  const entries = [
    { account: "cash", amount: usdMicros(amount) },
    { account: "capital", amount: usdMicros(-amount) },
  ];
  const reference = `${runId}/${amount}`;
  await book(cloned.db, { mode: "paper", kind: "fill", reference, runId, at: NOW, entries });
}

const opening = async (runId: string) => openingOf(cloned.db, { mode: "paper", runId });

it("opens the books of games and of Bitcoin together where one source plays both", async () => {
  const [games, bitcoin] = ["trading-day/paper/2026-11-20", "btc/paper/2026-11-20"] as const;
  await begin({ runId: bitcoin, domain: "btc", startedAt: instant(NOW - 60_000) });
  await begin({ runId: games });
  await deposit(cloned.db, {
    mode: "paper",
    depositId: "opening-balance",
    runId: bitcoin,
    amount: usdMicros(10_000_000_000),
    at: NOW,
  });
  await fill(games, -5_000_000);
  await fill(bitcoin, -7_000_000);
  // Both began with the deposit: what either paid since is no part of what they began with.
  const both = { amount: 10_000_000_000, at: NOW - 60_000 };
  expect(await opening(games)).toEqual(both);
  expect(await opening(bitcoin)).toEqual(both);
  // A source that is played later begins with what was left.
  await begin({ runId: "btc/paper/2026-11-21", domain: "btc", manifest: '{"name":"world:8"}' });
  expect(await opening("btc/paper/2026-11-21")).toEqual({ amount: 9_988_000_000, at: NOW });
});

it("takes the run that was begun last: one that was given up before it has no end", async () => {
  const { db } = cloned;
  const [games, bitcoin] = ["trading-day/paper/2026-11-19", "btc/paper/2026-11-21"] as const;
  // Nobody wrote an end of the two of 2026-11-20, whose source is no longer played.
  expect((await accountRun(db, "paper"))?.run_id).toBe(bitcoin);
  expect((await playedOfAny(db, "paper"))?.run_id).toBe(bitcoin);
  // An earlier date, begun later.
  await begin({ runId: games, manifest: '{"name":"world:9"}' });
  expect((await accountRun(db, "paper"))?.run_id).toBe(games);
  expect((await playedOfAny(db, "paper"))?.run_id).toBe(games);
  await endRun(db, games, "passed", NOW);
  expect((await accountRun(db, "paper"))?.run_id).toBe(games);
  expect((await playedOfAny(db, "paper"))?.run_id).toBe(bitcoin);
});
