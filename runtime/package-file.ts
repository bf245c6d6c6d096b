import { readFileSync } from "node:fs";
import { z } from "zod";
import { PACKAGE_ROOT } from "./package-root.ts";

const Package = z.object({
  version: z.string(),
  /** The oldest Node alone, such as `>=20.19`: no other range is read. */
  engines: z.object({ node: z.string().regex(/^>=\d+(\.\d+){0,2}$/) }),
});

/** What `package.json` says of this package. */
export function readPackage(): z.infer<typeof Package> {
  return Package.parse(JSON.parse(readFileSync(`${PACKAGE_ROOT}package.json`, "utf8")));
}
