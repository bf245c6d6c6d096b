// Writes schema/schema.sql and schema/tables.ts from a freshly migrated database: `npm run db:dump`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { startEmbeddedPostgres } from "../runtime/embedded/postgres.ts";
import { readCatalogue, renderSql, renderTypes } from "../schema/catalogue.ts";
import { migrate } from "../schema/migrate.ts";

const folder = mkdtempSync(join(tmpdir(), "tipoff-dump-"));
const log = pino({ level: "warn" });
const server = await startEmbeddedPostgres({ dataDir: join(folder, "data"), log });
try {
  await migrate(server.url);
  const catalogue = await readCatalogue(server.url);
  writeFileSync("schema/schema.sql", renderSql(catalogue));
  writeFileSync("schema/tables.ts", renderTypes(catalogue));
  execFileSync("npx", ["biome", "format", "--write", "schema/tables.ts"], { stdio: "inherit" });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
