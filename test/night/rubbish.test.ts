import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { DecisionInput, DecisionOutput } from "../../core/domain/decision.ts";
import { readEnvironment } from "../../runtime/config.ts";
import type { ExchangeControl } from "../../runtime/exchange-control.ts";
import { type ChildProcessRecord, readServices } from "../../runtime/home.ts";
import { isRunning } from "../../runtime/process-identity.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import type { Db } from "../../schema/database.ts";
import { withBooks } from "../../scripts/crash-night/books.ts";
import type { FaultKind, FaultTarget } from "../../sim/faults/faults.ts";
import { expectSound } from "./expectations.ts";
import { gapsOf } from "./gaps.ts";
import { NightHome, type Run, until } from "./night-home.ts";

const GAMES = 2;
/** Run time per wall time while things go wrong: a game lasts long enough for all of it. */
const PACE = 60;
/** Run time until what was known before a fault has grown too old to be believed. */
const SETTLE_MS = 100_000;
/** A stream is taken for dead after this, so that a test can wait for it. */
const STALL_WALL_SECONDS = 3;
/** Run time for which a fault is then watched. */
const HOLD_MS = 120_000;

/** What is raised of a book: by what it shows, and when it is not believed. */
const BOOK_ALARMS = ["quote_invalid", "market_stale"];

/** One night in which everything that the outside may send wrongly is sent, one after the other. */
let folder: string;
let night: NightHome;
let played: Run;
let database: Db;
let control: ExchangeControl;
let worker: ChildProcessRecord;
let eventTicker: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tipoff-rubbish-"));
  night = await NightHome.create({ TIPOFF_LIMITS: await refusingLimits() });
  const world = ["--games", String(GAMES), "--seed", "11", "--speed", "240", "--exit"];
  played = night.start("start", ...world, "--strategy-config", await patientSettings());
  await until("a live game", 180_000, () => {
    if (played.child.exitCode !== null) throw new Error(played.said());
    return played.said().includes(": live");
  });
  await night.setSpeed(PACE);
  [database, control] = [await night.database(), await night.exchange()];
  worker = await serviceOf("worker");
  const live = await database
    .selectFrom("games")
    .select("event_ticker")
    .where("phase", "=", "live")
    .executeTakeFirstOrThrow();
  eventTicker = live.event_ticker;
  await untilDecided("a sound start", isSound);
});

afterAll(async () => {
  await night.remove();
  await rm(folder, { recursive: true });
});

describe("feeds", () => {
  it.each<{ kind: FaultKind; code: string; field: RegExp }>([
    { kind: "html", code: "feed_invalid", field: /^(espn|nba)\.body$/ },
    { kind: "missing-field", code: "feed_invalid", field: /score/i },
    { kind: "nan", code: "feed_invalid", field: /score/i },
    { kind: "500", code: "feed_invalid", field: /^(espn|nba)\.response$/ },
    { kind: "hang", code: "feed_invalid", field: /^(espn|nba)\.response$/ },
    { kind: "swapped", code: "feed_invalid", field: /shortName|gameCode/ },
  ])(
    "that answer $kind admit no entry, are named, and are believed again afterwards",
    async ({ kind, code, field }) => {
      const { began, wrong } = await during({ targets: ["espn", "nba"], kind, match: null });
      for (const { input } of wrong) expect(input.clock?.staleBecause).not.toEqual([]);
      expect(codesOf(wrong)).toContain("clock_stale");
      expect(entriesOf(wrong)).toEqual([]);
      await expectAlarm([code], began, field);
      await expectRecovery([code]);
    },
  );
});

describe("books", () => {
  // A bid at 99 cents that is taken back where it never stood leaves less than nothing.
  it.each<{ kind: FaultKind; because: RegExp }>([
    { kind: "off-grid", because: /^off_grid$/ },
    { kind: "crossed", because: /^(crossed|negative-size)$/ },
  ])(
    "that are $kind admit no entry, are named, and are believed again afterwards",
    async ({ kind, because }) => {
      const { began, wrong } = await during({ targets: ["kalshi"], kind, match: eventTicker });
      const reasons = wrong.flatMap(({ input }) => input.markets.map((one) => one.staleBecause));
      expect(reasons).not.toContain(null);
      expect(reasons).toContainEqual(expect.stringMatching(because));
      expect(codesOf(wrong)).toContain("quote_stale");
      expect(entriesOf(wrong)).toEqual([]);
      await expectAlarm(BOOK_ALARMS, began, /^(bid|ask|order_book)$/);
      await expectRecovery(BOOK_ALARMS);
    },
  );
});

describe("a stream that answers pings and shows nothing", () => {
  it("admits no entry, is named, and is believed again afterwards", async () => {
    const fault = { targets: ["kalshi"], kind: "stream-stall", match: null } as const;
    const { began, wrong } = await during(fault, STALL_WALL_SECONDS * 2_000 * PACE);
    for (const { input } of wrong) {
      for (const { staleBecause } of input.markets) expect(staleBecause).toContain("stream lost");
    }
    expect(codesOf(wrong)).toContain("quote_stale");
    expect(entriesOf(wrong)).toEqual([]);
    await expectAlarm(["market_stale"], began, /^order_book$/);
    await expectRecovery(["market_stale"]);
  });
});

describe("a killed database", () => {
  it("makes run time stand still, and with it every entry; nothing seen meanwhile is lost", async () => {
    const outage = keepDown("postgres", 4_000);
    await sleep(3_000);
    const from = (await control.clock()).nowMs;
    expect(await outage).toBeGreaterThan(1);
    expect((await control.clock()).nowMs).toBe(from);
    await until("run time that goes on", 60_000, async () => {
      return (await control.clock()).nowMs > from + 30_000;
    });
    // Run time may go on before what was spooled is taken in, which then is told.
    await expect
      .poll(() => alarmFields(["DATABASE_UNAVAILABLE"], from), { timeout: 20_000 })
      .toEqual([null]);
    await expect.poll(rowsSpooled, { timeout: 20_000 }).toBeGreaterThan(0);
    await untilDecided("a game decided on as before", isSound);
  });
});

it("ends like any other night: every game scored, the books balanced, nothing crashed, every observation there once", async () => {
  expect(await isRunning(worker)).toBe(true);
  await night.setSpeed(240);
  expect(await played.exitCode, played.said()).toBe(0);
  expect(await withBooks(night.home, observationGaps)).toEqual([]);
  const date = /trading-day\/paper\/(\d{4}-\d{2}-\d{2})/.exec(played.said())?.[1] ?? "no date";
  const report = await night.report(date);
  expectSound(report, GAMES);
  // What is of no game and of no run, too: the database was away while this one was played.
  const [outage] = report.alarms.filter(({ code }) => code === "DATABASE_UNAVAILABLE");
  expect(outage).toMatchObject({ severity: "warning", clearedAt: expect.any(String) as string });
});

/**
 * Limits under which risk refuses every entry: strategies go on proposing all night long, and what
 * stops them is seen at any moment.
 */
async function refusingLimits(): Promise<string> {
  const { file } = loadRiskLimits(readEnvironment().limitsFile);
  const path = join(folder, "refusing.yaml");
  await writeFile(path, stringify({ ...file, world: { ...file.world, min_confidence: 1 } }));
  return path;
}

/**
 * Settings whose breakers of bad data, of calls and of forecasts that jump wait longer than any fault here
 * lasts: they have tests of their own. A stream that stalls is noticed soon.
 */
async function patientSettings(): Promise<string> {
  const usual = await readFile(readEnvironment().configFile, "utf8");
  const path = join(folder, "patient.yaml");
  const patient = usual
    .replace(/maxInvalidSeconds: \d+/, "maxInvalidSeconds: 86400")
    .replace(/minSpanWallSeconds: \d+/, "minSpanWallSeconds: 3600")
    .replace(/maxAnomalies: \d+/, "maxAnomalies: 1000")
    .replace(/bookStaleWallSeconds: \d+/, `bookStaleWallSeconds: ${STALL_WALL_SECONDS}`);
  await writeFile(path, patient);
  return path;
}

interface Decision {
  readonly input: DecisionInput;
  readonly output: DecisionOutput;
}

/** Sends rubbish until it must have told, and then for a while. @returns when it began, and what was decided in that while. */
async function during(
  fault: {
    readonly targets: readonly FaultTarget[];
    readonly kind: FaultKind;
    readonly match: string | null;
  },
  settleMs = SETTLE_MS,
): Promise<{ readonly began: number; readonly wrong: readonly Decision[] }> {
  const { targets, kind, match } = fault;
  const began = (await control.clock()).nowMs;
  for (const target of targets) await control.addFault({ target, kind, match });
  await night.playFor(settleMs);
  const from = (await control.clock()).nowMs;
  await night.playFor(HOLD_MS);
  await control.clearFaults();
  const end = from + HOLD_MS;
  await sleep(500); // Observations are written within 200 ms.
  const seen = (await decisionsSince(from)).filter(({ input }) => input.at < end);
  expect(seen.length).toBeGreaterThan(0);
  // A pause of another cause would hide what is looked for.
  expect(seen.flatMap(({ input }) => input.entriesPaused ?? [])).toEqual([]);
  return { began, wrong: seen };
}

/** Observations that were taken in from the disk. */
async function rowsSpooled(): Promise<number> {
  const files = await database.selectFrom("spooled_files").select("rows").execute();
  return files.reduce((sum, { rows }) => sum + rows, 0);
}

/** Decisions of the live game from an instant on. */
async function decisionsSince(runMs: number): Promise<readonly Decision[]> {
  const rows = await database
    .selectFrom("decisions")
    .innerJoin("games", "games.game_id", "decisions.game_id")
    .select(["input", "output"])
    .where("games.event_ticker", "=", eventTicker)
    .where("decided_at", ">=", new Date(runMs))
    .orderBy("decided_at")
    .execute();
  // Boundary: written by us from these types.
  return rows.map(({ input, output }) => ({
    input: JSON.parse(input) as DecisionInput,
    output: JSON.parse(output) as DecisionOutput,
  }));
}

async function untilDecided(what: string, holds: (input: DecisionInput) => boolean): Promise<void> {
  const { nowMs } = await control.clock();
  await until(what, 60_000, async () => {
    return (await decisionsSince(nowMs)).some(({ input }) => holds(input));
  });
}

/** The game is played, and its clock and books are believed. */
function isSound({ clock, markets }: DecisionInput): boolean {
  if (clock === null || clock.state !== "in" || clock.staleBecause.length > 0) return false;
  return markets.length > 0 && markets.every(({ staleBecause }) => staleBecause === null);
}

function codesOf(decisions: readonly Decision[]): readonly string[] {
  return decisions.flatMap(({ output }) => output.verdicts.map(({ code }) => code));
}

function entriesOf(decisions: readonly Decision[]): readonly object[] {
  return decisions.flatMap(({ output }) =>
    output.verdicts.flatMap(({ intent }) => (intent?.purpose === "entry" ? [intent] : [])),
  );
}

/** What hangs is known to hang when patience with it has ended. */
async function expectAlarm(codes: readonly string[], since: number, field: RegExp): Promise<void> {
  await expect
    .poll(() => alarmFields(codes, since), { timeout: 10_000 })
    .toContainEqual(expect.stringMatching(field));
}

/** Fields that alarms of these codes have named since an instant. */
async function alarmFields(
  codes: readonly string[],
  since: number,
): Promise<readonly (string | null)[]> {
  const rows = await database
    .selectFrom("alarms")
    .select("field")
    .where("code", "in", codes)
    .where("last_at", ">=", new Date(since))
    .execute();
  return rows.map(({ field }) => field);
}

/** Waits until the game is decided on as before, and no alarm about it is left open. */
async function expectRecovery(codes: readonly string[]): Promise<void> {
  await untilDecided("belief in what is sent", isSound);
  await expect.poll(() => openAlarms(codes), { timeout: 20_000 }).toEqual([]);
}

async function openAlarms(codes: readonly string[]): Promise<readonly object[]> {
  return database
    .selectFrom("alarms")
    .innerJoin("games", "games.game_id", "alarms.game_id")
    .select(["code", "field", "message", "last_at"])
    .where("code", "in", codes)
    .where("cleared_at", "is", null)
    .where("games.event_ticker", "=", eventTicker)
    .execute();
}

/**
 * What is missing of snapshots and cycles. Each vouches for the other's ends, and the word that a game is over
 * for the end of both: what the outage swallowed last would leave no number behind.
 */
async function observationGaps(db: Db): Promise<readonly string[]> {
  const seen = await db
    .selectFrom("snapshots")
    .select(["game_id", "cursor_no", "observed_at", "clock_state"])
    .execute();
  const cycles = await db
    .selectFrom("cycles")
    .select(["game_id", "cycle_no", "started_at", "ended_at"])
    .execute();
  const games = await db.selectFrom("games").select("game_id").execute();
  const snapshotRows = seen.map(({ game_id: gameId, cursor_no: no, observed_at: at }) => ({
    ...{ gameId, no, from: at.getTime(), to: at.getTime() },
  }));
  const cycleRows = cycles.map(
    ({ game_id: gameId, cycle_no: no, started_at: from, ended_at: to }) => ({
      ...{ gameId, no, from: from.getTime(), to: to.getTime() },
    }),
  );
  const reaches = games.map(({ game_id: gameId }) => {
    const own = seen.filter((row) => row.game_id === gameId);
    const over = own.filter((row) => row.clock_state === "post");
    return {
      gameId,
      from: Math.min(...own.map((row) => row.observed_at.getTime())),
      // Without the word that it is over no time reaches its end.
      to: Math.min(...over.map((row) => row.observed_at.getTime())),
    };
  });
  return [...gapsOf("snapshots", snapshotRows, reaches), ...gapsOf("cycles", cycleRows, reaches)];
}

/** Kills a service again and again. @returns how often. */
async function keepDown(name: string, wallMs: number): Promise<number> {
  let kills = 0;
  const end = Date.now() + wallMs;
  while (Date.now() < end) {
    await sleep(20);
    const record = await serviceOf(name);
    if (!(await isRunning(record))) continue;
    process.kill(record.pid, "SIGKILL");
    kills += 1;
  }
  return kills;
}

async function serviceOf(name: string): Promise<ChildProcessRecord> {
  const { processes } = await readServices(night.home);
  const found = processes.find((one) => one.name === name);
  if (!found) throw new Error(`${name} does not run`);
  return found;
}
