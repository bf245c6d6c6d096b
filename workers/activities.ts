import { createDayActivities } from "../activities/day.ts";
import { createFollowActivities } from "../activities/follow-order.ts";
import { createKillActivities } from "../activities/kill.ts";
import { createOrderActivities } from "../activities/place-order.ts";
import { createReconcileActivities } from "../activities/reconcile.ts";
import { createClockActivities } from "../activities/run-clock.ts";
import { createScheduleActivities } from "../activities/schedule-day.ts";
import { createScoreActivities } from "../activities/score.ts";
import { createSettleActivities } from "../activities/settle.ts";
import { createWatchActivities } from "../activities/watch-game.ts";
import type { decide } from "../core/strategies/decide.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import { canonicalJson } from "../runtime/tipoff-config.ts";
import { readLogs } from "./log-figures.ts";
import type { Services } from "./services.ts";
import { spreadPnl } from "./spread-pnl.ts";

/** The activities of each task queue, made from the services of this process. */
export function createActivities(services: Services, decideBy: typeof decide) {
  const { config, configHash, environment, home } = services;
  const { decision, limits, view, watch } = config;
  return {
    trading: {
      ...createClockActivities(services),
      ...createOrderActivities({ ...services, limits }),
      ...createKillActivities(services),
    },
    watch: {
      ...createWatchActivities({
        ...services,
        decide: decideBy,
        config: decision,
        limits,
        viewSettings: view,
        sessionSettings: watch,
      }),
      ...createFollowActivities({ ...services, config: decision }),
      ...createSettleActivities(services),
    },
    batch: {
      ...createDayActivities({
        ...services,
        config: { text: canonicalJson(config), hash: configHash },
        codeCommit: codeCommit(),
        windowOpensBeforeTipMs: decision.strategies.pregameAnchored.windowOpensBeforeTipMs,
        retryMs: watch.retryMs,
      }),
      ...createScheduleActivities({
        ...services,
        homePath: home.path,
        renewWorker: () => process.kill(process.pid, "SIGTERM"),
        startingCashUsd: config.paper.startingCash / 1e6,
      }),
      ...createScoreActivities({
        ...services,
        mode: environment.mode,
        reportsDir: home.reports,
        spreadPnl: () => spreadPnl(services),
        logFigures: () => readLogs(home.logs),
      }),
      ...createReconcileActivities(services),
    },
  };
}
