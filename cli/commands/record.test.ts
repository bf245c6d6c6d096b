import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { LiveSource } from "../../mirror/source.ts";
import { LIVE_FILE } from "../../sim/recordings/finish-tape.ts";
import { openRecording } from "../../sim/recordings/reader.ts";
import { captureOutput } from "../../test/support/captured-output.ts";
import { type Sitting, startSitting } from "../../test/support/record-sitting.ts";
import { type StandIn, startStandIn } from "../../test/support/stand-in-venue.ts";
import { runCommandLine } from "../program.ts";
import { listen } from "./record.ts";

const HOUR_MS = 3_600_000;
const NEVER = new AbortController().signal;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = 0;
});

/** A source that began an hour ago and was not heard since; each look at it takes a minute. */
function sourceOf(take: () => readonly []) {
  let now = HOUR_MS;
  let closed = 0;
  const source = {
    manifest: { startAt: instant(0) },
    facts: async function* () {
      // Nothing was kept.
    },
    arrivals: {
      clock: { now: (): Instant => instant((now += 60_000)) },
      take,
      close: () => Promise.resolve(void (closed += 1)),
    },
  } as unknown as LiveSource; // Test boundary: what a sitting looks at.
  return { source, closed: () => closed };
}

it("counts the hours from the begin of this sitting", async () => {
  let looked = 0;
  const { source, closed } = sourceOf(() => ((looked += 1), []));
  await listen(source, 0.1, NEVER, false);
  expect(looked).toBe(5);
  expect(closed()).toBe(1);
});

it("closes the lines to the world outside also where it fails", async () => {
  const { source, closed } = sourceOf(() => {
    throw new Error("the disk is full");
  });
  await expect(listen(source, 1, NEVER, false)).rejects.toThrow("the disk is full");
  expect(closed()).toBe(1);
});

describe("a folder that is recorded", () => {
  let dir: string;
  let out: string;
  let outside: StandIn;
  let first: Sitting;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "tipoff-record-"));
    out = join(dir, "recorded");
    outside = await startStandIn(dir);
    first = startSitting(outside, out);
    await until(first, "records");
  });
  afterAll(async () => {
    first.child.kill("SIGKILL");
    await outside.exchange.close();
    await rm(dir, { recursive: true, force: true });
  });

  const until = (sitting: Sitting, said: string): Promise<unknown> =>
    vi.waitUntil(() => sitting.said().includes(said), { timeout: 60_000 });

  /** The command, in this process, where it is refused before it listens. */
  async function refusal(...options: readonly string[]): Promise<string> {
    for (const [name, value] of Object.entries(outside.environment)) vi.stubEnv(name, value);
    const told = captureOutput();
    const exitCode = await runCommandLine(["record", "--out", out, ...options]);
    vi.restoreAllMocks();
    return `${String(exitCode)} ${told.err}`;
  }

  it("is not written by two at once, and goes on when the first is dead", async () => {
    const said = await refusal("--series", "KXBTC15M");
    expect(said).toMatch(/^3 .*is held by process/);
    expect(said).toContain(`process ${String(first.child.pid)} (tipoff record)`);
    expect(said).toContain("--out");
    expect(said).not.toContain("--home");
    first.child.kill("SIGKILL");
    await first.ended;
    expect(existsSync(join(out, LIVE_FILE))).toBe(true);
  }, 60_000);

  it.each([
    ["--series", "KXBTC,KXBTC15M"],
    ["--series", "KXBTC"],
    ["--nba"],
    ["--nba", "--date", "2026-11-20", "--series", "KXBTC15M"],
  ])("goes on as it began, and names what that is: %s %s %s %s", async (...options) => {
    const said = await refusal(...options);
    expect(said).toMatch(/^2 /);
    expect(said).toContain("records KXBTC15M");
    expect(said).toContain("name another folder");
  });

  it("becomes a recording at the end of another sitting", async () => {
    const second = startSitting(outside, out);
    await until(second, "goes on");
    second.child.kill("SIGINT");
    expect(await second.ended, second.said()).toBe(0);
    const { manifest } = await openRecording(out);
    expect(manifest).toMatchObject({ kind: "recording", bitcoin: { series: ["KXBTC15M"] } });
    expect(await refusal()).toMatch(/^2 .*is a finished recording/);
  }, 60_000);
});
