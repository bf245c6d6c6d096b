import { userInfo } from "node:os";
import { Argument, type Command } from "commander";
import { runChecks } from "../../activities/checks/check.ts";
import { MANUAL_ITEMS } from "../../activities/checks/manual-items.ts";
import { READINESS_CHECKS } from "../../activities/checks/readiness.ts";
import { openSigner } from "../../runtime/signing-key.ts";
import { tickItem } from "../../schema/queries/manual-items.ts";
import { openAlerts } from "../alerting.ts";
import { testSinks } from "../alerts-test.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  withConnections,
  withDatabase,
  withHome,
} from "../context.ts";
import { showFindings } from "../findings.ts";
import { openLadder, readStage } from "../ladder.ts";
import { action, EXIT, print, printJson, refused } from "../output.ts";
import { loadedDate, openVenueSide } from "../venue.ts";

interface ReadinessOptions extends HomeOption {
  readonly json?: boolean;
}

interface TickOptions extends HomeOption {
  readonly note: string;
  readonly json?: boolean;
}

/** Drills older than this prove nothing any more. */
const DRILL_MAX_AGE_DAYS = 7;

/** `tipoff readiness`: everything that must be so before a stage is trusted. */
export function registerReadiness(program: Command): void {
  const readiness = withHome(program.command("readiness"))
    .description("everything that must be so before a stage is trusted; exit code 3 when it is not")
    .option("--json", "answer as JSON")
    .action(action(showReadiness));
  withHome(readiness.command("tick"))
    .description("tick, once and signed, what only you can answer for")
    .addArgument(new Argument("<item>", "which").choices(Object.keys(MANUAL_ITEMS)))
    .requiredOption("--note <text>", "how you know; it is kept")
    .option("--json", "answer as JSON")
    .action(action(tick));
}

async function showReadiness(options: ReadinessOptions): Promise<number> {
  const home = await openLadder(options);
  const { running, signer, places, gates } = home;
  const side = await openVenueSide(running);
  const date = await loadedDate(side.control);
  const results = await withConnections(running, async ({ database, temporal }) => {
    const judged = await readStage(database, home);
    return runChecks(READINESS_CHECKS, {
      ...side,
      ...judged,
      db: database,
      temporal,
      signer,
      places,
      date,
      environment: running.environment,
      marketDataUrl: running.venue.marketData,
      homePath: running.home.path,
      mode: running.mode,
      drillMaxAgeDays: gates.gates.paper.killDrillMaxAgeDays ?? DRILL_MAX_AGE_DAYS,
      gatesHash: home.gatesHash,
      testSinks: () => testSinks(openAlerts(running.environment, () => undefined)),
      nowMs: Date.now(),
    });
  });
  return showFindings(results, options.json === true);
}

async function tick(item: string, options: TickOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const signer = await openSigner(running.home);
  const [by, at] = [userInfo().username, new Date()];
  const isNew = await withDatabase(running.databaseUrl, (db) =>
    tickItem(db, signer, { item, note: options.note, by, at, mode: running.mode }),
  );
  if (!isNew) {
    throw refused(
      `${item} was ticked before, and is ticked once`,
      "`npx tipoff readiness` shows it",
    );
  }
  if (options.json) printJson({ item, note: options.note, by, at, keyId: signer.keyId });
  else print(`${item}: ticked by ${by}, signed (${signer.keyId})`);
  return EXIT.done;
}
