/** Which host is the venue's stands in one file, by which its use is refused. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";

const FOLDERS = [
  "activities",
  "backtest",
  "cli",
  "clients",
  "core",
  "mirror",
  "runtime",
  "schema",
  "sim",
];

it("names the venue's hosts in the file that judges them alone", () => {
  const sources = [...FOLDERS, "workers", "workflows"].flatMap((folder) =>
    readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /(?<!\.test)\.ts$/.test(file))
      .map((file) => `${folder}/${file}`),
  );
  const naming = sources.filter((file) =>
    /["'`/.]kalshi\.com?\b/.test(readFileSync(join(PACKAGE_ROOT, file), "utf8")),
  );
  expect(naming).toEqual(["clients/kalshi/hosts.ts"]);
});
