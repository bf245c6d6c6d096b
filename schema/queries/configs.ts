import type { Db } from "../database.ts";

/** Settings as a process reads them, JSON, and the hash that decisions made under them name. */
export interface KeptConfig {
  readonly configHash: string;
  readonly config: string;
}

/** Keeps settings under their hash, once and for ever: what decided under them can be decided again. */
export async function keepConfig(db: Db, { configHash, config }: KeptConfig): Promise<void> {
  await db
    .insertInto("configs")
    .values({ config_hash: configHash, config })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Settings by their hash. @returns `null` when they were never kept. */
export async function configText(db: Db, configHash: string): Promise<string | null> {
  const found = await db
    .selectFrom("configs")
    .select("config")
    .where("config_hash", "=", configHash)
    .executeTakeFirst();
  return found?.config ?? null;
}
