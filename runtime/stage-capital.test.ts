import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { readEnvironment } from "./config.ts";
import { loadRiskLimits } from "./risk-limits.ts";
import { readStageCapital } from "./stage-capital.ts";

/** The limits as they are shipped, with another capital of micro. */
function written(capital: number): string {
  const folder = mkdtempSync(join(tmpdir(), "tipoff-capital-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const { file } = loadRiskLimits(readEnvironment().limitsFile);
  const path = join(folder, "risk_limits.yaml");
  writeFileSync(path, stringify({ ...file, micro: { ...file.micro, max_total_capital: capital } }));
  return path;
}

it("takes each stage's capital from its section of the limits", () => {
  const { capital, hash } = readStageCapital(written(400));
  expect([capital.micro, capital.small]).toEqual([400_000_000, 1_000_000_000]);
  expect(hash).not.toBe(readStageCapital(written(401)).hash);
});

it("refuses a file that is not there, naming it", () => {
  expect(() => readStageCapital("/no/such/limits.yaml")).toThrow(/\/no\/such\/limits\.yaml/);
});
