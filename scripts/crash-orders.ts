/**
 * Kills the process at every numbered step of place, cancel, replace, fill, settle and
 * continue-as-new, lets another take over, and reads the books of the exchange and ours. The last
 * lines are a table, a row for each step; exit code 0 if everything held.
 *
 *     npm run crash-orders -- --seeds 5 [--first-seed 1] [--only place.] [--json FILE]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import pg from "pg";
import { integerOption, print, table } from "../cli/output.ts";
import { createRateBudget } from "../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../clients/kalshi/venue.ts";
import { STEPS } from "../core/domain/steps.ts";
import { instant } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { startEmbeddedPostgres } from "../runtime/embedded/postgres.ts";
import { createLogger } from "../runtime/log.ts";
import { Secret } from "../runtime/secret.ts";
import { migrate } from "../schema/migrate.ts";
import { carry, type CarryRig, openCarryRig } from "./crash-orders/carry.ts";
import { bundleChild, Children, type Ending } from "./crash-orders/children.ts";
import type { StageAddress } from "./crash-orders/game.ts";
import { type CrashCase, isCarry, planCrashes } from "./crash-orders/plan.ts";
import { type Stage, StageMaker } from "./crash-orders/stage.ts";
import { violations } from "./crash-orders/verdict.ts";

interface Options {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly only: string;
  readonly json?: string;
}

/** What became of one case. */
interface Judged {
  readonly one: CrashCase;
  readonly died: number;
  readonly violations: readonly string[];
}

const TEMPLATE = "crash_template";
/** Cases that are played at once: each mostly waits for a process to start. */
const LANES = 3;

process.exitCode = (await crashOrders(readOptions())) ? 0 : 1;

function readOptions(): Options {
  return new Command("crash-orders")
    .option("--seeds <n>", "seeds that every step is tried with", integerOption(1, 1_000), 3)
    .option("--first-seed <s>", "the first of them", integerOption(0, 1e9), 1)
    .option("--only <prefix>", "only steps that begin like this, such as place. or fill.3", "")
    .option("--json <file>", "also write what happened there")
    .parse()
    .opts<Options>();
}

async function crashOrders(options: Options): Promise<boolean> {
  const seeds = Array.from({ length: options.seeds }, (_, index) => options.firstSeed + index);
  const cases = planCrashes(seeds).filter(({ step }) => step.startsWith(options.only));
  if (cases.length === 0) throw new Error(`no step begins with ${options.only}`);
  const folder = await mkdtemp(join(tmpdir(), "crash-orders-"));
  const log = createLogger({ level: "warn", service: "crash-orders" });
  const program = await bundleChild(folder);
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "data"),
    log,
    // It outlives every death here: only what was never sent to it can be lost.
    settings: { fsync: "off", full_page_writes: "off" },
  });
  const maker = new StageMaker(server.url, TEMPLATE);
  const lanes = Array.from({ length: LANES }, () => new Children(program));
  // Interrupted, it ends the case under way and takes its servers with it.
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interruption.abort();
    });
  }
  const rig = cases.some(({ step }) => isCarry(step)) ? await openCarryRig() : null;
  try {
    await makeTemplate(server.url);
    const judged = new Map<CrashCase, Judged>();
    const playAll = async (waiting: CrashCase[], children: Children): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        if (interruption.signal.aborted) throw new Error("interrupted: the matrix is not whole");
        const verdict = await judge(one, await maker.make(one.market), { children, rig });
        judged.set(one, verdict);
        const said = verdict.violations.length === 0 ? ["held"] : verdict.violations;
        for (const what of said) print(`${one.step} seed ${one.seed}: ${what}`);
      }
    };
    const [carried, others] = [
      cases.filter(({ step }) => isCarry(step)),
      cases.filter(({ step }) => !isCarry(step)),
    ];
    await Promise.all(lanes.map((children) => playAll(others, children)));
    // One after the other: a game's workflow has one id on the one server.
    await playAll(carried, new Children(program));
    return report(
      cases.flatMap((one) => judged.get(one) ?? []),
      options,
    );
  } finally {
    await Promise.all(lanes.map((children) => children.close()));
    await rig?.close();
    await maker.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const url = new URL(serverUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate(url.href);
}

/** Plays one case through its deaths to its end, and looks at what is left. */
async function judge(
  one: CrashCase,
  stage: Stage,
  { children, rig }: { readonly children: Children; readonly rig: CarryRig | null },
): Promise<Judged> {
  try {
    const { died, violations: found } =
      rig !== null && isCarry(one.step)
        ? await carry(rig, stage, one)
        : await dieAndTakeOver(children, stage.address, one);
    // Who takes over may find the step behind it, so a second death is not always to be had.
    const unmet = died > 0 ? [] : ["nobody died: the step was never reached"];
    // A play that did not end leaves books that prove nothing.
    const books = found.length === 0 ? await violations(stage, venueOf(stage.address)) : [];
    return { one, died, violations: [...unmet, ...found, ...books] };
  } finally {
    await stage.close();
  }
}

async function dieAndTakeOver(
  children: Children,
  address: StageAddress,
  one: CrashCase,
): Promise<{ readonly died: number; readonly violations: readonly string[] }> {
  const { step, market } = one;
  let died = 0;
  let occurrence = one.occurrence;
  while (died < one.deaths) {
    const ending = await children.play({ address, market, death: { step, occurrence } });
    if (ending.kind !== "died") return { died, violations: problems(ending) };
    died += 1;
    // Whoever takes over finds the step's first times behind it.
    occurrence = 1;
  }
  return { died, violations: problems(await children.play({ address, market, death: null })) };
}

function problems(ending: Ending): readonly string[] {
  if (ending.kind === "died") return ["it died where nobody told it to"];
  if (ending.kind === "failed") return [ending.error];
  const { secondAttempt, result } = ending.played;
  return [
    ...(secondAttempt === "one_pregame_attempt"
      ? []
      : [`a second pregame attempt was not refused as one: ${secondAttempt ?? "approved"}`]),
    ...(result === null ? ["the game did not settle"] : []),
  ];
}

function venueOf(address: StageAddress): Venue {
  const clock = { now: () => instant(Date.now()), speed: 1 };
  return createKalshiVenue({
    mode: "paper",
    restUrl: `${address.exchangeUrl}/trade-api/v2`,
    keyId: address.keyId,
    privateKeyPem: new Secret(readFileSync(address.privateKeyPath, "utf8")),
    clock,
    log: createLogger({ level: "silent", service: "crash-orders" }),
    bucket: createRateBudget(clock),
  });
}

function report(judged: readonly Judged[], options: Options): boolean {
  const isHeld = judged.every(({ violations: found }) => found.length === 0);
  const steps = STEPS.filter((step) => judged.some(({ one }) => one.step === step));
  const rows = steps.map((step) => {
    const cases = judged.filter(({ one }) => one.step === step);
    const deaths = cases.reduce((sum, { died }) => sum + died, 0);
    const broken = cases.filter(({ violations: found }) => found.length > 0);
    const verdict =
      broken.length === 0
        ? "held"
        : `NOT HELD, seeds ${broken.map(({ one }) => one.seed).join(" ")}`;
    return [step, String(cases.length), String(deaths), verdict];
  });
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ isHeld, judged }, null, 2)}\n`);
  }
  print(table(["the process died at", "cases", "deaths", "afterwards"], rows));
  print(`${steps.length} of ${STEPS.length} steps, ${judged.length} cases`);
  return isHeld;
}
