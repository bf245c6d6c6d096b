import { afterAll, beforeAll, expect, it } from "vitest";
import { readServices } from "../../runtime/home.ts";
import { identify } from "../../runtime/process-identity.ts";
import { expectSound } from "./expectations.ts";
import { NightHome, type Run, until } from "./night-home.ts";

const NIGHT = ["--games", "1", "--seed", "11", "--exit"] as const;

let night: NightHome;
let first: Run;

beforeAll(async () => {
  night = await NightHome.create();
  first = night.start("start", ...NIGHT, "--speed", "240");
  await until("a live game", 180_000, () => {
    if (first.child.exitCode !== null) throw new Error(first.said());
    return first.said().includes(": live");
  });
});

afterAll(() => night.remove());

it("refuses a second start in the same home and names who holds it", async () => {
  const second = await night.answer("start", ...NIGHT);
  expect(second.exitCode).toBe(3);
  expect(second.said).toContain(`process ${first.child.pid ?? 0}`);
});

it("resumes after kill -9 of everything, in its own mode alone, ends with its books balanced, and enters no game twice", async () => {
  const { processes } = await readServices(night.home);
  expect(processes.map(({ name }) => name)).toEqual(["postgres", "temporal", "exchange", "worker"]);
  first.child.kill("SIGKILL");
  for (const { pid } of processes) process.kill(pid, "SIGKILL");
  expect(await first.exitCode).toBeNull();

  // In the other mode nothing takes up its workflows.
  const other = await night.answer("start", ...NIGHT, "--mode", "shadow");
  expect(other.exitCode, other.said).toBe(3);
  expect(other.said).toContain("in mode paper is not over in this home (trading-day/paper/");
  expect(other.said).toContain("`npm start -- --mode paper`");
  expect((await readServices(night.home)).mode).toBe("paper");

  const resumed = await night.answer("start", ...NIGHT);
  expect(resumed.exitCode, resumed.said).toBe(0);
  expect(resumed.said).toContain("resumed where it was");
  expectSound(await night.report(dateIn(resumed.said)), 1);
  const left = await Promise.all(processes.map(({ pid }) => identify(pid)));
  expect(left).toEqual([null, null, null, null]);
});

function dateIn(said: string): string {
  return /trading-day\/paper\/(\d{4}-\d{2}-\d{2})/.exec(said)?.[1] ?? "no date";
}
