import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Plugin } from "vitest/config";

const ROOT = resolve(import.meta.dirname, "..");
/** The name of a package, no part of one. */
const PACKAGE = /^[a-z-]+$/;
/** What only tests import stays as it is: some of it reads files beside itself, which are not built. */
const UNBUILT = /^test\/|\/testing\/|\.test\.ts$/;

/** Files that Node itself is to load. */
export const DIST = /^(?!.*\/node_modules\/).*\/dist\/(?!test\/).*\.js$/;

/**
 * Lets tests import what `npm run build` made of a source, or of a package, instead of the source: Node loads
 * that by itself, once a fork, where Vitest would turn each source into its own kind of module, in which
 * moreover every use of an import costs a look into the module it is from.
 */
export function asBuilt(): Plugin {
  const known = new Map<string, string | null>();
  return {
    name: "tests import what is built",
    enforce: "pre",
    resolveId(source, importer) {
      if (importer === undefined) return null;
      const output = outputOf(source, importer);
      if (output === null) return null;
      let built = known.get(output);
      if (built === undefined) {
        built = existsSync(output) ? output : null;
        known.set(output, built);
      }
      return built;
    },
  };
}

/** Where what is built of an import would be; null for what is not built. */
function outputOf(source: string, importer: string): string | null {
  if (PACKAGE.test(source)) return join(ROOT, "dist", "packages", `${source}.js`);
  if (!source.startsWith(".") || !source.endsWith(".ts")) return null;
  const path = relative(ROOT, join(dirname(importer), source));
  return UNBUILT.test(path) ? null : join(ROOT, "dist", path.replace(/\.ts$/, ".js"));
}
