import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import type { RuleVerdict } from "../core/domain/risk.ts";
import { RULES } from "../core/risk/rules.ts";
import { LIMIT_KEYS } from "../runtime/risk-limits-file.ts";
import { type KillRig, startKillRig } from "../test/support/kill-rig.ts";
import { CONTRACTS, HOURLY, QUARTERLY } from "../test/support/limit-contracts.ts";
import { other, ROWS } from "../test/support/limit-rows.ts";
import { openHub, openStage } from "../test/support/limits-stage.ts";
import type { MarketHub } from "./market-hub.ts";

let rig: KillRig;
let stream: KalshiStream;
let hub: MarketHub;
beforeAll(async () => {
  rig = await startKillRig(2, { contracts: CONTRACTS });
  ({ stream, hub } = await openHub(rig));
}, 120_000);
afterAll(async () => {
  stream.close();
  await rig.stop();
}, 120_000);

/** What the exchange says we hold at the hour and in its quarter, hundredths. */
async function bitcoinHeld(): Promise<readonly number[]> {
  const positions = await rig.venue.positions();
  return [HOURLY, QUARTERLY].map((index) => {
    const ticker = rig.contracts[index]?.marketTicker;
    return positions.find(({ marketTicker }) => marketTicker === ticker)?.position ?? 0;
  });
}

it("has a row for every key of the file", () => {
  expect(ROWS.map(({ key }) => key).sort()).toEqual([...LIMIT_KEYS].sort());
});

it("is not tripped by wide limits: the exchange fills the same orders", async () => {
  const stage = await openStage(rig, hub, {});
  await stage.filled({});
  await stage.filled(other);
  await stage.filled({ ...other, game: 1, team: "away" });
  await stage.filled({ contract: HOURLY });
  await stage.filled({ contract: QUARTERLY, side: "ask" });
  // The exchange's own word: YES of the hour, NO of the quarter.
  expect(await bitcoinHeld()).toEqual([10_000, -10_000]);
  await stage.sellAll();
  expect(await bitcoinHeld()).toEqual([0, 0]);
  await stage.close();
});

it.each(ROWS)("$key refuses with $code, and its exit goes through", async (row) => {
  const stage = await openStage(rig, hub, row.narrowed);
  await row.before?.(stage);
  const sentBefore = (await rig.journaled()).length;
  const result = await stage.place(row.wish ?? {});
  expect(result).toMatchObject({ kind: "refused", code: row.code });
  // Nothing of it came to the exchange, and every rule was judged, with its numbers.
  expect((await rig.journaled()).length).toBe(sentBefore);
  const { rows } = await sql<{ rules: string; limits_hash: string | null }>`
    select rules, limits_hash from intents where client_order_id = ${result.clientOrderId}::uuid`.execute(
    rig.orderDeps.db,
  );
  const rules = JSON.parse(rows[0]?.rules ?? "[]") as readonly RuleVerdict[];
  expect(rules.map(({ rule }) => rule)).toEqual(
    RULES.filter(({ appliesTo }) => appliesTo !== "drill").map(({ name }) => name),
  );
  const no = rules.find(({ rule }) => rule === row.code);
  expect(no?.isHeld).toBe(false);
  expect(Object.keys(no?.numbers ?? {})).toEqual(["value", "limit"]);
  expect(rows[0]?.limits_hash).toMatch(/^[0-9a-f]{64}$/);
  await stage.sellAll();
  await stage.close();
});
