import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { z } from "zod";

/** Reads one family of reference figures, which `make_references.py` wrote. */
export function readReferences<Shape extends z.ZodType>(
  family: string,
  shape: Shape,
): z.infer<Shape> {
  return shape.parse(JSON.parse(readFileSync(new URL(`${family}.json`, import.meta.url), "utf8")));
}

/** Expects a figure to be the reference's to 1e-9, relative where it is larger than 1. */
export function expectReference(found: number | null, reference: number): void {
  const allowed = 1e-9 * Math.max(1, Math.abs(reference));
  expect(Math.abs((found ?? Number.NaN) - reference)).toBeLessThanOrEqual(allowed);
}
