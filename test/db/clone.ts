import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { type Db, openDatabase } from "../../schema/database.ts";
import { TEMPLATE } from "./template.ts";

/** A database of one test file. */
export interface ClonedDatabase {
  readonly db: Db;
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** Clones the migrated template: tens of milliseconds, so every test file has its own database. */
export async function cloneDatabase(poolSize = 8): Promise<ClonedDatabase> {
  const server = new URL(inject("postgresUrl"));
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await administer(server.href, `create database ${name} template ${TEMPLATE} strategy file_copy`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const db = openDatabase({
    url: url.href,
    poolSize,
    // Hundreds of intents at once, on a busy machine.
    patienceMs: 60_000,
    name: "test",
    onConnectionLost: () => undefined,
  });
  const drop = async (): Promise<void> => {
    await db.destroy();
    await administer(server.href, `drop database ${name} with (force)`);
  };
  return { db, url: url.href, drop };
}

async function administer(url: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
