/**
 * The numbered steps in the code are those of `core/domain/steps.ts`, each in one place, and the crash
 * matrix dies at every one: a step that nobody dies at proves nothing.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { STEPS } from "../../core/domain/steps.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { planCrashes } from "../../scripts/crash-orders/plan.ts";

/** What the name before a template's dot may be. */
const OPERATIONS = ["place", "replace"];
/** Where steps are told: the product's own code, and the interceptors of the worker that dies. */
const FOLDERS = ["activities", "schema/queries", "scripts/crash-orders"];

/** Every step that a file tells: `step?.("...")`, `deps.step?.(...)`, `carry.reached("...")`. */
function stepsIn(path: string): readonly string[] {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  const steps: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      /(^|[.?])(step|reached)$/.test(node.expression.getText(source))
    ) {
      const [argument] = node.arguments;
      if (argument !== undefined) steps.push(...namesOf(argument));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return steps;
}

function namesOf(argument: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(argument)) return [argument.text];
  if (!ts.isTemplateExpression(argument)) return [];
  const rest = argument.templateSpans[0]?.literal.text ?? "";
  return OPERATIONS.map((operation) => `${operation}${rest}`);
}

it("tells every step of the list in one place, and no other", () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => join(PACKAGE_ROOT, folder, name)),
  );
  expect(files.flatMap(stepsIn).sort()).toEqual([...STEPS].sort());
});

it("dies at every step of the list with every seed", () => {
  const planned = planCrashes([1, 2]);
  for (const seed of [1, 2]) {
    const steps = planned.filter((one) => one.seed === seed).map(({ step }) => step);
    expect(steps).toEqual(STEPS);
  }
});

it("has no hook in the product: nothing that the worker is made of hands one in", () => {
  for (const file of ["workers/services.ts", "workers/activities.ts", "runtime/config.ts"]) {
    expect(readFileSync(join(PACKAGE_ROOT, file), "utf8")).not.toMatch(/\bstep\b/i);
  }
});
