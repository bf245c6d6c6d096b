import { sql } from "kysely";
import { usdMicros } from "../../core/domain/units.ts";
import type { Db } from "../../schema/database.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { GAMES } from "../support/risk-commands.ts";
import { NOW } from "./night.ts";
import { emptyDatabase } from "./empty.ts";

/** The run of a slate of the played games. */
export const runOf = (slate: string): string => `trading-day/paper/${slate}`;

/** What puts back the rows of the opened games, in one request; by database. */
const reopenings = new WeakMap<Db, string>();

/**
 * Empties a database, and opens in it the games of the random sequences with 150 USD to trade them. Once a
 * database by the queries of the product; from then on the same rows are put back, in a fifth of the time.
 */
export async function openPlayedGames(db: Db): Promise<void> {
  await emptyDatabase(db);
  const reopening = reopenings.get(db);
  if (reopening === undefined) {
    await openGames(db);
    reopenings.set(db, await keepRows(db));
    return;
  }
  await db.transaction().execute(async (tx) => {
    // Guards and foreign keys have seen these rows before.
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql.raw(reopening).execute(tx);
  });
}

/** Copies every row, and says by which statements they and the counters come back. */
async function keepRows(db: Db): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname <> 'schema_migrations'`.execute(db);
  const statements: string[] = [];
  await sql`create schema opened`.execute(db);
  for (const { name } of tables) {
    const kept = sql.table(`opened.${name}`);
    await sql`create table ${kept} as table ${sql.table(name)}`.execute(db);
    const { rows } = await sql`select from ${kept} limit 1`.execute(db);
    if (rows.length === 0) continue;
    statements.push(`insert into "${name}" overriding system value select * from opened."${name}"`);
  }
  const { rows: counters } = await sql<{ statement: string }>`
    select format('select setval(%L, %s)', schemaname || '.' || sequencename, last_value) as statement
    from pg_sequences where schemaname = 'public' and last_value is not null`.execute(db);
  return [...statements, ...counters.map(({ statement }) => statement)].join("; ");
}

async function openGames(db: Db): Promise<void> {
  for (const { occasionId, slate, tickers } of GAMES) {
    const runId = runOf(slate);
    await startRun(db, {
      ...{ runId, mode: "paper", tradingDate: slate, source: "recording:x", seed: null, speed: 1 },
      ...{ codeCommit: "test", configHash: "test", config: "{}", manifest: "{}", startedAt: NOW },
    });
    const [home, away] = tickers;
    const markets = [
      { ticker: home, team: "home", exchangeIndex: 0 },
      { ticker: away, team: "away", exchangeIndex: 0 },
    ] as const;
    await upsertGame(db, {
      game: {
        ...{
          gameId: occasionId,
          runId,
          mode: "paper",
          eventTicker: occasionId,
          home: "NYK",
          away: "BOS",
          markets,
        },
        ...{ tradingDate: slate, tipAt: NOW, espnEventId: null, nbaGameId: null },
      },
      ...{ matchConfidence: 1, matchReasons: [], reconstructed: [], phase: "live", at: NOW },
    });
  }
  const amount = usdMicros(150_000_000);
  await deposit(db, { mode: "paper", depositId: "opening", amount, runId: null, at: NOW });
}
