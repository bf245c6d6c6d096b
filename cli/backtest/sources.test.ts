import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadSettings } from "./sources.ts";

const SHIPPED = {
  strategyConfig: join(PACKAGE_ROOT, "config", "tipoff.yaml"),
  limits: join(PACKAGE_ROOT, "config", "risk_limits.yaml"),
};

it("refuses settings whose strategies a backtest cannot play, and plays the shipped ones", () => {
  const dir = mkdtempSync(join(tmpdir(), "settings-"));
  const strategyConfig = join(dir, "tipoff.yaml");
  const shipped = readFileSync(SHIPPED.strategyConfig, "utf8");
  const line = "active: [pregame-anchored, model-edge, mean-reversion]";
  expect(shipped).toContain(line);
  writeFileSync(strategyConfig, shipped.replace(line, "active: [model-edge, model-trees]"));
  expect(loadSettings(SHIPPED).isRouted).toBe(false);
  expect(() => loadSettings({ ...SHIPPED, strategyConfig })).toThrow(
    "a backtest cannot play model-trees yet",
  );
  rmSync(dir, { recursive: true });
});
