import { join } from "node:path";
import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { RunClock, TradingDate } from "../core/domain/time.ts";
import type { Venue } from "../core/domain/venue.ts";
import { failure } from "../runtime/failure.ts";
import type { Db } from "../schema/database.ts";
import { gamesOfRun } from "../schema/queries/games.ts";
import { ordersOfOccasion } from "../schema/queries/orders.ts";
import { loadReportRows } from "../schema/queries/report.ts";
import { findRun, lastRun } from "../schema/queries/runs.ts";
import { workflowIds } from "../temporal.config.ts";
import type { ObservationStore } from "./observation-store.ts";
import { buildReport } from "./report/build.ts";
import type { LogFigures, SpreadPnl, WorkflowFigures } from "./report/inputs.ts";
import { reportVerdict } from "./report/integrity.ts";
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
  /** Profit of the same night at other spreads; empty unless its books are derived from trades. */
  readonly spreadPnl: (runId: string) => Promise<readonly SpreadPnl[]>;
  /** Reads the night's own log files back; null when they cannot be read. */
  readonly logFigures: () => Promise<LogFigures | null>;
  /** Whether the router is on, and whether it has earned that. */
  readonly routerWord: () => Promise<string>;
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

  /** The run that is meant: the one named, else the last that was played. */
  async findRunToScore(request: { readonly runId: string | null }): Promise<RunToScore | null> {
    const run =
      request.runId === null
        ? await lastRun(deps.db, deps.mode)
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
    // First: what follows takes long, and is in vain while the venue does not answer.
    const venue = await venueAccount(deps);
    const verdictBefore = (await findRun(deps.db, runId))?.verdict;
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
      isStopped: request.isStopped ?? verdictBefore === "stopped",
      venue,
      workflows,
      spreadPnl: await deps.spreadPnl(runId),
      logs: await deps.logFigures(),
      router: await deps.routerWord(),
    });
    const reportDir = join(deps.reportsDir, `${rows.run.tradingDay}-${rows.run.mode}`);
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
 * The account as the venue shows it, for the integrity figures; null when it could not be asked for long.
 *
 * @throws VENUE_UNAVAILABLE before that, to be tried again.
 */
async function venueAccount(deps: ScoreDeps): Promise<Parameters<typeof buildReport>[0]["venue"]> {
  try {
    const [balance, orders, positions] = await Promise.all([
      deps.venue.balance(),
      deps.venue.orders({}),
      deps.venue.positions(),
    ]);
    return { cash: balance.cash, orders, positions };
  } catch (error) {
    if (deps.attempt() < ATTEMPTS_FOR_VENUE) {
      throw failure("VENUE_UNAVAILABLE", { attempt: deps.attempt(), error: String(error) });
    }
    deps.log.error(
      { error: String(error) },
      "the venue's account could not be read for the report",
    );
    return null;
  }
}
