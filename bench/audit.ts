import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { closeAuditChain } from "../activities/audit-chain.ts";
import { readAuditHead } from "../runtime/audit-head.ts";
import { startEmbeddedPostgres } from "../runtime/embedded/postgres.ts";
import { createLogger } from "../runtime/log.ts";
import { openDatabase } from "../schema/database.ts";
import { migrate } from "../schema/migrate.ts";
import { verifyAudit } from "../schema/queries/audit-chain.ts";
import type { BenchResult } from "./result.ts";

const ROWS = 100_000;

/** How fast the audit chain is closed, and how long a walk of all of it takes. */
export async function audit(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "tipoff-bench-audit-"));
  const log = createLogger({ level: "silent", service: "bench" });
  const server = await startEmbeddedPostgres({ dataDir: join(folder, "data"), log });
  await migrate(server.url);
  const onConnectionLost = (): void => undefined;
  const db = openDatabase({ url: server.url, poolSize: 2, name: "bench", onConnectionLost });
  try {
    // About as long as an order's request.
    await sql`
      insert into audit_log (mode, kind, actor, subject, details, at)
      select 'paper', 'order-request', 'model-edge', gen_random_uuid()::text,
        json_build_object('intentKey', 'game/paper/KXNBAGAME-26NOV20BOSNYK/' || n, 'n', n,
          'terms', repeat('0123456789', 30))::text, now()
      from generate_series(1, ${ROWS}::int) n`.execute(db);
    const headFile = join(folder, "audit-head.json");
    const closingAt = performance.now();
    const { closed } = await closeAuditChain({ db, headFile, mode: "paper", log });
    const closingS = (performance.now() - closingAt) / 1_000;
    const head = await readAuditHead(headFile);
    const verifyingAt = performance.now();
    const { links, faultsTotal } = await verifyAudit(db, head);
    const verifyingS = (performance.now() - verifyingAt) / 1_000;
    const isWhole = closed === ROWS && links === ROWS && faultsTotal === 0;
    if (!isWhole) throw new Error("not a whole chain");
    return {
      name: "audit",
      definition:
        `${ROWS} audit rows of about 400 bytes of details in an embedded PostgreSQL: linked in batches with the ` +
        "head file written after each, then the whole chain walked and every hash made anew",
      seed: 0,
      figures: [
        { name: "rows linked", value: Math.round(ROWS / closingS), unit: "rows/s", target: null },
        {
          name: `verify ${ROWS} rows`,
          value: Number(verifyingS.toFixed(2)),
          unit: "s",
          target: null,
        },
      ],
    };
  } finally {
    await db.destroy();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
