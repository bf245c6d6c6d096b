import { statfs } from "node:fs/promises";
import type { Mode } from "../../core/domain/decision.ts";
import {
  type ExchangeControl,
  isOfOtherMode,
  type PlayedManifest,
} from "../../runtime/exchange-control.ts";
import type { Db } from "../../schema/database.ts";
import { activeKill } from "../../schema/queries/kill.ts";
import { findRun } from "../../schema/queries/runs.ts";
import { workflowIds } from "../../temporal.config.ts";
import { heldInNight } from "../held-night.ts";
import { type Check, notOk, ok } from "./check.ts";

const MODES = ["paper", "shadow"] as const;

const DISK_BYTES_MIN = 2e9;

/** What it takes to tell whether a day can start. */
export interface StartContext {
  readonly db: Db;
  readonly control: Pick<ExchangeControl, "state" | "manifest">;
  readonly homePath: string;
  readonly mode: Mode;
  /** The day that is to start, or that is played. */
  readonly date: string | null;
}

/** The disk has room for a night. */
export const disk: Check<Pick<StartContext, "homePath">> = {
  name: "disk",
  look: async ({ homePath }) => {
    const { bavail, bsize } = await statfs(homePath);
    const free = bavail * bsize;
    if (free < DISK_BYTES_MIN) {
      return notOk("less than 2 GB of disk are free", "free at least 2 GB");
    }
    return ok(`${(free / 1e9).toFixed(1)} GB free`);
  },
};

const noKill: Check<StartContext> = {
  name: "kill",
  look: async ({ db, mode }) => {
    const kill = await activeKill(db, mode);
    if (kill === null) return ok("no kill stands");
    return notOk(
      `a kill stands (${kill.level}); lift it with \`tipoff resume\``,
      "`tipoff resume`",
    );
  },
};

const nightFree: Check<StartContext> = {
  name: "night",
  look: async ({ db, control, date, mode }) => {
    const state = await control.state();
    if (state.loaded === null) return ok("no night is being played");
    const loaded = await control.manifest();
    // This very day, loaded by an attempt that was cut off.
    const isThatDay =
      loaded.date === date && loaded.games.length > 0 && !isOfOtherMode(state, mode);
    if (date === null || isThatDay) return ok(`${loaded.name} of ${loaded.date}`);
    const left = state.isDone ? null : await howLeft(db, loaded, isOfOtherMode(state, mode));
    const helds = await Promise.all(MODES.map((holder) => heldInNight(db, holder, loaded)));
    const held = helds.flat().length;
    if ((state.isDone || left !== null) && held > 0) {
      const evidence = `${held} positions of the night of ${loaded.date} are not settled`;
      const next =
        left !== null
          ? "leave the services up until the exchange has settled them"
          : "`npx tipoff reconcile` books what the exchange has settled";
      return notOk(evidence, next);
    }
    if (state.isDone) return ok(`the night of ${loaded.date} is over`);
    if (left !== null) return ok(`the night of ${loaded.date} ${left}, and holds nothing`);
    const evidence = `the night of ${loaded.date} is still being played`;
    const isDays = loaded.bitcoin === undefined;
    return notOk(evidence, isDays ? "let it end, or `tipoff day stop`" : "let it end");
  },
};

/**
 * How a night that is not played out was left: each day that was begun in it has ended, or it was loaded for the
 * other mode and no day of it began. Bitcoin goes on without a day.
 *
 * @returns `null` for one that goes on, or is to begin.
 */
async function howLeft(
  db: Db,
  { date, bitcoin }: PlayedManifest,
  isOthers: boolean,
): Promise<string | null> {
  if (bitcoin !== undefined) return null;
  const runs = await Promise.all(
    MODES.map((mode) => findRun(db, workflowIds.tradingDay(mode, date))),
  );
  const begun = runs.filter((run) => run !== null);
  // Its day would need a worker of its mode, and this home's is of this one.
  if (begun.length === 0) return isOthers ? "never began in the other mode" : null;
  return begun.every(({ verdict }) => verdict !== null) ? "was stopped" : null;
}

/** Whether a day can start: what the schedule looks at before it loads its night. */
export const START_CHECKS: readonly Check<StartContext>[] = [disk, noKill, nightFree];
