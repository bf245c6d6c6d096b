import { activityInfo } from "@temporalio/activity";
import { createAuditActivities } from "../activities/audit-acts.ts";
import { createDayActivities } from "../activities/day.ts";
import { createDrillActivities } from "../activities/drill.ts";
import { createFollowActivities } from "../activities/follow-order.ts";
import { createKillActivities } from "../activities/kill.ts";
import { createJudgementActivities } from "../activities/judgement/acts.ts";
import { isBetweenNights, loadedNight } from "../activities/loaded-night.ts";
import { createOrderActivities } from "../activities/place-order.ts";
import { guardConfig } from "../activities/gates/config-guard.ts";
import { watchStage } from "../activities/gates/stage-watch.ts";
import { createReconcileActivities, type ReconcileActivities } from "../activities/reconcile.ts";
import { createClockActivities } from "../activities/run-clock.ts";
import { createScheduleActivities } from "../activities/schedule-day.ts";
import { artifactPlaces, requireRecordedChecks } from "../runtime/game-strategies.ts";
import { treesForNight } from "../runtime/models/trees-for-night.ts";
import { createScoreActivities } from "../activities/score.ts";
import { createSettleActivities } from "../activities/settle.ts";
import { createWatchActivities } from "../activities/watch-game.ts";
import { activeStrategies } from "../core/strategies/config.ts";
import { Decider } from "../core/strategies/decide.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import { canonicalJson } from "../runtime/config-file.ts";
import { judgedUnder, routerWord } from "../runtime/router-record.ts";
import { limitsInForce } from "../schema/queries/limits.ts";
import { createBitcoinActivities } from "./bitcoin-activities.ts";
import { readLogs } from "./log-figures.ts";
import type { Services } from "./services.ts";
import { spreadPnl } from "./spread-pnl.ts";

/** The activities of each task queue, made from the services of this process. */
export function createActivities(
  services: Services,
  strategies: readonly GameStrategyDefinition[],
) {
  const { config, configHash, environment, home } = services;
  const { decision, kill: settings, view, watch } = config;
  const orders = createOrderActivities(services);
  const bitcoin = createBitcoinActivities(services, orders);
  const ofDays = withStrategies(services);
  // What sells and cancels for a kill goes before everything else that is asked of the venue.
  const urgent = { ...services, venue: services.urgentVenue };
  const urgentOrders = createOrderActivities(urgent);
  const place = urgentOrders.placeOrder.bind(urgentOrders);
  return {
    trading: {
      ...createClockActivities(services),
      ...orders,
      ...createKillActivities({ ...urgent, settings, place }),
      ...createAuditActivities(services),
      ...createDrillActivities(services),
      ...bitcoin.trading,
    },
    watch: {
      ...createWatchActivities({
        ...services,
        treesFor: ({ model, maxModelAgeDays }, night) =>
          treesForNight(model, night, {
            places: artifactPlaces(home),
            maxAgeDays: maxModelAgeDays,
          }),
        deciderFor: (under) => new Decider(under, strategies),
        config: decision,
        viewSettings: view,
        sessionSettings: watch,
      }),
      ...createFollowActivities({ ...services, config: decision }),
      ...createSettleActivities(services),
      ...bitcoin.watch,
    },
    batch: {
      ...createDayActivities({
        ...ofDays,
        config: { text: canonicalJson(config), hash: configHash },
        codeCommit: codeCommit(),
        windowOpensBeforeTipMs: decision.strategies.pregameAnchored.windowOpensBeforeTipMs,
        retryMs: watch.retryMs,
        strategies: activeStrategies(decision.strategies),
      }),
      ...createScheduleActivities({
        ...ofDays,
        homePath: home.path,
        renewWorker: () => process.kill(process.pid, "SIGTERM"),
        startingCashUsd: config.paper.startingCash / 1e6,
      }),
      ...createScoreActivities({
        ...services,
        mode: environment.mode,
        reportsDir: home.reports,
        loadedNight: () => loadedNight(services.control),
        spreadPnl: () => spreadPnl(services),
        logFigures: () => readLogs(home.logs, services.log),
        routerWord: (night) => wordOfRouter(services, night),
        attempt: () => activityInfo().attempt,
      }),
      ...createJudgementActivities({ ...services, reportsDir: home.reports }),
      ...bitcoin.batch,
      ...watchedReconcile(services),
    },
  };
}

/** Services, and what a day asks of the strategies before it begins. */
function withStrategies(services: Services) {
  const { config, home, stage } = services;
  const places = { home, signer: stage.signer };
  return {
    ...services,
    requireStrategies: (night: string): Promise<void> =>
      requireRecordedChecks(config.decision.strategies, places, night),
  };
}

/** What the report of a night says of the router, under the settings and the limits in force. */
async function wordOfRouter({ config, db, environment, home }: Services, night: string) {
  const limits = await limitsInForce(db, environment.mode);
  return routerWord(home, {
    ...{ night, isOn: config.decision.router !== undefined },
    under: judgedUnder(config, limits?.hash ?? ""),
  });
}

/**
 * Every comparison of the account, in the night and after it, is followed by that of the settings with the test
 * window, and of the stage with what tripped.
 */
function watchedReconcile(services: Services): ReconcileActivities {
  const { config, environment, stage } = services;
  const { mode } = environment;
  const { orders } = config.venue;
  const account = createReconcileActivities({
    ...services,
    // The other mode's schedule runs on in this worker: it asks for its own books.
    isBetweenNights: (asked) => isBetweenNights({ ...services, mode: asked, orders }),
  });
  return {
    async reconcile(request) {
      const result = await account.reconcile(request);
      await guardConfig({ ...services, ...stage, mode });
      await watchStage({ ...services, ...stage, mode });
      return result;
    },
  };
}
