import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import {
  type AnyRow,
  newBatch,
  type ObservationBatch,
  OBSERVED_TABLES,
  type ObservedTable,
  spoolColumns,
} from "./observation-batch.ts";

/** Where what no later try will take in lies aside: rows that the database refuses, and broken files. */
export function refusedFolder(spoolDir: string): string {
  return join(spoolDir, "refused");
}

/**
 * Writes a batch as CSV files, one a table, and returns when they are on the disk. A file appears
 * under its name whole or not at all.
 */
export async function writeSpool(folder: string, batch: ObservationBatch): Promise<void> {
  await mkdir(folder, { recursive: true });
  const batchId = randomUUID();
  for (const [rank, table] of OBSERVED_TABLES.entries()) {
    const rows: readonly AnyRow[] = batch[table];
    if (rows.length === 0) continue;
    await writeWhole(folder, `${batchId}-${rank}-${table}.csv`, toCsv(table, rows));
  }
}

async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const draft = join(folder, `${name}.draft`);
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, name));
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Names of the files that wait, in an order in which they may be taken in. */
export async function spooledFiles(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  return (await readdir(folder)).filter((name) => name.endsWith(".csv")).sort();
}

/** Removes what a killed process had not finished writing: nobody was told that it was kept. */
export async function removeDrafts(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const drafts = (await readdir(folder)).filter((name) => name.endsWith(".draft"));
  for (const name of drafts) await rm(join(folder, name), { force: true });
}

/** A file that `writeSpool` has not written like this: it will never be read. */
export class BrokenSpool extends Error {}

/**
 * Reads one file back.
 *
 * @throws BrokenSpool when the name names no table, or the text is not what `writeSpool` writes; the
 * error of the file system when that does not give the file.
 */
export async function readSpool(folder: string, name: string): Promise<ObservationBatch> {
  const table = OBSERVED_TABLES.find((known) => name.endsWith(`-${known}.csv`));
  if (table === undefined) throw new BrokenSpool(`${name} names no table`);
  const rows = parseRows(name, await readFile(join(folder, name), "utf8"));
  // Boundary cast: the columns are ours, and PostgreSQL reads each value's text as its column's type.
  return { ...newBatch(), [table]: rows as never[] };
}

function parseRows(name: string, text: string): unknown {
  try {
    return parse(text, {
      columns: true,
      // An empty field is null; an empty text was written in quotes.
      cast: (value, { quoting }) => (value === "" && !quoting ? null : value),
    });
  } catch (cause) {
    throw new BrokenSpool(`${name} is not what is spooled`, { cause });
  }
}

function toCsv(table: ObservedTable, rows: readonly AnyRow[]): string {
  const columns = spoolColumns(table);
  const lines = rows.map((row) => columns.map((column) => toField(row[column])).join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}

/** Numbers bare, null as nothing, everything else in quotes. */
function toField(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = value instanceof Date ? value.toISOString() : value;
  if (typeof text !== "string") throw new TypeError(`no CSV field holds a ${typeof value}`);
  return `"${text.replaceAll('"', '""')}"`;
}
