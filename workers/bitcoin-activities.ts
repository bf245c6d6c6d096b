import { createBtcRunActivities } from "../activities/bitcoin/btc-run.ts";
import { createBtcReportActivities, type RetainedDays } from "../activities/bitcoin/report-acts.ts";
import { createSettlePositionActivities } from "../activities/bitcoin/settle-position.ts";
import { createSweepActivities } from "../activities/bitcoin/settle-contracts.ts";
import type { OrderActivities } from "../activities/place-order.ts";
import {
  createShadowFillActivities,
  createShadowPlaceActivities,
} from "../activities/bitcoin/shadow-fill.ts";
import { createWatchSeriesActivities } from "../activities/bitcoin/watch-series.ts";
import { retainDays } from "../activities/btc-retention.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import { canonicalJson } from "../runtime/config-file.ts";
import { lastCycleAt } from "../schema/queries/btc-cycles.ts";
import type { Services } from "./services.ts";

/** The activities of Bitcoin, by task queue, made from the services of this process. */
export function createBitcoinActivities(
  services: Services,
  orders: Pick<OrderActivities, "placeOrder">,
) {
  const { config, configHash, home, bitcoin: side } = services;
  const { bitcoin, decision } = config;
  const openBitcoin = side.open;
  const shadowFill = createShadowFillActivities({
    ...services,
    book: (ticker) => services.hub.displayed(ticker),
    fees: (eventTicker) => services.fees.schedule(eventTicker),
    latencyMs: bitcoin.watch.shadowLatencyMs,
  });
  return {
    trading: createShadowPlaceActivities(orders, shadowFill),
    watch: {
      ...createWatchSeriesActivities({
        ...services,
        openBitcoin,
        bitcoin,
        fillProbability: decision.execution.takerFillProbability,
      }),
      // Asked for by contracts that began before both steps were one.
      ...shadowFill,
      ...createSettlePositionActivities(services),
    },
    batch: {
      ...createBtcRunActivities({
        ...services,
        config: { text: canonicalJson(config), hash: configHash },
        codeCommit: codeCommit(),
      }),
      ...createSweepActivities({ ...services, openBitcoin }),
      ...createBtcReportActivities({
        ...services,
        flush: () => services.store.flush(),
        cycleMs: bitcoin.watch.cycleMs,
        reportsDir: home.reports,
        retain: () => retain(services),
      }),
    },
  };
}

/** Drops what the settings say is past its time; days are counted from the last cycle of the tables. */
async function retain({ db, config }: Services): Promise<RetainedDays> {
  const at = await lastCycleAt(db);
  if (at === null) return { dropped: 0, held: 0 };
  const { dropped, held } = await retainDays(db, {
    days: config.bitcoin.retentionDays,
    at,
    isDryRun: false,
  });
  return { dropped: dropped.length, held: held.length };
}
