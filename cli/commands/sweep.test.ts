import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { playJobs } from "../../backtest/pool.ts";
import { smallNight } from "../../backtest/testing/small-night.ts";
import { writeRecording } from "../../sim/recordings/writer.ts";
import { runCommandLine } from "../program.ts";

vi.mock(import("../../backtest/pool.ts"), { spy: true });

const dir = mkdtempSync(join(tmpdir(), "sweep-"));
beforeAll(async () => {
  for (const date of ["2025-12-01", "2025-12-02"]) {
    await writeRecording(join(dir, date), smallNight({ date }));
  }
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

let said: string[] = [];
beforeEach(() => {
  process.exitCode = undefined;
  vi.mocked(playJobs).mockClear();
  said = [];
  const hear = (text: string | Uint8Array): boolean => said.push(String(text)) > 0;
  vi.spyOn(process.stdout, "write").mockImplementation(hear);
  vi.spyOn(process.stderr, "write").mockImplementation(hear);
});

const PATH = "strategies.pregameAnchored.minEdgeCents";
const sweep = (values: string, ...more: string[]): Promise<number> =>
  runCommandLine([
    ...["sweep", "--recording", dir, "--split", "0.5", "--workers", "1"],
    ...["--param", `${PATH}=${values}`, ...more],
  ]);

it("counts a configuration once, however often it is named", async () => {
  // 1.00000001 cents are a cent: prices are whole micros.
  expect(await sweep("1,1,1.00000001,2", "--json")).toBe(0);
  const report = JSON.parse(said.join("")) as { trials: number; figures: { name: string }[] };
  expect(report.trials).toBe(2);
  expect(report.figures.map(({ name }) => name)).toEqual([`${PATH}=1`, `${PATH}=2`]);
  said = [];
  expect(await sweep("1,1")).toBe(0);
  expect(said.join("")).toContain("1 of 2 repeat a configuration: left out");
});

it("names the --param whose value may not be, and not the file that is sound", async () => {
  expect(await sweep("1,-999")).toBe(2);
  const text = said.join("");
  expect(text).toContain(`--param ${PATH}=-999: `);
  expect(text).not.toContain("tipoff.yaml");
});

it("refuses a share of the nights that leaves none to choose on, or none to judge on, before any is played", async () => {
  for (const split of ["0.9", "0.1"]) {
    said = [];
    expect(await sweep("1,2", "--split", split)).toBe(2);
    expect(said.join("")).toContain(`--split ${split} of 2 nights`);
  }
  expect(playJobs).not.toHaveBeenCalled();
});

it("refuses a parameter that is named twice: the second would take the place of the first", async () => {
  expect(await sweep("1,2", "--param", `${PATH}=3`)).toBe(2);
  expect(said.join("")).toContain(`${PATH} is named twice`);
});
