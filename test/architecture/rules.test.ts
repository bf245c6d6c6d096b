/**
 * Each import rule of `.dependency-cruiser.cjs` fires on the import that it forbids, and not on its
 * permitted neighbour. Every case is a small tree of its own, so that the real one stays clean.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseOptions } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";

/** Files by path. A file that is imported and not listed exports one value. */
type Tree = Readonly<Record<string, string>>;

interface Case {
  readonly rule: string;
  readonly forbidden: Tree;
  readonly permitted: Tree;
}

const value = (path: string): string => `import { x } from "${path}";\nexport const y = x;\n`;
const type = (path: string): string => `import type { X } from "${path}";\nexport type Y = X;\n`;
const builtin = 'import { readFile } from "node:fs/promises";\nexport const y = readFile;\n';
const zod = 'import { z } from "zod";\nexport const y = z;\n';

const CASES: readonly Case[] = [
  {
    rule: "no-cycle",
    forbidden: { "sim/a.ts": type("./b.ts"), "sim/b.ts": type("./a.ts") },
    permitted: { "sim/a.ts": type("./b.ts") },
  },
  {
    rule: "domain-is-the-root",
    forbidden: { "core/domain/a.ts": type("../models/elo.ts") },
    permitted: { "core/models/elo.ts": type("../domain/a.ts") },
  },
  {
    rule: "core-never-sees-the-shell",
    forbidden: { "core/scoring/a.ts": type("../../schema/tables.ts") },
    permitted: { "schema/a.ts": type("../core/domain/units.ts") },
  },
  {
    rule: "core-has-no-node-builtins",
    forbidden: { "core/domain/a.ts": builtin },
    permitted: { "runtime/a.ts": builtin },
  },
  {
    rule: "core-has-no-packages",
    forbidden: { "core/models/a.ts": zod },
    permitted: { "clients/espn/a.ts": zod },
  },
  {
    rule: "core-rooms-keep-apart",
    forbidden: { "core/models/a.ts": type("../risk/rules.ts") },
    permitted: { "core/models/a.ts": value("./b.ts") },
  },
  {
    rule: "strategies-see-domain-and-models",
    forbidden: { "core/strategies/a.ts": type("../risk/rules.ts") },
    permitted: { "core/strategies/a.ts": value("../models/blend.ts") },
  },
  {
    rule: "workflows-run-domain-only",
    forbidden: { "workflows/a.ts": value("../activities/place-order.ts") },
    permitted: { "workflows/a.ts": type("../activities/place-order.ts") },
  },
  {
    rule: "workflows-npm-allowlist",
    forbidden: { "workflows/a.ts": zod },
    permitted: {
      "workflows/a.ts": 'import { sleep } from "@temporalio/workflow";\nexport const y = sleep;\n',
    },
  },
  {
    rule: "activities-see-no-process",
    forbidden: { "activities/a.ts": value("../sim/facts.ts") },
    permitted: { "activities/a.ts": value("../schema/database.ts") },
  },
  {
    rule: "clients-know-no-database",
    forbidden: { "clients/kalshi/a.ts": type("../../schema/tables.ts") },
    permitted: { "clients/kalshi/a.ts": value("../../runtime/secret.ts") },
  },
  {
    rule: "schema-knows-no-venue",
    forbidden: { "schema/a.ts": value("../clients/kalshi/rest.ts") },
    permitted: { "schema/a.ts": value("../core/risk/exposure.ts") },
  },
  {
    rule: "sim-touches-no-service",
    forbidden: { "sim/exchange/a.ts": type("../../schema/tables.ts") },
    permitted: { "sim/exchange/a.ts": value("../../core/domain/matching.ts") },
  },
  {
    rule: "mirror-is-clients-and-sim",
    forbidden: { "mirror/a.ts": type("../schema/tables.ts") },
    permitted: { "mirror/a.ts": value("../clients/espn/client.ts") },
  },
  {
    rule: "backtest-is-core-and-sim",
    forbidden: { "backtest/a.ts": value("../activities/watch-game.ts") },
    permitted: { "backtest/a.ts": value("../sim/facts.ts") },
  },
  {
    rule: "workers-and-cli-are-leaves",
    forbidden: { "runtime/a.ts": value("../cli/output.ts") },
    permitted: { "cli/a.ts": value("../workers/health.ts") },
  },
];

let options: ICruiseOptions;
let folder: string;
beforeAll(async () => {
  options = await extractDepcruiseOptions(join(PACKAGE_ROOT, ".dependency-cruiser.cjs"));
  folder = await mkdtemp(join(tmpdir(), "tipoff-rules-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the import rules", () => {
  it("each have a case here", () => {
    const names = (options.ruleSet?.forbidden ?? []).map(({ name }) => name);
    expect(CASES.map(({ rule }) => rule)).toEqual(names);
  });

  it.each(CASES)("$rule fires on the forbidden import only", async (one) => {
    expect(await brokenRules(`${one.rule}/forbidden`, one.forbidden)).toEqual([one.rule]);
    expect(await brokenRules(`${one.rule}/permitted`, one.permitted)).toEqual([]);
  });
});

/** Names of the rules that a tree breaks. */
async function brokenRules(name: string, tree: Tree): Promise<readonly string[]> {
  const baseDir = join(folder, name);
  const files = { ...neighbours(tree), ...tree };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(baseDir, dirname(path)), { recursive: true });
    await writeFile(join(baseDir, path), content);
  }
  for (const shared of ["node_modules", "package.json"]) {
    await symlink(join(PACKAGE_ROOT, shared), join(baseDir, shared));
  }
  const { output } = await cruise(Object.keys(files), { ...options, baseDir, validate: true });
  if (typeof output === "string") throw new Error("the cruise gave text, not a result");
  const unresolved = output.modules.flatMap(({ dependencies }) =>
    dependencies.filter(({ couldNotResolve }) => couldNotResolve),
  );
  expect(unresolved).toEqual([]); // An import that leads nowhere would break no rule.
  return [...new Set(output.summary.violations.map(({ rule }) => rule.name))];
}

/** The files that a tree imports by a relative path. */
function neighbours(tree: Tree): Tree {
  const found: Record<string, string> = {};
  for (const [path, content] of Object.entries(tree)) {
    for (const [, target = ""] of content.matchAll(/from "(\.[^"]+)"/g)) {
      found[join(dirname(path), target)] = "export const x = 1;\nexport type X = number;\n";
    }
  }
  return found;
}
