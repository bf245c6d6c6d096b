import { type RawBuilder, sql } from "kysely";

/** Epoch milliseconds of a column: reports are values, not Dates. */
export function epoch(column: string): RawBuilder<number> {
  return sql<number>`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`;
}

/** The same of a column that may be empty. */
export function epochOrNull(column: string): RawBuilder<number | null> {
  return sql<number | null>`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`;
}
