import type { Logger } from "pino";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { Venue } from "../../core/domain/venue.ts";
import type { Db } from "../../schema/database.ts";
import { closeRunSeries, openRunSeries } from "../../schema/queries/btc-runs.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import { endRun, startRun } from "../../schema/queries/runs.ts";
import type { BtcRun } from "../../workflows/btc-contracts.ts";
import type { NightSource } from "../ports.ts";

export interface BtcRunDeps {
  readonly db: Db;
  readonly venue: Pick<Venue, "balance">;
  readonly source: Pick<NightSource, "manifest">;
  readonly clock: RunClock;
  readonly config: { readonly text: string; readonly hash: string };
  readonly codeCommit: string;
  readonly log: Logger;
}

/** The beginning and end of a Bitcoin run, which its series share. Safe to repeat. */
export const createBtcRunActivities = (deps: BtcRunDeps) => {
  return {
    /** Writes the run's row, and in a new home the deposit that the books begin with. */
    async openBtcRun(request: { readonly run: BtcRun; readonly series: BtcSeries }): Promise<void> {
      const { run, series } = request;
      const at = deps.clock.now();
      await startRun(deps.db, {
        runId: run.runId,
        mode: run.mode,
        domain: "btc",
        tradingDate: run.date,
        source: run.source,
        seed: run.seed,
        speed: run.speed,
        codeCommit: deps.codeCommit,
        configHash: deps.config.hash,
        config: deps.config.text,
        manifest: JSON.stringify(await deps.source.manifest()),
        startedAt: at,
      });
      await openRunSeries(deps.db, { runId: run.runId, series, at });
      const { cash } = await deps.venue.balance();
      await deposit(deps.db, {
        mode: run.mode,
        depositId: "opening-balance",
        runId: run.runId,
        amount: cash,
        at,
      });
    },

    /** One series of the run is over; the last of them ends it. */
    async closeBtcSeries(request: {
      readonly runId: string;
      readonly series: BtcSeries;
      readonly endedBecause: "source over" | "stopped";
    }): Promise<void> {
      const { runId, series, endedBecause: because } = request;
      const at = deps.clock.now();
      const left = await closeRunSeries(deps.db, { runId, series, because, at });
      deps.log.info({ ...request, left }, "series closed");
      if (left === 0) {
        await endRun(deps.db, runId, because === "stopped" ? "stopped" : "passed", at);
      }
    },
  };
};
export type BtcRunActivities = ReturnType<typeof createBtcRunActivities>;
