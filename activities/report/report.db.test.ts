import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { raiseAlarm } from "../../schema/queries/alarms.ts";
import { book } from "../../schema/queries/ledger.ts";
import { loadReportRows } from "../../schema/queries/report.ts";
import type { ReportRows } from "../../schema/queries/report-rows.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { buildReport } from "./build.ts";
import { reportVerdict } from "./integrity.ts";
import { insertNight } from "./testing/insert-night.ts";
import { NYK, TIP } from "./testing/night.ts";
import { nightInputs, nightRows } from "./testing/rows.ts";

const written = nightRows();
let clone: ClonedDatabase;
let read: ReportRows;

beforeAll(async () => {
  clone = await cloneDatabase();
  await insertNight(clone.db, written);
  read = await loadReportRows(clone.db, written.run.runId);
});
afterAll(() => clone.drop());

describe("loadReportRows", () => {
  it("reads back what the pipeline wrote, money and instants exact", () => {
    expect(read.run).toEqual(written.run);
    expect(read.intents.map((row) => row.terms).sort()).toEqual(
      written.intents.map((row) => row.terms).sort(),
    );
    const byId = <Row extends { clientOrderId: string }>(rows: readonly Row[]) =>
      [...rows].sort((a, b) => (a.clientOrderId < b.clientOrderId ? -1 : 1));
    expect(byId(read.orders)).toEqual(byId(written.orders));
    const byFill = (rows: ReportRows["fills"]) =>
      [...rows].sort((a, b) => (a.fillId < b.fillId ? -1 : 1));
    expect(byFill(read.fills)).toEqual(byFill(written.fills));
    expect(read.alarms).toEqual(written.alarms);
    expect(read.openPositions).toEqual([]);
    expect(new Set(read.settlements)).toEqual(new Set(written.settlements));
    expect(new Set(read.scores)).toEqual(new Set(written.scores));
    expect(new Set(read.markets)).toEqual(new Set(written.markets));
    expect(new Set(read.cycles)).toEqual(new Set(written.cycles));
  });

  it("takes alarms of no run and no game that were raised while it ran, and no others", async () => {
    const other = await cloneDatabase();
    try {
      await insertNight(other.db, written);
      const { runId, startedAt, endedAt } = written.run;
      const end = required(endedAt, "an end");
      const raise = (code: string, at: number) =>
        raiseAlarm(other.db, {
          ...{ runId: null, gameId: null, code, field: null, severity: "critical" },
          ...{ message: code, details: {}, at: instant(at) },
        });
      await raise("before it", startedAt - 1);
      await raise("from before it on", startedAt - 1);
      await raise("from before it on", startedAt + 1);
      await raise("while it ran", end - 1);
      await raise("after it", end + 1);
      const { alarms } = await loadReportRows(other.db, runId);
      const added = alarms.filter(({ message, code }) => message === code);
      expect(added.map(({ code }) => code)).toEqual(["from before it on", "while it ran"]);
      expect(alarms).toHaveLength(written.alarms.length + 2);
    } finally {
      await other.drop();
    }
  });

  it("tells cash before, after and now from the ledger", () => {
    expect(read.cash).toEqual(written.cash);
  });

  it("keeps apart what another run of the account traded beside it", async () => {
    const other = await cloneDatabase();
    try {
      await insertNight(other.db, written);
      const { runId } = written.run;
      const common = { mode: "paper", at: instant(TIP) } as const;
      const spent = [
        { account: "cash", amount: usdMicros(-3_000_000) },
        { account: "positions", amount: usdMicros(3_000_000) },
      ];
      const beside = { ...common, reference: "of Bitcoin", runId: null, entries: spent };
      expect(await book(other.db, { ...beside, kind: "fill" })).toBe(true);
      // The night goes on after it: what the other traded lies between two bookings of its own.
      const last = { ...common, reference: "its last", runId, entries: [] };
      expect(await book(other.db, { ...last, kind: "settlement" })).toBe(true);
      const { cash } = await loadReportRows(other.db, runId);
      const { end, account } = written.cash;
      const moved = { end: end - 3_000_000, account: account - 3_000_000 };
      expect(cash).toEqual({ ...written.cash, ...moved, beside: -3_000_000 });
    } finally {
      await other.drop();
    }
  });

  it("finds what changed on the clock, and each price within its slice", () => {
    expect(read.changes).toHaveLength(written.changes.length);
    expect(read.changes.filter((row) => row.gameId === NYK.gameId)[1]).toEqual(
      written.changes.filter((row) => row.gameId === NYK.gameId)[1],
    );
    const priced = read.prices.filter((row) => row.gameId === NYK.gameId && row.mid !== null);
    expect(priced).toHaveLength(210);
    expect(priced[0]).toEqual(written.prices[0]);
    const instants = read.prices.filter((row) => row.gameId === NYK.gameId).map((row) => row.at);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
  });

  it("counts verdicts before tip and in play apart", () => {
    expect(read.verdictCounts).toEqual([
      {
        gameId: NYK.gameId,
        strategy: "mean-reversion",
        code: "warming_up",
        isLive: true,
        count: 1,
      },
      {
        gameId: NYK.gameId,
        strategy: "model-edge",
        code: "edge_below_threshold",
        isLive: true,
        count: 1,
      },
    ]);
  });

  it("finds the refused entry, and no candidate once the strategy has entered", () => {
    // Model-edge bought NYK at tip + 20 minutes; the verdict at tip + 30 minutes is no candidate.
    expect(read.candidates.map((row) => [row.code, row.refusedMarket !== null])).toEqual([
      ["spread_above_max", true],
    ]);
    expect(read.candidates[0]?.bestHomeBidAfter).toBeGreaterThan(500_000);
  });

  it("finds a skipped candidate while the strategy had not entered", async () => {
    const early = await cloneDatabase(2);
    try {
      const candidates = written.candidates.map((row) => ({ ...row, decidedAt: TIP }));
      await insertNight(early.db, { ...written, candidates });
      const rows = await loadReportRows(early.db, written.run.runId);
      expect(rows.candidates.map((row) => row.code)).toContain("edge_below_threshold");
    } finally {
      await early.drop();
    }
  });

  it("finds no contradiction, and a fill that an order does not know as one", async () => {
    expect(read.consistency).toEqual({ ...written.consistency, decisions: 6, verdicts: 2 });
    const off = await cloneDatabase(2);
    try {
      const orders = written.orders.map((row) => ({ ...row, filled: row.filled - 1 }));
      await insertNight(off.db, { ...written, orders });
      const rows = await loadReportRows(off.db, written.run.runId);
      expect(rows.consistency.ordersWithOtherFills).toBe(4);
    } finally {
      await off.drop();
    }
  });

  it("misses no decision behind a drill's intent, and takes its refusal for no missed entry", async () => {
    const off = await cloneDatabase(2);
    try {
      await insertNight(off.db, written);
      const refused = off.db.updateTable("intents").where("refusal_code", "is not", null);
      await refused.set({ decision_id: "drill-1/1" }).execute();
      const before = await loadReportRows(off.db, written.run.runId);
      expect(before.consistency.intentsWithoutDecision).toBe(1);
      await refused.set({ strategy: "drill" }).execute();
      const rows = await loadReportRows(off.db, written.run.runId);
      expect(rows.consistency.intentsWithoutDecision).toBe(0);
      expect(rows.candidates).toEqual([]);
    } finally {
      await off.drop();
    }
  });

  it("knows no run that was never played", async () => {
    await expect(loadReportRows(clone.db, "trading-day/paper/1999-01-01")).rejects.toThrow("run");
  });

  it("gives the same report as the rows by hand", () => {
    const { summary } = buildReport(nightInputs({ rows: read }));
    const { summary: byHand } = buildReport(nightInputs({ rows: written }));
    expect(summary.totals).toEqual(byHand.totals);
    expect(summary.integrity).toEqual(byHand.integrity);
    expect(summary.byExit).toEqual(byHand.byExit);
    expect(reportVerdict(summary)).toBe("passed");
  });
});
