import { type Insertable, type RawBuilder, sql } from "kysely";
import type { Database } from "../tables.ts";

type ColumnOf<Table extends keyof Database> = keyof Insertable<Database[Table]> & string;

/** A row with all of the columns named, whether or not the table could do without. */
type RowOf<Table extends keyof Database, Column extends ColumnOf<Table>> = Required<
  Pick<Insertable<Database[Table]>, Column>
>;

/** Stands in no JSON text: a control character is escaped there. */
const SEPARATOR = "\u001e";

/**
 * SQL that inserts rows, any number of them, by one text: they are one parameter, as JSON, and a prepared
 * plan serves them all. Nothing is lost on the way: integers are safe, instants whole milliseconds, and a
 * text comes out of JSON as it went in.
 *
 * `long` is a column of JSON texts that are given apart, one for each row: escaping and unescaping their
 * quotes would take as long as the rest of the statement.
 */
export function insertRows<Table extends keyof Database, Column extends ColumnOf<Table>>(
  table: Table,
  columns: readonly Column[],
  rows: readonly RowOf<Table, Column>[],
  long: { readonly column: ColumnOf<Table>; readonly texts: readonly string[] } | null = null,
): RawBuilder<unknown> {
  const into = sql.table(table);
  const named = sql.join(columns.map((column) => sql.ref(column)));
  const given = sql`json_populate_recordset(null::${into}, ${JSON.stringify(rows)}::json)`;
  if (long === null) return sql`insert into ${into} (${named}) select ${named} from ${given}`;
  const own = sql.join(columns.map((column) => sql.ref(`given.${column}`)));
  return sql`insert into ${into} (${named}, ${sql.ref(long.column)})
    select ${own}, long.text from ${given} with ordinality as given
      join string_to_table(${long.texts.join(SEPARATOR)}, ${SEPARATOR})
        with ordinality as long (text, ordinality) using (ordinality)`;
}
