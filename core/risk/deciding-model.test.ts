import { expect, it } from "vitest";
import { required } from "../domain/assert.ts";
import type { DecisionBasis, RiskSnapshot } from "../domain/risk.ts";
import { instant } from "../domain/units.ts";
import { checkRisk } from "./check.ts";
import { AT, byTrees, clear, limits } from "./testing/fixtures.ts";

const refusals = (snapshot: RiskSnapshot): readonly string[] =>
  checkRisk(snapshot, limits)
    .filter(({ isHeld }) => !isHeld)
    .map(({ rule }) => rule);

it("judges model-trees by the model that decided, and by nothing else", () => {
  expect(refusals(byTrees)).toEqual([]);
  const told = required(byTrees.basis, "a basis");
  const without = (change: Partial<DecisionBasis>) =>
    refusals({ ...byTrees, basis: { ...told, ...change } });
  expect(without({ modelVersion: "" })).toEqual(["model_metadata"]);
  expect(without({ homeProbability: null })).toEqual(["model_metadata"]);
  expect(without({ homeProbability: 1 })).toEqual(["model_metadata"]);
  expect(without({ forecastKnownAt: null })).toEqual(["model_metadata"]);
  expect(without({ forecastKnownAt: instant(AT + 1) })).toEqual(["model_metadata"]);
  expect(without({ modelKnownAt: null })).toEqual(["model_age"]);
  expect(without({ modelKnownAt: instant(AT + 1) })).toEqual(["model_age"]);
  expect(without({ modelKnownAt: instant(AT - 120 * 86_400_000) })).toEqual([]);
  expect(without({ modelKnownAt: instant(AT - 120 * 86_400_000 - 1) })).toEqual(["model_age"]);
  expect(without({ confidence: null })).toEqual(["min_confidence"]);
  expect(refusals({ ...byTrees, basis: null })).toContain("model_metadata");
});

it("takes no other model's word for the one that decided", () => {
  const { basis: blend } = clear;
  expect(refusals({ ...byTrees, basis: blend })).toEqual(["model_metadata"]);
  expect(refusals({ ...clear, basis: byTrees.basis })).toEqual(["model_metadata", "model_age"]);
  const reversion = { ...clear.subject, strategy: "mean-reversion" } as const;
  const none = { ...required(byTrees.basis, "a basis"), homeProbability: null };
  expect(refusals({ ...clear, subject: reversion, basis: none })).toContain("model_metadata");
  // Of a decision from before it was asked by which model: by the blend.
  const { decidedBy, ...before } = required(blend, "a basis");
  expect(decidedBy).toBe("blend");
  expect(refusals({ ...clear, basis: before })).toEqual([]);
  expect(refusals({ ...byTrees, basis: before })).toEqual(["model_metadata"]);
});
