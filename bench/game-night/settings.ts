import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { limitsOf, parseRiskLimits } from "../../runtime/risk-limits.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { parseTipoffConfig } from "../../runtime/tipoff-config.ts";
import type { NightConfig } from "../../backtest/result.ts";

const FOLDER = join("bench", "game-night");
const Section = z.record(z.string(), z.unknown());

/** The product's settings as they are delivered, with what the workload changes, read as any settings are. */
export function nightSettings(workload: "settings.yaml" | "often.yaml"): NightConfig {
  const layers = [join("config", "tipoff.yaml"), join(FOLDER, "settings.yaml")];
  if (workload !== "settings.yaml") layers.push(join(FOLDER, workload));
  const config = parseTipoffConfig(workload, layered(layers));
  const limitsText = layered([join("config", "risk_limits.yaml"), join(FOLDER, "risk.yaml")]);
  const { file } = parseRiskLimits("risk.yaml", limitsText);
  const stage = limitsOf(file, { stage: "paper", step: 0 }, "recording:game-night");
  // Each trade of the second workload loses its fees: the file's own range would end the night by its losses.
  const limits = { ...stage, ...config.limits, consecutiveLossesHalt: Number.MAX_SAFE_INTEGER };
  return { ...config, limits };
}

/** The files laid over each other: a key of a later one takes the place of the same key before. */
function layered(files: readonly string[]): string {
  const read = (file: string): unknown => parse(readFileSync(join(PACKAGE_ROOT, file), "utf8"));
  return stringify(files.map(read).reduce(laidOver));
}

function laidOver(under: unknown, over: unknown): unknown {
  const below = Section.safeParse(under);
  const above = Section.safeParse(over);
  if (!below.success || !above.success) return over;
  const merged = { ...below.data };
  for (const [key, value] of Object.entries(above.data)) merged[key] = laidOver(merged[key], value);
  return merged;
}
