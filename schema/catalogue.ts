import pg from "pg";

/** One column, as the server describes it. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  readonly default: string | null;
  readonly identity: "always" | "by default" | null;
  /** Values a check constraint allows for this column alone; null when it allows any. */
  readonly allowed: readonly string[] | null;
}

/** One table with its columns in order, and everything about it that has a definition of its own. */
interface Table {
  readonly name: string;
  /** How it is partitioned; null when it is not. Its partitions come and go, and are no part of the schema. */
  readonly partitioned: string | null;
  readonly columns: readonly Column[];
  readonly constraints: readonly string[];
  readonly indexes: readonly string[];
  readonly triggers: readonly string[];
}

/** What the schema `public` holds. */
export interface Catalogue {
  readonly tables: readonly Table[];
  readonly functions: readonly string[];
}

const COLUMNS = `
  select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    pg_get_partkeydef(c.oid) as partitioned, not a.attnotnull as "isNullable", pg_get_expr(d.adbin, d.adrelid) as default,
    case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
    (select pg_get_constraintdef(k.oid) from pg_constraint k
      where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
        and pg_get_constraintdef(k.oid) like '%= ANY (ARRAY[%' limit 1) as "check"
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname, a.attnum`;

// Constraints of kind n restate "not null", which the columns already say.
const CONSTRAINTS = `
  select conrelid::regclass::text as table,
    'constraint ' || conname || ' ' || pg_get_constraintdef(oid) as definition
  from pg_constraint
  where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c')
    and not exists (select from pg_class c where c.oid = conrelid and c.relispartition)
  order by conrelid::regclass::text, contype = 'p' desc, conname`;

const INDEXES = `
  select i.indrelid::regclass::text as table, pg_get_indexdef(i.indexrelid) as definition
  from pg_index i join pg_class c on c.oid = i.indexrelid
  where c.relnamespace = 'public'::regnamespace and not c.relispartition
    and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
  order by c.relname`;

const TRIGGERS = `
  select t.tgrelid::regclass::text as table, pg_get_triggerdef(t.oid) as definition
  from pg_trigger t join pg_class c on c.oid = t.tgrelid
  where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and not c.relispartition
  order by t.tgrelid::regclass::text, t.tgname`;

const FUNCTIONS = `
  select pg_get_functiondef(oid) as definition from pg_proc
  where pronamespace = 'public'::regnamespace order by proname`;

interface ColumnRow extends Omit<Column, "allowed"> {
  readonly table: string;
  readonly partitioned: string | null;
  readonly check: string | null;
}
interface Definition {
  readonly table: string;
  readonly definition: string;
}

/** Reads the schema as the server holds it. */
export async function readCatalogue(url: string): Promise<Catalogue> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const columns = (await client.query<ColumnRow>(COLUMNS)).rows;
    const constraints = (await client.query<Definition>(CONSTRAINTS)).rows;
    const indexes = (await client.query<Definition>(INDEXES)).rows;
    const triggers = (await client.query<Definition>(TRIGGERS)).rows;
    const functions = (await client.query<{ definition: string }>(FUNCTIONS)).rows;
    const names = [...new Set(columns.map((column) => column.table))];
    return {
      tables: names.map((name) => ({
        name,
        partitioned: columns.find(({ table }) => table === name)?.partitioned ?? null,
        columns: columns.filter(({ table }) => table === name).map(toColumn),
        constraints: definitionsOf(constraints, name),
        indexes: definitionsOf(indexes, name),
        triggers: definitionsOf(triggers, name),
      })),
      functions: functions.map(({ definition }) => definition.trimEnd()),
    };
  } finally {
    await client.end();
  }
}

function toColumn(row: ColumnRow): Column {
  const { name, type, isNullable, default: initial, identity, check } = row;
  const allowed = check === null ? null : literals(check);
  return { name, type, isNullable, default: initial, identity, allowed };
}

function literals(check: string): readonly string[] {
  return [...check.matchAll(/'([^']*)'::text/g)].map((match) => match[1] ?? "");
}

function definitionsOf(rows: readonly Definition[], name: string): readonly string[] {
  return rows.filter(({ table }) => table === name).map(({ definition }) => definition);
}

/** The schema as SQL, for people and for `git diff`; migrations remain what is run. */
export function renderSql(catalogue: Catalogue): string {
  const tables = catalogue.tables.map((table) => {
    const lines = [...table.columns.map(columnSql), ...table.constraints];
    const body = lines.map((line) => `  ${line}`).join(",\n");
    const rest = [...table.indexes, ...table.triggers].map((line) => `${line};`).join("\n");
    const by = table.partitioned === null ? "" : ` partition by ${table.partitioned}`;
    return `create table ${table.name} (\n${body}\n)${by};${rest === "" ? "" : `\n${rest}`}`;
  });
  const functions = catalogue.functions.map((definition) => `${definition};`);
  const head = "-- Written by scripts/db-dump.ts from a migrated database. Do not edit.";
  return `${[head, ...functions, ...tables].join("\n\n")}\n`;
}

function columnSql(column: Column): string {
  const words = [column.name, column.type];
  if (column.identity !== null) words.push(`generated ${column.identity} as identity`);
  if (column.default !== null) words.push(`default ${column.default}`);
  if (!column.isNullable) words.push("not null");
  return words.join(" ");
}

/** The schema as Kysely's types. Column names carry units, and here they become unit types again. */
export function renderTypes(catalogue: Catalogue): string {
  const head = [
    "// Written by scripts/db-dump.ts from a migrated database. Do not edit.",
    'import type { Generated, GeneratedAlways } from "kysely";',
    'import type { ClientOrderId } from "../core/domain/order.ts";',
    'import type { CountCenti, PositionCenti, PriceMicros, UsdMicros } from "../core/domain/units.ts";',
  ].join("\n");
  const tables = catalogue.tables.map((table) => {
    const lines = table.columns.map((column) => `  ${column.name}: ${columnType(column)};`);
    return `interface ${typeName(table.name)} {\n${lines.join("\n")}\n}`;
  });
  const entries = catalogue.tables.map(({ name }) => `  ${name}: ${typeName(name)};`);
  const database = `/** Every table of the schema \`public\`. */\nexport interface Database {\n${entries.join("\n")}\n}`;
  return `${[head, ...tables, database].join("\n\n")}\n`;
}

function typeName(table: string): string {
  const words = table.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("")}Table`;
}

function columnType(column: Column): string {
  const type = valueType(column) + (column.isNullable ? " | null" : "");
  if (column.identity === "always") return `GeneratedAlways<${type}>`;
  return column.default === null ? type : `Generated<${type}>`;
}

function valueType({ name, type, allowed }: Column): string {
  if (allowed !== null) return allowed.map(literalType).join(" | ");
  switch (type) {
    case "text":
    case "date":
      return "string";
    case "uuid":
      return "ClientOrderId";
    case "boolean":
      return "boolean";
    case "real":
    case "double precision":
      return "number";
    case "timestamp with time zone":
      return "Date";
    case "integer":
    case "bigint":
      return integerType(name);
    default:
      throw new Error(`no TypeScript type for ${type} (column ${name}): add one to valueType`);
  }
}

/** A value; or of a pattern what it begins with, and then whatever the database lets in. */
function literalType(value: string): string {
  const [, start] = /^\^([a-z-]+)\[/.exec(value) ?? [];
  return start === undefined ? `"${value}"` : `\`${start}\${string}\``;
}

/** Edges and spreads are differences of prices: they carry no unit type. */
function integerType(name: string): string {
  if (/(^|_)(edge(_yes|_no)?|spread)_micros$/.test(name)) return "number";
  if (/(^|_)(price|bid|ask)_micros$/.test(name)) return "PriceMicros";
  if (name.endsWith("_micros")) return "UsdMicros";
  if (name === "position_centi") return "PositionCenti";
  return name.endsWith("_centi") ? "CountCenti" : "number";
}
