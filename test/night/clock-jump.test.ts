import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ExchangeControl } from "../../runtime/exchange-control.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { expectSound } from "./expectations.ts";
import { NightHome, type Run, until } from "./night-home.ts";

const SPEED = 120;
/** Processes see a jump within this: what one signed before it the other may read after it, and refuse. */
const UNDER_WAY_MS = 500;
const SHIFT = pathToFileURL(join(PACKAGE_ROOT, "test/support/shifted-clock.mjs")).href;

/** A night of processes whose wall clock can be set. */
let folder: string;
let night: NightHome;
let played: Run;
let control: ExchangeControl;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tipoff-clock-"));
  await setClock(0);
  night = await NightHome.create({
    NODE_OPTIONS: `--import=${SHIFT}`,
    TIPOFF_TEST_CLOCK: join(folder, "clock.json"),
    LOG_LEVEL: "debug",
  });
  const world = ["--games", "1", "--seed", "11", "--exit"];
  played = night.start("start", ...world, "--speed", "240");
  await until("a live game", 180_000, () => {
    if (played.child.exitCode !== null) throw new Error(played.said());
    return played.said().includes(": live");
  });
  await night.setSpeed(SPEED);
  control = await night.exchange();
});

afterAll(async () => {
  await night.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Sets the wall clock of all our processes, or of those whose script's path has `only` in it. */
async function setClock(shiftMs: number, only = ""): Promise<void> {
  const file = join(folder, "clock.json");
  await writeFile(`${file}.new`, JSON.stringify({ shiftMs, only }));
  await rename(`${file}.new`, file);
}

/** How often the venue has refused a request of the worker to its key, by the worker's own log. */
async function refusals(): Promise<number> {
  const lines = await readFile(join(night.home.logs, "worker.log"), "utf8");
  return lines.split("VENUE_AUTH").length - 1;
}

it.each([
  ["a minute ahead", 60_000],
  ["back, to 5 s behind", -5_000],
  ["5 s ahead", 5_000],
  ["to be right again", 0],
])("plays on at its pace when the machine's clock jumps %s", async (_, shiftMs) => {
  const startedAt = performance.now();
  const before = (await control.clock()).nowMs;
  let run = 0;
  await setClock(shiftMs);
  await sleep(UNDER_WAY_MS);
  const refused = await refusals();
  await until("run time that goes on", 30_000, async () => {
    run = (await control.clock()).nowMs - before;
    // A jump that counted would show as hours at once, or as time that runs back.
    expect(run).toBeGreaterThanOrEqual(0);
    expect(run).toBeLessThanOrEqual((performance.now() - startedAt) * SPEED);
    return run > 3_000 * SPEED; // Longer than any call is paused: a lasting refusal would come again.
  });
  expect(await refusals()).toBe(refused);
});

it("is refused to its key while its clock alone is a minute off, and taken again when it is right", async () => {
  await setClock(60_000, "workers/main");
  await until("refusals", 10_000, async () => (await refusals()) > 0);
  await setClock(0);
  let last = -1;
  await until("an end of them", 30_000, async () => {
    const before = last;
    last = await refusals();
    await sleep(2_000); // Longer than any call is paused.
    return before === last;
  });
  expect(played.child.exitCode).toBeNull();
});

it("ends by itself, with its books balanced and no game entered twice", async () => {
  await night.setSpeed(240);
  expect(await played.exitCode, played.said()).toBe(0);
  const date = /trading-day\/paper\/(\d{4}-\d{2}-\d{2})/.exec(played.said())?.[1] ?? "no date";
  expectSound(await night.report(date), 1);
});
