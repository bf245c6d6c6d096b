import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { BTC_NOW, contractOf, cycleOf, writeCycle } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { upsertContracts } from "./btc-contracts.ts";
import { snapshotCoverage } from "./btc-coverage.ts";
import {
  type BtcGapRow,
  findSeriesGaps,
  findSpotGaps,
  gapsOfWindow,
  gapsWithin,
} from "./btc-gaps.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

const STEP = 10_000;
const STEPS = 12;
const at = (step: number) => instant(BTC_NOW + step * STEP);
const tickerOf = (nr: number) => `KXBTCD-26NOV2021-T8000${nr}`;

const span = fc
  .tuple(fc.nat(STEPS), fc.nat(STEPS))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
/** A contract becomes known, and with it what it should have had since its open; rows arrive; somebody looks. */
const act = fc.oneof(
  fc.record({ kind: fc.constant("known" as const), nr: fc.nat(2), span }),
  fc.record({ kind: fc.constant("written" as const), nr: fc.nat(2), step: fc.nat(STEPS - 1) }),
  fc.record({ kind: fc.constant("looked" as const), span }),
);
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

async function perform(one: Act): Promise<void> {
  const { db } = cloned;
  if (one.kind === "known") {
    const [opens, closes] = one.span;
    if (opens === closes) return;
    const changes = { open_at: new Date(at(opens)), close_at: new Date(at(closes)) };
    await upsertContracts(db, [contractOf(tickerOf(one.nr), changes)]);
  } else if (one.kind === "written") {
    await writeCycle(db, cycleOf(at(one.step), one.step * 3 + one.nr, [tickerOf(one.nr)]));
  } else {
    await look(...one.span);
  }
}

const look = async (from: number, to: number) => {
  const searched = {
    ...({ mode: "shadow", series: "KXBTCD", source: "coinbase", everyMs: STEP } as const),
    ...{ from: at(from), to: at(to), at: at(STEPS), unrecorded: [] },
  };
  const ofSeries = await findSeriesGaps(cloned.db, searched);
  return [...ofSeries, ...(await findSpotGaps(cloned.db, searched))];
};

const TABLES = ["kalshi_edge_snapshots", "kalshi_quotes", "spot_ticks"] as const;

function expectApart(gaps: readonly BtcGapRow[]): void {
  for (const table of TABLES) {
    const own = gaps.filter(({ table_name }) => table_name === table);
    for (const [nr, gap] of own.entries()) {
      const before = own[nr - 1];
      if (before !== undefined) expect(before.to_at <= gap.from_at).toBe(true);
    }
  }
}

const standing = (gaps: readonly BtcGapRow[]) => gaps.filter(({ filled_at }) => filled_at === null);
const missingSnapshots = (gaps: readonly Pick<BtcGapRow, "table_name" | "missing_rows">[]) =>
  gaps
    .filter(({ table_name }) => table_name === "kalshi_edge_snapshots")
    .reduce((sum, { missing_rows }) => sum + missing_rows, 0);
const lackOf = async (from: number, to: number) => {
  const window = { mode: "shadow", from: at(from), to: at(to) } as const;
  const request = { ...window, series: "KXBTCD", everyMs: STEP } as const;
  const { expected, written } = await snapshotCoverage(cloned.db, request);
  return expected - written;
};

it("keeps gaps apart and their sum equal to what coverage lacks, whatever becomes known, arrives and is looked at", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), span, async (acts, part) => {
      await emptyDatabase(cloned.db);
      const all = { mode: "shadow", from: at(0), to: at(STEPS) } as const;
      for (const one of acts) {
        await perform(one);
        expectApart(await gapsWithin(cloned.db, all));
      }
      await look(0, STEPS);
      const gaps = await gapsWithin(cloned.db, all);
      expectApart(gaps);
      expect(missingSnapshots(standing(gaps))).toBe(await lackOf(0, STEPS));
      // A report of a part of the time, such as a day, counts what lies within.
      const [from, to] = part;
      if (from === to) return;
      const window = { mode: "shadow", from: at(from), to: at(to) } as const;
      const cut = standing(await gapsOfWindow(cloned.db, { ...window, everyMs: STEP }));
      expectApart(cut);
      expect(missingSnapshots(cut)).toBe(await lackOf(from, to));
    }),
    { numRuns: 40 },
  );
}, 120_000);
