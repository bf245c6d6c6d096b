import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import pino from "pino";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../runtime/embedded/postgres.ts";
import { migrate } from "../../schema/migrate.ts";
import { roomyFolder } from "../support/roomy-folder.ts";

/** Database that each test file clones. */
export const TEMPLATE = "tipoff_template";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of the test server; its path names the database. */
    postgresUrl: string;
  }
}

/** Starts one PostgreSQL for the whole run and migrates the template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(roomyFolder(), "tipoff-db-"));
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "data"),
    log: pino({ level: "warn" }),
    settings: {
      // Test files run side by side, some with many connections.
      max_connections: "300",
      // Nothing of this server is to outlive it; durability is what the nights prove.
      fsync: "off",
      full_page_writes: "off",
    },
  });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const template = new URL(server.url);
  template.pathname = `/${TEMPLATE}`;
  await migrate(template.href);
  project.provide("postgresUrl", server.url);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
