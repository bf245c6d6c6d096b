import { type Command, Option } from "commander";
import { closeAuditChain } from "../../activities/audit-chain.ts";
import { AUDIT_KINDS, type AuditKind } from "../../core/domain/audit.ts";
import { readAuditHead } from "../../runtime/audit-head.ts";
import { createLogger } from "../../runtime/log.ts";
import { type AuditLogRow, listAudit } from "../../schema/queries/audit.ts";
import { verifyAudit } from "../../schema/queries/audit-chain.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { instantOption } from "../instants.ts";
import { action, EXIT, failed, integerOption, print, printJson, table } from "../output.ts";

interface PlainOptions extends HomeOption {
  readonly json?: boolean;
}

interface ListOptions extends PlainOptions {
  readonly kind?: AuditKind;
  readonly since?: Date;
  readonly limit: number;
}

const LIMIT_MAX = 100_000;

/** `tipoff audit list|verify|close`: what was done, and whether the record of it is whole. */
export function registerAudit(program: Command): void {
  const audit = program.command("audit").description("what was done, by whom, in order");
  withHome(audit.command("list", { isDefault: true }))
    .description("acts, order requests and answers of the venue, the latest first")
    .addOption(new Option("--kind <kind>", "only one kind").choices(AUDIT_KINDS))
    .option(
      "--since <instant>",
      "written since: ISO with zone, date, or 30m, 2h, 1d ago",
      instantOption,
    )
    .option("--limit <n>", "most rows", integerOption(1, LIMIT_MAX), 50)
    .option("--json", "answer as JSON")
    .action(action(list));
  withHome(audit.command("verify"))
    .description(
      "walk the hash chain: finds a changed, missing, inserted or moved row, and a cut tail",
    )
    .option("--json", "answer as JSON")
    .action(action(verify));
  withHome(audit.command("close"))
    .description("link the rows that no link protects yet; the worker does it every few seconds")
    .option("--json", "answer as JSON")
    .action(action(close));
}

async function list(options: ListOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const { kind = null, since = null, limit } = options;
  const rows = await withDatabase(running.databaseUrl, (database) =>
    listAudit(database, { kind, since, limit }),
  );
  if (options.json) {
    printJson(rows.map(({ details, ...row }) => ({ ...row, details: readJson(details) })));
    return EXIT.done;
  }
  if (rows.length === 0) print("no such rows");
  else print(table(["id", "written", "kind", "who", "what", "details"], rows.map(toCells)));
  return EXIT.done;
}

const DETAILS_SHOWN = 80;

function toCells(row: AuditLogRow): readonly string[] {
  const { audit_id, recorded_at, kind, actor, subject, details } = row;
  const shown = details.length > DETAILS_SHOWN ? `${details.slice(0, DETAILS_SHOWN)}…` : details;
  return [String(audit_id), recorded_at.toISOString(), kind, actor, subject, shown];
}

/** Details are JSON as they were written; a row that was written by hand may hold anything. */
function readJson(details: string): unknown {
  try {
    return JSON.parse(details);
  } catch {
    return details;
  }
}

async function verify(options: PlainOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  // Before the chain: it only grows.
  const head = await readAuditHead(running.home.auditHeadFile);
  const verdict = await withDatabase(running.databaseUrl, (database) =>
    verifyAudit(database, head),
  );
  const isHeadMissing = head === null && verdict.links > 0;
  const isWhole = verdict.faultsTotal === 0 && !isHeadMissing;
  if (options.json) printJson({ isWhole, head, ...verdict });
  else {
    for (const { kind, auditId, what } of verdict.faults) print(`${kind} ${auditId}: ${what}`);
    const unnamed = verdict.faultsTotal - verdict.faults.length;
    if (unnamed > 0) print(`and ${unnamed} more`);
    if (isHeadMissing) {
      print(`${running.home.auditHeadFile} is missing: a tail that was cut off would not show`);
    }
    const end = verdict.lastAuditId === null ? "" : ` to row ${verdict.lastAuditId}`;
    print(
      `${isWhole ? "whole" : "NOT WHOLE"}: ${verdict.links} links${end}, ` +
        `${verdict.faultsTotal} faults, ${verdict.unchained} rows not chained yet`,
    );
  }
  return isWhole ? EXIT.done : EXIT.failed;
}

async function close(options: PlainOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const log = createLogger({ level: "silent", service: "cli" });
  const { mode, home } = running;
  const { closed, outcome } = await withDatabase(running.databaseUrl, (db) =>
    closeAuditChain({ db, headFile: home.auditHeadFile, mode, log }),
  );
  if (outcome === "broken") {
    throw failed(
      `the chain does not hold the link that ${home.auditHeadFile} names, and is not extended`,
      "`npx tipoff audit verify` says what is wrong",
    );
  }
  const left = {
    closed: "nothing is left",
    busy: "another process is closing the rest",
    waiting: "the rest waits for a transaction that is still open",
  }[outcome];
  if (options.json) printJson({ closed, outcome });
  else print(`${closed} rows linked; ${left}`);
  return EXIT.done;
}
