import { reportFolder } from "../runtime/home.ts";
import type { ServiceStatus } from "../runtime/supervisor.ts";
import { findRun } from "../schema/queries/runs.ts";
import { beginBtc, describeBtc, seriesResults } from "./btc-run.ts";
import { type BtcPlay, type BtcWatch, endBtc, followBtc } from "./btc-start.ts";
import { btcScreen, readBtcStatus } from "./btc-view.ts";
import { dayResult } from "./day-workflow.ts";
import { type Followed, followNight } from "./follow.ts";
import { beginNight, describeNight, type NightServices, type NightWish } from "./night.ts";
import { showReport } from "./night-report.ts";
import { EXIT, print } from "./output.ts";

/** How a night is shown. */
export interface NightShow {
  readonly services: () => readonly ServiceStatus[];
  readonly isTerminal: boolean;
  readonly interrupted: AbortSignal;
  /** Where a copy of `report.json` goes. */
  readonly jsonFile: string | null;
  readonly below?: Followed["below"];
}

/** Plays the home's night to its verdict. @returns the exit code, `null` when interrupted. */
export async function playNight(
  at: NightServices,
  wish: NightWish,
  { services, isTerminal, interrupted, jsonFile, below }: NightShow,
): Promise<number | null> {
  const { home, database, temporal, exchangeUrl } = at;
  const night = await beginNight(at, wish);
  print(`night      ${describeNight(night)}`);
  if (night.how === "already-finished") {
    const run = await findRun(database, night.runId);
    const verdict = run?.verdict ?? "failed";
    await showReport(reportFolder(home, wish.mode, night.date), jsonFile);
    print(`verdict: ${verdict}; to play another night: --seed, --date, or a new --home`);
    return verdict === "passed" ? EXIT.done : EXIT.failed;
  }
  const result = await followNight({
    runId: night.runId,
    database,
    exchangeUrl,
    services,
    result: dayResult(temporal, night.runId, interrupted),
    isTerminal,
    ...(below !== undefined && { below }),
  });
  if (result === null) return null;
  if (result.reportDir !== null) await showReport(result.reportDir, jsonFile);
  print(`verdict: ${result.verdict}, ${result.scored} of ${result.games} games scored`);
  return result.verdict === "passed" ? EXIT.done : EXIT.failed;
}

/**
 * Plays a night with Bitcoin beside it, of one world: one clock, one account, one worker.
 *
 * @returns the exit code, that of a failure where one of the two failed; `null` when interrupted.
 */
export async function playBoth(
  at: NightServices,
  wish: BtcPlay,
  show: NightShow,
): Promise<number | null> {
  const { temporal, database, exchangeUrl } = at;
  const { mode, cycleMs } = wish;
  const { isTerminal, interrupted } = show;
  const begun = await beginBtc(at, wish);
  print(`bitcoin    ${describeBtc(begun)}`);
  const watch: BtcWatch = { database, exchangeUrl, mode, cycleMs, isTerminal: false };
  // A terminal has one screen: the night's, with Bitcoin below.
  const bitcoin =
    begun.how === "already-finished"
      ? Promise.resolve(true)
      : isTerminal
        ? seriesResults(temporal, mode, begun.series, interrupted).then((ends) => ends !== null)
        : followBtc(temporal, watch, begun.series, interrupted);
  const below: Followed["below"] = async (clock) =>
    btcScreen(await readBtcStatus(database, mode, clock, cycleMs), clock);
  const [night, hasEnded] = await Promise.all([playNight(at, wish, { ...show, below }), bitcoin]);
  if (night === null || !hasEnded) return null;
  const ofBitcoin = await endBtc(temporal, mode, null);
  return night === EXIT.done ? ofBitcoin : night;
}
