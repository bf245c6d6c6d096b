import { afterAll, beforeAll, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import {
  BTC_NOW,
  BTC_RUN,
  contractOf,
  cycleOf,
  edgeOf,
  TICKERS,
  writeCycle,
} from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { settleContracts, upsertContracts } from "./btc-contracts.ts";
import { scoreSettled } from "./btc-scores.ts";
import { startRun } from "./runs.ts";

const [TICKER] = TICKERS;
let clone: ClonedDatabase;
beforeAll(async () => {
  clone = await cloneDatabase();
  await startRun(clone.db, BTC_RUN);
  await upsertContracts(clone.db, [contractOf(TICKER)]);
});
afterAll(() => clone.drop());

it("scores a forecast that is as good as certain, whose square no real can hold, as 0", async () => {
  // Strikes far from the spot: (1e-40)^2 and (1e-150)^2 are below the least real, 1e-45.
  for (const [cycle, model] of [1e-40, 1e-150, 0].entries()) {
    const at = instant(BTC_NOW + cycle * 10_000);
    const edges = [edgeOf(TICKER, at, { model_probability: model, cycle_no: cycle + 1 })];
    await writeCycle(clone.db, { ...cycleOf(at, cycle + 1, [TICKER]), edges });
  }
  const at = instant(BTC_NOW + 3_660_000);
  const told = { ticker: TICKER, outcome: "no", payout: usdMicros(0), settledAt: at } as const;
  await settleContracts(clone.db, [{ ...told, settlementValue: null }]);
  const request = { mode: "shadow", tickers: null, at, leastProbability: 0.0005 } as const;
  expect(await scoreSettled(clone.db, request)).toEqual({ contracts: 1, snapshots: 3 });
  const rows = await clone.db
    .selectFrom("kalshi_edge_snapshot_scores")
    .select("brier_model")
    .execute();
  expect(rows).toEqual([{ brier_model: 0 }, { brier_model: 0 }, { brier_model: 0 }]);
});
