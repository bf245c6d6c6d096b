import { join } from "node:path";
import type { Logger } from "pino";
import { required } from "../core/domain/assert.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { RunClock, TradingDate } from "../core/domain/time.ts";
import type { Venue } from "../core/domain/venue.ts";
import { failure } from "../runtime/failure.ts";
import type { Db } from "../schema/database.ts";
import { gamesOfRun } from "../schema/queries/games.ts";
import { ordersOfOccasion } from "../schema/queries/orders.ts";
import { loadReportRows } from "../schema/queries/report.ts";
import { findRun, lastEndedRun, type RunRow } from "../schema/queries/runs.ts";
import { workflowIds } from "../temporal.config.ts";
import type { LoadedNight } from "./loaded-night.ts";
import type { ObservationStore } from "./observation-store.ts";
import { buildReport } from "./report/build.ts";
import type { LogFigures, ReportInputs, SpreadPnl, WorkflowFigures } from "./report/inputs.ts";
import { reportVerdict } from "./report/integrity.ts";
import { keptReport } from "./report/kept.ts";
import { writeReport } from "./report/write.ts";
import { closeGame, storeGameScores } from "./score-game.ts";
import { type HistoryClient, workflowFigures } from "./workflow-figures.ts";

/** What scoring a day came to. */
export interface ScoringResult {
  readonly runId: string | null;
  readonly scored: number;
  readonly verdict: "passed" | "failed" | "stopped";
  readonly reportDir: string | null;
}

/** A run of which scores or the report may be missing. */
export interface RunToScore {
  readonly runId: string;
  readonly mode: Mode;
  readonly tradingDate: TradingDate;
}

export interface ScoreDeps {
  readonly db: Db;
  readonly venue: Venue;
  readonly client: HistoryClient;
  readonly clock: RunClock;
  readonly store: ObservationStore;
  readonly mode: Mode;
  readonly reportsDir: string;
  /** The games that the exchange has loaded, and whose; null when it has none. */
  readonly loadedNight: () => Promise<LoadedNight | null>;
  /** Profit of the loaded night at other spreads; empty unless its books are derived from trades. */
  readonly spreadPnl: () => Promise<readonly SpreadPnl[]>;
  /** Reads the night's own log files back; null when they cannot be read. */
  readonly logFigures: () => Promise<LogFigures | null>;
  /** Whether the router is on, and whether it has earned that on nights of this kind. */
  readonly routerWord: (night: string) => Promise<string>;
  /** Which attempt at the activity this is, from 1. */
  readonly attempt: () => number;
  readonly log: Logger;
}

/**
 * A report is written without the venue's account only after so many attempts: about a minute by the retries
 * of `workflows/activities.ts`. A night whose venue is gone for good has a report all the same, and fails by it.
 */
const ATTEMPTS_FOR_VENUE = 20;

/** Scores and reports. All idempotent by game or run. */
export const createScoreActivities = (deps: ScoreDeps) => ({
  /** Scores one game and closes its row. */
  async scoreGame(request: {
    readonly game: GameRef;
    readonly result: "home" | "away" | "void";
  }): Promise<void> {
    await deps.store.flush();
    await closeGame(deps.db, request.game.gameId, request.result, deps.clock.now());
  },

  /** The run that is meant: the one named, else the last that was played to its end. */
  async findRunToScore(request: { readonly runId: string | null }): Promise<RunToScore | null> {
    const run =
      request.runId === null
        ? await lastEndedRun(deps.db, deps.mode)
        : await findRun(deps.db, request.runId);
    if (run === null) return null;
    return { runId: run.run_id, mode: run.mode, tradingDate: run.trading_date };
  },

  /** Scores every settled game of a run again: what came late is in, what is there stays. */
  async scoreRun(request: { readonly runId: string }): Promise<void> {
    for (const game of await gamesOfRun(deps.db, request.runId)) {
      if (game.result === "home" || game.result === "away") {
        await storeGameScores(deps.db, game.game_id, game.result === "home");
      }
    }
  },

  /** Builds and writes the report; a day that was stopped is told to be, also when it is written again. */
  async writeRunReport(request: {
    readonly runId: string;
    readonly isStopped?: boolean;
  }): Promise<ScoringResult> {
    const { runId } = request;
    const run = required(await findRun(deps.db, runId), `run ${runId}`);
    const reportDir = join(deps.reportsDir, `${run.trading_date}-${run.mode}`);
    // First: what follows takes long, and is in vain while the venue does not answer.
    const told = await whatExchangeTells(deps, run, reportDir);
    const stored = await loadReportRows(deps.db, runId);
    // The day is closed with the verdict of this report: until then it ends now.
    const endedAt = stored.run.endedAt ?? deps.clock.now();
    const rows = { ...stored, run: { ...stored.run, endedAt } };
    const workflows: WorkflowFigures[] = [];
    for (const { gameId } of rows.games) {
      const orders = await ordersOfOccasion(deps.db, gameId);
      const ids = orders.map((order) => workflowIds.order(order.client_order_id));
      workflows.push(await workflowFigures(deps.client, gameId, ids));
    }
    const report = buildReport({
      rows,
      isStopped: request.isStopped ?? run.verdict === "stopped",
      venue: told.venue,
      workflows,
      spreadPnl: await told.spreadPnl(),
      logs: await deps.logFigures(),
      router: await deps.routerWord(run.source),
    });
    await writeReport(reportDir, report);
    const scored = report.summary.games.filter(
      ({ phase }) => phase === "scored" || phase === "void",
    );
    const verdict = reportVerdict(report.summary);
    deps.log.info({ runId, reportDir, verdict }, "report written");
    return { runId, scored: scored.length, verdict, reportDir };
  },
});
export type ScoreActivities = ReturnType<typeof createScoreActivities>;

/**
 * What a report is told by the exchange. It plays one night at a time: of one that it has no more the account
 * now says nothing, and what was written while it had it stands.
 */
async function whatExchangeTells(
  deps: ScoreDeps,
  run: Pick<RunRow, "trading_date" | "source" | "mode">,
  reportDir: string,
): Promise<{
  readonly venue: ReportInputs["venue"];
  readonly spreadPnl: () => Promise<readonly SpreadPnl[]>;
}> {
  const loaded = await askedVenue(deps, async () => ({ night: await deps.loadedNight() }));
  if (loaded !== null && !isNightOf(run, loaded.night)) {
    const kept = await keptReport(reportDir, run.source);
    const spreadPnl = kept?.spreadPnl ?? [];
    return {
      venue: kept && { kept: kept.venue },
      spreadPnl: () => Promise.resolve(spreadPnl),
    };
  }
  const { venue } = deps;
  const account = await askedVenue(deps, async () => {
    const [balance, orders, positions] = await Promise.all([
      venue.balance(),
      venue.orders({}),
      venue.positions(),
    ]);
    return { cash: balance.cash, orders, positions };
  });
  return { venue: account, spreadPnl: deps.spreadPnl };
}

/** Whether the loaded night is the run's own: the other mode's of that date has another account. */
function isNightOf(
  run: Pick<RunRow, "trading_date" | "mode">,
  loaded: LoadedNight | null,
): boolean {
  return loaded?.date === run.trading_date && (loaded.mode ?? run.mode) === run.mode;
}

/**
 * What the venue answers, for the integrity figures; null when it could not be asked for long.
 *
 * @throws VENUE_UNAVAILABLE before that, to be tried again.
 */
async function askedVenue<Answer>(
  { attempt, log }: ScoreDeps,
  ask: () => Promise<Answer>,
): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (attempt() < ATTEMPTS_FOR_VENUE) {
      throw failure("VENUE_UNAVAILABLE", { attempt: attempt(), error: String(error) });
    }
    log.error({ error: String(error) }, "the venue's account could not be read for the report");
    return null;
  }
}
