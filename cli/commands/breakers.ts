import type { Command } from "commander";
import { type BreakerRow, breakersOfMode } from "../../schema/queries/breakers.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, print, printJson, table } from "../output.ts";

/** `tipoff breakers`: which stand, and every one that ever tripped. */
export function registerBreakers(program: Command): void {
  withHome(program.command("breakers"))
    .description("circuit breakers: which stand, what tripped them, who released them and why")
    .option("--json", "answer as JSON")
    .action(action(breakers));
}

async function breakers(options: HomeOption & { readonly json?: boolean }): Promise<number> {
  const { mode, databaseUrl } = await findRunning(openHome(options));
  const rows = await withDatabase(databaseUrl, (database) => breakersOfMode(database, mode));
  const open = rows.filter((row) => row.released_at === null);
  const over = rows.filter((row) => row.released_at !== null);
  if (options.json) {
    printJson({ mode, open: open.map(toJson), history: over.map(toJson) });
    return EXIT.done;
  }
  if (open.length === 0) print(`no breaker stands in mode ${mode}`);
  else {
    print(`${open.length} stand: entries are refused, exits go`);
    print(
      table(
        ["id", "breaker", "level", "tripped", "cause", "numbers"],
        open.map((row) => [...columns(row), row.cause, row.numbers]),
      ),
    );
    print("next: npx tipoff resume --breaker ID --reason TEXT");
  }
  if (over.length > 0) {
    print(
      table(
        ["id", "breaker", "level", "tripped", "cause", "released", "by", "why"],
        over.map((row) => [
          ...columns(row),
          row.cause,
          row.released_at?.toISOString() ?? "",
          row.released_by ?? "",
          row.release_reason ?? "",
        ]),
      ),
    );
  }
  return EXIT.done;
}

function columns(row: BreakerRow): readonly string[] {
  return [String(row.breaker_id), row.breaker, row.level, row.tripped_at.toISOString()];
}

/** Trips are told in run time, releases by the wall. */
function toJson(row: BreakerRow): object {
  const released =
    row.released_at === null
      ? null
      : { at: row.released_at.toISOString(), by: row.released_by, reason: row.release_reason };
  return {
    id: row.breaker_id,
    breaker: row.breaker,
    level: row.level,
    cause: row.cause,
    // Boundary: written by tripBreaker as a plain object.
    numbers: JSON.parse(row.numbers) as object,
    runId: row.run_id,
    trippedAt: row.tripped_at.toISOString(),
    released,
  };
}
