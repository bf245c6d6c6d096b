import { expect, it } from "vitest";
import { readEnvironment } from "./config.ts";
import { loadRiskLimits } from "./risk-limits.ts";
import { stageCapital } from "./stage-capital.ts";

it("takes each stage's capital from its section of the limits", () => {
  const loaded = loadRiskLimits(readEnvironment().limitsFile);
  const micro = { ...loaded.file.micro, max_total_capital: 400 };
  const { capital, hash } = stageCapital({ ...loaded, file: { ...loaded.file, micro } });
  expect([capital.micro, capital.small]).toEqual([400_000_000, 1_000_000_000]);
  expect(hash).toBe(loaded.hash);
});
