import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";

/** One measured number and what was promised. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Promised: at most this, or at least. Null measures without a promise. */
  readonly target: { readonly atMost: number } | { readonly atLeast: number } | null;
}

/** What a bench measured. */
export interface BenchResult {
  readonly name: string;
  readonly definition: string;
  readonly seed: number;
  /** SHA-256 of what was computed, where that must be the same on every machine. */
  readonly checksum?: string;
  readonly figures: readonly Figure[];
}

/** Whether a promise is kept; null without one. */
export function isHeld({ value, target }: Figure): boolean | null {
  if (target === null) return null;
  return "atMost" in target ? value <= target.atMost : value >= target.atLeast;
}

/** What it is measured on, in a line. */
export function machineLine(): string {
  const load = loadavg().map((value) => value.toFixed(1));
  const cpu = cpus()[0]?.model ?? "unknown";
  return `${cpus().length} x ${cpu}, Node ${process.version}, load ${load.join(" ")}`;
}

/** Keeps a result with what it was measured on. @returns the file. */
export function writeResult(result: BenchResult): string {
  const folder = join(PACKAGE_ROOT, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.name}.json`);
  const content = {
    schemaVersion: 1,
    ...result,
    figures: result.figures.map((figure) => ({ ...figure, held: isHeld(figure) })),
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryBytes: totalmem(),
      system: `${platform()} ${release()}`,
      node: process.version,
      loadAverage: loadavg(),
    },
  };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
}
