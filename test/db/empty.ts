import { sql } from "kysely";
import type { Db } from "../../schema/database.ts";

/**
 * Empties every table of a test's database and starts its counters anew, in milliseconds where
 * `truncate`, which makes new files for each table and index, takes most of a hundred. The guards of
 * append-only tables sleep meanwhile, and with them the foreign keys: no sequence of deletes is needed.
 */
export async function emptyDatabase(db: Db): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    const { rows } = await sql<{ statement: string }>`
      select format('delete from %I.%I', schemaname, relname) as statement
      from pg_stat_user_tables where schemaname = 'public' and relname <> 'schema_migrations'
      union all
      select format('select setval(%L, 1, false)', schemaname || '.' || sequencename)
      from pg_sequences where schemaname = 'public'`.execute(tx);
    await sql.raw(rows.map(({ statement }) => statement).join("; ")).execute(tx);
  });
}
