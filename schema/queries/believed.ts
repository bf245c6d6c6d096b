import { sql } from "kysely";
import { BELIEVED_QUALITIES } from "../../core/domain/believed-price.ts";

/** SQL: the prices of this row of `snapshots` can be believed. No other table has a `quality`. */
export const BELIEVED = sql<boolean>`quality in (${sql.join(
  BELIEVED_QUALITIES.map((quality) => sql.lit(quality)),
)})`;
