import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { TradingError } from "../core/domain/errors.ts";

const MIGRATIONS = fileURLToPath(new URL("./migrations", import.meta.url));
/** Any number will do, as long as nothing else in this database locks it. */
const MIGRATION_LOCK = 7_400;

/** A migration file: applied once, in order of name, never changed afterwards. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Reads the ordered SQL files. Names are `NNNN_what.sql`. */
export async function readMigrations(folder = MIGRATIONS): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/**
 * Brings the schema up to date, one transaction a file. Two at once take turns.
 *
 * @returns the names of the files that were applied.
 * @throws TradingError CONFIG_INVALID when an applied file was changed or is missing.
 */
export async function migrate(
  url: string,
  migrations?: readonly Migration[],
): Promise<readonly string[]> {
  const files = migrations ?? (await readMigrations());
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined); // The query in flight reports it.
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    const applied = await readApplied(client);
    refuseChanged(files, applied);
    const pending = files.filter(({ name }) => !applied.has(name));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function readApplied(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  await client.query(`create table if not exists schema_migrations (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
  const { rows } = await client.query<{ name: string; checksum: string }>(
    "select name, checksum from schema_migrations",
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function refuseChanged(files: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const byName = new Map(files.map((file) => [file.name, file.checksum]));
  for (const [name, checksum] of applied) {
    if (byName.get(name) === checksum) continue;
    const reason = byName.has(name)
      ? `migration ${name} was changed after it was applied`
      : `migration ${name} was applied by a newer version of Tipoff`;
    const nextStep = "use the version that made this database, or another data directory (--home)";
    throw new TradingError("CONFIG_INVALID", { reason, nextStep });
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query(sql);
    await client.query("insert into schema_migrations (name, checksum) values ($1, $2)", [
      name,
      checksum,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}
