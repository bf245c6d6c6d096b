import { createHash } from "node:crypto";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { type Instant, instant } from "../core/domain/units.ts";
import type { Database } from "./tables.ts";

/** A connection or a transaction: what every query takes. */
export type Db = Kysely<Database>;

export interface DatabaseOptions {
  readonly url: string;
  /** Most connections at once. */
  readonly poolSize: number;
  /** Longest that a query waits for a connection, wall milliseconds. */
  readonly patienceMs?: number;
  /** Shown by the server beside each connection. */
  readonly name: string;
  /** False: commits wait for no disk. For writes that may be lost with the database, and for nothing else. */
  readonly isDurable?: boolean;
  /** Told of connections that broke, such as by a killed server. They are replaced. */
  readonly onConnectionLost: (error: Error) => void;
}

/** A statement that begins with this is prepared once a connection: its plan is kept. */
export const PREPARED = "/* prepared */";

/** Opens the database. BIGINT arrives as an exact number or the query fails: never a silent rounding. */
export function openDatabase(options: DatabaseOptions): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: openPool(options) }) });
}

/** Planning the risk transaction's statements takes longer than running them: these keep their plans. */
class PreparingClient extends pg.Client {
  // The driver's overloads leave no narrower type; only the form that Kysely uses is changed.
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args;
    const isPrepared = typeof text === "string" && text.startsWith(PREPARED);
    const asked = isPrepared ? [{ name: nameOf(text), text, values }, ...rest] : args;
    // A call by name cannot take an array in place of the overloads; `this` is given.
    const query = super.query.bind(this) as (...args: unknown[]) => never;
    return query(...asked);
  }
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash("sha256").update(text).digest("hex").slice(0, 32);
  names.set(text, name);
  return name;
}

/**
 * Opens a pool of connections. A killed server breaks the queries in flight and nothing else: the
 * next query opens a new connection.
 */
export function openPool(options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.name,
    ...(options.isDurable === false && { options: "-c synchronous_commit=off" }),
    connectionTimeoutMillis: options.patienceMs ?? 5_000,
    keepAlive: true,
    types: exactTypes(),
  });
  // Without listeners a connection that breaks would end the process: the pool speaks for its idle
  // ones, which need no second word, and each for itself also while somebody holds it.
  pool.on("error", () => undefined);
  pool.on("connect", (connection) => {
    connection.on("error", options.onConnectionLost);
  });
  return pool;
}

function exactTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, parseExactInteger);
  types.setTypeParser(pg.types.builtins.NUMERIC, refuseNumeric);
  types.setTypeParser(pg.types.builtins.DATE, (text) => text);
  return types;
}

function parseExactInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`BIGINT ${text} exceeds exact integers`);
  return value;
}

/** Sums of BIGINT are NUMERIC: a query that forgets its cast must fail, not answer a text. */
function refuseNumeric(text: string): never {
  throw new RangeError(`NUMERIC ${text} has no exact type here: cast to bigint in the query`);
}

/** An instant as the driver takes it. */
export function toDate(at: Instant): Date {
  return new Date(at);
}

/** A column's instant. */
export function toInstant(date: Date): Instant {
  return instant(date.getTime());
}

/** A nullable column's instant. */
export function toInstantOrNull(date: Date | null): Instant | null {
  return date === null ? null : toInstant(date);
}
